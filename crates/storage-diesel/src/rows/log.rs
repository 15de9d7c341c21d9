//! Entries of the revocation log.

use diesel::prelude::*;
use domain::{Effect, LogEntry, NewLogEntry, Position, Subject, Timestamp};
use storage::StoreError;

use crate::schema::revocations;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = revocations, treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    position: i64,
    subject_kind: String,
    subject_id: String,
    effect: String,
    until: i64,
}

impl EntryRow {
    pub(crate) fn new(position: i64, entry: &NewLogEntry) -> Self {
        let (subject_kind, subject_id) = entry.subject.to_stored();
        let effect = match entry.effect {
            Effect::Revoke => "revoke",
            Effect::Change => "change",
        };
        Self {
            position,
            subject_kind: subject_kind.into(),
            subject_id,
            effect: effect.into(),
            until: entry.until.millis(),
        }
    }
}

impl TryFrom<EntryRow> for LogEntry {
    type Error = StoreError;

    /// An entry of a kind that this version does not know is an error, never left out: a replica that cannot tell
    /// what ended must not go on as if nothing had.
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let unknown = || StoreError::corrupt(format_args!("log entry {} about a {}", row.position, row.subject_kind));
        let effect = match row.effect.as_str() {
            "revoke" => Effect::Revoke,
            "change" => Effect::Change,
            _ => return Err(unknown()),
        };
        Ok(Self {
            position: Position(row.position),
            subject: Subject::from_stored(&row.subject_kind, &row.subject_id).ok_or_else(unknown)?,
            effect,
            until: Timestamp::from_millis(row.until),
        })
    }
}
