//! The queries, written once and compiled once for each dialect: `super` is `sqlite` or `postgres` and gives the
//! connection's type and the few things that differ.

pub(crate) mod activity;
pub(crate) mod certificates;
pub(crate) mod connections;
pub(crate) mod developers_view;
pub(crate) mod directory;
pub(crate) mod invitations;
pub(crate) mod log;
pub(crate) mod overview;
pub(crate) mod people;
pub(crate) mod pool;
pub(crate) mod records;
pub(crate) mod rotate;
pub(crate) mod schema_version;
pub(crate) mod signing_keys;
pub(crate) mod sweep;
pub(crate) mod teams;
pub(crate) mod units;

use diesel_async::SimpleAsyncConnection;
use storage::StoreError;

use super::{Backend, Conn, DATABASE_TIME, alone_with, begin};
use crate::failure::failed;
use crate::rows::folded;

/// Commits what was done, or rolls back what was not. Whether a failed commit happened is unknown.
async fn finish<T>(conn: &mut Conn, done: Result<T, StoreError>) -> Result<T, StoreError> {
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    conn.batch_execute(end).await.map_err(failed)?;
    done
}

/// A LIKE pattern for names that contain `search`, whatever characters it has.
fn containing(search: &str) -> String {
    format!("%{}%", escaped(&folded(search)))
}

/// The part of a LIKE pattern, with `\` as its escape, that is `text` and nothing else.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// Reads rows as what the domain calls them.
fn read_all<R, T: TryFrom<R, Error = StoreError>>(rows: Vec<R>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(T::try_from).collect()
}
