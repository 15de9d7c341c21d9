//! Sweeping: what may be forgotten goes, and nothing else does.

use std::time::Duration;

use domain::{Activity, Connection, EndedBy, Subject};

use super::fixtures::{self, IDLE, World, stored};
use super::log::{fresh_token, read_all};
use super::{Durable, run_each};
use crate::{ActivityFilter, SuccessCount, SweepPolicy};

const DAY: Duration = Duration::from_hours(24);

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        ended_connections_go_after_their_time,
        expired_connections_go_after_their_time,
        a_codes_details_go_and_its_connection_stays,
        activity_goes_after_its_time,
        log_entries_stay_until_their_time,
    );
}

/// A connection that lives stays, however old.
pub async fn ended_connections_go_after_their_time(store: &Durable) {
    let world = World::add(store).await;
    let ended = |days| Some((world.now - DAY * days, EndedBy::User));
    let made = world.now - DAY * 80;
    let old = |ended| Connection { created_at: made, last_used_at: world.now, ended, ..world.connection() };
    let gone = world.opened(store, old(ended(31))).await;
    let kept = world.opened(store, old(ended(29))).await;
    let alive = world.opened(store, old(None)).await;
    sweep(store, &world).await;
    assert_eq!(store.connections.find(gone.id).await.expect("the store answers").value, None);
    assert_eq!(stored(store, kept.id).await.ended, kept.ended);
    assert_eq!(stored(store, alive.id).await.ended, None);
}

/// Nobody ends them, so their time is their end.
pub async fn expired_connections_go_after_their_time(store: &Durable) {
    let world = World::add(store).await;
    let made = world.now - DAY * 300;
    let too_old = |days| Connection { created_at: made, expires_at: world.now - DAY * days, ..world.connection() };
    let idle = |days| {
        let last_used_at = world.now - IDLE - DAY * days;
        Connection { created_at: made, last_used_at, ..world.connection() }
    };
    for (gone, kept) in [(too_old(31), too_old(29)), (idle(31), idle(29))] {
        let (gone, kept) = (world.opened(store, gone).await, world.opened(store, kept).await);
        sweep(store, &world).await;
        assert_eq!(store.connections.find(gone.id).await.expect("the store answers").value, None);
        assert_eq!(stored(store, kept.id).await.id, kept.id);
    }
}

/// They are kept only while a replay of the code can come.
pub async fn a_codes_details_go_and_its_connection_stays(store: &Durable) {
    let world = World::add(store).await;
    let made = |minutes| Connection { created_at: world.now - Duration::from_mins(minutes), ..world.connection() };
    let older = world.opened(store, made(16)).await;
    let newer = world.opened(store, made(14)).await;
    sweep(store, &world).await;
    let bare = Connection { code_challenge: None, redirect_uri: None, ..older };
    assert_eq!(stored(store, bare.id).await, bare);
    assert_eq!(stored(store, newer.id).await, newer);
}

/// Single attempts and counts; to the day.
pub async fn activity_goes_after_its_time(store: &Durable) {
    let world = World::add(store).await;
    let attempt = |days| Activity {
        at: world.now - DAY * days,
        request: domain::RequestId::generate(&fixtures::FreshBits),
        kind: domain::ActivityKind::Token,
        grant: None,
        environment: world.environment.name.clone(),
        key: Some(world.key.id),
        app: Some(world.app.id),
        authenticated: true,
        certificate: domain::CertificateShown::None,
        refusal: None,
        detail: String::new(),
        connection: None,
        customer: None,
        origin: domain::Origin::default(),
    };
    let success = |days| SuccessCount {
        key: world.key.id,
        app: world.app.id,
        environment: world.environment.name.clone(),
        kind: domain::ActivityKind::Token,
        grant: String::new(),
        hour: world.now - DAY * days,
        certificate: domain::CertificateShown::None,
    };
    let successes = [(success(32), 1), (success(28), 1)];
    let appended = store.activity.append(&[attempt(32), attempt(28)], &successes, &[]).await;
    appended.expect("the store answers");
    sweep(store, &world).await;
    let filter = ActivityFilter { app: Some(world.app.id), ..ActivityFilter::default() };
    let rows = store.activity.activity(&filter, 10).await.expect("the store answers");
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [world.now - DAY * 28; 2]);
}

/// A replica that is late must still find them, and their places are not given out again.
pub async fn log_entries_stay_until_their_time(store: &Durable) {
    let world = World::add(store).await;
    let (start, now) = store.head().await;
    let token = Subject::Token(fresh_token());
    let past = domain::NewLogEntry {
        subject: Subject::Token(fresh_token()),
        effect: domain::Effect::Revoke,
        until: now - Duration::from_mins(5),
    };
    let entries = vec![fixtures::revocation(token.clone(), now), past];
    let unit = crate::Unit { entries: entries.clone(), ..crate::Unit::default() };
    let committed = store.units.commit(unit.clone()).await.expect("it is committed");
    sweep(store, &world).await;
    assert!(read_all(store, start).await.iter().any(|entry| entry.subject == token));
    let (head, _) = store.head().await;
    assert!(head >= committed.position, "the head fell back to {head:?}");
    let next = store.units.commit(unit).await.expect("it is committed");
    assert!(next.position > committed.position);
}

/// Sweeps until nothing is left that may go.
async fn sweep(store: &Durable, world: &World) {
    let policy = SweepPolicy {
        now: world.now,
        ended_for: DAY * 30,
        code_details_for: Duration::from_mins(15),
        activity_for: DAY * 30,
    };
    for _ in 0..10_000 {
        if store.connections.sweep(policy).await.expect("the store answers") == 0 {
            return;
        }
    }
    panic!("a sweep never comes to an end");
}
