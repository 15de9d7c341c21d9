//! What is PostgreSQL's own: where it is and by what TLS, its locks and its limits.

/// Inserts rows, many by one statement.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let mut done = Ok(0);
        for rows in $rows.chunks(500) {
            done = diesel::insert_into($table).values(rows).execute($conn).await;
            if done.is_err() {
                break;
            }
        }
        done
    }};
}

#[path = "both/mod.rs"]
pub(crate) mod both;

use std::sync::Arc;
use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::SetupCallback;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use storage::StoreError;
use tokio::runtime::Handle;
use tokio_postgres::NoTls;

use crate::failure::failed;
use crate::hold::{Begin, Hold};
use crate::options::Options;
use crate::postgres_url::Target;
use both::pool::Pool;

/// The dialect.
pub(crate) type Backend = diesel::pg::Pg;
/// A connection.
pub(crate) type Conn = AsyncPgConnection;

/// The database's time in milliseconds.
pub(crate) const DATABASE_TIME: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// Names the log among advisory locks; this pair form never meets the one-number form below.
const LOG_LOCK: &str = "1131180649, 1";
/// Names the migrations among advisory locks.
pub(crate) const MIGRATION_LOCK: &str = "1131180649, 2";

/// The connections of one database.
pub(crate) struct Engine {
    /// Those that read.
    pub(crate) readers: Pool,
    /// Those that write: a pool of their own, so that writes that wait for a lock keep no read waiting.
    pub(crate) writers: Pool,
    /// The one that follows the log: a replica whose reads all wait still knows the latest revocations.
    pub(crate) follower: Pool,
}

impl Engine {
    pub(crate) fn new(target: Target, options: &Options) -> Result<Self, StoreError> {
        let target = Arc::new(target);
        let size = options.connections.max(2);
        Ok(Self {
            readers: Pool::new(connector(&target, options), size.div_ceil(2))?,
            writers: Pool::new(connector(&target, options), size / 2)?,
            follower: Pool::new(connector(&target, options), 1)?,
        })
    }
}

fn connector(target: &Arc<Target>, options: &Options) -> SetupCallback<Conn> {
    let (target, limits) = (Arc::clone(target), limits(options));
    // The task that drives a connection must outlive whichever worker happened to ask for it first.
    let runtime = Handle::current();
    Box::new(move |_| {
        let (target, limits, runtime) = (Arc::clone(&target), limits.clone(), runtime.clone());
        Box::pin(async move {
            let opened = runtime.spawn(async move { connect(&target, &limits).await }).await;
            opened.unwrap_or_else(|stopped| Err(ConnectionError::BadConnection(stopped.to_string())))
        })
    })
}

/// What every connection sets. Every statement of ours is short: compiling one (`jit`) takes hundreds of milliseconds,
/// and the planner asks for it while tables have no statistics yet.
fn limits(options: &Options) -> String {
    let wait = options.wait.as_millis();
    let abandoned = options.unit.as_millis();
    format!(
        "SET jit = off; SET statement_timeout = {wait}; SET lock_timeout = {wait}; \
         SET idle_in_transaction_session_timeout = {abandoned};"
    )
}

/// A connection with these settings.
pub(crate) async fn connect(target: &Target, settings: &str) -> ConnectionResult<Conn> {
    let bad = |why: tokio_postgres::Error| ConnectionError::BadConnection(target.unreachable(&why));
    let mut conn = if let Some(tls) = &target.tls {
        let (client, connection) = target.config.connect(tls.clone()).await.map_err(bad)?;
        Conn::try_from_client_and_connection(client, connection).await?
    } else {
        let (client, connection) = target.config.connect(NoTls).await.map_err(bad)?;
        Conn::try_from_client_and_connection(client, connection).await?
    };
    conn.batch_execute(settings).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Begins a transaction and takes what it must hold, in one round trip and before its first read.
async fn begin(conn: &mut Conn, begin: Begin) -> Result<(), StoreError> {
    let Begin { hold, statement } = begin;
    let lock = match hold {
        Hold::Rows => String::new(),
        Hold::LogStill => format!("SELECT pg_advisory_xact_lock_shared({LOG_LOCK});"),
        Hold::Log => format!("SELECT pg_advisory_xact_lock({LOG_LOCK});"),
    };
    let time = Duration::as_millis(&statement);
    conn.batch_execute(&format!("BEGIN; SET LOCAL statement_timeout = {time}; {lock}")).await.map_err(failed)
}

/// Waits until nobody else is in this lane, for the rest of the transaction.
async fn alone_with(conn: &mut Conn, lane: i64) -> Result<(), StoreError> {
    conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({lane})")).await.map_err(failed)
}
