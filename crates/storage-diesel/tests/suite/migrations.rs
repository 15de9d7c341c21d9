//! The schema: made from nothing, made once, never guessed at.

use storage::RevocationLog;
use storage_diesel::{DieselStore, migrate, pending_migrations};
use testkit::Postgres;

use super::{patient, sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_database_is_migrated_once_however_many_try() {
    let (_folder, file) = sqlite();
    let database = Postgres::shared().database();
    for url in [file, database.url()] {
        assert!(!pending_migrations(&url, &patient()).await.expect("it can be asked").is_empty());
        let refused = DieselStore::connect(&url, patient()).await.expect_err("nothing is migrated");
        assert!(refused.to_string().contains("countersign migrate"), "{refused}");
        let tries: Vec<_> = (0..4).map(|_| tokio::spawn(migrated(url.clone()))).collect();
        for one in tries {
            one.await.expect("no try panics");
        }
        migrated(url.clone()).await;
        assert_eq!(pending_migrations(&url, &patient()).await.expect("it can be asked"), Vec::<String>::new());
        let store = DieselStore::connect(&url, patient()).await.expect("it is migrated");
        assert_eq!(store.read_after(domain::Position(0), 1).await.expect("it answers").head, domain::Position(0));
    }
}

async fn migrated(url: String) {
    migrate(&url, &patient()).await.expect("it is migrated by this try or another");
}

#[tokio::test]
async fn a_runtime_of_one_thread_can_migrate() {
    let database = Postgres::shared().database();
    migrate(&database.url(), &patient()).await.expect("it is migrated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_a_newer_version_made_is_refused() {
    let database = Postgres::shared().database();
    migrate(&database.url(), &patient()).await.expect("an empty database can be migrated");
    database.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000001')");
    let opened = DieselStore::connect(&database.url(), patient()).await.expect_err("a newer schema");
    let migrated = migrate(&database.url(), &patient()).await.expect_err("a newer schema");
    for refused in [opened, migrated] {
        assert!(refused.to_string().contains("29990101000001"), "{refused}");
        assert!(refused.to_string().contains("newer"), "{refused}");
    }
}
