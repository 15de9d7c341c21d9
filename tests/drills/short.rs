//! The drills as CI runs them: one after the other, so that each has the machine.

use tokio::sync::Mutex;

use crate::drills::{SHORT, postgres_killed, redis_killed, rolling_restart, server_killed};
use crate::guide::follows_the_page;
use crate::installation::Stores;

static MACHINE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn f1_a_killed_server_on_sqlite_loses_nothing_acknowledged() {
    let _mine = MACHINE.lock().await;
    server_killed(SHORT, Stores::Embedded, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f1_a_killed_replica_loses_nothing_acknowledged() {
    let _mine = MACHINE.lock().await;
    server_killed(SHORT, Stores::shared(), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f2_a_rolling_restart_fails_no_request() {
    let _mine = MACHINE.lock().await;
    rolling_restart(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f3_a_killed_redis_stops_pages_and_codes_alone() {
    let _mine = MACHINE.lock().await;
    redis_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f8_a_killed_postgres_loses_nothing_acknowledged() {
    let _mine = MACHINE.lock().await;
    postgres_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mutual_tls_is_turned_on_by_its_page_without_a_failed_call() {
    let _mine = MACHINE.lock().await;
    follows_the_page().await;
}
