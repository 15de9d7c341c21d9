//! The proxy that makes the network bad, before a real Redis.

use std::time::{Duration, Instant};

use redis::{Connection, RedisResult, TypedCommands as _};
use testkit::{Redis, TcpProxy};

#[test]
fn a_clear_proxy_passes_everything_on() {
    let (redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");
    let long = "x".repeat(3_000_000);
    connection.set("key", &long).expect("a running Redis writes");
    assert_eq!(redis.connection().get("key"), Ok(Some(long)));
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_paused_proxy_keeps_the_caller_waiting_and_loses_nothing() {
    let (redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");

    proxy.pause();
    let error = connection.set("key", "value").expect_err("nothing passes");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(redis.connection().get("key"), Ok(None));
    proxy.restore();

    assert!(eventually(|| redis.connection().get("key") == Ok(Some("value".into()))));
}

#[test]
fn held_answers_leave_the_caller_in_doubt_about_what_has_happened() {
    let (redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");
    proxy.hold_answers();
    let error = connection.set("key", "value").expect_err("no answer comes");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(redis.connection().get("key"), Ok(Some("value".into())));
}

#[test]
fn a_delay_counts_in_each_direction_and_ends() {
    let (_redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");
    let timed = |connection: &mut Connection| {
        let began = Instant::now();
        connection.get("key").expect("a slow network still works");
        began.elapsed()
    };

    proxy.delay(100);
    assert!(timed(&mut connection) >= Duration::from_millis(200));
    proxy.restore();
    assert!(timed(&mut connection) < Duration::from_millis(200));
}

#[test]
fn a_reset_breaks_open_connections_and_welcomes_new_ones() {
    let (_redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");
    proxy.reset();
    let error = connection.get("key").expect_err("the connection is gone");
    assert!(error.is_connection_dropped() && !error.is_timeout(), "{error}");
    assert_eq!(connect(&proxy).and_then(|mut connection| connection.get("key")), Ok(None));
}

#[test]
fn a_cut_breaks_open_connections_and_refuses_new_ones_until_restored() {
    let (_redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");

    proxy.cut();
    assert!(connection.get("key").is_err());
    let refused = connect(&proxy).err().expect("nobody listens");
    assert!(refused.is_connection_refusal(), "{refused}");
    proxy.restore();

    assert_eq!(connect(&proxy).and_then(|mut connection| connection.get("key")), Ok(None));
}

#[test]
fn a_caller_learns_that_the_target_has_died() {
    let (redis, proxy) = redis_behind_a_proxy();
    let mut connection = connect(&proxy).expect("the proxy passes on");
    redis.kill9();
    let error = connection.get("key").expect_err("Redis is gone");
    assert!(!error.is_timeout(), "{error}");
    redis.restart();
    assert_eq!(connect(&proxy).and_then(|mut connection| connection.get("key")), Ok(None));
}

fn redis_behind_a_proxy() -> (Redis, TcpProxy) {
    let redis = Redis::start();
    let proxy = TcpProxy::to(&redis.address());
    (redis, proxy)
}

fn connect(proxy: &TcpProxy) -> RedisResult<Connection> {
    let client = redis::Client::open(format!("redis://{}", proxy.address()))?;
    let connection = client.get_connection_with_timeout(Duration::from_secs(2))?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    Ok(connection)
}

fn eventually(mut reached: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if reached() {
            return true;
        }
    }
    false
}
