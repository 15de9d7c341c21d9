//! How fast a key may ask.

use crate::world::in_both_worlds_with;

// DESIGN §5: a token bucket per key.
#[test]
fn a_key_that_asks_too_fast_is_told_when_to_come_back() {
    in_both_worlds_with(&["rates.token_per_key_and_minute=3"], async |world| {
        let bot = world.other_bot();
        for _ in 0..3 {
            bot.acts_alone(&[]).await.fails_with(400, "unauthorized_client");
        }
        let answer = bot.acts_alone(&[]).await;
        answer.fails_with(429, "temporarily_unavailable").because("rate_limited");
        let seconds = answer.header("retry-after").parse::<u32>();
        assert!(seconds.is_ok_and(|seconds| (1..=60).contains(&seconds)), "{answer:?}");
    });
}

// DESIGN §5
#[test]
fn another_key_is_not_slowed_down() {
    in_both_worlds_with(&["rates.token_per_key_and_minute=1"], async |world| {
        world.other_bot().acts_alone(&[]).await.fails_with(400, "unauthorized_client");
        world.other_bot().acts_alone(&[]).await.fails_with(429, "temporarily_unavailable");
        world.report_bot().acts_alone(&[]).await.fails_with(400, "unauthorized_client");
    });
}

// A client_id is public: a stranger must not use up its owner's requests.
#[test]
fn failed_authentication_does_not_use_up_the_keys_requests() {
    in_both_worlds_with(&["rates.token_per_key_and_minute=2"], async |world| {
        let bot = world.other_bot();
        for _ in 0..5 {
            bot.with_secret(world.report_bot().secret()).acts_alone(&[]).await.fails_with(401, "invalid_client");
        }
        bot.acts_alone(&[]).await.fails_with(400, "unauthorized_client");
    });
}

// DESIGN §5: and one per environment.
#[test]
fn an_environment_has_a_limit_of_its_own() {
    in_both_worlds_with(&["rates.token_per_environment_and_minute=2"], async |world| {
        let bot = world.report_bot();
        for _ in 0..2 {
            bot.acts_alone(&[]).await.fails_with(400, "unauthorized_client");
        }
        world.other_bot().acts_alone(&[]).await.fails_with(429, "temporarily_unavailable");
        bot.at("/prod2").acts_alone(&[]).await.fails_with(400, "unauthorized_client");
    });
}
