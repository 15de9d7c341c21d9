//! The store against real engines: the contract, and what is this store's own to promise.

mod contract;
mod faults;
mod log_order;
mod migrations;
mod observed;
mod places;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use storage::contract::Durable;
use storage_diesel::{DieselStore, Options, migrate};
use tempfile::TempDir;

/// Settings under which a slow machine decides no test.
fn patient() -> Options {
    Options { wait: Duration::from_secs(20), unit: Duration::from_secs(30), ..Options::default() }
}

/// A folder and the URL of a SQLite database in it.
fn sqlite() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let url = format!("sqlite:{}", folder.path().join("data/countersign.db").display());
    (folder, url)
}

/// The database at `url`, migrated and opened.
async fn migrated(url: &str, options: Options) -> Arc<DieselStore> {
    migrate(url, &patient()).await.expect("an empty database can be migrated");
    DieselStore::connect(url, options).await.expect("a migrated database can be opened")
}

fn durable(store: &Arc<DieselStore>) -> Durable {
    Durable {
        units: store.clone(),
        connections: store.clone(),
        records: store.clone(),
        log: store.clone(),
        directory: store.clone(),
        signing_keys: store.clone(),
        activity: store.clone(),
    }
}
