//! What developers see of their app's connections, and what they change of them.

use std::time::Duration;

use domain::{Connection, ConnectionId, ConnectionRequest, EndedBy, Purpose, Timestamp};

use super::fixtures::{self, FreshBits, IDLE, World, commit, stored};
use super::{Durable, run_each};
use crate::{AtLimit, Change, ConnectionsOfApp, Cursor, NamedConnection, Opened, Opening, Stage, StoreError, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        an_apps_connections_are_listed_page_by_page,
        a_listed_connection_has_the_names_of_what_it_is_of,
        an_apps_connections_are_found_by_customer,
        a_customers_name_is_no_pattern,
        an_apps_connections_are_found_by_what_became_of_them,
        an_apps_connections_are_found_by_purpose,
        an_apps_customers_are_those_of_its_connections,
        open_requests_are_those_that_can_be_answered,
        a_request_is_removed_until_it_is_answered,
        a_connection_is_shortened_and_never_lengthened,
        an_ended_connection_is_not_shortened,
        a_connection_beyond_the_limit_can_be_refused,
        what_has_expired_leaves_room,
    );
}

/// Newest first, none twice, none left out, no other app's, also where several were made in the same millisecond.
pub async fn an_apps_connections_are_listed_page_by_page(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    other.opened(store, other.connection()).await;
    let mut expected = Vec::new();
    for minutes in [3, 1, 2, 2, 2, 5] {
        let created_at = world.now - Duration::from_mins(minutes);
        expected.push(world.opened(store, Connection { created_at, ..world.connection() }).await.id);
    }
    let mut listed: Vec<Connection> = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.directory.connections_of_app(&all(&world), cursor, 2).await.expect("the store answers");
        assert!(page.len() <= 2);
        let Some(last) = page.last().map(|named| &named.connection) else { break };
        cursor = Some(Cursor { created_at: last.created_at, id: last.id });
        listed.extend(page.into_iter().map(|named| named.connection));
    }
    assert!(listed.is_sorted_by(|one, next| one.created_at >= next.created_at));
    let mut listed: Vec<ConnectionId> = listed.into_iter().map(|connection| connection.id).collect();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

/// Its key, its customer, who authorized it, and its workspaces, but for those that were removed.
pub async fn a_listed_connection_has_the_names_of_what_it_is_of(store: &Durable) {
    let world = World::add(store).await;
    let label = Some("Zapier “test”".to_owned());
    let connection = Connection { purpose: Purpose::Generated, label, ..world.connection() };
    world.opened(store, connection.clone()).await;
    let [kept, gone, ..] = world.workspaces.as_slice() else { panic!("a world has workspaces") };
    commit(store, vec![Change::RemoveWorkspace(gone.id, world.customer.id)]).await;
    let expected = NamedConnection {
        connection,
        key: world.key.label.clone(),
        customer: world.customer.name.clone(),
        granted_by: Some((world.user.name.clone(), world.user.email.clone())),
        workspaces: vec![kept.name.clone()],
    };
    assert_eq!(listed(store, &all(&world)).await, [expected]);
}

/// By a part of the name in any case, or by the whole id.
pub async fn an_apps_connections_are_found_by_customer(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let here = world.opened(store, world.connection()).await.id;
    let elsewhere = Connection { customer: other.customer.id, ..world.connection() };
    let elsewhere = world.opened(store, elsewhere).await.id;
    let named = |customer: &str| ConnectionsOfApp { customer: customer.to_owned(), ..all(&world) };
    let own = world.customer.name.to_ascii_uppercase();
    assert_eq!(ids(store, &named(&format!(" {own} "))).await, [here]);
    assert_eq!(ids(store, &named(&other.customer.id.to_string())).await, [elsewhere]);
    assert_eq!(ids(store, &named("nobody is called so")).await, []);
}

/// What people type into a search box is text.
pub async fn a_customers_name_is_no_pattern(store: &Durable) {
    let world = World::add(store).await;
    world.opened(store, world.connection()).await;
    for pattern in ["%", "a%e", "ac_e", "\\", "' OR 1=1 --"] {
        let which = ConnectionsOfApp { customer: pattern.to_owned(), ..all(&world) };
        assert_eq!(ids(store, &which).await, [], "{pattern}");
    }
}

/// Exactly at its end a connection has expired; an end that was written wins over one that time brought.
pub async fn an_apps_connections_are_found_by_what_became_of_them(store: &Durable) {
    let world = World::add(store).await;
    let active = world.opened(store, world.connection()).await;
    let idle = Connection { last_used_at: world.now - IDLE, ..world.connection() };
    let idle = world.opened(store, idle).await;
    let old = world.opened(store, Connection { expires_at: world.now, ..world.connection() }).await;
    let ended = Connection { ended: Some((world.now, EndedBy::User)), expires_at: world.now, ..world.connection() };
    let ended = world.opened(store, ended).await;
    for (stage, expected) in [
        (Stage::Active, vec![active.id]),
        (Stage::Expired, sorted(vec![idle.id, old.id])),
        (Stage::Ended, vec![ended.id]),
    ] {
        let found = ids(store, &ConnectionsOfApp { stage: Some(stage), ..all(&world) }).await;
        assert_eq!(sorted(found), expected, "{stage:?}");
    }
}

/// Tokens made by hand have a list of their own.
pub async fn an_apps_connections_are_found_by_purpose(store: &Durable) {
    let world = World::add(store).await;
    world.opened(store, world.connection()).await;
    let generated = Connection { purpose: Purpose::Generated, ..world.connection() };
    let generated = world.opened(store, generated).await.id;
    let which = ConnectionsOfApp { purpose: Some(Purpose::Generated), ..all(&world) };
    assert_eq!(ids(store, &which).await, [generated]);
}

/// Once each, however many connections there are, and no other app's.
pub async fn an_apps_customers_are_those_of_its_connections(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    other.opened(store, other.connection()).await;
    for _ in 0..2 {
        world.opened(store, world.connection()).await;
    }
    let customers = store.directory.customers_of_app(world.app.id, 10).await.expect("the store answers");
    let named: Vec<_> = customers.into_iter().map(|customer| (customer.id, customer.name)).collect();
    assert_eq!(named, [(world.customer.id, world.customer.name.clone())]);
}

/// Newest first, with names; without what was answered, has expired, or is another app's.
pub async fn open_requests_are_those_that_can_be_answered(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let older = ConnectionRequest { created_at: world.now - Duration::from_mins(1), ..world.connection_request() };
    let newer = world.connection_request();
    let expired = ConnectionRequest { expires_at: world.now, ..world.connection_request() };
    let answered =
        ConnectionRequest { answered_by: Some(ConnectionId::generate(&FreshBits)), ..world.connection_request() };
    let all = [&older, &newer, &expired, &answered].map(|request| Change::AddConnectionRequest(request.clone()));
    commit(store, all.to_vec()).await;
    commit(store, vec![Change::AddConnectionRequest(other.connection_request())]).await;
    let open = store.directory.open_requests_of_app(world.app.id, world.now, 10).await.expect("the store answers");
    let first = open.first().expect("two are open");
    assert_eq!((&first.key, &first.customer), (&world.key.label, &world.customer.name));
    let requests: Vec<_> = open.into_iter().map(|open| open.request).collect();
    assert_eq!(requests, [newer.clone(), older]);
    let one = store.directory.open_requests_of_app(world.app.id, world.now, 1).await.expect("the store answers");
    assert_eq!(one.into_iter().map(|open| open.request).collect::<Vec<_>>(), [newer]);
}

/// What a customer has answered stays to be seen.
pub async fn a_request_is_removed_until_it_is_answered(store: &Durable) {
    let world = World::add(store).await;
    let open = world.connection_request();
    let answered =
        ConnectionRequest { answered_by: Some(ConnectionId::generate(&FreshBits)), ..world.connection_request() };
    commit(store, [&open, &answered].map(|request| Change::AddConnectionRequest(request.clone())).to_vec()).await;
    commit(store, vec![Change::RemoveConnectionRequest(open.id)]).await;
    assert_eq!(store.directory.connection_request(open.id).await.expect("the store answers"), None);
    for id in [open.id, answered.id] {
        refused(store, Change::RemoveConnectionRequest(id)).await;
    }
    assert_eq!(store.directory.connection_request(answered.id).await.expect("the store answers"), Some(answered));
}

/// Everything else of it stays as it is.
pub async fn a_connection_is_shortened_and_never_lengthened(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let end = world.now + Duration::from_hours(24);
    for later in [Duration::ZERO, Duration::from_hours(1)] {
        commit(store, vec![Change::ShortenConnection(connection.id, end + later)]).await;
        let expected = Connection { expires_at: end, ..connection.clone() };
        assert_eq!(stored(store, connection.id).await, expected);
    }
}

/// It has ended already.
pub async fn an_ended_connection_is_not_shortened(store: &Durable) {
    let world = World::add(store).await;
    let ended = Connection { ended: Some((world.now, EndedBy::User)), ..world.connection() };
    let ended = world.opened(store, ended).await;
    refused(store, Change::ShortenConnection(ended.id, world.now)).await;
    assert_eq!(stored(store, ended.id).await, ended);
}

/// Nobody's end is another's beginning: nothing is written, not even an audit record.
pub async fn a_connection_beyond_the_limit_can_be_refused(store: &Durable) {
    let world = World::add(store).await;
    let first = world.opened(store, generated(&world)).await;
    world.opened(store, world.connection()).await;
    let second = generated(&world);
    assert_eq!(open_if_there_is_room(store, &world, &second).await, Opened::Full);
    assert_eq!(store.connections.find(second.id).await.expect("the store answers").value, None);
    let audit = store.activity.audit(Some(&second.id.to_string()), 10).await.expect("the store answers");
    assert!(audit.is_empty());
    assert_eq!(stored(store, first.id).await, first);
}

/// Rows of what expired stay to be seen for a while; they are nobody's any more.
pub async fn what_has_expired_leaves_room(store: &Durable) {
    let world = World::add(store).await;
    for connection in [
        Connection { expires_at: world.now, ..generated(&world) },
        Connection { last_used_at: world.now - IDLE, ..generated(&world) },
        Connection { ended: Some((world.now, EndedBy::User)), ..generated(&world) },
    ] {
        world.opened(store, connection).await;
    }
    assert_eq!(open_if_there_is_room(store, &world, &generated(&world)).await, Opened::Created);
}

fn generated(world: &World) -> Connection {
    Connection { purpose: Purpose::Generated, ..world.connection() }
}

/// Room for one.
async fn open_if_there_is_room(store: &Durable, world: &World, connection: &Connection) -> Opened {
    let opening = Opening { live_limit: 1, at_limit: AtLimit::Refuse, ..world.opening(connection) };
    store.connections.open(opening).await.expect("the store answers").value
}

fn all(world: &World) -> ConnectionsOfApp {
    ConnectionsOfApp { app: world.app.id, purpose: None, customer: String::new(), stage: None, now: world.now }
}

async fn listed(store: &Durable, which: &ConnectionsOfApp) -> Vec<NamedConnection> {
    store.directory.connections_of_app(which, None, 10).await.expect("the store answers")
}

async fn ids(store: &Durable, which: &ConnectionsOfApp) -> Vec<ConnectionId> {
    listed(store, which).await.into_iter().map(|named| named.connection.id).collect()
}

fn sorted(mut ids: Vec<ConnectionId>) -> Vec<ConnectionId> {
    ids.sort_unstable();
    ids
}

async fn refused(store: &Durable, change: Change) {
    let unit = Unit {
        changes: vec![change],
        audit: vec![fixtures::audit(&"a request", Timestamp::from_seconds(1))],
        ..Unit::default()
    };
    let refused = store.units.commit(unit).await.expect_err("it cannot be done");
    assert!(matches!(refused, StoreError::Conflict { .. }), "{refused}");
}
