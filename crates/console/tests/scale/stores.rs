//! The two databases, and how each would go about a statement.

use std::path::PathBuf;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use testkit::{Database, Postgres};

use crate::statements::{Statement, listen};
use crate::world::World;

/// A world on one of them.
pub(crate) struct Stand {
    pub(crate) world: World,
    database: Kind,
}

enum Kind {
    Sqlite(PathBuf),
    Postgres(Database<'static>),
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Tells a story on both, alone in this process: statements of two could not be told apart.
pub(crate) async fn on_both(story: impl AsyncFn(&Stand)) {
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _alone = ALONE.lock().await;
    listen();
    let lease = Duration::from_secs(3600);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.db");
    let world = World::over(&format!("sqlite://{}", file.display()), lease, folder).await;
    story(&Stand { world, database: Kind::Sqlite(file) }).await;
    let database = Postgres::shared().database();
    let world = World::over(&database.url(), lease, tempfile::tempdir().unwrap()).await;
    story(&Stand { world, database: Kind::Postgres(database) }).await;
}

impl Stand {
    /// Has PostgreSQL count what there is, as it does by itself after a while. SQLite is never asked to.
    pub(crate) fn counts(&self) {
        if let Kind::Postgres(database) = &self.database {
            database.sql("ANALYZE");
        }
    }

    /// How it goes about a statement, a line for each step.
    pub(crate) fn plan(&self, statement: &Statement) -> Vec<String> {
        match &self.database {
            Kind::Sqlite(file) => {
                let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                let steps = sql_query(format!("EXPLAIN QUERY PLAN {}", statement.sql)).load::<Step>(&mut connection);
                steps.unwrap().into_iter().map(|step| step.detail).collect()
            }
            Kind::Postgres(database) => {
                let arguments = statement.arguments();
                let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
                let rows = database.rows(&format!("PREPARE p AS {}; EXPLAIN EXECUTE p{arguments}", statement.sql));
                rows.lines().map(|line| line.trim().to_owned()).collect()
            }
        }
    }

    /// The tables that it reads from end to end for a statement.
    pub(crate) fn scanned(&self, statement: &Statement) -> Vec<String> {
        let plan = self.plan(statement);
        let begins = match &self.database {
            Kind::Sqlite(_) => "SCAN ",
            Kind::Postgres(_) => "Seq Scan on ",
        };
        let tables = plan.iter().filter_map(|step| step.trim_start_matches("->").trim().strip_prefix(begins));
        tables.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
    }
}
