//! The log over two connections to PostgreSQL, where commits can overtake each other.

use std::time::Duration;

use domain::{Connection, EndedBy, Position, SecretId, Subject};
use storage::contract::fixtures::{FreshBits, World, revocation};
use storage::{Change, ConnectionFilter, Connections, RevocationLog, Unit, Units};
use testkit::Postgres;

use super::{durable, migrated, patient};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_never_steps_over_a_late_commit() {
    let database = Postgres::shared().database();
    let store = migrated(&database.url(), patient()).await;
    let late = transaction(&database.url()).await;
    late.batch_execute("BEGIN; UPDATE revocation_head SET position = position + 1").await.expect("nobody else has it");
    let now = store.read_after(Position(0), 1).await.expect("it answers").now;
    let subject = Subject::Secret(SecretId::generate(&FreshBits));
    let unit = Unit { entries: vec![revocation(subject.clone(), now)], ..Unit::default() };
    let second = tokio::spawn({
        let (store, unit) = (store.clone(), unit.clone());
        async move { store.commit(unit).await }
    });
    wait_until_somebody_waits(&late).await;
    let page = store.read_after(Position(0), 10).await.expect("readers never wait");
    assert_eq!((page.head, page.entries.len()), (Position(0), 0), "the second commit would hide the first");
    let first = format!(
        "INSERT INTO revocations VALUES (1, 'secret', '{}', 'revoke', {}); COMMIT",
        SecretId::generate(&FreshBits),
        (now + Duration::from_hours(1)).millis()
    );
    late.batch_execute(&first).await.expect("it is still there");
    let second = second.await.expect("no panic").expect("it was only waiting");
    assert_eq!(second.position, Position(2));
    let page = store.read_after(Position(0), 10).await.expect("it answers");
    assert_eq!(page.entries.iter().map(|entry| entry.position).collect::<Vec<_>>(), [Position(1), Position(2)]);
    assert_eq!(page.entries.last().map(|entry| &entry.subject), Some(&subject));
}

/// A survivor is one that the revocation did not end and that does not know of it either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_survives_the_revocation_of_its_secret() {
    let database = Postgres::shared().database();
    let store = migrated(&database.url(), patient()).await;
    let world = World::add(&durable(&store)).await;
    for _ in 0..40 {
        let secret = SecretId::generate(&FreshBits);
        let connection = Connection { obtained_with: Some(secret), ..world.connection() };
        let opening = world.opening(&connection);
        let end = Change::EndConnections {
            which: ConnectionFilter::ObtainedWith(secret),
            by: EndedBy::SecretRevoked,
            at: world.now,
            entry_until: None,
        };
        let entries = vec![revocation(Subject::Secret(secret), world.now)];
        let unit = Unit { changes: vec![end], entries, ..Unit::default() };
        let (opened, revoked) = tokio::join!(store.open(opening), store.commit(unit));
        let (opened, revoked) = (opened.expect("it is opened"), revoked.expect("it is committed"));
        let row = store.find(connection.id).await.expect("it answers").value.expect("it was opened");
        assert!(
            row.ended.is_some() || opened.position >= revoked.position,
            "opened at {:?}, not ended by the revocation at {:?}",
            opened.position,
            revoked.position
        );
    }
}

async fn transaction(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("it answers");
    tokio::spawn(connection);
    client
}

/// Returns when another session waits for a lock.
async fn wait_until_somebody_waits(session: &tokio_postgres::Client) {
    let asked = "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) \
                 WHERE NOT granted AND datname = current_database()";
    for _ in 0..1000 {
        if !session.query(asked, &[]).await.expect("it answers").is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}
