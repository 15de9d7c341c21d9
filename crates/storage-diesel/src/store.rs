//! The store: opened by a URL, migrated by a URL.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::Connection as _;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::MigrationHarness;
use storage::{Outcome, StoreError, observed};
use tokio::runtime::Handle;

use crate::migrations::{POSTGRES, SQLITE, pending};
use crate::options::Options;
use crate::postgres_url::Target;
use crate::{postgres, sqlite};

/// How long a migration waits for another one: replicas that start together all try.
const MIGRATION_WAIT: Duration = Duration::from_secs(60);

/// All durable state, in SQLite or PostgreSQL.
pub struct DieselStore {
    pub(crate) engine: Engine,
    pub(crate) options: Options,
    /// Where writes run, so that they end even when their caller has gone.
    pub(crate) runtime: Handle,
}

/// The connections at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open, and free to be lent.
    pub idle: usize,
    /// Lent.
    pub used: usize,
}

#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Arc<sqlite::Engine>),
    Postgres(Arc<postgres::Engine>),
}

impl std::fmt::Debug for DieselStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dialect = match self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        };
        f.debug_struct("DieselStore").field("dialect", &dialect).finish_non_exhaustive()
    }
}

impl DieselStore {
    /// Opens the database that `url` names: `sqlite:data/countersign.db` or `postgres://…`. Call it on the runtime
    /// that lives as long as the program: writes and connections run there, whoever asks for them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, or its schema is not the one of this version.
    pub async fn connect(url: &str, options: Options) -> Result<Arc<Self>, StoreError> {
        let engine = Engine::open(url, &options)?;
        let missing = engine.pending(options.wait).await?;
        if let Some(first) = missing.first() {
            let lacks = match missing.len() {
                1 => format!("a migration, {first}"),
                several => format!("{several} migrations, the first is {first}"),
            };
            return Err(StoreError::database(format_args!("its schema lacks {lacks}; run `countersign migrate`")));
        }
        Ok(Arc::new(Self { engine, options, runtime: Handle::current() }))
    }

    /// The connections it has now, over all its pools.
    #[must_use]
    pub fn connections(&self) -> PoolState {
        let pools = match &self.engine {
            Engine::Sqlite(engine) => [engine.readers.state(), engine.writers.state(), engine.follower.state()],
            Engine::Postgres(engine) => [engine.readers.state(), engine.writers.state(), engine.follower.state()],
        };
        PoolState { idle: pools.iter().map(|pool| pool.idle).sum(), used: pools.iter().map(|pool| pool.used).sum() }
    }

    /// The outcome of `work`, which runs to its end even if nobody waits for it any more: a client that goes away
    /// drops the future of its request, and half of a write must never be left behind. The observer is told of it
    /// under `name`, and what became of the audit `records` it writes.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        (name, records): (&'static str, usize),
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let observer = self.options.observer.clone();
        let work = async move {
            let answer = observed(observer.as_deref(), ("database", name), work).await;
            if let (Some(observer), 1..) = (observer, records) {
                observer.audited(records, Outcome::of(&answer));
            }
            answer
        };
        self.runtime.spawn(work).await.unwrap_or_else(|stopped| Err(StoreError::database(stopped)))
    }
}

impl Engine {
    fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        Ok(match Place::parse(url, options)? {
            Place::Sqlite(path) => Self::Sqlite(Arc::new(sqlite::Engine::new(&path, options)?)),
            Place::Postgres(target) => Self::Postgres(Arc::new(postgres::Engine::new(*target, options)?)),
        })
    }

    async fn pending(&self, wait: Duration) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(engine) => {
                use sqlite::both::{pool, schema_version::applied};
                let deadline = pool::deadline(wait);
                let mut lease = engine.readers.lease(deadline).await?;
                let versions = pool::within(deadline, applied(lease.connection())).await;
                pending::<sqlite::Backend>(&SQLITE, &lease.settle(versions)?)
            }
            Self::Postgres(engine) => {
                use postgres::both::{pool, schema_version::applied};
                let deadline = pool::deadline(wait);
                let mut lease = engine.readers.lease(deadline).await?;
                let versions = pool::within(deadline, applied(lease.connection())).await;
                pending::<postgres::Backend>(&POSTGRES, &lease.settle(versions)?)
            }
        }
    }
}

/// The names of the migrations that the database at `url` lacks.
///
/// # Errors
/// [`StoreError::Unavailable`] when it cannot be reached, or a newer version has migrated it.
pub async fn pending_migrations(url: &str, options: &Options) -> Result<Vec<String>, StoreError> {
    Engine::open(url, options)?.pending(options.wait).await
}

/// Brings the schema of the database at `url` to this version's. Several may try at once; one does it.
///
/// # Errors
/// [`StoreError::Unavailable`] when it cannot be reached, when a newer version has migrated it, or when a migration
/// failed (it is then rolled back).
pub async fn migrate(url: &str, options: &Options) -> Result<(), StoreError> {
    pending_migrations(url, options).await?;
    let work: Box<dyn FnOnce() -> Result<(), StoreError> + Send> = match Place::parse(url, options)? {
        Place::Sqlite(path) => Box::new(move || migrate_sqlite(&path)),
        Place::Postgres(target) => {
            let limits = format!("SET lock_timeout = {}", MIGRATION_WAIT.as_millis());
            let mut conn = postgres::connect(&target, &limits).await.map_err(StoreError::database)?;
            let lock = format!("SELECT pg_advisory_lock({})", postgres::MIGRATION_LOCK);
            diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, &lock).await.map_err(StoreError::database)?;
            // The lock goes with the connection.
            Box::new(move || run(&mut AsyncConnectionWrapper::<postgres::Conn>::from(conn), POSTGRES))
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| Err(StoreError::database(stopped)))
}

fn migrate_sqlite(path: &Path) -> Result<(), StoreError> {
    let mut conn = SqliteConnection::establish(&sqlite::create(path)?).map_err(StoreError::database)?;
    conn.batch_execute(&sqlite::settings(MIGRATION_WAIT)).map_err(StoreError::database)?;
    let mut outcome = Ok(());
    let done = conn.immediate_transaction(|conn| {
        outcome = run(conn, SQLITE);
        outcome.as_ref().map_err(|_| diesel::result::Error::RollbackTransaction).copied()
    });
    outcome.and(done.map_err(StoreError::database))
}

fn run<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    migrations: diesel_migrations::EmbeddedMigrations,
) -> Result<(), StoreError> {
    conn.run_pending_migrations(migrations).map_err(StoreError::database)?;
    Ok(())
}

/// What a URL names.
enum Place {
    Sqlite(PathBuf),
    Postgres(Box<Target>),
}

impl Place {
    fn parse(url: &str, options: &Options) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(Target::parse(url, options.ca_file.as_deref())?)));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        // A database in memory would be another one for each connection.
        let path = path.filter(|path| !path.is_empty() && !path.contains(":memory:") && !path.starts_with("file:"));
        let unknown = || StoreError::database("its URL is neither sqlite:PATH nor postgres://…");
        path.map(|path| Self::Sqlite(path.into())).ok_or_else(unknown)
    }
}
