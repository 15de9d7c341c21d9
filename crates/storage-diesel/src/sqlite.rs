//! What is SQLite's own: one connection that writes, a few that read, in WAL mode. Other processes (the commands of
//! `countersign`) may write to the same file meanwhile.

/// Inserts rows one by one: Diesel's asynchronous SQLite has no INSERT of several rows, and no round trip is saved.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let mut done = Ok(0);
        for row in $rows {
            done = diesel::insert_into($table).values(row).execute($conn).await;
            if done.is_err() {
                break;
            }
        }
        done
    }};
}

#[path = "both/mod.rs"]
pub(crate) mod both;

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use diesel::{ConnectionError, SqliteConnection};
use diesel_async::pooled_connection::SetupCallback;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use storage::StoreError;

use crate::failure::failed;
use crate::hold::Begin;
use crate::options::Options;
use both::pool::Pool;

/// The dialect.
pub(crate) type Backend = diesel::sqlite::Sqlite;
/// A connection; its work is done on threads that may block.
pub(crate) type Conn = SyncConnectionWrapper<SqliteConnection>;

/// The database's time in milliseconds.
pub(crate) const DATABASE_TIME: &str = "CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)";

/// The connections of one file.
pub(crate) struct Engine {
    /// Those that read.
    pub(crate) readers: Pool,
    /// The one that writes.
    pub(crate) writers: Pool,
    /// The one that follows the log: a replica whose reads all wait still knows the latest revocations.
    pub(crate) follower: Pool,
}

impl Engine {
    pub(crate) fn new(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let path = create(path)?;
        let reading = |size| Pool::new(connector(&path, options.wait, "PRAGMA query_only = ON;"), size);
        Ok(Self {
            readers: reading(options.connections.max(1))?,
            follower: reading(1)?,
            writers: Pool::new(connector(&path, options.wait, ""), 1)?,
        })
    }
}

fn connector(path: &str, wait: Duration, also: &'static str) -> SetupCallback<Conn> {
    let path = path.to_owned();
    Box::new(move |_| {
        let path = path.clone();
        Box::pin(async move {
            let mut conn = Conn::establish(&path).await?;
            let settings = settings(wait) + also;
            conn.batch_execute(&settings).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        })
    })
}

/// What every connection sets: a commit that was acknowledged survives a power cut (WAL with synchronous=FULL).
pub(crate) fn settings(wait: Duration) -> String {
    format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        wait.as_millis()
    )
}

/// Makes the file, readable by its owner alone (SQLite gives its companions the same mode), if it is not there.
pub(crate) fn create(path: &Path) -> Result<String, StoreError> {
    let said = |why: std::io::Error| StoreError::database(format_args!("{}: {why}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(said)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(said)?;
    path.to_str().map(str::to_owned).ok_or_else(|| StoreError::database("the database's path is not UTF-8"))
}

/// Begins a transaction as the one that writes: it waits for other processes now, so that it never has to later.
/// That also keeps the log still, and to itself.
async fn begin(conn: &mut Conn, _: Begin) -> Result<(), StoreError> {
    conn.batch_execute("BEGIN IMMEDIATE").await.map_err(failed)
}

/// Nobody else writes anyway.
fn alone_with(_: &mut Conn, _: i64) -> impl Future<Output = Result<(), StoreError>> {
    std::future::ready(Ok(()))
}
