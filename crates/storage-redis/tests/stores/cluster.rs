//! A Cluster of three nodes.

use std::time::Duration;

use storage::{Codes, Taken, contract};
use testkit::{Redis, RedisCluster};

use super::{LIFE, bounded, connect, ephemeral, is_unavailable, key, recovers, tell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_the_contract() {
    let cluster = RedisCluster::start();
    contract::ephemeral::run_all(&ephemeral(&connect(&cluster.urls()).await)).await;
}

#[tokio::test]
async fn one_address_is_enough_to_find_the_cluster() {
    let cluster = RedisCluster::start();
    let store = connect(cluster.urls().get(..1).expect("three addresses")).await;
    for number in 0..100 {
        store.put(key(number), b"sealed", LIFE).await.expect("the Cluster keeps it");
        assert_eq!(store.take(key(number)).await.expect("it answers"), Taken::Fresh(b"sealed".to_vec()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_node_does_not_silence_the_others_and_is_used_again() {
    const CODES: u32 = 60;
    let cluster = RedisCluster::start();
    let store = connect(&cluster.urls()).await;
    for number in 0..CODES {
        store.put(key(number), b"sealed", LIFE).await.expect("the Cluster keeps it");
    }
    for node in cluster.nodes() {
        // The Cluster's own setting for it: by default the whole falls silent with one part.
        tell(node, &["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
    }
    cluster.nodes()[1].kill9();
    let mut fresh = Vec::new();
    for number in 0..CODES {
        match bounded(store.take(key(number))).await {
            Ok(taken) => {
                assert_eq!(taken, Taken::Fresh(b"sealed".to_vec()));
                fresh.push(number);
            }
            failed => assert!(is_unavailable(&failed), "{failed:?}"),
        }
    }
    assert!(fresh.len() > 30, "only {} of {CODES} were given while a third was down", fresh.len());

    cluster.nodes()[1].restart();
    cluster.wait_until_whole();
    for number in 0..20 {
        recovers(&store, CODES + number).await;
    }
    for number in 0..CODES {
        let taken = taken_in_the_end(&store, number).await;
        if fresh.contains(&number) {
            assert_eq!(taken, Taken::Replayed);
        } else {
            assert_ne!(taken, Taken::Unknown);
        }
    }
}

#[tokio::test]
async fn a_cluster_that_was_down_as_a_whole_is_used_again() {
    let cluster = RedisCluster::start();
    let store = connect(&cluster.urls()).await;
    store.put(key(1), b"sealed", LIFE).await.expect("the Cluster keeps it");
    cluster.nodes().iter().for_each(Redis::kill9);
    for number in 2..20 {
        assert!(is_unavailable(&bounded(store.put(key(number), b"sealed", LIFE)).await));
    }
    cluster.nodes().iter().for_each(Redis::restart);
    cluster.wait_until_whole();
    let mut longest = Duration::ZERO;
    for number in 100..120 {
        longest = longest.max(recovers(&store, number).await);
    }
    assert!(longest < Duration::from_secs(3), "it took {longest:?}");
    assert_eq!(taken_in_the_end(&store, 1).await, Taken::Fresh(b"sealed".to_vec()));
}

/// A test may ask again after a failure; the service never does.
async fn taken_in_the_end(store: &storage_redis::RedisStore, number: u32) -> Taken {
    for _ in 0..100 {
        if let Ok(taken) = bounded(store.take(key(number))).await {
            return taken;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the Cluster does not answer for code {number}")
}
