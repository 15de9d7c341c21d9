//! Certificates, names of certificates, trust anchors, and Off, Optional or Required.

use std::time::Duration;

use client_registry::{AppEdit, CertificateDraft, Holder, Initiator};
use domain::{
    Activity, ActivityKind, App, CertificateShown, Clock as _, EnvironmentName, KeyKind, MutualTls, Origin, Reason,
    Recognition, RequestId, TeamRole,
};
use storage::{ActivityLog as _, Directory as _, SuccessCount};
use testkit::{Authority, Issued};

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, let_in, team, visits};
use crate::world::{PASSWORD, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// An app of a team in which Ana is an editor, Ben a viewer.
async fn own(world: &World) -> App {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, TeamRole::Developer).await;
    let ben = world.store.user_by_email(BEN).await.unwrap().unwrap().id;
    let_in(world, builders, ben, TeamRole::Viewer).await;
    app(world, draft(builders, "Morning Post")).await
}

fn at(app: &App, rest: &str) -> String {
    format!("/ui/apps/{}/certificates{rest}", app.id)
}

/// The first of the two steps.
async fn looks_at(browser: &mut Browser<'_>, app: &App, (page, pasted): (&str, &str)) -> Page {
    let path = at(app, page);
    let form = browser.get(&path).await;
    browser.submit(&form, &path, &[("certificate", pasted), ("label", "Nightly bot"), ("key", "")]).await
}

async fn registered(world: &World, app: &App, issued: &Issued) -> domain::RegisteredCertificate {
    let draft = CertificateDraft { holder: Holder::App(app.id), label: Some("Nightly bot".into()) };
    let by = Initiator::operator();
    world.state.registry.add_certificate(&by, draft, issued.pem().as_bytes()).await.unwrap()
}

async fn sets(world: &World, app: &App, mode: MutualTls) {
    let by = Initiator::operator();
    world.state.registry.edit_app(&by, app.id, None, vec![AppEdit::MutualTls(mode)]).await.unwrap();
}

#[actix_web::test]
async fn a_certificate_is_seen_before_it_is_registered() {
    let world = World::start().await;
    let own = own(&world).await;
    let (mut browser, page) = visits(&world, ANA, &at(&own, "")).await;
    assert!(page.says("No certificate yet") && page.says("Mutual TLS authentication: Off"));
    assert_protected(&page);
    let issued = Authority::new("Bots CA").client("Report Bot");
    let look = looks_at(&mut browser, &own, ("/new", &issued.pem())).await;
    for shown in [
        "CN=Report Bot",
        "CN=Bots CA",
        "Valid",
        "clientAuth",
        "x5t#S256",
        "every API key of this app",
        "is off for this app",
    ] {
        assert!(look.says(shown), "{shown}: {}", look.body);
    }
    assert!(world.store.certificates(own.id).await.unwrap().is_empty(), "a look registers nothing");
    let list = browser.submit(&look, &at(&own, "/new"), &[]).await;
    assert_eq!(list.path, at(&own, ""));
    let stored = world.store.certificates(own.id).await.unwrap();
    assert_eq!((stored.len(), stored[0].label.as_str()), (1, "Nightly bot"));
    assert!(matches!(&stored[0].recognition, Recognition::Exact { der, .. } if der == issued.der()));
    assert!(list.says("Nightly bot") && list.says("CN=Report Bot"));
    let again = looks_at(&mut browser, &own, ("/new", &issued.pem())).await;
    assert!(again.says("registered it already") && !again.says("Add certificate"));
}

#[actix_web::test]
async fn a_private_key_is_refused_and_neither_shown_again_nor_kept() {
    let world = World::start().await;
    let own = own(&world).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let issued = Authority::new("Bots CA").client("Report Bot");
    let key = issued.key_pem();
    let line = key.lines().nth(1).unwrap().to_owned();
    for pasted in
        [key.clone(), format!("{}{key}", issued.pem()), key.lines().filter(|line| !line.starts_with("--")).collect()]
    {
        for page in ["/new", "/new-anchor"] {
            let refused = looks_at(&mut browser, &own, (page, &pasted)).await;
            assert!(refused.status == 400 && !refused.says(&line), "{}", refused.body);
            assert!(refused.says("nothing was kept of it") || !pasted.contains("PRIVATE KEY"));
            assert!(refused.says("certificate-error"));
        }
    }
    assert!(world.store.certificates(own.id).await.unwrap().is_empty());
    let audited = world.store.audit(None, 100).await.unwrap();
    assert!(audited.iter().all(|row| !row.detail.contains(&line)));
}

#[actix_web::test]
async fn a_certificate_of_another_app_is_in_use_and_nobody_is_told_whose() {
    let world = World::start().await;
    let own = own(&world).await;
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    let issued = Authority::new("Bots CA").client("Report Bot");
    registered(&world, &foreign, &issued).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let look = looks_at(&mut browser, &own, ("/new", &issued.pem())).await;
    let said = "This certificate or name is already in use.";
    let tells = |page: &Page| page.says(said) && !page.says("Foreign Post") && !page.says(&foreign.id.to_string());
    assert!(tells(&look) && !look.says("Add certificate"), "nothing to press that cannot be done: {}", look.body);
    // Taken between the look and the click.
    let other = Authority::new("Bots CA").client("Weather Bot");
    let look = looks_at(&mut browser, &own, ("/new", &other.pem())).await;
    registered(&world, &foreign, &other).await;
    let refused = browser.submit(&look, &at(&own, "/new"), &[]).await;
    assert!(refused.status == 400 && tells(&refused), "{}", refused.body);
}

#[actix_web::test]
async fn an_old_sign_in_registers_and_removes_nothing() {
    let world = World::start().await;
    let own = own(&world).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    world.clock.advance(Duration::from_secs(11 * 60));
    let authority = Authority::new("Bots CA");
    let issued = authority.client("Report Bot");
    let look = looks_at(&mut browser, &own, ("/new", &issued.pem())).await;
    assert!(look.says("Your password"));
    let refused = browser.submit(&look, &at(&own, "/new"), &[("password", "wrong")]).await;
    assert!(refused.says("The password is not right") && refused.says("CN=Report Bot"));
    assert!(world.store.certificates(own.id).await.unwrap().is_empty());
    let anchor = looks_at(&mut browser, &own, ("/new-anchor", &authority.pem())).await;
    browser.submit(&anchor, &at(&own, "/new-anchor"), &[]).await;
    assert!(world.store.anchors(own.id).await.unwrap().is_empty());
    let id = registered(&world, &own, &issued).await.id;
    let path = at(&own, &format!("/{id}/remove"));
    let page = browser.get(&path).await;
    browser.submit(&page, &path, &[]).await;
    assert_eq!(world.store.certificates(own.id).await.unwrap().len(), 1);
    browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(world.store.certificates(own.id).await.unwrap().is_empty());
}

#[actix_web::test]
async fn a_name_is_registered_under_an_anchor_of_the_app() {
    let world = World::start().await;
    let own = own(&world).await;
    let nightly = key(&world, &own, KeyKind::Secret).await.key.id.to_string();
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let path = at(&own, "/new-name");
    let form = browser.get(&path).await;
    assert!(form.says("has no trust anchor yet"));
    let typed = [("kind", "dns"), ("name", "Bot.Example.com"), ("label", ""), ("key", nightly.as_str())];
    assert!(browser.submit(&form, &path, &typed).await.says("this app has none"));
    let look = looks_at(&mut browser, &own, ("/new-anchor", &Authority::new("Bots CA").pem())).await;
    assert!(look.says("Is this the authority?") && look.says("CN=Bots CA"));
    browser.submit(&look, &at(&own, "/new-anchor"), &[]).await;
    let form = browser.get(&path).await;
    let wrong = [("kind", "dns"), ("name", HOSTILE), ("label", ""), ("key", "")];
    let refused = browser.submit(&form, &path, &wrong).await;
    assert!(refused.says("name-error") && refused.says("A DNS name is letters"));
    assert_escaped(&refused);
    let list = browser.submit(&form, &path, &typed).await;
    assert!(list.says("bot.example.com") && list.says("Nightly</bdi> alone"), "{}", list.body);
    let foreign = [("kind", "dns"), ("name", "x.example"), ("label", ""), ("key", world.client_id.as_str())];
    assert!(browser.submit(&form, &path, &foreign).await.says("Choose one of the list."), "no key of another app");
    assert_eq!(world.store.certificates(own.id).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_leaf_is_no_anchor() {
    let world = World::start().await;
    let own = own(&world).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let leaf = Authority::new("Bots CA").client("Report Bot");
    let refused = looks_at(&mut browser, &own, ("/new-anchor", &leaf.pem())).await;
    assert!(refused.says("This certificate is not an authority"), "{}", refused.body);
}

#[actix_web::test]
async fn required_waits_for_a_certificate_and_for_clients_that_show_it() {
    let world = World::start().await;
    let own = own(&world).await;
    let nightly = key(&world, &own, KeyKind::Secret).await.key.id;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let path = at(&own, "/mutual-tls");
    let state = async || world.store.app(own.id).await.unwrap().unwrap().mutual_tls;
    let form = browser.get(&path).await;
    assert!(form.says("value=\"required\" disabled") && form.says("add one first"), "{}", form.body);
    let refused = browser.submit(&form, &path, &[("mutual_tls", "required")]).await;
    assert!(refused.status == 400 && refused.says("mutual_tls-error") && state().await == MutualTls::Off);
    browser.submit(&form, &path, &[("mutual_tls", "optional")]).await;
    assert_eq!(state().await, MutualTls::Optional);
    let stale = browser.submit(&form, &path, &[("mutual_tls", "off")]).await;
    assert!(stale.says("was changed meanwhile") && stale.says("value=\"off\" id=\"mutual_tls\" checked"));
    registered(&world, &own, &Authority::new("Bots CA").client("Report Bot")).await;
    world.store.append(&[], &[(without_certificate(&world, &own, nightly), 5)], &[]).await.unwrap();
    let form = browser.get(&path).await;
    for shown in ["would be refused", "0 % of 5 successful calls", "5 without", "Require it although"] {
        assert!(form.says(shown), "{shown}: {}", form.body);
    }
    let refused = browser.submit(&form, &path, &[("mutual_tls", "required")]).await;
    assert!(refused.status == 400 && refused.says("tick the box to require it all the same"));
    assert_eq!(state().await, MutualTls::Optional);
    browser.submit(&form, &path, &[("mutual_tls", "required"), ("force", "yes")]).await;
    assert_eq!(state().await, MutualTls::Required);
}

/// A success of a client that showed nothing.
fn without_certificate(world: &World, app: &App, key: domain::ClientId) -> SuccessCount {
    SuccessCount {
        key,
        app: app.id,
        environment: EnvironmentName::default_environment(),
        kind: ActivityKind::Token,
        grant: "client_credentials".into(),
        hour: world.clock.now(),
        certificate: CertificateShown::None,
    }
}

#[actix_web::test]
async fn calls_that_were_refused_for_their_certificate_are_listed() {
    let world = World::start().await;
    let own = own(&world).await;
    let nightly = key(&world, &own, KeyKind::Secret).await.key.id;
    let request = RequestId::from_bytes([9; 16]);
    let refused = |reason, request| Activity {
        at: world.clock.now(),
        request,
        kind: ActivityKind::Token,
        grant: Some("client_credentials"),
        environment: EnvironmentName::default_environment(),
        key: Some(nightly),
        app: Some(own.id),
        authenticated: false,
        certificate: CertificateShown::Unregistered,
        refusal: Some(reason),
        detail: String::new(),
        connection: None,
        customer: None,
        origin: Origin { address: "203.0.113.9".into(), user_agent: "curl/8".into() },
    };
    let other = refused(Reason::CodeExpired, RequestId::from_bytes([8; 16]));
    world.store.append(&[refused(Reason::CertificateExpired, request), other], &[], &[]).await.unwrap();
    let (_, page) = visits(&world, ANA, &at(&own, "")).await;
    assert!(page.says("<code>certificate_expired</code>") && !page.says("code_expired"));
    assert!(page.says(&format!("/ui/apps/{}/activity?request={request}", own.id)), "{}", page.body);
}

#[actix_web::test]
async fn the_last_certificate_is_removed_only_on_purpose() {
    let world = World::start().await;
    let own = own(&world).await;
    key(&world, &own, KeyKind::Secret).await;
    let id = registered(&world, &own, &Authority::new("Bots CA").client("Report Bot")).await.id;
    sets(&world, &own, MutualTls::Required).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let path = at(&own, &format!("/{id}/remove"));
    let page = browser.get(&path).await;
    assert!(page.says("they stop working at once: Nightly"), "{}", page.body);
    assert!(browser.submit(&page, &path, &[]).await.says("Tick the box to remove it"));
    assert_eq!(world.store.certificates(own.id).await.unwrap().len(), 1);
    browser.submit(&page, &path, &[("force", "yes")]).await;
    assert!(world.store.certificates(own.id).await.unwrap().is_empty());
}

#[actix_web::test]
async fn an_end_that_is_near_is_shown() {
    let world = World::start().await;
    let own = own(&world).await;
    let issued = Authority::new("Bots CA").client("Report Bot");
    let Recognition::Exact { not_after, .. } = registered(&world, &own, &issued).await.recognition else {
        panic!("it is registered itself")
    };
    world.clock.advance(not_after.since(world.clock.now()).saturating_sub(DAY * 14));
    let (mut browser, page) = visits(&world, ANA, &at(&own, "")).await;
    assert!(page.says("Ends in 14 days"), "{}", page.body);
    world.clock.advance(DAY * 14);
    drop(page);
    let page = browser.get(&at(&own, "")).await;
    let page = if page.path.starts_with("/ui/login") { browser.signs_in(&page, ANA).await } else { page };
    assert!(page.says("Expired"));
}

#[actix_web::test]
async fn who_only_looks_changes_nothing_and_outsiders_see_nothing() {
    let world = World::start().await;
    let own = own(&world).await;
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    let authority = Authority::new("Bots CA");
    let id = registered(&world, &own, &authority.client("Report Bot")).await.id;
    let foreign_id = registered(&world, &foreign, &authority.client("Foreign Bot")).await.id;
    let (mut browser, page) = visits(&world, BEN, &at(&own, "")).await;
    assert!(page.says("Nightly bot") && !page.says("/new") && !page.says("Remove"));
    for rest in ["/new", "/new-name", "/new-anchor", "/mutual-tls", &format!("/{id}/remove")] {
        for page in [browser.get(&at(&own, rest)).await, browser.post(&at(&own, rest), &[]).await] {
            assert!(page.status == 403 && page.says("permission Edit in the team Builders"), "{rest}");
        }
    }
    let (mut ana, _) = visits(&world, ANA, "/ui/apps").await;
    for path in [
        at(&foreign, ""),
        at(&foreign, "/new"),
        at(&foreign, "/mutual-tls"),
        at(&foreign, &format!("/{foreign_id}/remove")),
        at(&own, &format!("/{foreign_id}/remove")),
        at(&own, "/x/remove"),
        at(&own, "/anchors/x/remove"),
    ] {
        assert_eq!(ana.get(&path).await.status, 404, "{path}");
    }
    for rest in ["/new", "/new-name", "/new-anchor", "/mutual-tls", &format!("/{id}/remove")] {
        assert_eq!(ana.post(&at(&own, rest), &[("certificate", "x")]).await.status, 400, "{rest} without its token");
    }
    assert_eq!(world.store.certificates(foreign.id).await.unwrap().len(), 1);
}
