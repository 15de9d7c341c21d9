//! Keys for the management API: the operator alone makes them, and nobody else reaches what they stand on.

use domain::{MANAGEMENT_CUSTOMER, MANAGEMENT_TEAM, MANAGEMENT_USER};

use super::{Installation, text};

const CREATE: [&str; 4] = ["management-key", "create", "--label", "Terraform"];

#[tokio::test]
async fn keys_are_made_for_every_team_or_for_one_and_listed() {
    let here = Installation::new().await;
    let team = text(&here.does(&["team", "create", "Builders"]).await, "id");
    let every = here.does(&[&CREATE[..], &["--every-team", "--scope", "countersign.read"]].concat()).await;
    assert_eq!((text(&every, "teams"), text(&every, "scopes")), ("every".into(), "countersign.read".into()));
    assert!(text(&every, "secret").starts_with("sk_"));
    let scopes = ["--scope", "countersign.apps.write", "--scope", "countersign.read", "--kind", "certificate"];
    let one = here.does(&[&CREATE[..], &["--team", &team], &scopes].concat()).await;
    assert_eq!(text(&one, "teams"), team);
    let listed = here.does(&["management-key", "list"]).await;
    let listed = listed["keys"].as_array().expect("a list").clone();
    assert_eq!(listed.len(), 2);
    for made in [&every, &one] {
        let found = listed.iter().find(|key| key["id"] == made["id"]).expect("it is listed");
        assert_eq!((&found["teams"], &found["scopes"]), (&made["teams"], &made["scopes"]));
    }
}

#[tokio::test]
async fn what_is_no_good_for_a_management_key_is_refused() {
    let here = Installation::new().await;
    let every = ["--every-team", "--scope", "countersign.read"];
    let said = here.refuses(&[&CREATE[..], &every, &["--kind", "public"]].concat()).await;
    assert!(said.contains("public"), "{said}");
    let nobodys = "team_0000000000000000000007";
    let said = here.refuses(&[&CREATE[..], &["--team", nobodys, "--scope", "countersign.read"]].concat()).await;
    assert!(said.contains("there is no team"), "{said}");
}

#[tokio::test]
async fn nobody_else_gets_its_scopes_its_team_or_its_connection() {
    let here = Installation::new().await;
    let made = here.does(&[&CREATE[..], &["--every-team", "--scope", "countersign.read"]].concat()).await;
    let (app, key) = (text(&made, "app"), text(&made, "id"));
    let kept = "kept for management keys";
    let words = ["--description", "Copies reports", "--publisher", "Bots Inc"];
    let create = [&["app", "create", "Bot"][..], &words].concat();
    let management = MANAGEMENT_TEAM.to_string();
    let other = here.app().await;
    let person = text(&here.does(&["user", "create", "--email", "ana@bots.test", "--name", "Ana"]).await, "id");
    for refused in [
        [&create[..], &["--scopes", "countersign.read"]].concat(),
        [&create[..], &["--team", &management]].concat(),
        vec!["app", "set", &other, "--scopes", "read countersign.apps.write"],
        vec!["app", "transfer", &other, "--team", &management],
        vec!["app", "transfer", &app, "--team", &domain::OPERATOR_TEAM.to_string()],
        vec!["team", "member", "set", &management, "--user", &person, "--role", "admin"],
        vec!["connection", "request", "--key", &key, "--customer", &MANAGEMENT_CUSTOMER.to_string()],
        vec!["api", "create", "Other", "--audience", "https://other.example", "--scope", "countersign.read=Look"],
    ] {
        let said = here.refuses(&refused).await;
        assert!(said.contains(kept), "{refused:?}: {said}");
    }
    let shown = here.does(&["user", "show", &MANAGEMENT_USER.to_string()]).await;
    assert_eq!(text(&shown, "kind"), "service", "nobody signs in as it");
}
