//! Apps: what edits may and may not be made, by whom, and the way back after a deletion.

use std::time::Duration;

use client_registry::{AppDraft, AppEdit, Authority, Initiator, RegistryError};
use domain::{
    Actor, App, AppId, ApplicationKind, EnvironmentName, Permission, Publisher, RequestId, TeamId, Timestamp, UserId,
};
use serde_json::{Value, json};
use storage::{Change, Directory as _, Unit, Units as _};

use super::{Installation, text};
use crate::commands::opened::Opened;

fn draft(team: &str) -> AppDraft {
    AppDraft {
        team: team.parse().expect("an id"),
        name: "Copier".into(),
        description: "Copies reports".into(),
        publisher: Publisher { name: "Bots Inc".into(), verified: false },
        support_email: None,
        homepage_url: Some("https://bots.example.com".into()),
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec!["https://bots.example.com/callback".into()],
        client_credentials: false,
        environments: vec![EnvironmentName::default_environment()],
        scopes: "read".parse().expect("a scope"),
    }
}

impl Installation {
    /// A new team with somebody who may do this in it.
    async fn team_of(&self, permissions: &str) -> (String, UserId) {
        let team = text(&self.does(&["team", "create", "Builders"]).await, "id");
        let user = self.does(&["user", "create", "--email", "ana@bots.test", "--name", "Ana"]).await;
        self.does(&["team", "member", "set", &team, "--user", "ana@bots.test", "--permissions", permissions]).await;
        (team, text(&user, "id").parse().expect("an id"))
    }

    async fn audit_of(&self, id: &str) -> Vec<(String, String)> {
        let found = self.does(&["audit", "list", "--target", id]).await;
        let rows = found["audit"].as_array().expect("a list").clone();
        rows.iter().map(|row: &Value| (text(row, "action"), text(row, "detail"))).collect()
    }
}

#[tokio::test]
async fn the_operator_verifies_a_publisher_under_the_name_it_found_and_takes_that_back() {
    let here = Installation::new().await;
    let id = here.app().await;
    let verified = here.does(&["app", "verify", &id, "--publisher", "Bots Incorporated"]).await;
    assert_eq!((&verified["publisher"], &verified["verified"]), (&json!("Bots Incorporated"), &json!(true)));
    let before = here.does(&["app", "verify", &id, "--undo"]).await;
    assert_eq!((&before["publisher"], &before["verified"]), (&json!("Bots Incorporated"), &json!(false)));
    here.does(&["app", "verify", &id]).await;
    let renamed = here.does(&["app", "set", &id, "--publisher", "Somebody Else"]).await;
    assert_eq!(renamed["verified"], json!(false), "the operator has looked at another name");
    let told: Vec<_> = here.audit_of(&id).await.into_iter().filter(|(action, _)| action != "app.edited").collect();
    let told: Vec<_> = told.iter().map(|(action, detail)| (action.as_str(), detail.as_str())).collect();
    assert_eq!(
        told,
        [
            ("app.publisher_unverified", "publisher: Somebody Else; before: Bots Incorporated"),
            ("app.publisher_verified", "publisher: Bots Incorporated; before: Bots Incorporated"),
            ("app.publisher_unverified", "publisher: Bots Incorporated; before: Bots Incorporated"),
            ("app.publisher_verified", "publisher: Bots Incorporated; before: Bots Inc"),
            ("app.created", "name: Report Bot; scopes: read"),
        ]
    );
}

#[tokio::test]
async fn nobody_but_the_operator_verifies_a_publisher() {
    let here = Installation::new().await;
    let (team, ana) = here.team_of("create,edit,delete,generate-token,manage-members").await;
    let registry = here.opened().await.registry;
    let by = Initiator { actor: Actor::User(ana), request: None };
    let verified = Publisher { name: "Bots Inc".into(), verified: true };
    let refused = registry.create_app(&by, AppDraft { publisher: verified, ..draft(&team) }).await;
    assert!(matches!(refused, Err(RegistryError::OperatorOnly)), "{refused:?}");
    let app = registry.create_app(&by, draft(&team)).await.expect("a good draft");
    let edits = vec![AppEdit::Name("Copier Two".into()), AppEdit::PublisherVerified(true)];
    let refused = registry.edit_app(&by, app.id, None, edits).await;
    assert!(matches!(refused, Err(RegistryError::OperatorOnly)), "{refused:?}");
    let shown = here.does(&["app", "show", &app.id.to_string()]).await;
    assert_eq!((&shown["name"], &shown["verified"]), (&json!("Copier"), &json!(false)), "all or nothing");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_form_is_told_at_once() {
    let here = Installation::new().await;
    let (team, ana) = here.team_of("create,edit").await;
    let registry = here.opened().await.registry;
    let by = Initiator { actor: Actor::User(ana), request: None };
    let url = "https://bots.example.com/callback";
    let faulty = AppDraft {
        name: "x".into(),
        homepage_url: Some("javascript:alert(1)".into()),
        callback_urls: vec![url.into(), "http://bots.example.com/callback".into(), url.into()],
        scopes: "read fly".parse().expect("scopes"),
        ..draft(&team)
    };
    let faults = registry.faults_of_draft(&by, &faulty).await.expect("the store answers");
    let parts: Vec<_> = faults.iter().map(|fault| format!("{:?}", fault.edit)).collect();
    assert_eq!(
        parts,
        [
            "Name(\"x\")".to_owned(),
            "HomepageUrl(Some(\"javascript:alert(1)\"))".to_owned(),
            format!("{:?}", AppEdit::Scopes("read fly".parse().expect("scopes"))),
            "AddCallbackUrl(\"http://bots.example.com/callback\")".to_owned(),
            format!("AddCallbackUrl({url:?})"),
        ]
    );
    assert!(registry.faults_of_draft(&by, &draft(&team)).await.expect("the store answers").is_empty());
    let app = registry.create_app(&by, draft(&team)).await.expect("a good draft");
    let edits =
        vec![AppEdit::Description(String::new()), AppEdit::LegacyParametersUntil(Some(Timestamp::from_seconds(1)))];
    let faults = registry.faults_of_edits(&by, &app, edits).await.expect("the store answers");
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[tokio::test]
async fn a_deleted_app_comes_back_within_a_week_without_its_keys() {
    let here = Installation::new().await;
    let id = here.app().await;
    let key = text(&here.does(&["key", "create", "--app", &id, "--label", "One"]).await, "id");
    let refused = here.refuses(&["app", "restore", &id]).await;
    assert!(refused.starts_with("there is no deleted app"), "{refused}");
    here.does(&["app", "delete", &id]).await;
    let restored = here.does(&["app", "restore", &id]).await;
    assert_eq!((&restored["deleted_at"], text(&restored, "id")), (&Value::Null, id.clone()));
    let keys = here.does(&["key", "list", "--app", &id]).await;
    assert_eq!((text(&keys["keys"][0], "id"), &keys["keys"][0]["state"]), (key, &json!("revoked")));
    let actions: Vec<_> = here.audit_of(&id).await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["app.restored", "app.deleted", "app.created"]);
    let opened = here.opened().await;
    deleted_long_ago(&opened, id.parse().expect("an id")).await;
    let refused = here.refuses(&["app", "restore", &id]).await;
    assert!(refused.contains("more than 7 days ago"), "{refused}");
}

async fn deleted_long_ago(opened: &Opened, id: AppId) {
    let app = opened.store.app(id).await.expect("the store answers").expect("it is there");
    let deleted_at = Some(opened.now() - Duration::from_secs(7 * 24 * 3600 + 60));
    let changes = vec![Change::ReplaceApp(App { deleted_at, ..app })];
    opened.store.commit(Unit { changes, ..Unit::default() }).await.expect("nothing stands against it");
}

#[tokio::test]
async fn deleted_apps_are_shown_to_those_who_may_restore_them() {
    let here = Installation::new().await;
    let (team, ana) = here.team_of("delete").await;
    let team_id: TeamId = team.parse().expect("an id");
    let registry = here.opened().await.registry;
    let app = registry.create_app(&Initiator::operator(), draft(&team)).await.expect("a good draft");
    registry.delete_app(&Initiator::operator(), app.id).await.expect("it can be deleted");
    let authority = registry.authority(ana, Some(RequestId::from_bytes([1; 16]))).await.expect("the store answers");
    let found = registry.restorable_apps(&authority).await.expect("the store answers");
    assert_eq!(found.iter().map(|(app, _)| app.id).collect::<Vec<_>>(), [app.id]);
    let permitted = registry.permit_app(&authority, app.id, Permission::Delete).await.expect("it may");
    registry.restore_app(permitted.by(), app.id).await.expect("in time");
    assert!(registry.restorable_apps(&authority).await.expect("the store answers").is_empty());
    registry.delete_app(&Initiator::operator(), app.id).await.expect("it can be deleted");
    here.does(&["team", "member", "set", &team_id.to_string(), "--user", "ana@bots.test", "--permissions", "edit"])
        .await;
    let authority = registry.authority(ana, None).await.expect("the store answers");
    assert!(registry.restorable_apps(&authority).await.expect("the store answers").is_empty());
    let of_all = registry.restorable_apps(&Authority::operator()).await.expect("the store answers");
    assert_eq!(of_all.iter().map(|(app, _)| app.id).collect::<Vec<_>>(), [app.id], "the operator may for every team");
}

#[tokio::test]
async fn an_app_comes_to_run_elsewhere_where_nothing_is_in_the_way() {
    let here = Installation::new().await;
    let id = here.app().await;
    let scheme = "com.example.bots:/callback";
    let native = here.does(&["app", "set", &id, "--kind", "native", "--add-callback-url", scheme]).await;
    assert_eq!(native["kind"], json!("native"));
    let told = here.refuses(&["app", "set", &id, "--kind", "web"]).await;
    assert!(told.contains(scheme), "{told}");
    let web = here.does(&["app", "set", &id, "--kind", "web", "--remove-callback-url", scheme]).await;
    assert_eq!(web["kind"], json!("web"));
}
