//! What Diesel's errors mean to the callers of a store.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};
use storage::StoreError;

/// The statement failed, or its result cannot be read.
pub(crate) fn failed(error: Error) -> StoreError {
    match error {
        Error::DeserializationError(why) => StoreError::corrupt(why),
        other => StoreError::database(other),
    }
}

/// The outcome of an INSERT of `what`, which belongs to `parent`.
pub(crate) fn added(
    done: QueryResult<usize>,
    what: impl FnOnce() -> String,
    parent: impl FnOnce() -> String,
) -> Result<(), StoreError> {
    match done {
        Ok(_) => Ok(()),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(StoreError::Exists { what: what() }),
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            Err(StoreError::Conflict { what: parent() })
        }
        Err(other) => Err(failed(other)),
    }
}

/// The outcome of an UPDATE or DELETE that must have found `what`.
pub(crate) fn changed(done: QueryResult<usize>, what: impl FnOnce() -> String) -> Result<(), StoreError> {
    match done {
        Ok(0) => Err(StoreError::Conflict { what: what() }),
        Ok(_) => Ok(()),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(StoreError::Exists { what: what() }),
        Err(other) => Err(failed(other)),
    }
}
