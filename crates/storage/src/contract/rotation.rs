//! Refresh tokens that rotate: one lineage, never a second branch (DESIGN, decision 2).

use std::time::Duration;

use domain::{ClientId, Connection, EndedBy, Timestamp};

use super::fixtures::{self, FreshBits, IDLE, World, commit, stored};
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{Change, ConnectionFilter, Rotated, Rotation};

const GRACE: Duration = Duration::from_mins(1);
const REPEATS: u32 = 3;

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        the_current_sequence_advances,
        the_previous_sequence_gets_the_same_successor_again,
        the_same_successor_is_given_only_so_often,
        the_same_successor_is_given_only_for_the_grace,
        an_older_sequence_is_reuse_and_writes_nothing,
        a_streak_counts_the_rotations_in_a_row_that_needed_the_grace,
        a_row_that_was_rolled_back_moves_forward,
        a_connection_that_was_ended_is_dead,
        a_connection_that_expired_is_dead,
        another_keys_connection_is_dead,
        a_connection_that_does_not_exist_is_unknown,
        a_rotation_that_comes_with_a_certificate_binds_to_it,
        a_bound_connection_does_not_rotate_without_a_certificate,
        of_fifty_rotations_of_one_token_one_advances,
        a_rotations_position_is_a_head,
    );
}

/// And the row says so.
pub async fn the_current_sequence_advances(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let now = world.now + Duration::from_secs(5);
    let written = advanced(rotate(store, &connection, 0, now).await);
    assert_eq!(written.rotation.sequence, 1);
    assert_eq!((written.rotation.rotated_at, written.last_used_at), (now, now));
    assert_eq!(stored(store, connection.id).await, written);
    let later = now + Duration::from_hours(1);
    assert_eq!(advanced(rotate(store, &connection, 1, later).await).rotation.sequence, 2);
}

/// A client that lost the answer is given it again.
pub async fn the_previous_sequence_gets_the_same_successor_again(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let first = advanced(rotate(store, &connection, 0, world.now).await);
    for uses in 1..=REPEATS {
        let again = repeated(rotate(store, &connection, 0, world.now + GRACE / 2).await);
        assert_eq!(again.rotation.sequence, first.rotation.sequence);
        assert_eq!(again.rotation.rotated_at, first.rotation.rotated_at);
        assert_eq!(again.rotation.grace_uses, uses);
        assert_eq!(stored(store, connection.id).await, again);
    }
}

/// Then it is reuse.
pub async fn the_same_successor_is_given_only_so_often(store: &Durable) {
    let (world, connection) = rotating(store).await;
    rotate(store, &connection, 0, world.now).await;
    for _ in 0..REPEATS {
        repeated(rotate(store, &connection, 0, world.now).await);
    }
    reused_without_a_trace(store, &connection, 0, world.now).await;
}

/// Then it is reuse. Asking again does not make it longer.
pub async fn the_same_successor_is_given_only_for_the_grace(store: &Durable) {
    let (world, connection) = rotating(store).await;
    rotate(store, &connection, 0, world.now).await;
    let just_in_time = world.now + GRACE - Duration::from_millis(1);
    repeated(rotate(store, &connection, 0, just_in_time).await);
    reused_without_a_trace(store, &connection, 0, world.now + GRACE + Duration::from_millis(1)).await;
}

/// Within the grace too.
pub async fn an_older_sequence_is_reuse_and_writes_nothing(store: &Durable) {
    let (world, connection) = rotating(store).await;
    for presented in 0..3 {
        advanced(rotate(store, &connection, presented, world.now).await);
    }
    for old in [0, 1] {
        reused_without_a_trace(store, &connection, old, world.now).await;
    }
    repeated(rotate(store, &connection, 2, world.now).await);
}

/// Two holders of one token show by it.
pub async fn a_streak_counts_the_rotations_in_a_row_that_needed_the_grace(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let now = world.now;
    for presented in 0..3 {
        let advance = advanced(rotate(store, &connection, presented, now).await);
        assert_eq!((advance.rotation.grace_streak, advance.rotation.grace_uses), (presented, 0));
        for _ in 0..2 {
            let again = repeated(rotate(store, &connection, presented, now).await);
            assert_eq!(again.rotation.grace_streak, presented + 1);
        }
    }
    let calm = advanced(rotate(store, &connection, 3, now).await);
    assert_eq!(calm.rotation.grace_streak, 3, "the rotation before needed the grace");
    let calm = advanced(rotate(store, &connection, 4, now).await);
    assert_eq!(calm.rotation.grace_streak, 0);
}

/// The tag was good, so the sequence was given out once; the database was restored to a state before that.
pub async fn a_row_that_was_rolled_back_moves_forward(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let written = advanced(rotate(store, &connection, 7, world.now).await);
    assert_eq!(written.rotation.sequence, 8);
    assert_eq!(stored(store, connection.id).await, written);
    repeated(rotate(store, &connection, 7, world.now).await);
}

/// Whatever the sequence.
pub async fn a_connection_that_was_ended_is_dead(store: &Durable) {
    let (world, connection) = rotating(store).await;
    advanced(rotate(store, &connection, 0, world.now).await);
    let which = ConnectionFilter::One(connection.id);
    let end = Change::EndConnections { which, by: EndedBy::User, at: world.now, entry_until: None };
    commit(store, vec![end]).await;
    for presented in [0, 1, 2] {
        dead_without_a_trace(store, rotation(&connection, presented, world.now)).await;
    }
}

/// By idling or by age.
pub async fn a_connection_that_expired_is_dead(store: &Durable) {
    let (world, connection) = rotating(store).await;
    dead_without_a_trace(store, rotation(&connection, 0, world.now + IDLE)).await;
    let old = Connection { expires_at: world.now + Duration::from_mins(1), ..world.connection() };
    let old = world.opened(store, old).await;
    dead_without_a_trace(store, rotation(&old, 0, old.expires_at)).await;
    advanced(rotate(store, &old, 0, old.expires_at - Duration::from_millis(1)).await);
}

/// A stolen token is of no use to another client, and its attempt does the owner no harm.
pub async fn another_keys_connection_is_dead(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let key = ClientId::generate(&FreshBits);
    for presented in [0, 5] {
        dead_without_a_trace(store, Rotation { key, ..rotation(&connection, presented, world.now) }).await;
    }
    advanced(rotate(store, &connection, 0, world.now).await);
}

/// As after a restore, or long after its end.
pub async fn a_connection_that_does_not_exist_is_unknown(store: &Durable) {
    let world = World::add(store).await;
    assert_eq!(rotate(store, &world.connection(), 0, world.now).await, Rotated::Unknown);
}

/// Advancing or repeating, and to another one just as well.
pub async fn a_rotation_that_comes_with_a_certificate_binds_to_it(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let [first, second] = [(); 2].map(|()| Some(fixtures::thumbprint()));
    let with = |presented, certificate| Rotation { certificate, ..rotation(&connection, presented, world.now) };
    for (presented, certificate) in [(0, first), (0, second), (1, first)] {
        let rotated = store.connections.rotate(with(presented, certificate)).await.expect("the store answers").value;
        let (Rotated::Advanced(row) | Rotated::Repeated(row)) = rotated else { panic!("{rotated:?}") };
        assert_eq!(row.bound_to, certificate);
        assert_eq!(stored(store, connection.id).await, row);
    }
    let dead = Rotation { key: ClientId::generate(&FreshBits), ..with(2, second) };
    dead_without_a_trace(store, dead).await;
}

/// A thief without the certificate can neither use the token nor end the connection with an old one.
pub async fn a_bound_connection_does_not_rotate_without_a_certificate(store: &Durable) {
    let (world, connection) = rotating(store).await;
    for presented in 0..2 {
        let certificate = Some(fixtures::thumbprint());
        let rotation = Rotation { certificate, ..rotation(&connection, presented, world.now) };
        store.connections.rotate(rotation).await.expect("the store answers");
    }
    let before = stored(store, connection.id).await;
    for presented in [0, 1, 2, 9] {
        let rotated = rotate(store, &connection, presented, world.now).await;
        assert_eq!(rotated, Rotated::CertificateMissing(before.clone()));
    }
    assert_eq!(stored(store, connection.id).await, before);
    dead_without_a_trace(store, rotation(&connection, 2, world.now + IDLE)).await;
}

/// Each other is told the same successor, or that it came too often; none gets a branch of its own.
pub async fn of_fifty_rotations_of_one_token_one_advances(store: &Durable) {
    let (world, connection) = rotating(store).await;
    let all = all_at_once(|_| {
        let (connections, rotation) = (store.connections.clone(), rotation(&connection, 0, world.now));
        async move { connections.rotate(rotation).await.expect("the store answers").value }
    })
    .await;
    assert_eq!(count(&all, |rotated| matches!(rotated, Rotated::Advanced(_))), 1);
    assert_eq!(count(&all, |rotated| matches!(rotated, Rotated::Repeated(_))), 3);
    assert_eq!(count(&all, |rotated| matches!(rotated, Rotated::Reused(_))), CROWD - 4);
    for rotated in all {
        if let Rotated::Advanced(row) | Rotated::Repeated(row) = rotated {
            assert_eq!(row.rotation.sequence, 1);
        }
    }
}

/// So a token minted by it carries no revocation that it has not seen.
pub async fn a_rotations_position_is_a_head(store: &Durable) {
    let (world, connection) = rotating(store).await;
    for presented in [0, 0, 9, 1] {
        let (before, _) = store.head().await;
        let rotation = rotation(&connection, presented, world.now);
        let rotated = store.connections.rotate(rotation).await.expect("the store answers");
        let (after, _) = store.head().await;
        assert!(before <= rotated.position && rotated.position <= after);
    }
}

async fn rotating(store: &Durable) -> (World, Connection) {
    let world = World::add(store).await;
    let connection = world.opened(store, world.connection()).await;
    (world, connection)
}

fn rotation(connection: &Connection, presented: u32, now: Timestamp) -> Rotation {
    Rotation {
        connection: connection.id,
        key: connection.key,
        presented,
        now,
        grace: GRACE,
        repeats: REPEATS,
        certificate: None,
    }
}

async fn rotate(store: &Durable, connection: &Connection, presented: u32, now: Timestamp) -> Rotated {
    store.connections.rotate(rotation(connection, presented, now)).await.expect("the store answers").value
}

fn advanced(rotated: Rotated) -> Connection {
    match rotated {
        Rotated::Advanced(row) => row,
        other => panic!("expected an advance, got {other:?}"),
    }
}

fn repeated(rotated: Rotated) -> Connection {
    match rotated {
        Rotated::Repeated(row) => row,
        other => panic!("expected the same successor, got {other:?}"),
    }
}

async fn reused_without_a_trace(store: &Durable, connection: &Connection, presented: u32, now: Timestamp) {
    let before = stored(store, connection.id).await;
    assert_eq!(rotate(store, connection, presented, now).await, Rotated::Reused(before.clone()));
    assert_eq!(stored(store, connection.id).await, before);
}

async fn dead_without_a_trace(store: &Durable, rotation: Rotation) {
    let before = stored(store, rotation.connection).await;
    let rotated = store.connections.rotate(rotation).await.expect("the store answers").value;
    assert_eq!(rotated, Rotated::Dead(before.clone()));
    assert_eq!(stored(store, rotation.connection).await, before);
}
