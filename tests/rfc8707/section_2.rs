//! The `resource` parameter at the token endpoint.

use client_registry::ApiDraft;
use domain::ScopeWords;
use serde_json::json;

use crate::world::{World, environment, in_both_worlds, operator};

const MEDIA: &str = "https://media.example.com";
const DEFAULT: &str = "https://api.example.com";

/// An API beside the default one that understands one of the scopes.
async fn add_media(world: &World) {
    let words = ScopeWords { scope: "reports.read".parse().expect("a scope"), words: "See media".to_owned() };
    let draft = ApiDraft {
        environment: environment("default"),
        name: "Media".to_owned(),
        audience: MEDIA.to_owned(),
        scopes: vec![words],
        token_lifetime: Some(std::time::Duration::from_secs(600)),
        is_default: false,
    };
    world.registry().create_api(&operator(), draft).await.expect("the draft is good");
    world.knows().await;
}

// RFC 8707 §2.2
#[test]
fn resource_narrows_the_audience_and_the_scope() {
    in_both_worlds(async |world| {
        add_media(world).await;
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", &first.refresh), ("resource", MEDIA)];
        let narrowed = bot.posts("token", &parameters).await.tokens();
        assert_eq!(narrowed.claims()["aud"], MEDIA);
        assert_eq!(narrowed.scope(), "reports.read");
    });
}

// RFC 8707 §2: may be used more than once.
#[test]
fn several_resources_are_several_audiences() {
    in_both_worlds(async |world| {
        add_media(world).await;
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.acts_alone(&[("resource", DEFAULT), ("resource", MEDIA)]).await.tokens();
        assert_eq!(tokens.claims()["aud"], json!([DEFAULT, MEDIA]));
    });
}

// RFC 8707 §2: unknown → invalid_target.
#[test]
fn an_unknown_resource_is_an_invalid_target() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        for resource in ["https://nowhere.example.com", "https://prod2-api.example.com", "nonsense"] {
            bot.acts_alone(&[("resource", resource)]).await.fails_with(400, "invalid_target");
        }
    });
}

// DESIGN §1: an API may have a token life of its own.
#[test]
fn the_life_of_a_token_is_the_one_of_its_api() {
    in_both_worlds(async |world| {
        add_media(world).await;
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        assert_eq!(bot.acts_alone(&[("resource", MEDIA)]).await.tokens().body["expires_in"], 600);
        assert_eq!(bot.acts_alone(&[]).await.tokens().body["expires_in"], 3600);
    });
}
