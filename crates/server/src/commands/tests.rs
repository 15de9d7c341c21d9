//! The commands as an operator uses them, on a real SQLite database.

mod apps;
mod certificates;
mod management_keys;
mod teams;
mod trails;

use std::sync::Arc;

use clap::Parser as _;
use domain::{Effect, Position, Subject};
use serde_json::Value;
use storage::RevocationLog as _;
use storage_diesel::{DieselStore, Options};

use super::answer::Answer;
use super::{CommandLine, Failure, run};

struct Installation {
    folder: tempfile::TempDir,
}

impl Installation {
    async fn new() -> Self {
        let installation = Self { folder: tempfile::tempdir().expect("a scratch folder") };
        installation.does(&["migrate"]).await;
        let scopes = ["--scope", "read=See your reports", "--scope", "write=Change your reports"];
        let environment = ["environment", "create", "default", "--display-name", "Main"];
        let url = ["--api-base-url", "https://api.example.com"];
        installation.does(&[&environment[..], &url, &scopes].concat()).await;
        installation
    }

    async fn run(&self, words: &[&str]) -> Result<Answer, Failure> {
        let data = format!("data_directory={}", self.folder.path().display());
        let line = [&["countersign", "--dev", "--set", &data][..], words].concat();
        let line = CommandLine::try_parse_from(line).unwrap_or_else(|error| panic!("{error}"));
        run(line, Vec::new()).await
    }

    async fn does(&self, words: &[&str]) -> Value {
        match self.run(words).await {
            Ok(answer) => answer.to_json(),
            Err(failure) => panic!("{words:?}: {}", failure.sentence()),
        }
    }

    async fn refuses(&self, words: &[&str]) -> String {
        let failure = self.run(words).await.expect_err("this is refused");
        assert_eq!(failure.exit_code(), 1, "{}", failure.sentence());
        failure.sentence().to_owned()
    }

    async fn app(&self) -> String {
        self.app_named("Report Bot").await
    }

    async fn app_named(&self, name: &str) -> String {
        let description = ["--description", "Copies reports", "--publisher", "Bots Inc", "--scopes", "read"];
        let app = self.does(&[&["app", "create", name][..], &description].concat()).await;
        text(&app, "id")
    }

    async fn key(&self, app: &str) -> (String, String) {
        let key = self.does(&["key", "create", "--app", app, "--label", "first"]).await;
        assert!(text(&key, "secret").starts_with("sk_"));
        (text(&key, "id"), text(&key, "secret_id"))
    }

    async fn store(&self) -> Arc<DieselStore> {
        let url = format!("sqlite:{}/countersign.sqlite", self.folder.path().display());
        DieselStore::connect(&url, Options::default()).await.expect("the database opens")
    }

    /// A file of the scratch folder with this content.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).expect("the scratch folder is writable");
        file.display().to_string()
    }

    /// What a command ends, by the log.
    async fn ends(&self, words: &[&str]) -> Vec<Subject> {
        let store = self.store().await;
        let before = store.read_after(Position(0), 1).await.expect("the log is read").head;
        self.does(words).await;
        let entries = store.read_after(before, 1000).await.expect("the log is read").entries;
        assert!(!entries.is_empty(), "{words:?} reaches no replica");
        entries.into_iter().filter(|entry| entry.effect == Effect::Revoke).map(|entry| entry.subject).collect()
    }

    async fn states(&self, key: &str) -> Vec<String> {
        let secrets = self.does(&["secret", "list", "--key", key]).await;
        let secrets = secrets["secrets"].as_array().expect("a list");
        secrets.iter().map(|secret| text(secret, "state")).collect()
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{value} has no {name}")).to_owned()
}

#[tokio::test]
async fn a_secret_is_shown_once_and_rotated_with_an_overlap() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, first) = installation.key(&app).await;
    let rotated = installation.does(&["secret", "rotate", "--key", &key]).await;
    assert!(text(&rotated, "secret").starts_with("sk_"));
    let states = installation.states(&key).await;
    assert_eq!(states[0], "active");
    assert!(states[1].starts_with("rotating until "), "{states:?}");
    installation.does(&["secret", "rotate", "--key", &key, "--overlap", "0s"]).await;
    assert_eq!(installation.states(&key).await, ["active", "expired", "expired"]);
    installation.does(&["secret", "revoke", "--key", &key, &first]).await;
    assert_eq!(installation.states(&key).await, ["active", "expired", "revoked"]);
    let sentence = installation.refuses(&["secret", "activate", "--key", &key, &first]).await;
    assert!(sentence.contains("revoked"), "{sentence}");
}

#[tokio::test]
async fn a_deleted_app_leaves_only_revoked_keys() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    installation.does(&["app", "delete", &app]).await;
    let key = installation.does(&["key", "show", &key]).await;
    assert_eq!(text(&key, "state"), "revoked");
    assert_eq!(installation.does(&["app", "list"]).await["apps"], serde_json::json!([]));
    let sentence = installation.refuses(&["app", "set", &app, "--name", "Other"]).await;
    assert!(sentence.contains("deleted"), "{sentence}");
}

#[tokio::test]
async fn an_edit_is_made_whole_or_not_at_all() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let set = ["app", "set", &app, "--name", "Better Bot"];
    let local = ["--add-callback-url", "https://localhost/cb"];
    let sentence = installation.refuses(&[&set[..], &local].concat()).await;
    assert!(sentence.contains("https://localhost/cb"), "{sentence}");
    assert_eq!(text(&installation.does(&["app", "show", &app]).await, "name"), "Report Bot");
    let public = ["--add-callback-url", "https://bots.example.com/cb", "--client-credentials", "true"];
    let edited = installation.does(&[&set[..], &public].concat()).await;
    assert_eq!(text(&edited, "name"), "Better Bot");
    assert_eq!(edited, installation.does(&["app", "show", &app]).await, "the answer is what is stored");
}

#[tokio::test]
async fn legacy_parameters_are_for_web_apps_with_a_secret_and_end_within_a_year() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let until = |when| ["app", "set", app.as_str(), "--legacy-parameters-until", when];
    assert!(installation.refuses(&until("90d")).await.contains("web apps with an API key of kind secret"));
    installation.key(&app).await;
    assert!(installation.refuses(&until("366d")).await.contains("365 days"));
    let edited = installation.does(&until("90d")).await;
    assert!(edited["legacy_parameters_until"].is_string());
}

#[tokio::test]
async fn a_web_app_gets_no_public_key() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let words = ["key", "create", "--app", &app, "--label", "x", "--kind", "public"];
    assert!(installation.refuses(&words).await.contains("native"));
}

#[tokio::test]
async fn a_scope_that_no_api_understands_is_refused() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let sentence = installation.refuses(&["app", "set", &app, "--scopes", "read reed"]).await;
    assert!(sentence.contains("reed"), "{sentence}");
}

#[tokio::test]
async fn an_unattended_connection_is_asked_for_and_not_taken() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, _) = installation.key(&app).await;
    let customer = text(&installation.does(&["customer", "create", "Acme"]).await, "id");
    let request = ["connection", "request", "--key", &key, "--customer", &customer];
    assert!(installation.refuses(&request).await.contains("client credentials"));
    installation.does(&["app", "set", &app, "--client-credentials", "true"]).await;
    let made = installation.does(&request).await;
    assert_eq!(text(&made, "state"), "open");
    assert_eq!(text(&made, "scopes"), "read");
    let requests = installation.does(&["connection", "requests", "--key", &key]).await;
    assert_eq!(requests["requests"][0]["id"], made["id"]);
    let connections = installation.does(&["connection", "list", "--key", &key]).await;
    assert_eq!(connections["connections"], serde_json::json!([]));
}

#[tokio::test]
async fn a_password_comes_from_a_file_and_an_address_is_unique_without_case() {
    let installation = Installation::new().await;
    let file = installation.folder.path().join("password");
    std::fs::write(&file, "correct horse\n").expect("the scratch folder is writable");
    let file = file.display().to_string();
    let create = |email| ["user", "create", "--email", email, "--name", "Ana"];
    let user = installation.does(&[&create("Ana@Acme.Test")[..], &["--password-file", &file]].concat()).await;
    assert_eq!(text(&user, "email"), "ana@acme.test");
    assert_eq!(user["has_password"], true);
    assert!(installation.refuses(&create("ana@ACME.test")).await.contains("exists already"));
    let customer = text(&installation.does(&["customer", "create", "Acme"]).await, "id");
    let role = |role| {
        ["user", "set-role", user["id"].as_str().expect("an id"), "--customer", customer.as_str(), "--role", role]
    };
    assert!(installation.refuses(&role("connector")).await.contains("workspace"));
    installation.does(&role("admin")).await;
    let shown = installation.does(&["customer", "show", &customer]).await;
    assert!(shown["members"][0].as_str().is_some_and(|member| member.ends_with("ana@acme.test (admin)")), "{shown}");
}

#[tokio::test]
async fn the_next_signing_key_is_published_once() {
    let installation = Installation::new().await;
    let key = installation.does(&["jwks", "rotate"]).await;
    assert_eq!(text(&key, "state"), "next");
    assert!(installation.refuses(&["jwks", "rotate"]).await.contains("published already"));
    assert_eq!(installation.does(&["jwks", "list"]).await["keys"][0]["kid"], key["kid"]);
}

#[tokio::test]
async fn a_database_without_schema_is_named_with_the_command_to_run() {
    let installation = Installation { folder: tempfile::tempdir().expect("a scratch folder") };
    let failure = installation.run(&["app", "list"]).await.expect_err("there is no schema");
    assert_eq!(failure.exit_code(), 3);
    assert!(failure.sentence().contains("countersign migrate"), "{}", failure.sentence());
    installation.does(&["migrate"]).await;
    assert_eq!(installation.does(&["migrate", "status"]).await["up_to_date"], true);
}

#[tokio::test]
async fn a_configuration_that_a_start_would_trip_over_is_not_good() {
    let here = Installation::new().await;
    here.does(&["config", "check"]).await;
    let mail = ["--set", "mail.smtp_url=smtp://127.0.0.1:25", "--set", "mail.from=nobody"];
    let tls = ["--set", "listen.tls_certificate=/nowhere/x.pem", "--set", "listen.tls_key=/nowhere/y.pem"];
    let trust = ["--set", "mtls.anchors=/nowhere/a.pem", "--set", "mtls.crls=/nowhere/c.crl"];
    let told = here.refuses(&[&["config", "check"][..], &mail, &tls, &trust].concat()).await;
    for fault in [
        "mail.from is \"nobody\"",
        "listen.tls_certificate (/nowhere/x.pem): ",
        "listen.tls_key (/nowhere/y.pem): ",
        "mtls.anchors: /nowhere/a.pem: ",
        "mtls.crls: /nowhere/c.crl: ",
    ] {
        assert!(told.contains(&format!("\n- {fault}")), "{fault}: {told}");
    }
}

#[tokio::test]
async fn customers_of_an_environment_that_does_not_exist_are_not_no_customers() {
    let here = Installation::new().await;
    let told = here.refuses(&["customer", "list", "--environment", "nope"]).await;
    assert!(told.starts_with("there is no environment nope"), "{told}");
}

#[test]
fn the_command_line_is_consistent() {
    use clap::CommandFactory as _;
    CommandLine::command().debug_assert();
}

#[tokio::test]
async fn things_are_shown_as_tables() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let answer = installation.run(&["app", "list"]).await.unwrap_or_else(|failure| panic!("{}", failure.sentence()));
    let table = answer.to_text();
    let mut lines = table.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("ID ") && line.contains("CLIENT CREDENTIALS")), "{table}");
    assert!(lines.next().is_some_and(|line| line.starts_with(&app) && line.contains("Report Bot")), "{table}");
}

#[tokio::test]
async fn what_takes_access_away_is_in_the_log_and_other_edits_end_nothing() {
    let installation = Installation::new().await;
    let app = installation.app().await;
    let (key, secret) = installation.key(&app).await;
    let subject = |kind, id: &str| vec![Subject::from_stored(kind, id).expect("a subject")];
    let set = |name, value| ["app", "set", app.as_str(), name, value];
    assert_eq!(installation.ends(&set("--client-credentials", "true")).await, []);
    assert_eq!(installation.ends(&set("--client-credentials", "false")).await, subject("client_credentials", &key));
    assert_eq!(installation.ends(&set("--scopes", "read write")).await, []);
    assert_eq!(installation.ends(&set("--scopes", "write")).await, subject("app", &app));
    assert_eq!(installation.ends(&["key", "deactivate", &key]).await, subject("key", &key));
    assert_eq!(installation.ends(&["key", "activate", &key]).await, []);
    assert_eq!(installation.ends(&["secret", "rotate", "--key", &key, "--overlap", "0s"]).await, []);
    assert_eq!(installation.ends(&["secret", "revoke", "--key", &key, &secret]).await, subject("secret", &secret));
    assert_eq!(installation.ends(&["key", "revoke", &key]).await, subject("key", &key));
    assert_eq!(installation.ends(&["app", "delete", &app]).await, subject("app", &app));
}

#[tokio::test]
async fn a_user_who_may_do_less_and_a_removed_workspace_are_in_the_log() {
    let installation = Installation::new().await;
    let customer = text(&installation.does(&["customer", "create", "Acme"]).await, "id");
    let workspace = installation.does(&["workspace", "create", "--customer", &customer, "Brand"]).await;
    let workspace = text(&workspace, "id");
    let user = text(&installation.does(&["user", "create", "--email", "a@acme.test", "--name", "A"]).await, "id");
    let subject = |kind, id: &str| vec![Subject::from_stored(kind, id).expect("a subject")];
    let role = |role| ["user", "set-role", user.as_str(), "--customer", customer.as_str(), "--role", role];
    assert_eq!(installation.ends(&role("admin")).await, []);
    let connector = [&role("connector")[..], &["--workspace", &workspace]].concat();
    assert_eq!(installation.ends(&connector).await, subject("user", &user));
    assert_eq!(installation.ends(&["user", "disable", &user]).await, subject("user", &user));
    assert_eq!(installation.ends(&["user", "enable", &user]).await, []);
    let remove = ["workspace", "remove", "--customer", &customer, &workspace];
    assert_eq!(installation.ends(&remove).await, subject("customer", &customer));
}
