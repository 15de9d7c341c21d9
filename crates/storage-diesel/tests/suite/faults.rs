//! A database that dies.

use std::time::{Duration, Instant};

use domain::{ConnectionId, Timestamp};
use storage::contract::fixtures::World;
use storage::{Connections, Opening, Rotated, Rotation, StoreError};
use storage_diesel::Options;
use testkit::Postgres;

use super::{durable, migrated};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_server() {
    let postgres = Postgres::start();
    let database = postgres.database();
    let options = Options { unit: Duration::from_secs(2), ..Options::default() };
    let store = migrated(&database.url(), options).await;
    let world = World::add(&durable(&store)).await;
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (store, world) = (store.clone(), world.clone());
            tokio::spawn(async move {
                let mut acknowledged: Vec<ConnectionId> = Vec::new();
                loop {
                    let connection = world.connection();
                    let opening = Opening { live_limit: u32::MAX, ..world.opening(&connection) };
                    match store.open(opening).await {
                        Ok(_) => acknowledged.push(connection.id),
                        Err(StoreError::Unavailable { .. }) if !acknowledged.is_empty() => return acknowledged,
                        Err(why) => panic!("before the server was killed: {why}"),
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    postgres.kill9();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("each ends as unavailable"));
    }
    postgres.restart();
    let back = Instant::now();
    for id in acknowledged {
        let found = loop {
            match store.find(id).await {
                Ok(found) => break found.value,
                Err(why) => assert!(back.elapsed() < Duration::from_secs(2), "it does not come back: {why}"),
            }
        };
        assert!(found.is_some(), "{id} was acknowledged and is gone");
    }
}

/// RELIABILITY F8: a refresh that failed with the database down does not use its token up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_failed_can_be_tried_again() {
    let postgres = Postgres::start();
    let database = postgres.database();
    let store = migrated(&database.url(), Options::default()).await;
    let world = World::add(&durable(&store)).await;
    let connection = world.connection();
    store.open(world.opening(&connection)).await.expect("it is opened");
    postgres.kill9();
    let rotation = rotation(&connection, world.now);
    assert!(matches!(store.rotate(rotation).await, Err(StoreError::Unavailable { .. })));
    postgres.restart();
    let back = Instant::now();
    let rotated = loop {
        match store.rotate(rotation).await {
            Ok(rotated) => break rotated.value,
            Err(why) => assert!(back.elapsed() < Duration::from_secs(2), "it does not come back: {why}"),
        }
    };
    assert!(matches!(rotated, Rotated::Advanced(row) if row.rotation.sequence == connection.rotation.sequence + 1));
}

fn rotation(connection: &domain::Connection, now: Timestamp) -> Rotation {
    Rotation {
        connection: connection.id,
        key: connection.key,
        presented: connection.rotation.sequence,
        now,
        grace: Duration::from_secs(60),
        repeats: 3,
        certificate: None,
    }
}
