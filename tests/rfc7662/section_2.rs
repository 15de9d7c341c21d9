//! The introspection request and its answer.

use std::time::Duration;

use serde_json::json;

use crate::world::in_both_worlds;

// RFC 7662 §2.2
#[test]
fn an_active_token_is_described() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let told = bot.introspects(&tokens.access).await.is_active();
        let claims = tokens.claims();
        for member in ["iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "customer", "connection_id"] {
            assert_eq!(told[member], claims[member], "{member}");
        }
        assert_eq!(told["token_type"], "Bearer");
        assert_eq!(told["workspaces"], tokens.body["workspaces"]);
    });
}

// RFC 7662 §2.2
#[test]
fn an_active_refresh_token_is_described_to_its_key() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let told = bot.introspects(&tokens.refresh).await.is_active();
        assert_eq!(told["client_id"], json!(bot.id()));
        assert_eq!(told["scope"], "reports.read reports.write");
    });
}

// RFC 7662 §2.2: exactly {"active":false}
#[test]
fn what_is_no_token_is_inactive_and_nothing_more() {
    in_both_worlds(async |world| {
        for token in ["x", "a.b.c", "rt_nonsense", "eyJhbGciOiJub25lIn0.e30."] {
            world.report_bot().introspects(token).await.is_inactive();
        }
    });
}

// RFC 7662 §2.2
#[test]
fn an_expired_token_is_inactive() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        world.later(Duration::from_millis(3_599_000));
        bot.introspects(&tokens.access).await.is_active();
        world.later(Duration::from_secs(1));
        bot.introspects(&tokens.access).await.is_inactive();
    });
}

// RFC 7662 §4: a key sees only its own tokens.
#[test]
fn another_keys_tokens_are_inactive() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        world.other_bot().introspects(&tokens.access).await.is_inactive();
        world.other_bot().introspects(&tokens.refresh).await.is_inactive();
    });
}

// RFC 7662 §2.1: the endpoint must require authorization.
#[test]
fn introspection_needs_client_authentication() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let nobody = world.report_bot().posts_raw("introspect", format!("token={}", tokens.access)).await;
        nobody.fails_with(401, "invalid_client");
    });
}

// RFC 7662 §4: a client that is not authenticated could scan for tokens.
#[test]
fn a_public_client_may_not_introspect() {
    in_both_worlds(async |world| {
        let tokens = world.pocket().is_let_in_by(&world.alice()).await;
        world.pocket().introspects(&tokens.access).await.fails_with(401, "invalid_client");
    });
}

// PROTOCOL, "Introspection": registered resource servers.
#[test]
fn an_api_sees_the_tokens_that_are_for_it() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        world.api_of("default").await.introspects(&tokens.access).await.is_active();
    });
}

// PROTOCOL, "Introspection"
#[test]
fn an_api_does_not_see_refresh_tokens() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        world.api_of("default").await.introspects(&tokens.refresh).await.is_inactive();
    });
}

// RFC 7662 §4
#[test]
fn an_api_of_another_environment_sees_nothing() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        world.api_of("prod2").await.introspects(&tokens.access).await.is_inactive();
    });
}

// DESIGN, decision 17: membership is answered for a workspace that is asked about.
#[test]
fn membership_of_a_workspace_is_answered() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.bob()).await;
        let theirs = world.seed.acme.workspaces.first().expect("Acme has three").to_string();
        let elsewhere = world.seed.globex.workspaces.first().expect("Globex has one").to_string();
        for (workspace, member) in [(theirs, true), (elsewhere, false), ("nonsense".to_owned(), false)] {
            let asked = bot.posts("introspect", &[("token", &tokens.access), ("workspace", &workspace)]).await;
            assert_eq!(asked.is_active()["workspace_member"], json!(member), "{workspace}");
        }
    });
}

// RFC 9068 §4, RFC 8725 §3.1: a signature that does not fit is nothing.
#[test]
fn a_token_with_changed_claims_is_inactive() {
    in_both_worlds(async |world| {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let mut claims = tokens.claims();
        claims["scope"] = json!("reports.read reports.write admin");
        let parts: Vec<_> = tokens.access.split('.').collect();
        let [header, _, signature] = parts.as_slice() else { panic!("a JWT has three parts") };
        let changed = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        bot.introspects(&changed).await.is_inactive();
    });
}
