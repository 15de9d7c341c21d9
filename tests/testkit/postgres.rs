//! PostgreSQL and its cloned databases.

use std::sync::atomic::{AtomicU32, Ordering};

use testkit::{Postgres, TcpProxy};
use tokio_postgres::NoTls;

#[test]
fn what_postgres_has_committed_survives_a_crash_on_the_same_port() {
    let postgres = Postgres::start();
    let database = postgres.database();
    let before = database.url();
    database.sql("CREATE TABLE app (id int PRIMARY KEY); INSERT INTO app SELECT generate_series(1, 1000)");

    postgres.kill9();
    postgres.restart();

    assert_eq!(database.url(), before);
    assert_eq!(database.rows("SELECT count(*), max(id) FROM app"), "1000|1000");
}

#[test]
fn a_restart_of_a_running_postgres_keeps_its_data() {
    let postgres = Postgres::start();
    let database = postgres.database();
    database.sql("CREATE TABLE app (id int); INSERT INTO app VALUES (7)");
    postgres.restart();
    assert_eq!(database.rows("SELECT id FROM app"), "7");
}

#[tokio::test]
async fn databases_of_one_template_are_prepared_once_and_share_nothing() {
    let prepared = AtomicU32::new(0);
    let prepare = async |url: &str| {
        prepared.fetch_add(1, Ordering::Relaxed);
        assert!(url.ends_with("/shop"), "{url}");
        Postgres::shared().sql("shop", "CREATE TABLE app (id int)");
    };
    let one = Postgres::shared().database_from("shop", prepare).await;
    let other = Postgres::shared().database_from("shop", prepare).await;

    one.sql("INSERT INTO app VALUES (1)");

    assert_eq!(one.rows("SELECT count(*) FROM app"), "1");
    assert_eq!(other.rows("SELECT count(*) FROM app"), "0");
    assert_eq!(prepared.load(Ordering::Relaxed), 1);
}

#[test]
fn a_database_is_dropped_with_its_value_even_while_somebody_is_connected() {
    let database = Postgres::shared().database();
    let name = database.rows("SELECT current_database()");
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            let slept = std::panic::catch_unwind(|| Postgres::shared().sql(&name, "SELECT pg_sleep(30)"));
            assert!(slept.is_err(), "the session was to be broken off");
        });
        let asleep =
            format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND wait_event = 'PgSleep'");
        while Postgres::shared().rows("postgres", &asleep) != "1" && !sleeper.is_finished() {}
        drop(database);
    });
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(Postgres::shared().rows("postgres", &left), "0");
}

#[test]
#[should_panic(expected = "relation \"nothing\" does not exist")]
fn a_failing_statement_fails_the_test_with_the_servers_words() {
    Postgres::shared().database().sql("SELECT * FROM nothing");
}

#[tokio::test]
async fn a_database_can_be_reached_through_a_proxy_and_cut_off() {
    let database = Postgres::shared().database();
    let proxy = TcpProxy::to(&Postgres::shared().address());
    let (client, connection) =
        tokio_postgres::connect(&database.url_at(&proxy.address()), NoTls).await.expect("the proxy passes on");
    let connection = tokio::spawn(connection);
    let row = client.query_one("SELECT current_database()", &[]).await;
    let name: String = row.expect("the server answers").get(0);
    assert!(database.url().ends_with(&format!("/{name}")));

    proxy.cut();

    assert!(client.query_one("SELECT 1", &[]).await.is_err());
    assert!(connection.await.expect("the connection's task does not panic").is_err());
}
