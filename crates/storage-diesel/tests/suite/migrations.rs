//! The schema: made from nothing, made once, never guessed at.

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use domain::{OPERATOR_TEAM, Team};
use storage::contract::fixtures::World;
use storage::{Directory, RevocationLog};
use storage_diesel::{DieselStore, migrate, pending_migrations};
use testkit::Postgres;

use super::{durable, migrated as opened, patient, sqlite};

/// The migrations after the first, the newest first, with what takes each back as if it had never been.
const SQLITE: &[(&str, &str)] = &[
    ("20261121000006", include_str!("../../migrations/sqlite/2026-11-21-000006_generated_tokens/down.sql")),
    ("20261121000005", include_str!("../../migrations/sqlite/2026-11-21-000005_invitations/down.sql")),
    ("20261121000003", include_str!("../../migrations/sqlite/2026-11-21-000003_teams/down.sql")),
    ("20261121000002", include_str!("../../migrations/sqlite/2026-11-21-000002_certificates/down.sql")),
];

/// The same for PostgreSQL.
const POSTGRES: &[(&str, &str)] = &[
    ("20261121000006", include_str!("../../migrations/postgres/2026-11-21-000006_generated_tokens/down.sql")),
    ("20261121000005", include_str!("../../migrations/postgres/2026-11-21-000005_invitations/down.sql")),
    ("20261121000003", include_str!("../../migrations/postgres/2026-11-21-000003_teams/down.sql")),
    ("20261121000002", include_str!("../../migrations/postgres/2026-11-21-000002_certificates/down.sql")),
];

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_migration_keeps_what_was_there() {
    kept_since("20261121000002").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_third_migration_keeps_what_was_there() {
    kept_since("20261121000003").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fifth_migration_keeps_what_was_there() {
    kept_since("20261121000005").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sixth_migration_keeps_what_was_there() {
    kept_since("20261121000006").await;
}

/// What a version wrote that did not know of this migration and those after it is kept by them, in both dialects.
async fn kept_since(first: &str) {
    let newer = SQLITE.iter().take_while(|(version, _)| *version != first).count() + 1;
    let (_folder, file) = sqlite();
    let path = file.clone();
    kept_by(&file, newer, move || {
        let path = path.trim_start_matches("sqlite:");
        let mut conn = diesel::SqliteConnection::establish(path).expect("the file is there");
        conn.batch_execute(&taking_back(SQLITE, newer)).expect("they are taken back");
    })
    .await;
    let database = Postgres::shared().database();
    kept_by(&database.url(), newer, || database.sql(&taking_back(POSTGRES, newer))).await;
}

fn taking_back(migrations: &[(&str, &str)], newer: usize) -> String {
    let forget = "DELETE FROM __diesel_schema_migrations WHERE version";
    let back: Vec<_> =
        migrations.iter().take(newer).map(|(version, down)| format!("{down}{forget} = '{version}';")).collect();
    back.concat()
}

/// A connection and attempts that came without a certificate; an app that names a team.
async fn kept_by(url: &str, newer: usize, take_back: impl FnOnce()) {
    let store = opened(url, patient()).await;
    let contract = durable(&store);
    let world = World::add(&contract).await;
    let connection = world.opened(&contract, world.connection()).await;
    take_back();
    assert_eq!(pending_migrations(url, &patient()).await.expect("it can be asked").len(), newer);
    let store = opened(url, patient()).await;
    let record =
        durable(&store).records.client(world.key.id).await.expect("the store answers").value.expect("a record");
    assert_eq!((&record.app, record.secrets), (&world.app, vec![world.secret]));
    let kept = durable(&store).connections.find(connection.id).await.expect("the store answers").value;
    assert_eq!(kept, Some(connection));
    let teams = store.teams("", 0, 10).await.expect("the store answers");
    // Teams are the third migration's: where it was taken back, that an app named one is all that was there.
    let named =
        Team { name: format!("Team {}", world.team.id), created_at: world.app.created_at, ..world.team.clone() };
    let lost = SQLITE.iter().take(newer).any(|(version, _)| *version == "20261121000003");
    let team = if lost { named } else { world.team };
    assert!(teams.len() == 2 && teams.contains(&team), "{teams:?}");
    assert!(teams.iter().any(|team| team.id == OPERATOR_TEAM), "{teams:?}");
    assert_eq!(store.apps_of(&[team.id], "", 0, 10).await.expect("the store answers").apps, [world.app]);
}
