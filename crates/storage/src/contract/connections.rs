//! Lists of connections, and when they were last used.

use std::time::Duration;

use domain::{ClientId, Connection, ConnectionId, EndedBy, Thumbprint, Timestamp, UserId};

use super::fixtures::{self, FreshBits, World, commit, stored};
use super::{Durable, all_at_once, run_each};
use crate::{Binding, Bound, Change, ConnectionFilter, Cursor, LastUses};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_keys_connections_are_listed_page_by_page,
        a_keys_connections_are_those_of_one_environment,
        a_users_connections_are_those_it_granted_or_that_act_as_it,
        a_customers_connections_are_listed_newest_first,
        an_apps_other_users_are_counted_once_each,
        last_use_never_moves_back,
        last_use_never_moves_back_however_many_write,
        a_workspace_can_be_taken_away_from_a_connection,
        workspaces_of_an_ended_connection_stay,
        a_connection_is_bound_to_the_last_certificate_it_was_bound_to,
        a_dead_connection_is_not_bound,
        a_bindings_position_is_a_head,
    );
}

/// Oldest first, none twice, none left out, also where several were made in the same millisecond.
pub async fn a_keys_connections_are_listed_page_by_page(store: &Durable) {
    let world = World::add(store).await;
    let mut expected = Vec::new();
    for minutes in [3, 1, 2, 2, 2, 5] {
        let made = world.now - Duration::from_mins(minutes);
        expected.push(world.opened(store, Connection { created_at: made, ..world.connection() }).await);
    }
    let mut listed = Vec::new();
    let mut cursor = None;
    loop {
        let name = &world.environment.name;
        let page = store.connections.of_key(world.key.id, name, cursor, 2).await.expect("the store answers");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        cursor = Some(Cursor { created_at: last.created_at, id: last.id });
        listed.extend(page);
    }
    assert!(listed.is_sorted_by_key(|connection| connection.created_at));
    assert_eq!(sorted(&listed), sorted(&expected));
}

/// The ended are listed too: their owners want to see why.
pub async fn a_keys_connections_are_those_of_one_environment(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let here = world.opened(store, world.connection()).await;
    let elsewhere = Connection { environment: other.environment.name.clone(), ..world.connection() };
    world.opened(store, elsewhere).await;
    end(store, &world, here.id).await;
    let name = &world.environment.name;
    let listed = store.connections.of_key(world.key.id, name, None, 10).await.expect("the store answers");
    assert_eq!(sorted(&listed), [here.id]);
}

/// Newest first, without the ended.
pub async fn a_users_connections_are_those_it_granted_or_that_act_as_it(store: &Durable) {
    let world = World::add(store).await;
    let other = UserId::generate(&FreshBits);
    let made = |minutes| world.now - Duration::from_mins(minutes);
    let acts_as = Connection { granted_by: other, created_at: made(1), ..world.connection() };
    let granted = Connection { user: other, created_at: made(2), ..world.connection() };
    let both = Connection { created_at: made(3), ..world.connection() };
    let neither = Connection { user: other, granted_by: other, ..world.connection() };
    let ended = world.connection();
    for connection in [&both, &ended, &granted, &neither, &acts_as] {
        world.opened(store, connection.clone()).await;
    }
    end(store, &world, ended.id).await;
    let listed = store.connections.of_user(world.user.id, 10).await.expect("the store answers");
    assert_eq!(listed, [acts_as.clone(), granted.clone(), both]);
    let listed = store.connections.of_user(world.user.id, 2).await.expect("the store answers");
    assert_eq!(listed, [acts_as, granted]);
}

/// Attended and unattended, without the ended.
pub async fn a_customers_connections_are_listed_newest_first(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let older = Connection { created_at: world.now - Duration::from_mins(1), ..world.connection() };
    let newer = world.unattended_connection();
    let ended = world.connection();
    let of_other = Connection { customer: other.customer.id, ..world.connection() };
    for connection in [&older, &ended, &newer, &of_other] {
        world.opened(store, connection.clone()).await;
    }
    end(store, &world, ended.id).await;
    let listed = store.connections.of_customer(world.customer.id, 10).await.expect("the store answers");
    assert_eq!(listed, [newer.clone(), older]);
    let listed = store.connections.of_customer(world.customer.id, 1).await.expect("the store answers");
    assert_eq!(listed, [newer]);
}

/// Over all keys of the app: an app whose publisher was not verified may have so many users and no more.
pub async fn an_apps_other_users_are_counted_once_each(store: &Durable) {
    let world = World::add(store).await;
    let second_key = super::fixtures::key(world.app.id, world.now);
    commit(store, vec![Change::AddKey(second_key.clone())]).await;
    let [first, second, gone] = [(); 3].map(|()| UserId::generate(&FreshBits));
    let of = |user| Connection { user, granted_by: user, ..world.connection() };
    let ended = of(gone);
    let connections =
        [of(first), of(first), Connection { key: second_key.id, ..of(second) }, of(world.user.id), ended.clone()];
    for connection in connections {
        world.opened(store, connection).await;
    }
    end(store, &world, ended.id).await;
    for (key, except, expected) in [(world.key.id, world.user.id, 2), (second_key.id, gone, 3)] {
        let users = store.connections.users_of_app_of(key, except).await.expect("the store answers");
        assert_eq!(users, expected);
    }
}

/// Batches of two replicas arrive in any order.
pub async fn last_use_never_moves_back(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let other = world.opened(store, world.connection()).await;
    let later = world.now + Duration::from_secs(60);
    for at in [later, later - Duration::from_secs(1)] {
        touch(store, &world, connection.id, at).await;
        assert_eq!(stored(store, connection.id).await, Connection { last_used_at: later, ..connection.clone() });
        let secrets = store.directory.secrets(world.key.id).await.expect("the store answers");
        assert_eq!(secrets.first().and_then(|secret| secret.last_used_at), Some(later));
    }
    assert_eq!(stored(store, other.id).await, other);
    let unknown = world.connection().id;
    touch(store, &world, unknown, later).await;
}

/// The latest moment is what stays.
pub async fn last_use_never_moves_back_however_many_write(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let second = world.opened(store, world.connection()).await;
    all_at_once(|number| {
        let seconds = u64::try_from(number).expect("a small number");
        let at = world.now + Duration::from_secs(seconds);
        let mut batch = vec![(connection.id, at), (second.id, at)];
        // Batches that name the same rows in different orders must not wait for each other for ever.
        if number % 2 == 0 {
            batch.reverse();
        }
        let connections = store.connections.clone();
        let uses = LastUses { connections: batch, ..LastUses::default() };
        async move { connections.touch(&uses).await.expect("the store answers") }
    })
    .await;
    let latest = world.now + Duration::from_secs(49);
    assert_eq!(stored(store, connection.id).await.last_used_at, latest);
    assert_eq!(stored(store, second.id).await.last_used_at, latest);
}

/// Removing one leaves the connection alive.
pub async fn a_workspace_can_be_taken_away_from_a_connection(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let mut workspaces = connection.workspaces.clone();
    let removed = workspaces.pop().expect("a connection of the fixtures has workspaces");
    commit(store, vec![Change::RemoveConnectionWorkspace(connection.id, removed)]).await;
    assert_eq!(stored(store, connection.id).await, Connection { workspaces, ..connection });
}

/// Its history is what it was.
pub async fn workspaces_of_an_ended_connection_stay(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    end(store, &world, connection.id).await;
    super::units::conflicts(
        store,
        Change::RemoveConnectionWorkspace(connection.id, domain::WorkspaceId::from_bytes([0; 16])),
    )
    .await;
    assert_eq!(stored(store, connection.id).await.workspaces, connection.workspaces);
}

/// From the start or later; nothing else about it changes.
pub async fn a_connection_is_bound_to_the_last_certificate_it_was_bound_to(store: &Durable) {
    let world = World::add(store).await;
    let [first, second, third] = [(); 3].map(|()| fixtures::thumbprint());
    let connection = world.opened(store, Connection { bound_to: Some(first), ..world.connection() }).await;
    assert_eq!(stored(store, connection.id).await, connection);
    for certificate in [second, third, third] {
        let expected = Connection { bound_to: Some(certificate), ..connection.clone() };
        assert_eq!(bind(store, binding(&connection, certificate, world.now)).await, Bound::Written(expected.clone()));
        assert_eq!(stored(store, connection.id).await, expected);
    }
}

/// Ended, expired by idling or age, another key's, or not there at all.
pub async fn a_dead_connection_is_not_bound(store: &Durable) {
    let world = World::add(store).await;
    let certificate = fixtures::thumbprint();
    let live = world.opened(store, world.connection()).await;
    let ended = world.opened(store, world.connection()).await;
    end(store, &world, ended.id).await;
    let ended = stored(store, ended.id).await;
    let stranger = Binding { key: ClientId::generate(&FreshBits), ..binding(&live, certificate, world.now) };
    let old = Connection { expires_at: world.now + Duration::from_mins(1), ..world.connection() };
    let old = world.opened(store, old).await;
    let attempts = [
        (binding(&ended, certificate, world.now), &ended),
        (stranger, &live),
        (binding(&live, certificate, world.now + fixtures::IDLE), &live),
        (binding(&old, certificate, old.expires_at), &old),
    ];
    for (binding, expected) in attempts {
        assert_eq!(bind(store, binding).await, Bound::Dead(expected.clone()));
        assert_eq!(stored(store, expected.id).await, *expected);
    }
    assert_eq!(bind(store, binding(&world.connection(), certificate, world.now)).await, Bound::Unknown);
}

/// So a token minted by it carries no revocation that it has not seen.
pub async fn a_bindings_position_is_a_head(store: &Durable) {
    let world = World::add(store).await;
    let live = world.opened(store, world.connection()).await;
    for connection in [&live, &world.connection()] {
        let (before, _) = store.head().await;
        let binding = binding(connection, fixtures::thumbprint(), world.now);
        let bound = store.connections.bind(binding).await.expect("the store answers");
        let (after, _) = store.head().await;
        assert!(before <= bound.position && bound.position <= after);
    }
}

fn binding(connection: &Connection, certificate: Thumbprint, now: Timestamp) -> Binding {
    Binding { connection: connection.id, key: connection.key, certificate, now }
}

async fn bind(store: &Durable, binding: Binding) -> Bound {
    store.connections.bind(binding).await.expect("the store answers").value
}

async fn touch(store: &Durable, world: &World, connection: ConnectionId, at: Timestamp) {
    let uses =
        LastUses { connections: vec![(connection, at)], secrets: vec![(world.secret.id, at)], ..LastUses::default() };
    store.connections.touch(&uses).await.expect("the store answers");
}

pub(super) async fn end(store: &Durable, world: &World, id: ConnectionId) {
    let which = ConnectionFilter::One(id);
    commit(store, vec![Change::EndConnections { which, by: EndedBy::User, at: world.now, entry_until: None }]).await;
}

fn sorted(connections: &[Connection]) -> Vec<ConnectionId> {
    let mut ids: Vec<_> = connections.iter().map(|connection| connection.id).collect();
    ids.sort_unstable();
    ids
}
