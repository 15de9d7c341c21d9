//! The revocation request and its answer.

use crate::world::in_both_worlds;

// RFC 7009 §2.1
#[test]
fn a_revoked_access_token_is_dead_and_the_connection_lives_on() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        assert_eq!(bot.revokes(&tokens.access).await.status, 200);
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.refreshes(&tokens.refresh).await.tokens();
    });
}

// RFC 7009 §2.1: revoking a refresh token also invalidates the access tokens of the same grant.
#[test]
fn a_revoked_refresh_token_ends_the_connection_and_its_access_tokens() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        assert_eq!(bot.revokes(&tokens.refresh).await.status, 200);
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
    });
}

// RFC 7009 §2.2: invalid tokens do not cause an error.
#[test]
fn an_unknown_token_is_answered_with_200() {
    in_both_worlds(async |world| {
        for token in ["x", "rt_nonsense", "a.b.c", "\u{1F600}"] {
            let answer = world.report_bot().revokes(token).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    });
}

// RFC 7009 §2.2
#[test]
fn a_token_may_be_revoked_twice() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        for _ in 0..2 {
            assert_eq!(bot.revokes(&tokens.refresh).await.status, 200);
            assert_eq!(bot.revokes(&tokens.access).await.status, 200);
        }
    });
}

// RFC 7009 §2.1: the token was issued to the client that makes the request.
#[test]
fn only_the_key_that_got_a_token_may_revoke_it() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        for token in [&tokens.access, &tokens.refresh] {
            assert_eq!(world.other_bot().revokes(token).await.status, 200);
        }
        world.knows().await;
        bot.introspects(&tokens.access).await.is_active();
        bot.refreshes(&tokens.refresh).await.tokens();
    });
}

// RFC 7009 §2.1: a wrong hint may not keep a token alive.
#[test]
fn the_token_type_hint_does_not_matter() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        for hint in ["refresh_token", "access_token", "nonsense"] {
            let tokens = bot.is_let_in_by(&world.alice()).await;
            let answer = bot.posts("revoke", &[("token", &tokens.access), ("token_type_hint", hint)]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            world.knows().await;
            bot.introspects(&tokens.access).await.is_inactive();
        }
    });
}

// RFC 7009 §2.1
#[test]
fn revocation_needs_client_authentication() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let nobody = bot.posts_raw("revoke", format!("token={}", tokens.refresh)).await;
        nobody.fails_with(401, "invalid_client");
        let wrong = bot.with_secret(world.other_bot().secret()).revokes(&tokens.refresh).await;
        wrong.fails_with(401, "invalid_client");
        bot.refreshes(&tokens.refresh).await.tokens();
    });
}

// RFC 7009 §2.1, §5: a public client names itself.
#[test]
fn a_public_client_revokes_its_own_tokens() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let tokens = pocket.is_let_in_by(&world.alice()).await;
        assert_eq!(pocket.revokes(&tokens.refresh).await.status, 200);
        world.knows().await;
        pocket.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant");
    });
}

// RFC 7009 §2.1
#[test]
fn a_missing_token_is_an_invalid_request() {
    in_both_worlds(async |world| {
        world.report_bot().posts("revoke", &[]).await.fails_with(400, "invalid_request").because("parameter_missing");
    });
}

// RFC 7009 §2.2
#[test]
fn the_answer_may_not_be_kept() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().revokes("x").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    });
}

// DESIGN, decision 1: more than 100 single entries of a key in an hour become one for the connection.
#[test]
fn the_hundred_and_first_single_revocation_ends_all_access_tokens_of_its_connection() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        for _ in 0..100 {
            let one = bot.refreshes(&first.refresh).await.tokens();
            assert_eq!(bot.revokes(&one.access).await.status, 200);
        }
        world.knows().await;
        bot.introspects(&first.access).await.is_active();
        let one = bot.refreshes(&first.refresh).await.tokens();
        assert_eq!(bot.revokes(&one.access).await.status, 200);
        world.knows().await;
        bot.introspects(&first.access).await.is_inactive();
        bot.refreshes(&first.refresh).await.tokens();
    });
}
