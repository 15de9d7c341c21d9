//! Promise S10: what is revoked at one replica is dead at the other within 1 s, for every kind of subject.

use client_registry::{AppEdit, Initiator, Registry};
use domain::{Effect, EndedBy, NewLogEntry, Role, Subject};
use storage::{Unit, Units as _};

use crate::world::{PROMISE, Tokens, World, environment, in_both_worlds, join, on_two_replicas, operator};

/// What the stories do to a token's subjects, at the first replica.
struct Hand<'w> {
    world: &'w World,
    tokens: &'w Tokens,
    by: Initiator,
}

impl Hand<'_> {
    fn registry(&self) -> &Registry {
        self.world.registry()
    }
}

/// A token is active at the second replica; after `revoke` at the first it is dead there within 1 s.
fn revoked_here_is_dead_there(alone: bool, revoke: impl AsyncFn(&Hand<'_>)) {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        // An API asks, because a revoked key cannot.
        let asks = world.api_of("default").await;
        bot.may_act_alone_for(&world.alice()).await;
        let tokens = if alone { bot.acts_alone(&[]).await.tokens() } else { bot.is_let_in_by(&world.alice()).await };
        let kept = world.pocket().is_let_in_by(&world.dave()).await;
        asks.on(1).introspects(&tokens.access).await.is_active();

        revoke(&Hand { world, tokens: &tokens, by: operator() }).await;
        let took = world.knows().await;

        asks.on(1).introspects(&tokens.access).await.is_inactive();
        assert!(took <= PROMISE, "the other replica knew after {took:?}");
        asks.on(1).introspects(&kept.access).await.is_active();
    });
}

#[test]
fn a_key() {
    revoked_here_is_dead_there(false, async |hand| {
        hand.registry().revoke_key(&hand.by, hand.world.report_bot().card.id).await.expect("it is there");
    });
}

#[test]
fn an_app() {
    revoked_here_is_dead_there(false, async |hand| {
        hand.registry().delete_app(&hand.by, hand.world.report_bot().card.app).await.expect("it is there");
    });
}

#[test]
fn client_credentials_of_a_key() {
    revoked_here_is_dead_there(true, async |hand| {
        let edits = vec![AppEdit::ClientCredentials(false)];
        let app = hand.world.report_bot().card.app;
        hand.registry().edit_app(&hand.by, app, None, edits).await.expect("the edit is good");
    });
}

#[test]
fn a_secret() {
    revoked_here_is_dead_there(true, async |hand| {
        let card = hand.world.report_bot().card;
        let id = card.secret_id.expect("a confidential client");
        hand.registry().revoke_secret(&hand.by, card.id, id, true).await.expect("it is there");
    });
}

#[test]
fn a_user() {
    revoked_here_is_dead_there(false, async |hand| {
        hand.registry().set_user_enabled(&hand.by, hand.world.seed.alice, false).await.expect("she is there");
    });
}

#[test]
fn a_users_part_in_a_customer() {
    revoked_here_is_dead_there(false, async |hand| {
        let (alice, acme) = (hand.world.seed.alice, hand.world.seed.acme.id);
        hand.registry().remove_membership(&hand.by, alice, acme).await.expect("she is part of it");
    });
}

#[test]
fn a_customer() {
    revoked_here_is_dead_there(false, async |hand| {
        let acme = &hand.world.seed.acme;
        let first = *acme.workspaces.first().expect("Acme has three");
        hand.registry().remove_workspace(&hand.by, acme.id, first).await.expect("it is there");
    });
}

#[test]
fn a_connection() {
    revoked_here_is_dead_there(false, async |hand| {
        let id = hand.tokens.connection().parse().expect("a connection's id");
        hand.registry().end_connection(&hand.by, id, EndedBy::User).await.expect("it is there");
    });
}

#[test]
fn the_workspaces_of_a_connection() {
    revoked_here_is_dead_there(false, async |hand| {
        let id = hand.tokens.connection().parse().expect("a connection's id");
        let first = *hand.world.seed.acme.workspaces.first().expect("Acme has three");
        let removed = hand.registry().remove_connection_workspace(&hand.by, id, first, EndedBy::User).await;
        removed.expect("it is one of the connection's");
    });
}

#[test]
fn a_token() {
    revoked_here_is_dead_there(false, async |hand| {
        assert_eq!(hand.world.report_bot().revokes(&hand.tokens.access).await.status, 200);
    });
}

#[test]
fn a_refresh_token() {
    revoked_here_is_dead_there(false, async |hand| {
        assert_eq!(hand.world.report_bot().revokes(&hand.tokens.refresh).await.status, 200);
    });
}

// No command ends a whole environment yet; the log's entry for one is heard like any other.
#[test]
fn an_environment() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let here = bot.is_let_in_by(&world.alice()).await;
        let there = bot.at("/prod2").is_let_in_by(&world.carol()).await;
        let until = domain::Clock::now(&*world.clock) + std::time::Duration::from_secs(24 * 3600);
        let subject = Subject::Environment(environment("prod2"));
        let entries = vec![NewLogEntry { subject, effect: Effect::Revoke, until }];
        let unit = Unit { changes: vec![], entries, audit: vec![] };
        world.replica(0).store.commit(unit).await.expect("the database answers");
        let took = world.knows().await;
        bot.at("/prod2").on(1).introspects(&there.access).await.is_inactive();
        assert!(took <= PROMISE, "the other replica knew after {took:?}");
        bot.on(1).introspects(&here.access).await.is_active();
    });
}

// DESIGN, decision 9: a change of a record is an entry too.
#[test]
fn a_smaller_role_is_known_to_the_other_replicas_next_refresh() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        bot.on(1).refreshes(&tokens.refresh).await.tokens();
        let acme = &world.seed.acme;
        let one = acme.workspaces.get(..1).unwrap_or_default();
        join(world.registry(), world.seed.alice, acme, Role::Connector, one).await;
        let took = world.knows().await;
        assert_eq!(bot.on(1).refreshes(&tokens.refresh).await.tokens().workspaces(), ["Marketing"]);
        assert!(took <= PROMISE, "the other replica knew after {took:?}");
    });
}

// Promise S10: survives a restart.
#[test]
fn a_replica_that_starts_later_knows_what_was_revoked_before() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        bot.revokes(&tokens.access).await;
        let late = world.started_later().await;
        let bot = late.client(bot.card);
        bot.introspects(&tokens.access).await.is_inactive();
        let refreshed = bot.refreshes(&tokens.refresh).await.tokens();
        bot.introspects(&refreshed.access).await.is_active();
        late.end().await;
    });
}
