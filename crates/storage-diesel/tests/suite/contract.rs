//! The contract that every store must keep, kept by this one in both dialects.

use storage::contract::durable::run_all;
use testkit::Postgres;

use super::{durable, migrated, patient, sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let (_folder, url) = sqlite();
    run_all(&durable(&migrated(&url, patient()).await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_the_contract() {
    let database = Postgres::shared().database();
    run_all(&durable(&migrated(&database.url(), patient()).await)).await;
}
