//! Waits are bounded, and what was begun is ended.

use std::time::{Duration, Instant};

use storage::contract::fixtures::environment;
use storage::{Change, Connections, Directory, Records, RevocationLog, StoreError, Unit, Units};
use storage_diesel::Options;
use testkit::{Postgres, TcpProxy};

use super::{migrated, patient, sqlite};

/// Half a second and what a busy machine adds.
const BOUND: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_row_keeps_nobody_waiting_for_long() {
    let database = Postgres::shared().database();
    let store = migrated(&database.url(), Options::default()).await;
    let (holder, connection) =
        tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.expect("it answers");
    tokio::spawn(connection);
    holder.batch_execute("BEGIN; LOCK TABLE environments, connections IN ACCESS EXCLUSIVE MODE").await.expect("free");
    in_bounds(store.commit(adding())).await;
    in_bounds(store.environments()).await;
    in_bounds(store.find(domain::ConnectionId::from_bytes([1; 16]))).await;
    store.published_keys().await;
    holder.batch_execute("ROLLBACK").await.expect("it was only holding");
    store.commit(adding()).await.expect("the row is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_says_nothing_keeps_nobody_waiting_for_long() {
    let postgres = Postgres::shared();
    let database = postgres.database();
    let proxy = TcpProxy::to(&postgres.address());
    let url = database.url_at(&proxy.address());
    let options = Options { unit: Duration::from_millis(500), ..Options::default() };
    let store = migrated(&url, options).await;
    proxy.pause();
    // More than there are connections: those that have to connect first as well.
    let asked: Vec<_> = (0..12)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { in_bounds(store.environments()).await })
        })
        .collect();
    in_bounds(store.commit(adding())).await;
    for one in asked {
        one.await.expect("each is in bounds");
    }
    proxy.restore();
    let back = Instant::now();
    while store.environments().await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(5), "it does not come back");
    }
    store.commit(adding()).await.expect("it is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_all_wait_do_not_keep_the_log_from_being_followed() {
    let database = Postgres::shared().database();
    let store = migrated(&database.url(), Options::default()).await;
    let (holder, connection) =
        tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.expect("it answers");
    tokio::spawn(connection);
    holder.batch_execute("BEGIN; LOCK TABLE environments IN ACCESS EXCLUSIVE MODE").await.expect("free");
    let waiting: Vec<_> = (0..64)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.environments().await })
        })
        .collect();
    while !waiting.iter().all(tokio::task::JoinHandle::is_finished) {
        store.read_after(domain::Position(0), 1).await.expect("the log has a connection of its own");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for one in waiting {
        in_bounds(async { one.await.expect("it was answered") }).await;
    }
    holder.batch_execute("ROLLBACK").await.expect("it was only holding");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_that_holds_the_file_keeps_no_reader_waiting_and_no_writer_for_long() {
    let (_folder, url) = sqlite();
    let store = migrated(&url, Options::default()).await;
    let path = url.strip_prefix("sqlite:").expect("it is one").to_owned();
    let mut holder = <diesel::SqliteConnection as diesel::Connection>::establish(&path).expect("it is there");
    diesel::connection::SimpleConnection::batch_execute(&mut holder, "BEGIN IMMEDIATE").expect("it is free");
    in_bounds(store.commit(adding())).await;
    store.environments().await.expect("readers do not wait for writers");
    diesel::connection::SimpleConnection::batch_execute(&mut holder, "ROLLBACK").expect("it was only holding");
    store.commit(adding()).await.expect("the file is free again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_caller_goes_away_is_written() {
    let (_folder, file) = sqlite();
    let database = Postgres::shared().database();
    for url in [file, database.url()] {
        let store = migrated(&url, patient()).await;
        for round in 1..=20 {
            let work = store.commit(adding());
            // Polled once, then dropped, as a handler is when its client hangs up.
            let gone = tokio::time::timeout(Duration::ZERO, work).await;
            drop(gone);
            let begun = Instant::now();
            while store.environments().await.expect("it answers").len() < round {
                assert!(begun.elapsed() < Duration::from_secs(20), "write {round} was never written to {url}");
            }
        }
    }
}

fn adding() -> Unit {
    let now = domain::Timestamp::from_seconds(1_795_000_000);
    Unit { changes: vec![Change::AddEnvironment(environment(now))], ..Unit::default() }
}

/// Fails as unavailable, and soon.
async fn in_bounds<T: std::fmt::Debug>(work: impl Future<Output = Result<T, StoreError>>) {
    let begun = Instant::now();
    let answer = work.await;
    assert!(matches!(answer, Err(StoreError::Unavailable { store: "database", .. })), "{answer:?}");
    assert!(begun.elapsed() < BOUND, "it took {:?}", begun.elapsed());
}

trait Untouched {
    /// Reads what nobody holds.
    async fn published_keys(&self);
}

impl<S: RevocationLog + Records> Untouched for S {
    async fn published_keys(&self) {
        self.read_after(domain::Position(0), 1).await.expect("the log is not held");
        self.client(domain::ClientId::from_bytes([1; 16])).await.expect("keys are not held");
    }
}
