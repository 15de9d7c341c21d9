//! Environments: a prefix, an issuer and signing keys each.

use client_registry::KeyDraft;
use domain::KeyKind;

use crate::world::{Client, World, card, create_app, draft, environment, in_both_worlds, operator};

/// A key of an app for both environments that may be used in prod2 alone.
async fn prod2_bot(world: &World) -> Client<'_> {
    let app = create_app(world.registry(), &draft("Prod Bot", &["default", "prod2"])).await;
    let draft = KeyDraft {
        app: app.id,
        label: "Prod".to_owned(),
        kind: KeyKind::Secret,
        environments: Some(vec![environment("prod2")]),
        expires_at: None,
    };
    let made = world.registry().create_key(&operator(), draft).await.expect("the draft is good");
    world.knows().await;
    world.client(card(&app, made))
}

// PROTOCOL, "Legacy parameters", last sentence: its URL is in the description.
#[test]
fn right_credentials_at_the_wrong_prefix_are_told_the_right_url() {
    in_both_worlds(async |world| {
        let answer = prod2_bot(world).await.acts_alone(&[]).await;
        answer.fails_with(400, "invalid_request").because("wrong_environment");
        assert!(answer.text.contains(&world.url(0, "/prod2/oauth/token")), "{answer:?}");
    });
}

// PROTOCOL: only after authentication.
#[test]
fn wrong_credentials_at_the_wrong_prefix_are_told_nothing() {
    in_both_worlds(async |world| {
        let bot = prod2_bot(world).await.with_secret(world.report_bot().secret());
        let answer = bot.acts_alone(&[]).await;
        answer.fails_with(401, "invalid_client").because("authentication_failed");
        assert!(!answer.text.contains("prod2"), "{answer:?}");
    });
}

// PROTOCOL: only when the key is allowed in exactly one other environment.
#[test]
fn a_key_of_no_single_other_environment_is_refused_without_a_url() {
    in_both_worlds(async |world| {
        let registry = world.registry();
        crate::world::create_environment(registry, "eu", "https://eu-api.example.com").await;
        world.knows().await;
        let answer = world.report_bot().at("/eu").acts_alone(&[]).await;
        answer.fails_with(401, "invalid_client").because("environment_not_allowed");
    });
}

// DESIGN §2.3: at /oauth/token and at /{environment}/oauth/token.
#[test]
fn one_key_is_used_in_each_environment_under_its_prefix() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let here = bot.is_let_in_by(&world.alice()).await;
        let there = bot.at("/prod2").is_let_in_by(&world.carol()).await;
        assert_eq!((&here.body["environment"], &there.body["environment"]), (&"default".into(), &"prod2".into()));
        assert_eq!(there.body["api_base_url"], "https://prod2-api.example.com");
        assert_eq!(there.claims()["iss"].as_str(), Some(world.issuer("/prod2").as_str()));
        assert_eq!(there.claims()["aud"], "https://prod2-api.example.com");
    });
}

// DESIGN §1
#[test]
fn a_prefix_that_is_no_environment_is_nothing() {
    in_both_worlds(async |world| {
        for prefix in ["/nowhere", "/default", "/PROD2", "/oauth"] {
            let answer = world.report_bot().at(prefix).acts_alone(&[]).await;
            assert_eq!(answer.status, 404, "{prefix}: {answer:?}");
        }
    });
}

// DESIGN, decision 1: an environment is a subject of revocation, and the others are not touched.
#[test]
fn an_environment_made_while_serving_is_served() {
    in_both_worlds(async |world| {
        let path = "/.well-known/oauth-authorization-server/late";
        assert_eq!(world.gets(path).await.status, 404);
        crate::world::create_environment(world.registry(), "late", "https://late-api.example.com").await;
        world.knows().await;
        assert_eq!(world.gets(path).await.status, 200);
    });
}
