//! Refresh token protection.

use std::time::Duration;

use client_registry::AppEdit;

use crate::world::{Client, World, in_both_worlds, operator};

const GRACE: Duration = Duration::from_secs(60);
const PUBLIC_GRACE: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(1);

async fn rotating_bot(world: &World) -> Client<'_> {
    let bot = world.report_bot();
    let edits = vec![AppEdit::RotateRefreshTokens(true)];
    world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
    world.knows().await;
    bot
}

// RFC 9700 §4.14.2: rotation for public clients.
#[test]
fn a_public_clients_refresh_token_rotates() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let first = pocket.is_let_in_by(&world.alice()).await;
        let second = pocket.refreshes(&first.refresh).await.tokens();
        assert_ne!(second.refresh, first.refresh);
        pocket.refreshes(&second.refresh).await.tokens();
    });
}

// Promise S5: any app may switch rotation on.
#[test]
fn an_app_may_switch_rotation_on() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        assert_ne!(bot.refreshes(&first.refresh).await.tokens().refresh, first.refresh);
    });
}

// Promise S6: a retry returns the same successor, never a second branch.
#[test]
fn a_lost_answer_is_given_again_within_the_grace() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let lost = bot.refreshes(&first.refresh).await.tokens();
        world.later(GRACE.saturating_sub(MOMENT));
        let again = bot.refreshes(&first.refresh).await.tokens();
        assert_eq!(again.refresh, lost.refresh);
    });
}

// Promise S6
#[test]
fn the_grace_of_a_public_client_is_10_s() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let first = pocket.is_let_in_by(&world.alice()).await;
        let second = pocket.refreshes(&first.refresh).await.tokens();
        world.later(PUBLIC_GRACE.saturating_sub(MOMENT));
        assert_eq!(pocket.refreshes(&first.refresh).await.tokens().refresh, second.refresh);
        world.later(MOMENT);
        pocket.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// RFC 9700 §4.14.2: reuse ends the connection, access tokens included.
#[test]
fn reuse_after_the_grace_ends_the_connection() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let second = bot.refreshes(&first.refresh).await.tokens();
        world.later(GRACE);
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
        world.knows().await;
        bot.introspects(&second.access).await.is_inactive();
        bot.refreshes(&second.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// DESIGN, decision 2: anything older than the previous sequence is reuse, grace or not.
#[test]
fn a_token_before_the_previous_one_is_reuse_at_once() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let second = bot.refreshes(&first.refresh).await.tokens();
        bot.refreshes(&second.refresh).await.tokens();
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// DESIGN, decision 2: at most 3 times.
#[test]
fn the_fourth_repeat_is_reuse() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let second = bot.refreshes(&first.refresh).await.tokens();
        for _ in 0..3 {
            assert_eq!(bot.refreshes(&first.refresh).await.tokens().refresh, second.refresh);
        }
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// DESIGN, decision 2: the third rotation in a row that needed the grace means two holders.
#[test]
fn a_public_client_whose_every_rotation_needs_the_grace_has_two_holders() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let mut current = pocket.is_let_in_by(&world.alice()).await.refresh;
        for _ in 0..2 {
            let next = pocket.refreshes(&current).await.tokens().refresh;
            assert_eq!(pocket.refreshes(&current).await.tokens().refresh, next);
            current = next;
        }
        pocket.refreshes(&current).await.tokens();
        pocket.refreshes(&current).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// DESIGN, decision 2: a bad tag writes nothing and is never reuse.
#[test]
fn a_forged_older_token_does_not_end_the_connection() {
    in_both_worlds(async |world| {
        use domain::{ConnectionId, RefreshToken, RootKeyId};
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let connection: ConnectionId = first.connection().parse().expect("a connection's id");
        let forged = RefreshToken::new(RootKeyId(1), connection, 0, [7; 20]).reveal();
        bot.refreshes(&forged).await.fails_with(400, "invalid_grant").because("refresh_unknown");
        bot.refreshes(&first.refresh).await.tokens();
    });
}

// DESIGN, decision 2: a good tag ahead of the row proves that the row was rolled back: it moves forward.
#[test]
fn a_good_token_ahead_of_a_restored_row_moves_the_row_forward() {
    in_both_worlds(async |world| {
        let bot = rotating_bot(world).await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let connection = first.connection().parse().expect("a connection's id");
        let roots = &world.replica(0).state.protocol.root_keys;
        let ahead = roots.refresh_token(&crate::world::environment("default"), bot.card.id, connection, 5).reveal();
        let next = bot.refreshes(&ahead).await.tokens();
        let expected = roots.refresh_token(&crate::world::environment("default"), bot.card.id, connection, 6).reveal();
        assert_eq!(next.refresh, expected);
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// RFC 9700 §4.14.2: an attacker's wrong client does not count.
#[test]
fn another_keys_use_of_an_old_token_ends_nothing() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let first = pocket.is_let_in_by(&world.alice()).await;
        let second = pocket.refreshes(&first.refresh).await.tokens();
        world.later(PUBLIC_GRACE);
        world.report_bot().refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_unknown");
        pocket.refreshes(&second.refresh).await.tokens();
    });
}
