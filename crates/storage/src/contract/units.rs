//! Units: all or nothing, and what stands against a change.

use domain::{
    ApiKey, App, AppId, ClientId, CustomerId, KeyState, Membership, RequestId, Role, SecretId, SecretState, Subject,
    User, UserId, WorkspaceId,
};

use super::fixtures::{self, FreshBits, World, audit, commit, revocation};
use super::log::{fresh_token, read_all};
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{Change, StoreError, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_refused_unit_leaves_nothing_behind,
        a_unit_writes_changes_entries_and_audit_together,
        an_edit_of_an_older_version_is_a_conflict,
        of_fifty_edits_of_one_version_one_is_made,
        a_revoked_key_stays_revoked,
        a_revoked_secret_stays_revoked,
        a_revoked_api_credential_stays_revoked,
        an_inactive_key_can_be_made_active_again,
        changing_what_does_not_exist_is_a_conflict,
        what_exists_cannot_be_added_again,
        an_address_belongs_to_one_user,
        a_request_is_answered_once,
    );
}

/// No record, no change; no change that a replica does not hear of.
pub async fn a_refused_unit_leaves_nothing_behind(store: &Durable) {
    let world = World::add(store).await;
    commit(store, vec![Change::SetKeyState(world.key.id, KeyState::Revoked)]).await;
    let (start, now) = store.head().await;
    let app = fixtures::app(&world.environment.name, now);
    let token = Subject::Token(fresh_token());
    let unit = Unit {
        changes: vec![
            Change::AddApp(app.clone()),
            Change::SetUserEnabled(world.user.id, false),
            Change::SetKeyState(world.key.id, KeyState::Active),
        ],
        entries: vec![revocation(token.clone(), now)],
        audit: vec![audit(&app.id, now)],
    };
    let refused = store.units.commit(unit).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.directory.app(app.id).await.expect("the store answers"), None);
    let user = store.directory.user(world.user.id).await.expect("the store answers");
    assert!(user.is_some_and(|user| user.enabled));
    assert!(read_all(store, start).await.iter().all(|entry| entry.subject != token));
    let records = store.activity.audit(Some(&app.id.to_string()), 10).await.expect("the store answers");
    assert!(records.is_empty());
}

/// And what is answered is there.
pub async fn a_unit_writes_changes_entries_and_audit_together(store: &Durable) {
    let world = World::add(store).await;
    let (start, now) = store.head().await;
    let app = fixtures::app(&world.environment.name, now);
    let token = Subject::Token(fresh_token());
    let unit = Unit {
        changes: vec![Change::AddApp(app.clone())],
        entries: vec![revocation(token.clone(), now)],
        audit: vec![audit(&app.id, now)],
    };
    store.units.commit(unit).await.expect("it is committed");
    assert_eq!(store.directory.app(app.id).await.expect("the store answers"), Some(app.clone()));
    assert!(read_all(store, start).await.iter().any(|entry| entry.subject == token));
    let records = store.activity.audit(Some(&app.id.to_string()), 10).await.expect("the store answers");
    assert_eq!(records.len(), 1);
}

/// And a current one is counted up.
pub async fn an_edit_of_an_older_version_is_a_conflict(store: &Durable) {
    let world = World::add(store).await;
    let edited = App { name: "Renamed Bot".into(), client_credentials: false, ..world.app.clone() };
    commit(store, vec![Change::ReplaceApp(edited.clone())]).await;
    let app = store.directory.app(world.app.id).await.expect("the store answers");
    assert_eq!(app, Some(App { version: world.app.version + 1, ..edited.clone() }));
    conflicts(store, Change::ReplaceApp(edited)).await;
}

/// Two people who edit at once do not undo each other.
pub async fn of_fifty_edits_of_one_version_one_is_made(store: &Durable) {
    let world = World::add(store).await;
    let all = all_at_once(|number| {
        let edited = App { name: format!("Edit {number}"), ..world.app.clone() };
        let unit = Unit { changes: vec![Change::ReplaceApp(edited)], ..Unit::default() };
        let units = store.units.clone();
        async move { units.commit(unit).await }
    })
    .await;
    assert_eq!(count(&all, Result::is_ok), 1);
    assert_eq!(count(&all, |made| matches!(made, Err(StoreError::Conflict { .. }))), CROWD - 1);
}

/// Never again.
pub async fn a_revoked_key_stays_revoked(store: &Durable) {
    let world = World::add(store).await;
    commit(store, vec![Change::SetKeyState(world.key.id, KeyState::Revoked)]).await;
    for state in [KeyState::Active, KeyState::Inactive] {
        conflicts(store, Change::SetKeyState(world.key.id, state)).await;
    }
    let key = store.directory.key(world.key.id).await.expect("the store answers");
    assert_eq!(key, Some(ApiKey { state: KeyState::Revoked, ..world.key }));
}

/// Never again.
pub async fn a_revoked_secret_stays_revoked(store: &Durable) {
    let world = World::add(store).await;
    let (id, key) = (world.secret.id, world.key.id);
    commit(store, vec![Change::SetSecretState(id, key, SecretState::Revoked)]).await;
    for state in [SecretState::Active, SecretState::Inactive, SecretState::RotatingUntil(world.now)] {
        conflicts(store, Change::SetSecretState(id, key, state)).await;
    }
    let secrets = store.directory.secrets(key).await.expect("the store answers");
    assert!(secrets.iter().any(|secret| secret.id == id && secret.state == SecretState::Revoked));
}

/// Never again.
pub async fn a_revoked_api_credential_stays_revoked(store: &Durable) {
    let world = World::add(store).await;
    let credential = fixtures::api_credential(world.api.id, world.now);
    let set = |state| Change::SetApiCredentialState(credential.id, world.api.id, state);
    commit(store, vec![Change::AddApiCredential(credential.clone()), set(SecretState::Revoked)]).await;
    conflicts(store, set(SecretState::Active)).await;
}

/// Only revoking is for ever.
pub async fn an_inactive_key_can_be_made_active_again(store: &Durable) {
    let world = World::add(store).await;
    let until = SecretState::RotatingUntil(world.now + fixtures::ENTRY_LIFE);
    commit(
        store,
        vec![
            Change::SetKeyState(world.key.id, KeyState::Inactive),
            Change::SetKeyState(world.key.id, KeyState::Active),
            Change::SetSecretState(world.secret.id, world.key.id, SecretState::Inactive),
            Change::SetSecretState(world.secret.id, world.key.id, until),
        ],
    )
    .await;
    let key = store.directory.key(world.key.id).await.expect("the store answers");
    assert_eq!(key.map(|key| key.state), Some(KeyState::Active));
    let secrets = store.directory.secrets(world.key.id).await.expect("the store answers");
    assert_eq!(secrets.first().map(|secret| secret.state), Some(until));
}

/// A change that changed nothing must not look like one that did.
pub async fn changing_what_does_not_exist_is_a_conflict(store: &Durable) {
    let world = World::add(store).await;
    let other_key = ClientId::generate(&FreshBits);
    let changes = [
        Change::ReplaceApp(App { id: AppId::generate(&FreshBits), ..world.app.clone() }),
        Change::ReplaceApi(fixtures::api(&world.environment.name, world.now)),
        Change::SetKeyState(other_key, KeyState::Inactive),
        Change::SetSecretState(SecretId::generate(&FreshBits), world.key.id, SecretState::Inactive),
        Change::SetSecretState(world.secret.id, other_key, SecretState::Inactive),
        Change::SetApiCredentialState(SecretId::generate(&FreshBits), world.api.id, SecretState::Inactive),
        Change::RemoveWorkspace(WorkspaceId::generate(&FreshBits), world.customer.id),
        Change::SetPassword(UserId::generate(&FreshBits), "$argon2id$".into()),
        Change::SetUserEnabled(UserId::generate(&FreshBits), false),
        Change::RemoveMembership(world.user.id, CustomerId::generate(&FreshBits)),
        Change::RemoveConnectionWorkspace(world.connection().id, WorkspaceId::from_bytes([0; 16])),
        Change::AnswerConnectionRequest(RequestId::generate(&FreshBits), world.connection().id),
    ];
    for change in changes {
        conflicts(store, change).await;
    }
}

/// Ids and names are unique.
pub async fn what_exists_cannot_be_added_again(store: &Durable) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    let request = world.connection_request();
    let credential = fixtures::api_credential(world.api.id, world.now);
    commit(store, vec![Change::AddConnectionRequest(request.clone()), Change::AddApiCredential(credential.clone())])
        .await;
    let workspace = world.workspaces.first().expect("a world has workspaces").clone();
    let changes = [
        Change::AddEnvironment(world.environment.clone()),
        Change::AddApi(domain::Api { is_default: false, ..world.api.clone() }),
        Change::AddApiCredential(credential),
        Change::AddTeam(world.team.clone()),
        Change::AddApp(world.app.clone()),
        Change::AddKey(world.key.clone()),
        Change::AddSecret(world.secret.clone()),
        Change::AddCustomer(world.customer.clone()),
        Change::AddWorkspace(workspace),
        Change::AddUser(world.user.clone()),
        Change::AddConnection(connection),
        Change::AddConnectionRequest(request),
    ];
    for change in changes {
        exists(store, change).await;
    }
}

/// Two people cannot sign in as one.
pub async fn an_address_belongs_to_one_user(store: &Durable) {
    let world = World::add(store).await;
    let other = User { id: UserId::generate(&FreshBits), ..world.user.clone() };
    exists(store, Change::AddUser(other)).await;
}

/// Two customers cannot both have answered.
pub async fn a_request_is_answered_once(store: &Durable) {
    let world = World::add(store).await;
    let request = world.connection_request();
    let connection = world.unattended_connection();
    commit(
        store,
        vec![
            Change::AddConnectionRequest(request.clone()),
            Change::AddConnection(connection.clone()),
            Change::AnswerConnectionRequest(request.id, connection.id),
        ],
    )
    .await;
    let answered = store.directory.connection_request(request.id).await.expect("the store answers");
    assert_eq!(answered.and_then(|request| request.answered_by), Some(connection.id));
    conflicts(store, Change::AnswerConnectionRequest(request.id, connection.id)).await;
}

/// A member of a customer, for other parts of the contract.
pub(super) fn connector(world: &World, user: UserId, workspaces: Vec<WorkspaceId>) -> Membership {
    Membership { user, customer: world.customer.id, role: Role::Connector, workspaces }
}

pub(super) async fn conflicts(store: &Durable, change: Change) {
    let shown = format!("{change:?}");
    let refused = store.units.commit(Unit { changes: vec![change], ..Unit::default() }).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{shown} gave {refused:?}");
}

pub(super) async fn exists(store: &Durable, change: Change) {
    let shown = format!("{change:?}");
    let refused = store.units.commit(Unit { changes: vec![change], ..Unit::default() }).await;
    assert!(matches!(refused, Err(StoreError::Exists { .. })), "{shown} gave {refused:?}");
}
