//! Legacy parameters: old client libraries post everything in the query string, with an empty body.

use std::time::Duration;

use client_registry::AppEdit;
use domain::Clock as _;
use storage::{ActivityFilter, ActivityLog as _};

use crate::world::{Answer, Client, Code, World, in_both_worlds, operator};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Report Bot with the switch on for a day.
async fn old_bot(world: &World) -> Client<'_> {
    let bot = world.report_bot();
    let edits = vec![AppEdit::LegacyParametersUntil(Some(world.clock.now() + DAY))];
    world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
    world.knows().await;
    bot
}

/// A code as such a library asks for it: no PKCE.
async fn code(world: &World, bot: &Client<'_>) -> Code {
    let mut choice = world.alice().everything();
    choice.pkce = false;
    world.alice().authorizes_for(bot, choice).await
}

/// POST with everything in the query: no body, no content type.
async fn in_query(bot: &Client<'_>, parameters: &[(&str, &str)]) -> Answer {
    Answer::to(bot.post(&format!("token?{}", bot.body(parameters)))).await
}

// PROTOCOL, "Legacy parameters": the shape of the PyPI package SprinklrClient.
#[test]
fn everything_in_the_query_gets_and_refreshes_tokens() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await;
        let code = code(world, &bot).await;
        let tokens = in_query(&bot, &code.parameters()).await.tokens();
        let refreshed = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let again = in_query(&bot, &refreshed).await.tokens();
        assert!(!tokens.refresh.is_empty() && !again.refresh.is_empty());
    });
}

// PROTOCOL, "Legacy parameters"
#[test]
fn the_same_works_under_an_environments_prefix() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await.at("/prod2");
        let mut choice = world.carol().everything();
        choice.pkce = false;
        let code = world.carol().authorizes_for(&bot, choice).await;
        in_query(&bot, &code.parameters()).await.tokens();
    });
}

// RFC 9745 §2.1
#[test]
fn the_answer_says_that_this_is_deprecated() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await;
        let code = code(world, &bot).await;
        let answer = in_query(&bot, &code.parameters()).await;
        let moment = answer.header("deprecation").strip_prefix('@').map(str::parse::<i64>);
        assert!(matches!(moment, Some(Ok(_))), "{answer:?}");
        let usual = bot.acts_alone(&[]).await;
        assert_eq!(usual.header("deprecation"), "");
    });
}

// PROTOCOL, "Legacy parameters": all from the query or all from the body, never both.
#[test]
fn parameters_in_both_places_are_refused() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await;
        let answer = bot.posts_raw(&format!("token?{}", bot.body(&[])), "grant_type=client_credentials").await;
        answer.fails_with(400, "invalid_request").because("parameters_in_two_places");
    });
}

// PROTOCOL, "Legacy parameters": an end date.
#[test]
fn the_switch_ends_at_its_date() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await;
        world.later(DAY);
        let code = code(world, &bot).await;
        let answer = in_query(&bot, &code.parameters()).await;
        answer.fails_with(400, "invalid_request").because("credentials_in_query");
    });
}

// PROTOCOL, "Legacy parameters": without the switch, a secret in a query is refused and flagged exposed.
#[test]
fn a_secret_in_the_query_is_flagged_exposed() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = code(world, &bot).await;
        let answer = in_query(&bot, &code.parameters()).await;
        answer.fails_with(400, "invalid_request").because("credentials_in_query");
        assert!(
            answer.json()["error_description"].as_str().is_some_and(|said| said.contains("rotate it")),
            "{answer:?}"
        );
        let harmless = bot.posts("token?grant_type=client_credentials", &[]).await;
        harmless.fails_with(400, "invalid_request").because("credentials_in_query");
        assert!(
            !harmless.json()["error_description"].as_str().is_some_and(|said| said.contains("exposed")),
            "{harmless:?}"
        );
        world.writes_what_waits().await;
        let filter = ActivityFilter { key: Some(bot.card.id), ..ActivityFilter::default() };
        let rows = world.replica(0).store.activity(&filter, 10).await.expect("the database answers");
        let refused = rows.iter().filter(|row| row.refusal.as_deref() == Some("credentials_in_query"));
        let exposed: Vec<_> = refused.map(|row| row.detail.contains("exposed")).collect();
        assert_eq!((exposed.len(), exposed.iter().filter(|exposed| **exposed).count()), (2, 1), "{rows:?}");
    });
}

// PROTOCOL, "Legacy parameters": PKCE may be left out only by these apps; who sent a challenge must show the verifier.
#[test]
fn a_challenge_that_was_sent_counts_here_too() {
    in_both_worlds(async |world| {
        let bot = old_bot(world).await;
        let code = world.alice().authorizes(&bot).await.without_verifier();
        in_query(&bot, &code.parameters()).await.fails_with(400, "invalid_grant").because("pkce_missing");
    });
}
