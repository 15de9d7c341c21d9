//! One server.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use storage::{BrowserState, Codes, Counters, StoreError, Taken, WakeUp, contract};
use storage_redis::{RedisOptions, RedisStore};
use testkit::{Port, Redis};

use super::{LIFE, PATIENCE, bounded, connect, ephemeral, is_unavailable, key, recovers, tell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_server_keeps_the_contract() {
    let server = Redis::start();
    contract::ephemeral::run_all(&ephemeral(&connect(&[server.url()]).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_redeems_nothing_twice_and_is_used_again() {
    const CODES: u32 = 400;
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    for number in 0..CODES {
        store.put(key(number), b"sealed", LIFE).await.expect("the server keeps it");
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut takers = tokio::task::JoinSet::new();
    for taker in 0..4 {
        let (store, stop) = (store.clone(), stop.clone());
        takers.spawn(async move {
            let mut redeemed = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                for number in 0..CODES {
                    let number = (number + taker * CODES / 4) % CODES;
                    match bounded(store.take(key(number))).await {
                        Ok(Taken::Fresh(_)) => redeemed.push(number),
                        Ok(Taken::Replayed) => {}
                        Ok(Taken::Unknown) => panic!("a code that was kept is unknown"),
                        Err(error) => assert!(matches!(error, StoreError::Unavailable { .. }), "{error}"),
                    }
                    tokio::task::yield_now().await;
                }
            }
            redeemed
        });
    }
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        server.kill9();
        assert!(is_unavailable(&bounded(store.put(key(CODES + round), b"x", LIFE)).await));
        server.restart();
        recovers(&store, CODES + 100 + round).await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut times = HashMap::new();
    for number in takers.join_all().await.into_iter().flatten() {
        *times.entry(number).or_insert(0) += 1;
    }
    assert!(times.values().all(|redeemed| *redeemed == 1), "{times:?}");
}

#[tokio::test]
async fn after_a_restart_the_server_is_used_again_within_a_second() {
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    server.kill9();
    let down = Instant::now();
    let mut number = 0;
    while down.elapsed() < Duration::from_secs(1) {
        number += 1;
        assert!(is_unavailable(&bounded(store.put(key(number), b"x", LIFE)).await));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.restart();
    let took = recovers(&store, 1_000_000).await;
    assert!(took < Duration::from_secs(1), "it took {took:?}");
}

#[tokio::test]
async fn a_connection_that_was_dropped_while_nobody_used_it_costs_no_request() {
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    store.put(key(1), b"sealed", LIFE).await.expect("the server keeps it");
    tell(&server, &["CLIENT", "KILL", "TYPE", "normal"]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.put(key(2), b"sealed", LIFE).await.expect("the first call after it");
    server.kill9();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.restart();
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.put(key(3), b"sealed", LIFE).await.expect("the first call after a restart");
}

#[tokio::test]
async fn an_emptied_server_knows_no_code() {
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    store.put(key(1), b"fresh", LIFE).await.expect("the server keeps it");
    store.put(key(2), b"taken", LIFE).await.expect("the server keeps it");
    store.take(key(2)).await.expect("the server answers");
    tell(&server, &["FLUSHALL"]);
    for number in [1, 2] {
        assert_eq!(store.take(key(number)).await.expect("the server answers"), Taken::Unknown);
    }
}

#[tokio::test]
async fn a_server_that_hangs_costs_one_bound_and_then_nothing() {
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    store.put(key(1), b"sealed", LIFE).await.expect("the server keeps it");
    server.pause();
    assert!(is_unavailable(&bounded(store.take(key(1))).await));
    let start = Instant::now();
    for _ in 0..1000 {
        assert!(is_unavailable(&store.read("a session").await));
        assert!(is_unavailable(&store.add("a counter", LIFE).await));
    }
    // At most one of them was let through to try.
    assert!(start.elapsed() < Duration::from_millis(1500), "2,000 calls took {:?}", start.elapsed());
    bounded(store.ring()).await;
    server.resume();
    recovers(&store, 2).await;
    assert_ne!(store.take(key(1)).await.expect("the server answers"), Taken::Unknown);
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let server = Redis::with_settings(&[("maxmemory", "64mb"), ("maxmemory-policy", policy)]);
        let refused = RedisStore::connect(&[server.url()], RedisOptions::default()).await.err();
        let said = refused.expect("it may evict").to_string();
        assert!(said.contains(policy) && said.contains("noeviction"), "{said}");
    }
}

#[tokio::test]
async fn a_store_that_did_not_answer_at_the_start_serves_when_it_does() {
    let server = Redis::start();
    server.kill9();
    let store = RedisStore::connect_or_wait(&[server.url()], RedisOptions::default()).await.expect("it waits");
    assert!(is_unavailable(&store.put(key(1), b"sealed", LIFE).await));
    server.restart();
    recovers(&store, 2).await;
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused_by_a_replica_that_would_wait() {
    let server = Redis::with_settings(&[("maxmemory", "64mb"), ("maxmemory-policy", "allkeys-lru")]);
    let refused = RedisStore::connect_or_wait(&[server.url()], RedisOptions::default()).await.err();
    assert!(refused.expect("it may evict").to_string().contains("noeviction"));
}

#[tokio::test]
async fn a_full_server_keeps_no_new_code_and_gives_out_old_ones_once() {
    let server = Redis::with_settings(&[("maxmemory-policy", "noeviction")]);
    let store = connect(&[server.url()]).await;
    store.put(key(1), &[1; 1000], LIFE).await.expect("the server keeps it");
    tell(&server, &["CONFIG", "SET", "maxmemory", "1"]);
    assert!(is_unavailable(&store.put(key(2), b"sealed", LIFE).await));
    assert_eq!(store.take(key(1)).await.expect("the server answers"), Taken::Fresh(vec![1; 1000]));
    assert_eq!(store.take(key(1)).await.expect("the server answers"), Taken::Replayed);
    assert_eq!(store.take(key(3)).await.expect("the server answers"), Taken::Unknown);
    tell(&server, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(store.take(key(1)).await.expect("the server answers"), Taken::Replayed);
}

#[tokio::test]
async fn a_ring_is_heard_at_the_other_replica_also_after_a_restart() {
    let server = Redis::start();
    let (ringing, hearing) = (connect(&[server.url()]).await, connect(&[server.url()]).await);
    for _ in 0..2 {
        let mut heard = tokio::spawn({
            let hearing = hearing.clone();
            async move {
                // What subscribing itself struck.
                while tokio::time::timeout(Duration::from_millis(300), hearing.heard()).await.is_ok() {}
                hearing.heard().await;
            }
        });
        tokio::time::sleep(Duration::from_millis(700)).await;
        let start = Instant::now();
        while tokio::time::timeout(Duration::from_millis(500), &mut heard).await.is_err() {
            assert!(start.elapsed() < PATIENCE, "nothing was heard");
            ringing.ring().await;
        }
        server.kill9();
        server.restart();
    }
}

#[tokio::test]
async fn two_prefixes_share_a_server_and_see_nothing_of_each_other() {
    let server = Redis::start();
    let store = connect(&[server.url()]).await;
    let options = RedisOptions { prefix: "staging:".into(), ..RedisOptions::default() };
    let other = RedisStore::connect(&[server.url()], options).await.expect("the server answers");
    store.put(key(1), b"sealed", LIFE).await.expect("the server keeps it");
    assert_eq!(other.take(key(1)).await.expect("the server answers"), Taken::Unknown);
    assert_eq!(store.take(key(1)).await.expect("the server answers"), Taken::Fresh(b"sealed".to_vec()));
}

#[tokio::test]
async fn addresses_that_cannot_be_used_are_told_without_their_password() {
    let port = Port::claim();
    let nobody = format!("redis://:hunter2@127.0.0.1:{}", port.number());
    let (one, another) = (Redis::start(), Redis::start());
    let braces = RedisOptions { prefix: "{tag}".into(), ..RedisOptions::default() };
    let cases = [
        (vec![nobody], RedisOptions::default(), "127.0.0.1"),
        (vec!["http://:hunter2@127.0.0.1".into()], RedisOptions::default(), "address 1"),
        (vec![], RedisOptions::default(), "no address"),
        (vec![one.url(), another.url()], RedisOptions::default(), "single server"),
        (vec![one.url()], braces, "braces"),
    ];
    for (urls, options, expected) in cases {
        let said = RedisStore::connect(&urls, options).await.err().expect("it cannot be used").to_string();
        assert!(said.contains(expected) && !said.contains("hunter2"), "{said}");
    }
}
