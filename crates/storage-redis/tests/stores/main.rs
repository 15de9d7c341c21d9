//! The store on real servers: the contract, and what happens when they fail.

mod cluster;
mod single;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::cmd;
use storage::contract::{Ephemeral, RealTime};
use storage::{CodeKey, Codes, StoreError};
use storage_redis::{RedisOptions, RedisStore};
use testkit::Redis;

/// How long something that must happen may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

const LIFE: Duration = Duration::from_mins(10);

async fn connect(urls: &[String]) -> Arc<RedisStore> {
    RedisStore::connect(urls, RedisOptions::default()).await.expect("the servers answer")
}

fn ephemeral(store: &Arc<RedisStore>) -> Ephemeral {
    Ephemeral {
        codes: store.clone(),
        browser: store.clone(),
        counters: store.clone(),
        wake_up: store.clone(),
        passage: Arc::new(RealTime),
    }
}

fn key(number: u32) -> CodeKey {
    let mut key = [7; 32];
    for (place, byte) in key.iter_mut().zip(number.to_be_bytes()) {
        *place = byte;
    }
    CodeKey(key)
}

/// Puts codes until one is kept; every failure on the way must be the right one, and soon. Returns how long it took.
async fn recovers(store: &RedisStore, number: u32) -> Duration {
    let start = Instant::now();
    loop {
        match bounded(store.put(key(number), b"sealed", LIFE)).await {
            // A put that was carried out and not answered has left the code behind.
            Ok(()) | Err(StoreError::Exists { .. }) => return start.elapsed(),
            Err(StoreError::Unavailable { store: "redis", .. }) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(start.elapsed() < PATIENCE, "no recovery within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// No call waits much longer than its bound of 500 ms.
async fn bounded<T>(call: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let outcome = call.await;
    assert!(start.elapsed() < Duration::from_secs(2), "a call took {:?}", start.elapsed());
    outcome
}

fn tell(server: &Redis, words: &[&str]) {
    let (name, arguments) = words.split_first().expect("a command has a name");
    cmd(name).arg(arguments).exec(&mut server.connection()).expect("the server does it");
}

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable { store: "redis", .. }))
}
