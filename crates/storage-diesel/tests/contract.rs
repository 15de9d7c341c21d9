//! The contract that every store must keep, kept by this one in both dialects.

use std::sync::Arc;

use storage::contract::{Durable, durable};
use storage_diesel::{DieselStore, Options, migrate};
use testkit::Postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let url = format!("sqlite:{}", folder.path().join("countersign.db").display());
    durable::run_all(&migrated(&url).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_the_contract() {
    let database = Postgres::shared().database();
    durable::run_all(&migrated(&database.url()).await).await;
}

async fn migrated(url: &str) -> Durable {
    let options = patient();
    migrate(url, &options).await.expect("an empty database can be migrated");
    let store = DieselStore::connect(url, options).await.expect("a migrated database can be opened");
    durable_of(&store)
}

/// The contract asks what happens when fifty want the same at once; how soon it happens is not its question.
fn patient() -> Options {
    Options { wait: std::time::Duration::from_secs(20), ..Options::default() }
}

fn durable_of(store: &Arc<DieselStore>) -> Durable {
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
