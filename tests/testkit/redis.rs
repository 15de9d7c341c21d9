//! Redis and Redis Cluster.

use redis::TypedCommands as _;
use redis::cluster::ClusterClient;
use testkit::{Redis, RedisCluster};

#[test]
fn what_redis_has_answered_survives_a_crash_on_the_same_port() {
    let redis = Redis::start();
    let before = redis.url();
    for n in 0..100 {
        redis.connection().set(format!("key {n}"), n).expect("a running Redis writes");
    }

    redis.kill9();
    assert!(redis::Client::open(redis.url()).expect("the URL is well formed").get_connection().is_err());
    redis.restart();

    assert_eq!(redis.url(), before);
    for n in 0..100 {
        assert_eq!(redis.connection().get_int(format!("key {n}")), Ok(Some(n)));
    }
}

#[test]
fn a_paused_redis_keeps_its_callers_waiting() {
    let redis = Redis::start();
    let mut connection = redis.connection();
    let soon = Some(std::time::Duration::from_millis(200));
    connection.set_read_timeout(soon).expect("a time-out can be set");

    redis.pause();
    let error = connection.get("key").expect_err("nobody answers");
    assert!(error.is_timeout(), "{error}");
    redis.resume();

    assert_eq!(redis.connection().get("key"), Ok(None));
}

#[test]
fn a_redis_takes_settings() {
    let redis = Redis::with_settings(&[("maxmemory", "3mb"), ("maxmemory-policy", "noeviction")]);
    let filled = redis.connection().set("key", "x".repeat(4_000_000));
    let also = redis.connection().set("other", "y");
    let error = filled.and(also).expect_err("there is no room for it");
    assert_eq!(error.code(), Some("OOM"), "{error}");
}

#[test]
fn two_redis_servers_share_nothing() {
    let (one, other) = (Redis::start(), Redis::start());
    one.connection().set("key", "value").expect("a running Redis writes");
    assert_eq!(other.connection().get("key"), Ok(None));
}

#[test]
fn a_redis_ends_with_its_value() {
    let redis = Redis::start();
    let url = redis.url();
    drop(redis);
    assert!(redis::Client::open(url).expect("the URL is well formed").get_connection().is_err());
}

#[test]
fn a_cluster_spreads_keys_and_a_node_comes_back_with_its_own() {
    let cluster = RedisCluster::start();
    let client = ClusterClient::new(cluster.urls()).expect("the URLs are well formed");
    let mut connection = client.get_connection().expect("the cluster answers");
    for n in 0..100 {
        connection.set(format!("key {n}"), n).expect("the cluster writes");
    }
    let sizes: Vec<_> = cluster
        .nodes()
        .iter()
        .map(|node| redis::cmd("DBSIZE").query::<u32>(&mut node.connection()).expect("a node answers"))
        .collect();
    assert!(sizes.iter().all(|size| *size > 10), "{sizes:?}");

    cluster.nodes()[1].kill9();
    cluster.nodes()[1].restart();
    cluster.wait_until_whole();

    let mut connection = client.get_connection().expect("the cluster answers");
    for n in 0..100 {
        assert_eq!(connection.get_int(format!("key {n}")), Ok(Some(n)));
    }
}
