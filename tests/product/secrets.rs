//! Several secrets per key: rotating, inactive, revoked, expired.

use std::time::Duration;

use domain::Clock as _;

use crate::world::{Client, World, in_both_worlds, on_shared_stores, operator};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A bot that may act alone, and the same bot with a second secret.
async fn two_secrets(world: &World) -> (Client<'_>, Client<'_>) {
    let first = world.report_bot();
    first.may_act_alone_for(&world.alice()).await;
    let added = world.registry().add_secret(&operator(), first.card.id, None).await.expect("there is room");
    world.knows().await;
    let mut second = first.with_secret(added.text.reveal());
    second.card.secret_id = Some(added.secret.id);
    (first, second)
}

// DESIGN §1: a key has one or more.
#[test]
fn each_of_a_keys_secrets_works() {
    in_both_worlds(async |world| {
        let (first, second) = two_secrets(world).await;
        first.acts_alone(&[]).await.tokens();
        second.acts_alone(&[]).await.tokens();
    });
}

// Issue part 2: Rotating until.
#[test]
fn a_rotated_secret_works_until_its_moment() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let rotated = world.registry().rotate_secret(&operator(), bot.card.id, Some(DAY)).await.expect("it is one");
        world.knows().await;
        let newer = bot.with_secret(rotated.text.reveal());
        world.later(DAY.saturating_sub(Duration::from_millis(1)));
        bot.acts_alone(&[]).await.tokens();
        world.later(Duration::from_millis(1));
        bot.acts_alone(&[]).await.fails_with(401, "invalid_client").because("secret_expired");
        newer.acts_alone(&[]).await.tokens();
    });
}

// Issue part 2: Inactive, and back.
#[test]
fn an_inactive_secret_is_refused_until_it_is_active_again() {
    in_both_worlds(async |world| {
        let (first, second) = two_secrets(world).await;
        let (key, id) = (first.card.id, second.card.secret_id.expect("a confidential client"));
        let registry = world.registry();
        registry.set_secret_active(&operator(), key, id, false).await.expect("it is there");
        world.knows().await;
        second.acts_alone(&[]).await.fails_with(401, "invalid_client").because("secret_inactive");
        first.acts_alone(&[]).await.tokens();
        registry.set_secret_active(&operator(), key, id, true).await.expect("it is there");
        world.knows().await;
        second.acts_alone(&[]).await.tokens();
    });
}

// Issue part 2: Expired.
#[test]
fn a_secret_ends_at_its_expiry() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let end = world.clock.now() + DAY;
        let added = world.registry().add_secret(&operator(), bot.card.id, Some(end)).await.expect("there is room");
        world.knows().await;
        let short = bot.with_secret(added.text.reveal());
        short.acts_alone(&[]).await.tokens();
        world.later(DAY);
        short.acts_alone(&[]).await.fails_with(401, "invalid_client").because("secret_expired");
    });
}

// DESIGN §1: "also end what it obtained" ends connections and tokens got with this secret.
#[test]
fn revoking_a_secret_ends_what_it_obtained() {
    in_both_worlds(async |world| {
        let (first, second) = two_secrets(world).await;
        let by_first = first.is_let_in_by(&world.alice()).await;
        let by_second = second.is_let_in_by(&world.alice()).await;
        let alone = second.acts_alone(&[]).await.tokens();
        let id = second.card.secret_id.expect("a confidential client");
        world.registry().revoke_secret(&operator(), first.card.id, id, true).await.expect("it is there");
        world.knows().await;
        first.introspects(&by_second.access).await.is_inactive();
        first.introspects(&alone.access).await.is_inactive();
        first.refreshes(&by_second.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
        first.introspects(&by_first.access).await.is_active();
        second.acts_alone(&[]).await.fails_with(401, "invalid_client");
    });
}

// DESIGN §1
#[test]
fn revoking_a_secret_may_leave_alive_what_it_obtained() {
    in_both_worlds(async |world| {
        let (first, second) = two_secrets(world).await;
        let tokens = second.is_let_in_by(&world.alice()).await;
        let id = second.card.secret_id.expect("a confidential client");
        world.registry().revoke_secret(&operator(), first.card.id, id, false).await.expect("it is there");
        world.knows().await;
        second.acts_alone(&[]).await.fails_with(401, "invalid_client");
        first.introspects(&tokens.access).await.is_active();
        first.refreshes(&tokens.refresh).await.tokens();
        // It turns out that it leaked after all.
        world.registry().revoke_secret(&operator(), first.card.id, id, true).await.expect("it is there");
        world.knows().await;
        first.introspects(&tokens.access).await.is_inactive();
        first.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
    });
}

// DESIGN, decision 1: a refresh with another secret is that other secret's token.
#[test]
fn a_token_refreshed_with_another_secret_is_ended_with_the_connection_that_the_revoked_one_obtained() {
    in_both_worlds(async |world| {
        let (first, second) = two_secrets(world).await;
        let obtained = second.is_let_in_by(&world.alice()).await;
        let refreshed = first.refreshes(&obtained.refresh).await.tokens();
        let id = second.card.secret_id.expect("a confidential client");
        world.registry().revoke_secret(&operator(), first.card.id, id, true).await.expect("it is there");
        world.knows().await;
        first.introspects(&refreshed.access).await.is_inactive();
    });
}

// DESIGN, decision 4: a secret is never stored.
#[test]
fn no_stored_row_holds_a_secret() {
    on_shared_stores(async |world| {
        let rows = world.stores.database().rows("SELECT s::text FROM api_secrets s");
        assert!(!rows.is_empty() && !rows.contains(world.report_bot().secret()), "a secret is stored as it is");
    });
}
