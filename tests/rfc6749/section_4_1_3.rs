//! Authorization code grant: the access token request.

use std::time::Duration;

use crate::world::{in_both_worlds, in_both_worlds_with};

// RFC 6749 §4.1.3
#[test]
fn a_code_gives_an_access_token_and_a_refresh_token() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        assert!(tokens.refresh.starts_with("rt_"), "{:?}", tokens.body);
        world.report_bot().introspects(&tokens.access).await.is_active();
    });
}

// RFC 6749 §4.1.2: the client must not use the code more than once.
#[test]
fn a_replayed_code_is_refused() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.report_bot().redeems(&code).await.tokens();
        world.report_bot().redeems(&code).await.fails_with(400, "invalid_grant").because("code_used");
    });
}

// RFC 6749 §4.1.2: all tokens previously issued based on that code should be revoked.
#[test]
fn a_replayed_code_revokes_the_tokens_it_gave() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let first = bot.redeems(&code).await.tokens();
        bot.redeems(&code).await.fails_with(400, "invalid_grant");
        world.knows().await;
        bot.introspects(&first.access).await.is_inactive();
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant");
    });
}

// DESIGN, decision 3: a replay revokes only if it would have been a valid first request.
#[test]
fn a_replay_with_a_wrong_verifier_leaves_the_tokens_alive() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let first = bot.redeems(&code).await.tokens();
        let thief = code.with_verifier(&"x".repeat(43));
        bot.redeems(&thief).await.fails_with(400, "invalid_grant");
        world.knows().await;
        bot.introspects(&first.access).await.is_active();
    });
}

// DESIGN, decision 3
#[test]
fn a_replay_with_a_wrong_redirect_uri_leaves_the_tokens_alive() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let first = bot.redeems(&code).await.tokens();
        bot.redeems(&code.with_redirect_uri(Some("https://elsewhere.example.com/")))
            .await
            .fails_with(400, "invalid_grant");
        world.knows().await;
        bot.introspects(&first.access).await.is_active();
    });
}

// RFC 6749 §4.1.3: the code was issued to the authenticated confidential client.
#[test]
fn another_keys_code_is_unknown_and_is_not_burned() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.other_bot().redeems(&code).await.fails_with(400, "invalid_grant").because("code_unknown");
        world.report_bot().redeems(&code).await.tokens();
    });
}

// DESIGN, decision 3
#[test]
fn another_environments_code_is_unknown_and_is_not_burned() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.report_bot().at("/prod2").redeems(&code).await.fails_with(400, "invalid_grant");
        world.report_bot().redeems(&code).await.tokens();
    });
}

// Promise S3: 60 s.
#[test]
fn a_code_works_until_its_sixtieth_second() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.later(Duration::from_millis(59_999));
        world.report_bot().redeems(&code).await.tokens();
    });
}

// RFC 6749 §4.1.2, promise S3
#[test]
fn a_code_expires_after_60_s() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.later(Duration::from_secs(60));
        world.report_bot().redeems(&code).await.fails_with(400, "invalid_grant").because("code_expired");
    });
}

// DESIGN §5: the life of a code is a setting.
#[test]
fn a_code_lives_as_long_as_configured() {
    in_both_worlds_with(&["lifetimes.code=10s"], async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        world.later(Duration::from_secs(10));
        world.report_bot().redeems(&code).await.fails_with(400, "invalid_grant").because("code_expired");
    });
}

// RFC 6749 §5.2: a code that is no code of ours is an invalid grant, not an invalid request.
#[test]
fn a_code_that_was_changed_on_its_way_is_an_invalid_grant() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await;
        let mut changed = code.clone();
        changed.text = changed.text.replacen("ac_", "ac_0", 1);
        world.report_bot().redeems(&changed).await.fails_with(400, "invalid_grant").because("code_malformed");
        world.report_bot().redeems(&code).await.tokens();
    });
}

// RFC 6749 §4.1.3
#[test]
fn a_missing_code_is_an_invalid_request() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().posts("token", &[("grant_type", "authorization_code")]).await;
        answer.fails_with(400, "invalid_request").because("parameter_missing");
    });
}

// RFC 6749 §4.1.3: redirect_uri is required if it was included in the authorization request.
#[test]
fn redirect_uri_is_required_when_it_was_sent_at_authorize() {
    in_both_worlds(async |world| {
        let code = world.alice().authorizes(&world.report_bot()).await.with_redirect_uri(None);
        world.report_bot().redeems(&code).await.fails_with(400, "invalid_grant").because("redirect_uri_missing");
    });
}

// RFC 6749 §4.1.3: their values must be identical.
#[test]
fn redirect_uri_is_compared_byte_by_byte() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        for change in [
            |uri: &str| format!("{uri}/"),
            |uri: &str| uri.replacen("https://r", "https://R", 1),
            |uri: &str| format!("{uri}?"),
        ] {
            let code = world.alice().authorizes(&bot).await;
            let changed = code.with_redirect_uri(Some(&change(&bot.card.callback)));
            bot.redeems(&changed).await.fails_with(400, "invalid_grant").because("redirect_uri_mismatch");
        }
    });
}

// RFC 6749 §4.1.3
#[test]
fn redirect_uri_that_was_left_out_at_authorize_is_left_out_here() {
    in_both_worlds(async |world| {
        let (alice, bot) = (world.alice(), world.report_bot());
        let mut choice = alice.everything();
        choice.sends_redirect_uri = false;
        let code = alice.authorizes_for(&bot, choice.clone()).await;
        bot.redeems(&code).await.tokens();
        let code = alice.authorizes_for(&bot, choice).await.with_redirect_uri(Some(&bot.card.callback));
        bot.redeems(&code).await.fails_with(400, "invalid_grant");
    });
}

// RELIABILITY, callback rule 5: re-check when the code is redeemed.
#[test]
fn a_code_is_refused_when_its_callback_url_was_removed_meanwhile() {
    in_both_worlds(async |world| {
        use client_registry::AppEdit;
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let edits = vec![
            AppEdit::AddCallbackUrl("https://new.example.com/callback".to_owned()),
            AppEdit::RemoveCallbackUrl(bot.card.callback.clone()),
        ];
        let by = crate::world::operator();
        world.registry().edit_app(&by, bot.card.app, None, edits).await.expect("the edits are good");
        world.knows().await;
        bot.redeems(&code).await.fails_with(400, "invalid_grant").because("redirect_uri_removed");
    });
}

// DESIGN, decision 3: the payload is sealed to its place, so that whoever writes to the store of codes mints nothing.
#[test]
fn a_code_moved_to_another_place_in_the_store_mints_nothing() {
    in_both_worlds(async |world| {
        use protocol::key_of;
        use storage::Taken;
        let (bot, other) = (world.report_bot(), world.other_bot());
        let code = world.alice().authorizes(&bot).await;
        let protocol = &world.replica(0).state.protocol;
        let parsed = domain::AuthorizationCode::parse(&code.text).expect("a code of ours");
        let place = |client| key_of(&domain::EnvironmentName::default_environment(), client, &parsed);
        let Ok(Taken::Fresh(sealed)) = protocol.codes.take(place(bot.card.id)).await else { panic!("it was put") };
        protocol.codes.put(place(other.card.id), &sealed, Duration::from_secs(60)).await.expect("the store answers");
        other.redeems(&code).await.fails_with(400, "invalid_grant").because("code_unknown");
    });
}
