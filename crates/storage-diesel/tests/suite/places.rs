//! Where a database is: a file of its owner alone, shared with other processes; a server reached by verified TLS.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use storage::contract::fixtures::{environment, fresh_word};
use storage::{Change, Directory, RevocationLog, Unit, Units};
use storage_diesel::DieselStore;
use testkit::{Authority, Database, Postgres};

use super::{migrated, patient, sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_its_owners_alone() {
    let (folder, url) = sqlite();
    let store = migrated(&url, patient()).await;
    store.published_environment().await;
    let mut files = 0;
    for file in std::fs::read_dir(folder.path().join("data")).expect("the folder was made") {
        let file = file.expect("it can be listed");
        let mode = file.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
        files += 1;
    }
    assert_eq!(files, 3, "the database, its log and its index");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_write_one_file() {
    let (_folder, url) = sqlite();
    let server = migrated(&url, patient()).await;
    let command = DieselStore::connect(&url, patient()).await.expect("the file is not locked");
    let (first, second) = tokio::join!(
        async {
            for _ in 0..20 {
                server.published_environment().await;
            }
        },
        async {
            for _ in 0..20 {
                command.published_environment().await;
            }
        }
    );
    assert_eq!((first, second), ((), ()));
    assert_eq!(server.environments().await.expect("it answers").len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_certificate_leads_to_the_named_authority_is_reached_by_tls() {
    let postgres = Postgres::start();
    let database = postgres.database();
    let (authority, stranger) = (Authority::new("Database CA"), Authority::new("Another CA"));
    switch_tls_on(&database, &authority);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let url = |authority: &Authority, name: &str| {
        let roots = folder.path().join(name);
        std::fs::write(&roots, authority.pem()).expect("it can be written");
        let port = postgres.address().rsplit_once(':').expect("host and port").1.to_owned();
        let place = database.url_at(&format!("localhost:{port}"));
        format!("{place}?sslmode=verify-full&sslrootcert={}", roots.display())
    };
    let store = migrated(&url(&authority, "roots.pem"), patient()).await;
    store.read_after(domain::Position(0), 1).await.expect("it answers");
    let encrypted = database.rows(
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                                   WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert_eq!(encrypted, "t");
    let refused = DieselStore::connect(&url(&stranger, "others.pem"), patient()).await;
    refused.expect_err("a certificate of another authority");
}

/// Gives the server a certificate and has it listen for TLS.
fn switch_tls_on(database: &Database<'_>, authority: &Authority) {
    let data = database.rows("SHOW data_directory");
    let data = Path::new(&data);
    let owner = std::fs::metadata(data).expect("the data folder is there");
    let issued = authority.server(&["localhost"]);
    for (name, text) in [("server.crt", issued.pem()), ("server.key", issued.key_pem())] {
        let file = data.join(name);
        std::fs::write(&file, text).expect("it can be written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        chown(&file, Some(owner.uid()), Some(owner.gid())).expect("we are its owner or root");
    }
    database.sql("ALTER SYSTEM SET ssl = on");
    database.sql("SELECT pg_reload_conf()");
}

trait Publishes {
    /// Writes something small.
    async fn published_environment(&self);
}

impl Publishes for DieselStore {
    async fn published_environment(&self) {
        let now = domain::Timestamp::from_seconds(1_795_000_000);
        let mut environment = environment(now);
        environment.display_name = fresh_word();
        let unit = Unit { changes: vec![Change::AddEnvironment(environment)], ..Unit::default() };
        self.commit(unit).await.expect("it is written");
    }
}
