//! Ending connections, by every filter.

use std::time::Duration;

use domain::{Connection, Effect, EndedBy, Position, Subject};

use super::fixtures::{self, World, commit, stored};
use super::log::read_all;
use super::{Durable, run_each};
use crate::{Change, Committed, ConnectionFilter};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        one_connection_can_be_ended,
        a_secrets_connections_can_be_ended,
        a_keys_connections_can_be_ended,
        an_apps_connections_can_be_ended,
        the_connections_that_act_as_a_user_can_be_ended,
        a_users_connections_at_a_customer_can_be_ended,
        a_keys_unattended_connections_at_a_customer_can_be_ended,
        an_environments_connections_can_be_ended,
        an_end_appends_an_entry_for_each_where_it_is_asked_to,
        an_end_appends_no_entry_of_its_own_where_another_covers_it,
        the_first_end_stands,
        ending_nothing_is_no_error,
    );
}

/// And no other.
pub async fn one_connection_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let id = scene.own().id;
    scene.ends(store, ConnectionFilter::One(id), |connection| connection.id == id).await;
}

/// Revoking a secret asks whether to end what it obtained.
pub async fn a_secrets_connections_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let secret = scene.world.secret.id;
    let filter = ConnectionFilter::ObtainedWith(secret);
    scene.ends(store, filter, |connection| connection.obtained_with == Some(secret)).await;
}

/// Unattended ones too.
pub async fn a_keys_connections_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let key = scene.world.key.id;
    scene.ends(store, ConnectionFilter::OfKey(key), |connection| connection.key == key).await;
}

/// Those of all of its keys.
pub async fn an_apps_connections_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let app = scene.world.app.id;
    scene.ends(store, ConnectionFilter::OfApp(app), |connection| connection.app == app).await;
}

/// Not those it granted in another's name.
pub async fn the_connections_that_act_as_a_user_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let user = scene.world.user.id;
    scene.ends(store, ConnectionFilter::OfUser(user), |connection| connection.user == user).await;
}

/// Leaving one customer leaves the others' alone.
pub async fn a_users_connections_at_a_customer_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let (user, customer) = (scene.world.user.id, scene.world.customer.id);
    let filter = ConnectionFilter::OfMembership(user, customer);
    scene.ends(store, filter, |connection| connection.user == user && connection.customer == customer).await;
}

/// A new default user takes the old one's place.
pub async fn a_keys_unattended_connections_at_a_customer_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let (key, customer) = (scene.world.key.id, scene.world.customer.id);
    let of_it = |connection: &Connection| {
        let unattended = connection.purpose == domain::Purpose::Unattended;
        unattended && connection.key == key && connection.customer == customer
    };
    scene.ends(store, ConnectionFilter::Unattended(key, customer), of_it).await;
}

/// And those of no other environment.
pub async fn an_environments_connections_can_be_ended(store: &Durable) {
    let scene = Scene::set(store).await;
    let name = scene.world.environment.name.clone();
    let filter = ConnectionFilter::OfEnvironment(name.clone());
    scene.ends(store, filter, |connection| connection.environment == name).await;
}

/// Kept as long as asked.
pub async fn an_end_appends_an_entry_for_each_where_it_is_asked_to(store: &Durable) {
    let scene = Scene::set(store).await;
    let (start, now) = store.head().await;
    let until = now + Duration::from_millis(700_001);
    let which = ConnectionFilter::OfKey(scene.world.key.id);
    let change = Change::EndConnections { which, by: EndedBy::Operator, at: now, entry_until: Some(until) };
    let committed = commit(store, vec![change]).await;
    for connection in &scene.connections {
        let expected = usize::from(connection.key == scene.world.key.id);
        let entries = entries_of(store, start, connection).await;
        assert_eq!(entries.len(), expected);
        assert!(entries.iter().all(|entry| entry.0 == Effect::Revoke && entry.1 == until));
        assert!(entries.iter().all(|entry| entry.2 <= committed.position));
    }
}

/// One entry for the key says it for a million connections.
pub async fn an_end_appends_no_entry_of_its_own_where_another_covers_it(store: &Durable) {
    let scene = Scene::set(store).await;
    let (start, _) = store.head().await;
    end(store, &scene, ConnectionFilter::OfKey(scene.world.key.id), EndedBy::KeyRevoked).await;
    for connection in &scene.connections {
        assert!(entries_of(store, start, connection).await.is_empty());
    }
}

/// Who ended it first is what its owner reads.
pub async fn the_first_end_stands(store: &Durable) {
    let scene = Scene::set(store).await;
    let own = scene.own().id;
    end(store, &scene, ConnectionFilter::One(own), EndedBy::User).await;
    let first = stored(store, own).await;
    let second = end(store, &scene, ConnectionFilter::One(own), EndedBy::Operator).await;
    assert_eq!(second.ended, 0);
    assert_eq!(stored(store, own).await, first);
}

/// A key without connections can be revoked.
pub async fn ending_nothing_is_no_error(store: &Durable) {
    let scene = Scene::set(store).await;
    let unknown = ConnectionFilter::One(scene.world.connection().id);
    assert_eq!(end(store, &scene, unknown, EndedBy::Operator).await.ended, 0);
}

/// Connections that differ from each other in one thing each.
struct Scene {
    world: World,
    connections: Vec<Connection>,
}

impl Scene {
    async fn set(store: &Durable) -> Self {
        let world = World::add(store).await;
        let other = World::add(store).await;
        let second_key = fixtures::key(world.app.id, world.now);
        let second_secret = fixtures::secret(world.key.id, world.now);
        commit(store, vec![Change::AddKey(second_key.clone()), Change::AddSecret(second_secret.clone())]).await;
        let own = world.connection();
        let draw = || world.connection();
        let connections = vec![
            own,
            Connection { obtained_with: Some(second_secret.id), ..draw() },
            Connection { key: second_key.id, obtained_with: None, ..draw() },
            Connection { app: other.app.id, key: other.key.id, obtained_with: Some(other.secret.id), ..draw() },
            Connection { user: other.user.id, granted_by: other.user.id, ..draw() },
            Connection { customer: other.customer.id, ..draw() },
            Connection { environment: other.environment.name.clone(), customer: other.customer.id, ..draw() },
            // The admin spoke for another user.
            Connection { user: other.user.id, ..world.unattended_connection() },
            Connection { customer: other.customer.id, ..world.unattended_connection() },
        ];
        for connection in &connections {
            world.opened(store, connection.clone()).await;
        }
        Self { world, connections }
    }

    fn own(&self) -> &Connection {
        self.connections.first().expect("the scene has connections")
    }

    /// Ends by `filter`, and checks that exactly those that `of_it` holds for were ended, as asked.
    async fn ends(&self, store: &Durable, filter: ConnectionFilter, of_it: impl Fn(&Connection) -> bool) {
        let by = EndedBy::CustomerAdmin;
        let committed = end(store, self, filter, by).await;
        let mut ended = 0;
        for connection in &self.connections {
            let expected = of_it(connection).then_some((self.world.now, by));
            let row = stored(store, connection.id).await;
            assert_eq!(row, Connection { ended: expected, ..connection.clone() });
            ended += u64::from(expected.is_some());
        }
        assert!(ended > 0, "the scene has one to end");
        assert_eq!(committed.ended, ended);
    }
}

async fn end(store: &Durable, scene: &Scene, which: ConnectionFilter, by: EndedBy) -> Committed {
    commit(store, vec![Change::EndConnections { which, by, at: scene.world.now, entry_until: None }]).await
}

async fn entries_of(
    store: &Durable,
    start: Position,
    connection: &Connection,
) -> Vec<(Effect, domain::Timestamp, Position)> {
    let entries = read_all(store, start).await.into_iter();
    let of_it = entries.filter(|entry| entry.subject == Subject::Connection(connection.id));
    of_it.map(|entry| (entry.effect, entry.until, entry.position)).collect()
}
