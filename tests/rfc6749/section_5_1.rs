//! The successful response.

use serde_json::json;

use crate::world::in_both_worlds;

// RFC 6749 §5.1
#[test]
fn a_success_is_json_that_nobody_may_keep() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let answer = bot.redeems(&code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("pragma"), "no-cache");
        assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
    });
}

// RFC 6749 §5.1
#[test]
fn expires_in_is_a_number_and_exactly_the_life_of_the_token() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let claims = tokens.claims();
        let life = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
        assert_eq!(tokens.body["expires_in"].as_i64(), life);
        assert_eq!(life, Some(3600));
    });
}

// RFC 6749 §5.1, §7.1
#[test]
fn the_token_type_is_bearer() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        assert_eq!(tokens.body["token_type"], "Bearer");
    });
}

// PROTOCOL, "Token": environment, api_base_url, customer, workspaces with names, connection_id.
#[test]
fn a_success_says_where_and_what_the_token_is_for() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        assert_eq!(tokens.body["environment"], "default");
        assert_eq!(tokens.body["api_base_url"], "https://api.example.com");
        assert_eq!(tokens.body["customer"], json!(world.seed.acme.id));
        assert_eq!(tokens.workspaces(), ["Marketing", "Sales", "Support"]);
        assert!(tokens.connection().starts_with("con_"));
    });
}

// RFC 9396 §7
#[test]
fn a_success_has_authorization_details_of_the_same_grant() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let details = &tokens.body["authorization_details"][0];
        assert_eq!(details["type"], "workspace_access");
        assert_eq!(details["locations"], json!(["https://api.example.com"]));
        assert_eq!(details["actions"], json!(["reports.read", "reports.write"]));
        let listed = tokens.body["workspaces"].as_array().map(|all| all.iter().map(|one| one["id"].clone()).collect());
        assert_eq!(details["workspaces"].as_array().cloned(), listed);
    });
}
