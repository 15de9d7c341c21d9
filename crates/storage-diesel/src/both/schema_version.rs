//! Which migrations a database has.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::RunQueryDsl;
use storage::StoreError;

use super::Conn;
use crate::failure::failed;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The versions that were applied, in order; none when the database is empty.
pub(crate) async fn applied(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    use __diesel_schema_migrations::{table, version};
    match table.select(version).order(version).load(conn).await {
        Err(Error::DatabaseError(DatabaseErrorKind::Unknown, about)) if names_no_table(about.message()) => Ok(vec![]),
        other => other.map_err(failed),
    }
}

/// Whether a message says, in either dialect, that the table is not there.
fn names_no_table(message: &str) -> bool {
    message.contains("no such table") || message.contains("does not exist")
}
