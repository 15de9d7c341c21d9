//! API keys: revoked for good, deactivated for a while, expired by themselves; each alone.

use std::time::Duration;

use client_registry::KeyDraft;
use domain::{Clock as _, KeyKind};

use crate::world::{Client, World, card, in_both_worlds, operator};

/// Another key of Report Bot's app.
async fn sibling(world: &World, expires_in: Option<Duration>) -> Client<'_> {
    let app = world.report_bot().card.app;
    let draft = KeyDraft {
        app,
        label: "Second".to_owned(),
        kind: KeyKind::Secret,
        environments: None,
        expires_at: expires_in.map(|life| world.clock.now() + life),
    };
    let made = world.registry().create_key(&operator(), draft).await.expect("the draft is good");
    let protocol = &world.replica(0).state.protocol;
    let app = protocol.directory.app(app).await.expect("the database answers").expect("it is there");
    world.knows().await;
    world.client(card(&app, made))
}

// DESIGN §1, promise S10
#[test]
fn a_revoked_key_ends_all_it_got_and_its_sibling_lives() {
    in_both_worlds(async |world| {
        let (bot, sibling) = (world.report_bot(), sibling(world, None).await);
        let dead = bot.is_let_in_by(&world.alice()).await;
        let alive = sibling.is_let_in_by(&world.alice()).await;
        world.registry().revoke_key(&operator(), bot.card.id).await.expect("it is there");
        world.knows().await;
        bot.refreshes(&dead.refresh).await.fails_with(401, "invalid_client").because("key_revoked");
        sibling.introspects(&alive.access).await.is_active();
        sibling.refreshes(&alive.refresh).await.tokens();
    });
}

// DESIGN §1: for good.
#[test]
fn a_revoked_key_cannot_be_made_active_again() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        world.registry().revoke_key(&operator(), bot.card.id).await.expect("it is there");
        let again = world.registry().set_key_active(&operator(), bot.card.id, true).await;
        assert!(matches!(again, Err(client_registry::RegistryError::KeyRevoked(_))), "{again:?}");
        world.knows().await;
        bot.acts_alone(&[]).await.fails_with(401, "invalid_client").because("key_revoked");
    });
}

// DESIGN §1: a deactivated key rests; its connections do not end.
#[test]
fn a_key_that_is_active_again_refreshes_its_connections() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        world.registry().set_key_active(&operator(), bot.card.id, false).await.expect("it is there");
        world.knows().await;
        bot.refreshes(&tokens.refresh).await.fails_with(401, "invalid_client").because("key_inactive");
        world.registry().set_key_active(&operator(), bot.card.id, true).await.expect("it is there");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.refreshes(&tokens.refresh).await.tokens();
    });
}

// DESIGN §1
#[test]
fn a_key_ends_at_its_expiry() {
    in_both_worlds(async |world| {
        let short = sibling(world, Some(Duration::from_secs(100))).await;
        let tokens = short.is_let_in_by(&world.alice()).await;
        world.later(Duration::from_secs(100));
        short.refreshes(&tokens.refresh).await.fails_with(401, "invalid_client").because("key_expired");
    });
}

// PROTOCOL, "Everywhere": without the secret nobody learns that a key was revoked.
#[test]
fn a_revoked_key_looks_like_any_other_to_who_does_not_hold_its_secret() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        world.registry().revoke_key(&operator(), bot.card.id).await.expect("it is there");
        world.knows().await;
        let stranger = bot.with_secret(world.other_bot().secret());
        stranger.acts_alone(&[]).await.fails_with(401, "invalid_client").because("authentication_failed");
    });
}
