//! Opening connections: the second lock, and the bound on how many live.

use std::time::Duration;

use domain::{Connection, ConnectionId, Effect, EndedBy, Subject, Timestamp};

use super::fixtures::{World, stored};
use super::log::read_all;
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{Opened, Opening};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        of_fifty_openings_of_one_code_one_creates,
        a_connection_is_found_as_it_was_opened,
        an_opening_writes_its_audit_record_and_a_taken_one_does_not,
        a_connection_may_be_opened_as_ended,
        a_new_connection_ends_the_longest_idle_beyond_the_limit,
        the_limit_counts_one_user_and_one_key,
        an_opening_that_ends_others_appends_an_entry_for_each,
        an_openings_position_is_a_head,
    );
}

/// The second lock: a store of codes that forgot a mark still cannot give two answers.
pub async fn of_fifty_openings_of_one_code_one_creates(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.connection();
    let all = all_at_once(|_| {
        let (connections, opening) = (store.connections.clone(), world.opening(&connection));
        async move { connections.open(opening).await.expect("the store answers").value }
    })
    .await;
    assert_eq!(count(&all, |opened| *opened == Opened::Created), 1);
    assert_eq!(count(&all, |opened| *opened == Opened::Taken), CROWD - 1);
}

/// Every field of it.
pub async fn a_connection_is_found_as_it_was_opened(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    assert_eq!(stored(store, connection.id).await, connection);
    let unknown = world.connection().id;
    assert_eq!(store.connections.find(unknown).await.expect("the store answers").value, None);
}

/// No record, no change; no change, no record.
pub async fn an_opening_writes_its_audit_record_and_a_taken_one_does_not(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let again = store.connections.open(world.opening(&connection)).await.expect("the store answers");
    assert_eq!(again.value, Opened::Taken);
    let target = connection.id.to_string();
    assert_eq!(store.activity.audit(Some(&target), 10).await.expect("the store answers").len(), 1);
}

/// A replay that finds no row writes it as ended, so that the first request, if it is still under way, is refused.
pub async fn a_connection_may_be_opened_as_ended(store: &Durable) {
    let world = World::add(store).await;
    let ended = Some((world.now, EndedBy::CodeReplayed));
    let connection = world.opened(store, Connection { ended, ..world.connection() }).await;
    assert_eq!(stored(store, connection.id).await.ended, ended);
    let first = store.connections.open(world.opening(&connection)).await.expect("the store answers");
    assert_eq!(first.value, Opened::Taken);
}

/// Not the oldest: the one that was not used for the longest time. The ended do not count.
pub async fn a_new_connection_ends_the_longest_idle_beyond_the_limit(store: &Durable) {
    let world = World::add(store).await;
    let idle_for = |minutes| world.now - Duration::from_mins(minutes);
    let ended = Connection { ended: Some((world.now, EndedBy::User)), ..world.connection() };
    world.opened(store, ended).await;
    let busy = opened_and_used(store, &world, idle_for(1)).await;
    let idle = opened_and_used(store, &world, idle_for(30)).await;
    let middling = opened_and_used(store, &world, idle_for(10)).await;
    let newest = world.connection();
    open_with_limit(store, &world, &newest, 3).await;
    assert!(matches!(stored(store, idle).await.ended, Some((_, EndedBy::Replaced))));
    for kept in [busy, middling, newest.id] {
        assert_eq!(stored(store, kept).await.ended, None);
    }
}

/// Nobody's connections push out another's.
pub async fn the_limit_counts_one_user_and_one_key(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let of_other_user = Connection { user: other.user.id, granted_by: other.user.id, ..world.connection() };
    let of_other_key = Connection { key: other.key.id, app: other.app.id, ..world.connection() };
    let own = world.connection();
    for connection in [&of_other_user, &of_other_key, &own] {
        world.opened(store, connection.clone()).await;
    }
    open_with_limit(store, &world, &world.connection(), 1).await;
    assert!(stored(store, own.id).await.ended.is_some());
    assert_eq!(stored(store, of_other_user.id).await.ended, None);
    assert_eq!(stored(store, of_other_key.id).await.ended, None);
}

/// Their access tokens die within the second as well.
pub async fn an_opening_that_ends_others_appends_an_entry_for_each(store: &Durable) {
    let world = World::add(store).await;
    let mut old = Vec::new();
    for minutes in [10, 20, 30] {
        old.push(opened_and_used(store, &world, world.now - Duration::from_mins(minutes)).await);
    }
    let (start, _) = store.head().await;
    let newest = world.connection();
    let position = open_with_limit(store, &world, &newest, 2).await;
    let entries = read_all(store, start).await;
    for (id, expected) in old.iter().zip([0, 1, 1]) {
        let of_it = entries.iter().filter(|entry| entry.subject == Subject::Connection(*id));
        let of_it: Vec<_> = of_it.map(|entry| (entry.effect, entry.until)).collect();
        assert_eq!(of_it, vec![(Effect::Revoke, world.opening(&newest).entry_until); expected]);
    }
    let own = |id: &ConnectionId| entries.iter().find(|entry| entry.subject == Subject::Connection(*id));
    assert!(old.iter().filter_map(own).all(|entry| entry.position <= position));
}

/// So a token minted by it carries no revocation that it has not seen.
pub async fn an_openings_position_is_a_head(store: &Durable) {
    let world = World::add(store).await;
    let (before, _) = store.head().await;
    let opened = store.connections.open(world.opening(&world.connection())).await.expect("it can be opened");
    let (after, _) = store.head().await;
    assert!(before <= opened.position && opened.position <= after);
}

async fn opened_and_used(store: &Durable, world: &World, last_used_at: Timestamp) -> ConnectionId {
    // The longest idle are the latest made.
    let created_at = world.now - Duration::from_hours(24) + world.now.since(last_used_at);
    let connection = Connection { created_at, last_used_at, ..world.connection() };
    world.opened(store, connection).await.id
}

async fn open_with_limit(store: &Durable, world: &World, connection: &Connection, live_limit: u32) -> domain::Position {
    let opening = Opening { live_limit, ..world.opening(connection) };
    let opened = store.connections.open(opening).await.expect("it can be opened");
    assert_eq!(opened.value, Opened::Created);
    opened.position
}
