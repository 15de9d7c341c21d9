//! Records of the request path: whole, current, and with the position they were read at.

use domain::{Api, App, ClientId, CustomerId, EndedBy, KeyState, SecretState, UserId, WorkspaceAccess};

use super::fixtures::{self, FreshBits, World, commit, shared};
use super::units::connector;
use super::{Durable, run_each};
use crate::{AsOf, Change, ClientRecord, ConnectionFilter};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_clients_record_is_what_was_stored,
        a_clients_record_follows_its_changes,
        a_clients_secrets_are_those_not_revoked_newest_first,
        an_environments_record_lists_its_apis_the_default_one_first,
        an_api_record_has_the_credentials_that_are_not_revoked,
        a_replaced_api_is_read_as_replaced,
        access_is_what_the_user_may_reach_today,
        access_follows_its_changes,
        access_without_a_membership_reaches_nothing,
        unattended_connections_are_those_not_ended_oldest_first,
        what_does_not_exist_is_none,
        a_records_position_is_a_head,
        a_record_reflects_every_entry_up_to_its_position,
    );
}

/// Every field of it.
pub async fn a_clients_record_is_what_was_stored(store: &Durable) {
    let world = World::add(store).await;
    let record = client(store, world.key.id).await;
    assert_eq!(record.app, world.app);
    assert_eq!(record.key, world.key);
    assert_eq!(record.secrets, [world.secret]);
}

/// At once: what a commit was answered for is what the next read gives. A revoked key and a deleted app are still
/// there, so that the refusal can name its reason.
pub async fn a_clients_record_follows_its_changes(store: &Durable) {
    let world = World::add(store).await;
    let deleted = App { deleted_at: Some(world.now), ..world.app.clone() };
    commit(store, vec![Change::SetKeyState(world.key.id, KeyState::Revoked), Change::ReplaceApp(deleted.clone())])
        .await;
    let record = client(store, world.key.id).await;
    assert_eq!(record.key.state, KeyState::Revoked);
    assert_eq!(record.app.deleted_at, deleted.deleted_at);
    assert_eq!(record.app.version, world.app.version + 1);
}

/// Inactive and rotating ones are among them.
pub async fn a_clients_secrets_are_those_not_revoked_newest_first(store: &Durable) {
    let world = World::add(store).await;
    let later = |seconds| world.now + std::time::Duration::from_secs(seconds);
    let rotating = domain::ApiSecret {
        state: SecretState::RotatingUntil(later(60)),
        expires_at: Some(later(90)),
        ..fixtures::secret(world.key.id, later(2))
    };
    let inactive = domain::ApiSecret { state: SecretState::Inactive, ..fixtures::secret(world.key.id, later(1)) };
    let revoked = fixtures::secret(world.key.id, later(3));
    commit(
        store,
        vec![
            Change::AddSecret(inactive.clone()),
            Change::AddSecret(rotating.clone()),
            Change::AddSecret(revoked.clone()),
            Change::SetSecretState(revoked.id, world.key.id, SecretState::Revoked),
        ],
    )
    .await;
    assert_eq!(client(store, world.key.id).await.secrets, [rotating, inactive, world.secret]);
}

/// Every field of them.
pub async fn an_environments_record_lists_its_apis_the_default_one_first(store: &Durable) {
    let world = World::add(store).await;
    let second = Api { name: "A second API".into(), ..fixtures::api(&world.environment.name, world.now) };
    commit(store, vec![Change::AddApi(second.clone())]).await;
    let read = store.records.environment(&world.environment.name).await.expect("the store answers");
    let record = read.value.expect("it exists");
    assert_eq!(record.environment, world.environment);
    assert_eq!(record.apis, shared(&[world.api, second]));
}

/// And only its own.
pub async fn an_api_record_has_the_credentials_that_are_not_revoked(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let [kept, revoked] = [(); 2].map(|()| fixtures::api_credential(world.api.id, world.now));
    commit(
        store,
        vec![
            Change::AddApiCredential(kept.clone()),
            Change::AddApiCredential(revoked.clone()),
            Change::AddApiCredential(fixtures::api_credential(other.api.id, world.now)),
            Change::SetApiCredentialState(revoked.id, world.api.id, SecretState::Revoked),
        ],
    )
    .await;
    let record = store.records.api(world.api.id).await.expect("the store answers").value.expect("it exists");
    assert_eq!(record.api, world.api);
    assert_eq!(record.credentials, [kept]);
}

/// Name, audience, scopes, lifetime.
pub async fn a_replaced_api_is_read_as_replaced(store: &Durable) {
    let world = World::add(store).await;
    let replaced = Api {
        name: "Renamed API".into(),
        audience: format!("{}/v2", world.api.audience),
        scopes: vec![],
        token_lifetime: None,
        ..world.api.clone()
    };
    commit(store, vec![Change::ReplaceApi(replaced.clone())]).await;
    let record = store.records.api(world.api.id).await.expect("the store answers").value.expect("it exists");
    assert_eq!(record.api, replaced);
}

/// Customer, user, membership, and the customer's workspaces by name.
pub async fn access_is_what_the_user_may_reach_today(store: &Durable) {
    let world = World::add(store).await;
    let expected = WorkspaceAccess {
        customer: world.customer.clone(),
        user: world.user.clone(),
        membership: Some(world.membership.clone()),
        workspaces: world.workspaces.clone(),
    };
    assert_eq!(access(store, world.user.id, world.customer.id).await, Some(expected));
}

/// A smaller role, a removed workspace, a disabled user.
pub async fn access_follows_its_changes(store: &Durable) {
    let world = World::add(store).await;
    let ids: Vec<_> = world.workspaces.iter().map(|workspace| workspace.id).collect();
    let [first, _, third] = ids.as_slice() else { panic!("a world has three workspaces") };
    let membership = connector(&world, world.user.id, vec![*first, *third]);
    let added = fixtures::workspace(world.customer.id, "An island", world.now);
    commit(
        store,
        vec![
            Change::SetMembership(membership.clone()),
            Change::RemoveWorkspace(*third, world.customer.id),
            Change::AddWorkspace(added.clone()),
        ],
    )
    .await;
    let seen = access(store, world.user.id, world.customer.id).await.expect("both exist");
    assert_eq!(seen.membership, Some(membership));
    let names: Vec<_> = seen.workspaces.iter().map(|workspace| workspace.name.as_str()).collect();
    assert_eq!(names, ["An island", "Europe", "Far East"]);
    let reached: Vec<_> = seen.reachable(&ids).into_iter().map(|workspace| workspace.id).collect();
    assert_eq!(reached, [*first]);

    commit(store, vec![Change::SetUserEnabled(world.user.id, false)]).await;
    let seen = access(store, world.user.id, world.customer.id).await.expect("both exist");
    assert!(seen.reachable(&ids).is_empty());
}

/// Never having had one and having lost it are the same.
pub async fn access_without_a_membership_reaches_nothing(store: &Durable) {
    let world = World::add(store).await;
    let stranger = fixtures::user(world.now);
    commit(store, vec![Change::AddUser(stranger.clone()), Change::RemoveMembership(world.user.id, world.customer.id)])
        .await;
    for user in [stranger.id, world.user.id] {
        let seen = access(store, user, world.customer.id).await.expect("both exist");
        assert_eq!(seen.membership, None);
        assert_eq!(seen.workspaces, world.workspaces);
    }
}

/// One per customer; attended ones are not among them.
pub async fn unattended_connections_are_those_not_ended_oldest_first(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let earlier = world.now - std::time::Duration::from_mins(1);
    let ended = world.unattended_connection();
    let newer = world.unattended_connection();
    let older = domain::Connection {
        customer: other.customer.id,
        created_at: earlier,
        last_used_at: earlier,
        ..world.unattended_connection()
    };
    world.opened(store, world.connection()).await;
    let which = ConnectionFilter::Unattended(world.key.id, world.customer.id);
    commit(
        store,
        vec![
            Change::AddConnection(ended),
            Change::EndConnections { which, by: EndedBy::Replaced, at: world.now, entry_until: None },
            Change::AddConnection(newer.clone()),
            Change::AddConnection(older.clone()),
        ],
    )
    .await;
    let read = store.records.unattended(world.key.id).await.expect("the store answers");
    assert_eq!(read.value, [older, newer]);
}

/// With a position: what does not exist is remembered too.
pub async fn what_does_not_exist_is_none(store: &Durable) {
    let world = World::add(store).await;
    let (before, now) = store.head().await;
    let unknown = fixtures::environment(now);
    let answers = [
        none(store.records.client(ClientId::generate(&FreshBits)).await),
        none(store.records.environment(&unknown.name).await),
        none(store.records.api(fixtures::api(&unknown.name, now).id).await),
        none(store.records.access(UserId::generate(&FreshBits), world.customer.id).await),
        none(store.records.access(world.user.id, CustomerId::generate(&FreshBits)).await),
    ];
    assert!(answers.into_iter().all(|position| position >= before));
    let unattended = store.records.unattended(ClientId::generate(&FreshBits)).await.expect("the store answers");
    assert!(unattended.value.is_empty() && unattended.position >= before);
}

/// Of every kind of record.
pub async fn a_records_position_is_a_head(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let entries = vec![fixtures::revocation(domain::Subject::Connection(connection.id), world.now)];
    store.units.commit(crate::Unit { entries, ..crate::Unit::default() }).await.expect("it is committed");
    let (before, _) = store.head().await;
    let records = &store.records;
    let positions = [
        records.client(world.key.id).await.expect("the store answers").position,
        records.environment(&world.environment.name).await.expect("the store answers").position,
        records.api(world.api.id).await.expect("the store answers").position,
        records.access(world.user.id, world.customer.id).await.expect("the store answers").position,
        records.unattended(world.key.id).await.expect("the store answers").position,
        store.connections.find(connection.id).await.expect("the store answers").position,
    ];
    let (after, _) = store.head().await;
    assert!(positions.into_iter().all(|position| before <= position && position <= after), "{positions:?}");
}

/// A record that claims to know of a revocation shows it: value and position are of one snapshot.
pub async fn a_record_reflects_every_entry_up_to_its_position(store: &Durable) {
    let world = World::add(store).await;
    let mut readers = tokio::task::JoinSet::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for _ in 0..4 {
        let (store, key, stopped) = (store.clone(), world.key.id, stopped.clone());
        readers.spawn(async move {
            let mut seen = Vec::new();
            while !*stopped.borrow() {
                let AsOf { value, position } = store.records.client(key).await.expect("the store answers");
                seen.push((position, value.expect("it exists").app.version));
            }
            seen
        });
    }
    let mut committed = Vec::new();
    for version in 1..=20 {
        let unit = crate::Unit {
            changes: vec![Change::ReplaceApp(App { version, ..world.app.clone() })],
            entries: vec![fixtures::revocation(domain::Subject::App(world.app.id), world.now)],
            audit: vec![],
        };
        let position = store.units.commit(unit).await.expect("nobody else edits it").position;
        committed.push((position, version + 1));
    }
    stop.send_replace(true);
    for (read_at, version) in readers.join_all().await.into_iter().flatten() {
        let known = committed.iter().rfind(|(position, _)| *position <= read_at);
        let expected = known.map_or(world.app.version, |(_, version)| *version);
        assert_eq!(version, expected, "read at {read_at:?}");
    }
}

async fn client(store: &Durable, key: ClientId) -> ClientRecord {
    store.records.client(key).await.expect("the store answers").value.expect("it exists")
}

async fn access(store: &Durable, user: UserId, customer: CustomerId) -> Option<WorkspaceAccess> {
    store.records.access(user, customer).await.expect("the store answers").value
}

fn none<T>(read: Result<AsOf<Option<T>>, crate::StoreError>) -> domain::Position {
    let read = read.expect("the store answers");
    assert!(read.value.is_none());
    read.position
}
