//! What lists and confirmation pages tell of apps.

use std::time::Duration;

use domain::{
    Activity, ActivityKind, ApiKey, ApiSecret, App, CertificateShown, Connection, KeyState, Origin, Reason, RequestId,
    SecretState, Timestamp,
};

use super::certificates::ending;
use super::fixtures::{self, FreshBits, World, commit};
use super::{Durable, run_each};
use crate::{AppFacts, AppUse, Change, FactsAt, KeyUse, Living, RefusalCount, SuccessCount};

const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(24 * 30);

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        what_lists_say_is_of_each_app_in_the_order_asked_for,
        keys_that_can_be_used_are_counted,
        the_first_end_within_the_time_is_told,
        attempts_are_counted_from_then_on,
        who_uses_an_app_is_told_by_key_and_grant,
        connections_that_can_be_used_are_counted_by_purpose,
        deleted_apps_are_listed_the_last_one_first,
    );
}

/// Also of those of which nothing is known.
pub async fn what_lists_say_is_of_each_app_in_the_order_asked_for(store: &Durable) {
    let (one, other) = (World::add(store).await, World::add(store).await);
    let none = App { team: one.team.id, ..fixtures::app(&one.environment.name, one.now) };
    commit(store, vec![Change::AddApp(none.clone())]).await;
    let ids = [other.app.id, none.id, one.app.id];
    let facts = store.directory.app_facts(&ids, at(one.now)).await.expect("the store answers");
    assert_eq!(
        facts.iter().map(|facts| (facts.app, facts.keys)).collect::<Vec<_>>(),
        [(ids[0], 1), (ids[1], 0), (ids[2], 1)]
    );
    assert_eq!(facts.get(1), Some(&AppFacts::none(none.id)));
    assert_eq!(store.directory.app_facts(&[], at(one.now)).await.expect("the store answers"), []);
}

/// Neither those that are over nor those that are out of use.
pub async fn keys_that_can_be_used_are_counted(store: &Durable) {
    let world = World::add(store).await;
    let key = |expires_at, state| ApiKey { expires_at, state, ..fixtures::key(world.app.id, world.now) };
    let keys = [
        key(None, KeyState::Active),
        key(Some(world.now), KeyState::Active),
        key(Some(world.now + DAY), KeyState::Active),
        key(None, KeyState::Inactive),
        key(None, KeyState::Revoked),
    ];
    commit(store, keys.into_iter().map(Change::AddKey).collect()).await;
    assert_eq!(facts(store, &world).await.keys, 3);
}

/// Of keys and secrets in use and of certificates; what ended long ago or ends much later is left out.
pub async fn the_first_end_within_the_time_is_told(store: &Durable) {
    let world = World::add(store).await;
    let now = world.now;
    assert_eq!((facts(store, &world).await.key_ends, facts(store, &world).await.secret_ends), (None, None));
    let key = |expires_at, state| ApiKey { expires_at: Some(expires_at), state, ..fixtures::key(world.app.id, now) };
    let secret =
        |key, expires_at, state| ApiSecret { expires_at: Some(expires_at), state, ..fixtures::secret(key, now) };
    let revoked = key(now + DAY, KeyState::Revoked);
    let changes = vec![
        Change::AddKey(key(now + DAY * 5, KeyState::Active)),
        Change::AddKey(key(now + DAY * 3, KeyState::Active)),
        Change::AddKey(key(now + DAY * 2, KeyState::Inactive)),
        Change::AddKey(key(now - MONTH - DAY, KeyState::Active)),
        Change::AddKey(revoked.clone()),
        Change::AddSecret(secret(world.key.id, now + DAY * 7, SecretState::Active)),
        Change::AddSecret(secret(world.key.id, now + DAY, SecretState::Revoked)),
        Change::AddSecret(secret(revoked.id, now + DAY, SecretState::Active)),
        Change::AddCertificate(ending(&world, now - DAY)),
        Change::AddCertificate(ending(&world, now + DAY)),
        Change::AddCertificate(ending(&world, now + MONTH + DAY)),
    ];
    commit(store, changes).await;
    let facts = facts(store, &world).await;
    let ends = [facts.key_ends, facts.secret_ends, facts.certificate_ends];
    assert_eq!(ends, [now + DAY * 3, now + DAY * 7, now - DAY].map(Some));
}

/// Those that were kept one by one and those that were merged; the last token is older than that.
pub async fn attempts_are_counted_from_then_on(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let hour = Duration::from_hours(1);
    let single = [
        attempt(&world, world.now, Some(Reason::ScopeTooWide)),
        attempt(&world, world.now, None),
        attempt(&world, world.now - DAY * 2, Some(Reason::ScopeTooWide)),
        attempt(&other, world.now, None),
    ];
    let successes = [
        (success(&world, ActivityKind::Token, world.now - DAY * 3), 1000),
        (success(&world, ActivityKind::Token, world.now - DAY * 2), 1000),
        (success(&world, ActivityKind::Introspect, world.now - hour), 40),
    ];
    let refusal = RefusalCount {
        key: world.key.id,
        app: world.app.id,
        environment: world.environment.name.clone(),
        kind: ActivityKind::Token,
        reason: Reason::SecretWrong,
        prefix: "192.0.2.0/24".into(),
        minute: world.now - hour,
    };
    let old = RefusalCount { minute: world.now - DAY * 2, ..refusal.clone() };
    store.activity.append(&single, &successes, &[(refusal, 7), (old, 500)]).await.expect("the store answers");
    let facts = facts(store, &world).await;
    assert_eq!((facts.attempts, facts.refused), (2 + 40 + 7, 1 + 7));
    assert_eq!(facts.last_token, Some(world.now - DAY * 2));
}

/// So that who switches something off knows whom it stops.
pub async fn who_uses_an_app_is_told_by_key_and_grant(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let token = |world: &World, grant: &str, hour| SuccessCount {
        grant: grant.into(),
        ..success(world, ActivityKind::Token, hour)
    };
    let successes = [
        (token(&world, "client_credentials", world.now - DAY), 3),
        (token(&world, "client_credentials", world.now - DAY * 2), 4),
        (token(&world, "client_credentials", world.now - MONTH - DAY), 500),
        (token(&world, "refresh_token", world.now - DAY), 5),
        (success(&world, ActivityKind::Introspect, world.now), 9),
        (token(&other, "client_credentials", world.now), 9),
    ];
    store.activity.append(&[], &successes, &[]).await.expect("the store answers");
    let used = |grant: &str, tokens| KeyUse { key: world.key.id, grant: grant.into(), tokens, last: world.now - DAY };
    assert_eq!(uses(store, &world).await.tokens, [used("client_credentials", 7), used("refresh_token", 5)]);
}

/// And how many of them were used since then.
pub async fn connections_that_can_be_used_are_counted_by_purpose(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let unused = |connection| Connection { last_used_at: world.now - MONTH - DAY, ..connection };
    let connections = [
        world.connection(),
        unused(world.connection()),
        Connection { expires_at: world.now, ..world.connection() },
        Connection { last_used_at: world.now - DAY, idle: DAY, ..world.connection() },
        unused(world.unattended_connection()),
        other.connection(),
    ];
    for connection in connections {
        world.opened(store, connection).await;
    }
    let ended = world.opened(store, world.connection()).await;
    super::connections::end(store, &world, ended.id).await;
    let AppUse { attended, unattended, .. } = uses(store, &world).await;
    assert_eq!((attended, unattended), (Living { live: 2, used: 1 }, Living { live: 1, used: 0 }));
}

/// Of the teams that are asked for, and no longer than is asked for.
pub async fn deleted_apps_are_listed_the_last_one_first(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let of = |world: &World, ago: Duration| App {
        team: world.team.id,
        deleted_at: Some(world.now - ago),
        ..fixtures::app(&world.environment.name, world.now)
    };
    let apps = [of(&world, DAY * 3), of(&world, DAY), of(&world, DAY * 8), of(&other, DAY)];
    commit(store, apps.iter().cloned().map(Change::AddApp).collect()).await;
    let listed = async |limit| {
        let since = world.now - DAY * 7;
        let apps = store.directory.deleted_apps(&[world.team.id], since, limit).await.expect("the store answers");
        apps.into_iter().map(|app| app.id).collect::<Vec<_>>()
    };
    assert_eq!((listed(10).await, listed(1).await), (vec![apps[1].id, apps[0].id], vec![apps[1].id]));
}

fn at(now: Timestamp) -> FactsAt {
    FactsAt { now, ended_since: now - MONTH, ending_until: now + MONTH, attempts_since: now - DAY }
}

async fn facts(store: &Durable, world: &World) -> AppFacts {
    let facts = store.directory.app_facts(&[world.app.id], at(world.now)).await.expect("the store answers");
    *facts.first().expect("one for each app")
}

async fn uses(store: &Durable, world: &World) -> AppUse {
    store.directory.app_use(world.app.id, world.now, world.now - MONTH).await.expect("the store answers")
}

fn attempt(world: &World, at: Timestamp, refusal: Option<Reason>) -> Activity {
    Activity {
        at,
        request: RequestId::generate(&FreshBits),
        kind: ActivityKind::Token,
        grant: Some("refresh_token"),
        environment: world.environment.name.clone(),
        key: Some(world.key.id),
        app: Some(world.app.id),
        authenticated: true,
        certificate: CertificateShown::None,
        refusal,
        detail: "told".into(),
        connection: None,
        customer: None,
        origin: Origin { address: "192.0.2.1".into(), user_agent: "contract".into() },
    }
}

fn success(world: &World, kind: ActivityKind, hour: Timestamp) -> SuccessCount {
    SuccessCount {
        key: world.key.id,
        app: world.app.id,
        environment: world.environment.name.clone(),
        kind,
        grant: "client_credentials".into(),
        hour,
        certificate: CertificateShown::None,
    }
}
