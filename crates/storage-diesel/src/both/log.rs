//! The revocation log: one row that holds its head, one row per entry.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use domain::{LogEntry, NewLogEntry, Position, Timestamp};
use storage::{LogPage, StoreError};

use super::{Conn, DATABASE_TIME};
use crate::failure::failed;
use crate::rows::EntryRow;
use crate::schema::{revocation_head, revocations};

/// Entries after `position`, the head and the database's time, in one statement and so in one snapshot. The head row
/// is locked by whoever appends until it commits, so no entry below a head that was seen can still be on its way.
pub(crate) async fn read_after(conn: &mut Conn, position: Position, limit: u32) -> Result<LogPage, StoreError> {
    let to_keep = revocations::position.gt(position.0).and(revocations::until.gt(sql::<BigInt>(DATABASE_TIME)));
    let rows: Vec<(i64, i64, Option<EntryRow>)> = revocation_head::table
        .left_join(revocations::table.on(to_keep))
        .order(revocations::position)
        .limit(limit.into())
        .select((revocation_head::position, sql::<BigInt>(DATABASE_TIME), Option::<EntryRow>::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    let (head, now) = rows.as_slice().first().map(|(head, now, _)| (*head, *now)).ok_or_else(no_head)?;
    let entries = rows.into_iter().filter_map(|(_, _, row)| row).map(LogEntry::try_from).collect::<Result<_, _>>()?;
    Ok(LogPage { entries, head: Position(head), now: Timestamp::from_millis(now) })
}

/// The head in the transaction's view.
pub(super) async fn head(conn: &mut Conn) -> Result<Position, StoreError> {
    let position = revocation_head::table.select(revocation_head::position).first(conn).await.map_err(failed)?;
    Ok(Position(position))
}

/// Locks the head row, gives `entries` the positions after it, and returns the new head. With no entries it only locks.
pub(super) async fn append(conn: &mut Conn, entries: &[NewLogEntry]) -> Result<Position, StoreError> {
    let count = i64::try_from(entries.len()).map_err(StoreError::database)?;
    let head: i64 = diesel::update(revocation_head::table)
        .set(revocation_head::position.eq(revocation_head::position + count))
        .returning(revocation_head::position)
        .get_result(conn)
        .await
        .map_err(failed)?;
    let rows: Vec<_> = (head - count + 1..).zip(entries).map(|(place, entry)| EntryRow::new(place, entry)).collect();
    insert_all!(conn, revocations::table, rows).map_err(failed)?;
    Ok(Position(head))
}

/// The one row of the head is made by the first migration and never removed.
pub(super) fn no_head() -> StoreError {
    StoreError::corrupt("the revocation log has no head")
}
