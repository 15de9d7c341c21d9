//! The error response.

use crate::world::{Answer, World, in_both_worlds};

async fn errors(world: &World) -> Vec<Answer> {
    let (bot, other) = (world.report_bot(), world.other_bot());
    vec![
        bot.posts("token", &[]).await,
        bot.posts("token", &[("grant_type", "pass\"word\\\r\n\t\u{1F600}")]).await,
        bot.posts("token", &[("grant_type", "authorization_code"), ("code", "\"\\\u{e9}")]).await,
        bot.refreshes("rt_\"\\\n").await,
        bot.posts("token", &[("\"x\\\u{1}", "1"), ("\"x\\\u{1}", "2")]).await,
        other.acts_alone(&[]).await,
        bot.with_secret("sk_\"\\").acts_alone(&[]).await,
        bot.posts("introspect", &[]).await,
        bot.posts("revoke", &[]).await,
        world.gets("/oauth/token").await,
        world.gets("/nowhere").await,
    ]
}

// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
#[test]
fn error_and_description_hold_only_the_characters_of_the_rfc() {
    in_both_worlds(async |world| {
        for answer in errors(world).await {
            let body = answer.json();
            for member in ["error", "error_description"] {
                let text = body[member].as_str().unwrap_or_else(|| panic!("no {member}: {answer:?}"));
                let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
                assert!(!text.is_empty() && text.bytes().all(allowed), "{answer:?}");
            }
        }
    });
}

// RFC 6749 §5.2, §5.1
#[test]
fn every_error_is_json_that_nobody_may_keep() {
    in_both_worlds(async |world| {
        for answer in errors(world).await {
            assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
            assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
        }
    });
}

// PROTOCOL, "Everywhere": the id in the answer is the one of the header, the log and the activity.
#[test]
fn every_error_names_its_request() {
    in_both_worlds(async |world| {
        for answer in errors(world).await {
            let named = answer.json()["request_id"].as_str().unwrap_or_default().to_owned();
            assert!(named.starts_with("req_"), "{answer:?}");
            assert_eq!(named, answer.header("x-request-id"));
        }
    });
}

// PROTOCOL, "Everywhere": error_uri leads to the reason's entry in the catalogue.
#[test]
fn error_uri_leads_to_the_explanation() {
    in_both_worlds(async |world| {
        let answer = world.other_bot().acts_alone(&[]).await;
        let uri = answer.json()["error_uri"].as_str().unwrap_or_default().to_owned();
        assert_eq!(uri, world.url(0, "/docs/errors#client_credentials_off"));
        let page = world.gets("/docs/errors").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("id=\"client_credentials_off\""), "no such anchor");
    });
}
