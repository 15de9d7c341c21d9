//! Certificates, anchors, and the rules of mutual TLS.

use domain::{ActivityKind, CertificateShown, EnvironmentName, Subject, Timestamp};
use rcgen::{ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use serde_json::{Value, json};
use storage::{ActivityLog as _, SuccessCount};
use testkit::{Authority, Issued};

use super::{Answer, Installation, text};

impl Installation {
    /// Registers a certificate for an app and gives its id.
    async fn certificate(&self, app: &str, issued: &Issued) -> String {
        let file = self.file("certificate.pem", issued.pem());
        text(&self.does(&["cert", "add", "--app", app, &file]).await, "id")
    }

    async fn certificates(&self, app: &str) -> Vec<Value> {
        self.does(&["cert", "list", "--app", app]).await["certificates"].as_array().expect("a list").clone()
    }
}

fn subject(kind: &str, id: &str) -> Subject {
    Subject::from_stored(kind, id).expect("a subject")
}

#[tokio::test]
async fn a_certificate_is_added_listed_and_removed_with_its_tokens() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let authority = Authority::new("Bots CA");
    let issued = authority.client("Report Bot");
    let chain = installation.file("chain.pem", format!("A bot\n{}{}", issued.pem(), authority.pem()));
    let added = installation.does(&["cert", "add", "--app", &app, &chain]).await;
    assert_eq!(text(&added, "recognised_by"), "certificate CN=Report Bot");
    assert_eq!((text(&added, "label"), text(&added, "state")), ("CN=Report Bot".into(), "valid".into()));
    assert_eq!(installation.certificates(&app).await, std::slice::from_ref(&added));
    let again = installation.refuses(&["cert", "add", "--app", &app, &chain]).await;
    assert!(again.contains(&text(&added, "id")), "{again}");
    let ended = installation.ends(&["cert", "remove", &text(&added, "id")]).await;
    let thumbprint = text(&added, "thumbprint");
    assert_eq!(ended, [subject("registration", &text(&added, "id")), subject("certificate", &thumbprint)]);
    assert_eq!(installation.certificates(&app).await, Vec::<Value>::new());
    installation.does(&["cert", "add", "--app", &app, &chain]).await;
}

#[tokio::test]
async fn a_certificate_is_inspected_without_being_stored() {
    let installation = Installation { folder: tempfile::tempdir().expect("a scratch folder") };
    let authority = Authority::new("Bots CA");
    let issued = authority.client_with("Report Bot", |params| {
        params.subject_alt_names.push(SanType::DnsName("Bot.Example.COM".try_into().expect("a name")));
    });
    let file = installation.file("bot.der", issued.der());
    let seen = installation.does(&["cert", "inspect", &file]).await;
    assert_eq!((text(&seen, "subject"), text(&seen, "issuer")), ("CN=Report Bot".into(), "CN=Bots CA".into()));
    assert_eq!(seen["could_be_registered_as"], json!(["subject CN=Report Bot", "dns bot.example.com"]));
    assert_eq!(seen["for_clients"], true);
}

#[tokio::test]
async fn a_pasted_private_key_is_refused_and_kept_nowhere() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let issued = Issued::self_signed("Report Bot");
    let key = issued.key_pem();
    let pasted = installation.file("both.pem", format!("{}{key}", issued.pem()));
    for words in [
        &["cert", "add", "--app", &app, &pasted][..],
        &["cert", "anchor", "add", "--app", &app, &pasted],
        &["cert", "inspect", &pasted],
    ] {
        let sentence = installation.refuses(words).await;
        assert!(sentence.contains("private key") && sentence.contains("nothing was kept"), "{sentence}");
    }
    std::fs::remove_file(&pasted).expect("it is there");
    let secret = key.lines().nth(1).expect("a line of the key").as_bytes();
    for entry in std::fs::read_dir(installation.folder.path()).expect("the folder is there") {
        let content = std::fs::read(entry.expect("an entry").path()).expect("it can be read");
        assert!(!content.windows(secret.len()).any(|window| window == secret));
    }
}

#[tokio::test]
async fn what_no_client_can_show_is_refused_and_what_it_can_show_later_is_not() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let authority = Authority::new("Bots CA");
    let expired = authority.client_with("Old Bot", |params| params.not_after = date_time_ymd(2025, 1, 1));
    let server = authority.client_with("Server", |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    for (issued, why) in [(expired, "expired"), (server, "not for clients")] {
        let file = installation.file("unfit.pem", issued.pem());
        let sentence = installation.refuses(&["cert", "add", "--app", &app, &file]).await;
        assert!(sentence.contains(why), "{sentence}");
    }
    let later = authority.client_with("New Bot", |params| params.not_before = date_time_ymd(2098, 1, 1));
    let file = installation.file("later.pem", later.pem());
    let added = installation.does(&["cert", "add", "--app", &app, &file]).await;
    assert_eq!(text(&added, "state"), "not valid yet");
}

#[tokio::test]
async fn a_conflict_says_already_in_use_and_no_more() {
    let installation = Installation::new().await;
    let (app, other) = (installation.app().await, installation.app_named("Other Bot").await);
    let authority = Authority::new("Bots CA");
    let certificate = installation.file("bot.pem", authority.client("Report Bot").pem());
    let anchor = installation.file("ca.pem", authority.pem());
    let name = ["--dns", "bot.example.com"];
    for app in [&app, &other] {
        installation.does(&["cert", "anchor", "add", "--app", app, &anchor]).await;
    }
    installation.does(&["cert", "add", "--app", &app, &certificate]).await;
    installation.does(&[&["cert", "add-name", "--app", &app][..], &name].concat()).await;
    installation.does(&[&["cert", "add-name", "--app", &app, "--operator-anchor"][..], &name].concat()).await;
    for words in [
        vec!["cert", "add", "--app", &other, &certificate],
        [&["cert", "add-name", "--app", &other][..], &name].concat(),
        [&["cert", "add-name", "--app", &other, "--operator-anchor"][..], &name].concat(),
    ] {
        assert_eq!(installation.refuses(&words).await, "this certificate or name is already in use");
    }
    installation.does(&["app", "delete", &app]).await;
    installation.does(&["cert", "add", "--app", &other, &certificate]).await;
    installation.does(&[&["cert", "add-name", "--app", &other][..], &name].concat()).await;
}

#[tokio::test]
async fn a_name_needs_an_authority_and_ends_with_it() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let name = ["cert", "add-name", "--app", &app, "--uri", "spiffe://example.com/bot"];
    assert!(installation.refuses(&name).await.contains("add the authority's certificate"));
    let ca = |name: &str| installation.file(name, Authority::new(name).pem());
    let (old, new) = (ca("old.pem"), ca("new.pem"));
    let add = |file| ["cert", "anchor", "add", "--app", app.as_str(), file];
    let old_id = text(&installation.does(&add(&old)).await, "id");
    assert!(installation.refuses(&add(&old)).await.contains(&old_id));
    let registered = text(&installation.does(&name).await, "id");
    let new_id = text(&installation.does(&add(&new)).await, "id");
    let ended = installation.ends(&["cert", "anchor", "remove", &old_id, "--keep-tokens"]).await;
    assert_eq!(ended, []);
    installation.does(&["app", "set", &app, "--mutual-tls", "required"]).await;
    installation.key(&app).await;
    let last = ["cert", "anchor", "remove", &new_id];
    assert!(installation.refuses(&last).await.contains("would stop working"));
    let ended = installation.ends(&[&last[..], &["--force"]].concat()).await;
    assert_eq!(ended, [subject("registration", &registered)]);
}

#[tokio::test]
async fn mutual_tls_is_required_only_of_clients_that_can_show_something() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    let required = ["app", "set", app.as_str(), "--mutual-tls", "required"];
    assert!(installation.refuses(&required).await.contains("add one first"));
    let first = installation.certificate(&app, &Issued::self_signed("First")).await;
    assert_eq!(text(&installation.does(&required).await, "mutual_tls"), "required");
    let remove = |id| ["cert", "remove", id];
    let sentence = installation.refuses(&remove(&first)).await;
    assert!(sentence.contains(&key) && sentence.contains("would stop working"), "{sentence}");
    let second = installation.certificate(&app, &Issued::self_signed("Second")).await;
    installation.does(&remove(&first)).await;
    installation.does(&[&remove(&second)[..], &["--force"]].concat()).await;
}

#[tokio::test]
async fn legacy_parameters_and_required_exclude_each_other() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    installation.key(&app).await;
    installation.certificate(&app, &Issued::self_signed("Bot")).await;
    let set = |words: &[&'static str]| [&["app", "set", app.as_str()][..], words].concat();
    installation.does(&set(&["--legacy-parameters-until", "90d"])).await;
    let required = set(&["--mutual-tls", "required"]);
    assert!(installation.refuses(&required).await.contains("exclude each other"));
    installation.does(&set(&["--mutual-tls", "required", "--no-legacy-parameters"])).await;
    assert!(installation.refuses(&set(&["--legacy-parameters-until", "90d"])).await.contains("exclude each other"));
}

#[tokio::test]
async fn keys_that_need_a_certificate_need_mutual_tls() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let create = |kind| ["key", "create", "--app", app.as_str(), "--label", "k", "--kind", kind];
    assert!(installation.refuses(&create("certificate")).await.contains("set it to optional"));
    let set = |mode| ["app", "set", app.as_str(), "--mutual-tls", mode];
    installation.does(&set("optional")).await;
    let bare = installation.does(&create("certificate")).await;
    assert!(bare.get("secret").is_none());
    let both = installation.does(&create("certificate-and-secret")).await;
    assert!(text(&both, "secret").starts_with("sk_"));
    installation.does(&["secret", "rotate", "--key", &text(&both, "id")]).await;
    installation.refuses(&["secret", "create", "--key", &text(&bare, "id")]).await;
    let sentence = installation.refuses(&set("off")).await;
    assert!(sentence.contains(&text(&bare, "id")) && sentence.contains(&text(&both, "id")), "{sentence}");
    installation.does(&["key", "revoke", &text(&both, "id")]).await;
    installation.does(&["key", "deactivate", &text(&bare, "id")]).await;
    installation.does(&set("off")).await;
    installation.refuses(&["key", "activate", &text(&bare, "id")]).await;
}

#[tokio::test]
async fn people_are_told_what_off_means_for_certificates() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let told = async |words: &[&str]| match installation.run(words).await {
        Ok(Answer::One(_, note)) => note.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let add = async |name: &str| {
        let file = installation.file(name, Issued::self_signed(name).pem());
        told(&["cert", "add", "--app", &app, &file]).await
    };
    assert!(add("early").await.contains("certificates are ignored until"));
    assert_eq!(told(&["app", "set", &app, "--mutual-tls", "optional"]).await, "");
    assert_eq!(add("late").await, "");
    assert!(told(&["app", "set", &app, "--mutual-tls", "off"]).await.contains("cannot be refreshed while"));
}

#[tokio::test]
async fn a_revoked_key_takes_the_certificates_that_are_its_alone() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    let shared = installation.certificate(&app, &Issued::self_signed("Shared")).await;
    let file = installation.file("own.pem", Issued::self_signed("Own").pem());
    let own = installation.does(&["cert", "add", "--key", &key, "--label", "Own", &file]).await;
    assert_eq!((text(&own, "key"), text(&own, "label")), (key.clone(), "Own".into()));
    installation.does(&["key", "revoke", &key]).await;
    let left: Vec<String> = installation.certificates(&app).await.iter().map(|one| text(one, "id")).collect();
    assert_eq!(left, [shared]);
}

#[tokio::test]
async fn a_dry_run_counts_how_clients_came_and_required_waits_for_the_last_day() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    installation.certificate(&app, &Issued::self_signed("Bot")).await;
    installation.does(&["app", "set", &app, "--mutual-tls", "optional"]).await;
    let store = installation.store().await;
    let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
    let came = |hours: u64, certificate| SuccessCount {
        key: key.parse().expect("a key"),
        app: app.parse().expect("an app"),
        environment: EnvironmentName::default_environment(),
        kind: ActivityKind::Token,
        grant: "client_credentials".into(),
        hour: now - std::time::Duration::from_secs(3600 * hours),
        certificate,
    };
    let before = [(came(48, CertificateShown::None), 3), (came(1, CertificateShown::Registered), 4)];
    store.append(&[], &before, &[]).await.expect("the store answers");
    let required = ["app", "set", app.as_str(), "--mutual-tls", "required"];
    let dry = installation.does(&[&required[..], &["--dry-run"]].concat()).await;
    let ready = &dry["keys"][0];
    assert_eq!((text(ready, "id"), &ready["certificates"]), (key.clone(), &json!(1)));
    assert_eq!(
        (&ready["registered_30d"], &ready["without_30d"], &ready["without_24h"]),
        (&json!(4), &json!(3), &json!(0))
    );
    assert_eq!(ready["would_be_refused"], false);
    store.append(&[], &[(came(1, CertificateShown::Unregistered), 1)], &[]).await.expect("the store answers");
    let sentence = installation.refuses(&required).await;
    assert!(sentence.contains(&key) && sentence.contains("--force"), "{sentence}");
    assert_eq!(text(&installation.does(&["app", "show", &app]).await, "mutual_tls"), "optional");
    installation.does(&[&required[..], &["--force"]].concat()).await;
}
