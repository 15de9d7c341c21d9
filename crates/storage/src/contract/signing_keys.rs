//! Signing keys: one that signs and one that comes next, per environment (DESIGN, decision 15).

use std::time::Duration;

use domain::Timestamp;

use super::fixtures::{self, World, commit};
use super::units::{conflicts, exists};
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{Change, SigningKey, SigningKeyState, StoreError, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_signing_key_is_read_as_it_was_added,
        an_environment_has_one_next_key,
        an_environment_has_one_active_key,
        a_key_id_is_unique_over_all_environments,
        a_key_moves_only_from_the_state_it_is_in,
        keys_change_places_in_one_unit,
        of_fifty_moves_of_one_key_one_is_made,
        a_removed_key_is_not_published,
    );
}

/// Every byte of it.
pub async fn a_signing_key_is_read_as_it_was_added(store: &Durable) {
    let world = World::add(store).await;
    let key = added(store, &world).await;
    assert!(of(store, &world).await == [key]);
}

/// Of two replicas that publish at once, one finds the other's.
pub async fn an_environment_has_one_next_key(store: &Durable) {
    let world = World::add(store).await;
    let first = added(store, &world).await;
    exists(store, Change::AddSigningKey(fixtures::signing_key(&world.environment.name, world.now))).await;
    assert!(of(store, &world).await == [first]);
}

/// Verifiers must not see two keys sign by turns.
pub async fn an_environment_has_one_active_key(store: &Durable) {
    let world = World::add(store).await;
    let active = added(store, &world).await;
    let first = moved(&active, SigningKeyState::Next, SigningKeyState::Active, world.now);
    commit(store, vec![first]).await;
    let next = added(store, &world).await;
    exists(store, moved(&next, SigningKeyState::Next, SigningKeyState::Active, world.now)).await;
    assert_eq!(states(&of(store, &world).await, [&active, &next]), [SigningKeyState::Active, SigningKeyState::Next]);
}

/// A `kid` alone names a key.
pub async fn a_key_id_is_unique_over_all_environments(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let key = added(store, &world).await;
    exists(store, Change::AddSigningKey(SigningKey { environment: other.environment.name, ..key })).await;
}

/// Nobody moves a key that somebody else has moved.
pub async fn a_key_moves_only_from_the_state_it_is_in(store: &Durable) {
    let world = World::add(store).await;
    let key = added(store, &world).await;
    conflicts(store, moved(&key, SigningKeyState::Active, SigningKeyState::Retiring, world.now)).await;
    let unknown = fixtures::signing_key(&world.environment.name, world.now);
    conflicts(store, moved(&unknown, SigningKeyState::Next, SigningKeyState::Active, world.now)).await;
    assert!(of(store, &world).await == [key]);
}

/// The old one retires, the next one signs, a new one comes after it; each with its moment.
pub async fn keys_change_places_in_one_unit(store: &Durable) {
    let world = World::add(store).await;
    let first = added(store, &world).await;
    commit(store, vec![moved(&first, SigningKeyState::Next, SigningKeyState::Active, world.now)]).await;
    let second = added(store, &world).await;
    let third = fixtures::signing_key(&world.environment.name, world.now);
    let at = world.now + Duration::from_secs(7);
    commit(
        store,
        vec![
            moved(&first, SigningKeyState::Active, SigningKeyState::Retiring, at),
            moved(&second, SigningKeyState::Next, SigningKeyState::Active, at),
            Change::AddSigningKey(third.clone()),
        ],
    )
    .await;
    let published = of(store, &world).await;
    let expected = [
        SigningKey { state: SigningKeyState::Retiring, activated_at: Some(world.now), retired_at: Some(at), ..first },
        SigningKey { state: SigningKeyState::Active, activated_at: Some(at), ..second },
        third,
    ];
    assert_eq!(published.len(), expected.len());
    assert!(expected.iter().all(|key| published.contains(key)), "{published:?}");
}

/// Every replica wants to rotate at the same moment.
pub async fn of_fifty_moves_of_one_key_one_is_made(store: &Durable) {
    let world = World::add(store).await;
    let key = added(store, &world).await;
    let all = all_at_once(|_| {
        let change = moved(&key, SigningKeyState::Next, SigningKeyState::Active, world.now);
        let unit = Unit { changes: vec![change], ..Unit::default() };
        let units = store.units.clone();
        async move { units.commit(unit).await }
    })
    .await;
    assert_eq!(count(&all, Result::is_ok), 1);
    assert_eq!(count(&all, |moved| matches!(moved, Err(StoreError::Conflict { .. }))), CROWD - 1);
}

/// Its last token has expired.
pub async fn a_removed_key_is_not_published(store: &Durable) {
    let world = World::add(store).await;
    let key = added(store, &world).await;
    let way = [SigningKeyState::Next, SigningKeyState::Active, SigningKeyState::Retiring, SigningKeyState::Removed];
    for (from, to) in way.iter().zip(way.iter().skip(1)) {
        assert_eq!(states(&of(store, &world).await, [&key]), [*from]);
        commit(store, vec![moved(&key, *from, *to, world.now)]).await;
    }
    assert!(of(store, &world).await.is_empty());
}

async fn added(store: &Durable, world: &World) -> SigningKey {
    let key = fixtures::signing_key(&world.environment.name, world.now);
    commit(store, vec![Change::AddSigningKey(key.clone())]).await;
    key
}

async fn of(store: &Durable, world: &World) -> Vec<SigningKey> {
    let published = store.signing_keys.published().await.expect("the store answers");
    published.into_iter().filter(|key| key.environment == world.environment.name).collect()
}

fn moved(key: &SigningKey, from: SigningKeyState, to: SigningKeyState, at: Timestamp) -> Change {
    Change::MoveSigningKey { kid: key.kid.clone(), from, to, at }
}

fn states<const N: usize>(published: &[SigningKey], keys: [&SigningKey; N]) -> [SigningKeyState; N] {
    keys.map(|key| {
        let found = published.iter().find(|one| one.kid == key.kid);
        found.expect("the key is published").state
    })
}
