//! Refreshing an access token.

use std::time::Duration;

use client_registry::AppEdit;
use domain::Lifetimes;

use crate::world::{World, in_both_worlds, operator};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn live_for(world: &World, connection_idle: Duration, connection_absolute: Duration) {
    let lifetimes = Lifetimes {
        access_token: Some(2 * HOUR),
        connection_idle: Some(connection_idle),
        connection_absolute: Some(connection_absolute),
    };
    let edits = vec![AppEdit::Lifetimes(lifetimes)];
    let app = world.report_bot().card.app;
    world.registry().edit_app(&operator(), app, None, edits).await.expect("the edit is good");
    world.knows().await;
}

// RFC 6749 §6
#[test]
fn a_refresh_token_gives_a_new_access_token() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        world.later(HOUR);
        bot.introspects(&first.access).await.is_inactive();
        let second = bot.refreshes(&first.refresh).await.tokens();
        bot.introspects(&second.access).await.is_active();
        assert_eq!(second.connection(), first.connection());
    });
}

// RFC 6749 §6, §10.4: bound to the client it was issued to.
#[test]
fn another_keys_refresh_token_is_an_invalid_grant() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        world.other_bot().refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_unknown");
        world.report_bot().refreshes(&tokens.refresh).await.tokens();
    });
}

// DESIGN, decision 2: the tag binds the environment.
#[test]
fn a_refresh_token_of_another_environment_is_unknown() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let elsewhere = world.report_bot().at("/prod2").refreshes(&tokens.refresh).await;
        elsewhere.fails_with(400, "invalid_grant").because("refresh_unknown");
    });
}

// RFC 6749 §5.2
#[test]
fn a_refresh_token_that_was_changed_is_an_invalid_grant() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let changed = tokens.refresh.replacen("rt_", "rt_0", 1);
        world.report_bot().refreshes(&changed).await.fails_with(400, "invalid_grant").because("refresh_malformed");
    });
}

// RFC 6749 §6
#[test]
fn a_missing_refresh_token_is_an_invalid_request() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().posts("token", &[("grant_type", "refresh_token")]).await;
        answer.fails_with(400, "invalid_request").because("parameter_missing");
    });
}

// Promise S5: stable for keys that authenticate, and repeated in every answer.
#[test]
fn a_key_that_authenticates_keeps_its_refresh_token() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        for _ in 0..3 {
            assert_eq!(bot.refreshes(&first.refresh).await.tokens().refresh, first.refresh);
        }
    });
}

// DESIGN §5: 90 days unused.
#[test]
fn a_connection_that_nobody_uses_expires() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        world.later(90 * DAY);
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_expired");
    });
}

// DESIGN §5: use keeps a connection alive, until it has reached its age.
#[test]
fn a_connection_ends_by_age_even_when_it_is_used() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        live_for(world, 2 * HOUR, 3 * HOUR).await;
        let tokens = bot.is_let_in_by(&world.alice()).await;
        world.later(HOUR + HOUR / 2);
        bot.refreshes(&tokens.refresh).await.tokens();
        world.writes_what_waits().await;
        world.later(HOUR);
        bot.refreshes(&tokens.refresh).await.tokens();
        world.later(HOUR / 2);
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_expired");
    });
}

// PROTOCOL, "Token": no access token outlives its connection.
#[test]
fn an_access_token_never_outlives_its_connection() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        live_for(world, 3 * HOUR, 3 * HOUR).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        assert_eq!(first.body["expires_in"], 7200);
        world.later(2 * HOUR);
        assert_eq!(bot.refreshes(&first.refresh).await.tokens().body["expires_in"], 3600);
    });
}
