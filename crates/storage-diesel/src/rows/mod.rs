//! Rows as stored, and how the domain's values become rows and rows become values again. The same for both dialects.

mod activity;
mod app;
mod certificate;
mod connection;
mod environment;
mod invitation;
mod log;
mod people;
mod signing_key;
mod team;

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use domain::{RootKeyId, SecretState, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::StoreError;

pub(crate) use activity::{ActivityRecord, AuditEntry, NewActivity, NewAudit, RefusalRow, SuccessRow};
pub(crate) use app::{AppRow, KeyRow, SecretRow, folded};
pub(crate) use certificate::{AnchorRow, CertificateRow, NameRow, digest_key, name_rows};
pub(crate) use connection::{ConnectionRow, RequestRow};
pub(crate) use environment::{ApiRow, CredentialRow, EnvironmentRow};
pub(crate) use invitation::InvitationRow;
pub(crate) use log::EntryRow;
pub(crate) use people::{CustomerRow, MembershipRow, UserRow, WorkspaceRow};
pub(crate) use signing_key::{SigningKeyRow, state_word};
pub(crate) use team::{TeamMemberRow, TeamRow};

/// An enum's name as stored.
pub(crate) fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("only enums without fields are stored as words, not {other:?}"),
    }
}

pub(crate) fn read_word<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(StoreError::corrupt)
}

/// A list as stored.
pub(crate) fn list<T: Serialize>(values: &[T]) -> String {
    serde_json::to_string(values).expect("lists of texts are JSON")
}

pub(crate) fn read_list<T: DeserializeOwned>(json: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(json).map_err(StoreError::corrupt)
}

pub(crate) fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|why| StoreError::corrupt(format_args!("`{text}`: {why}")))
}

fn read_optional<T: FromStr<Err: Display>>(text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(read).transpose()
}

fn read_name(text: String) -> Result<domain::EnvironmentName, StoreError> {
    domain::EnvironmentName::try_from(text).map_err(StoreError::corrupt)
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(milliseconds: i64) -> Result<Duration, StoreError> {
    u64::try_from(milliseconds).map(Duration::from_millis).map_err(StoreError::corrupt)
}

fn moment(milliseconds: Option<i64>) -> Option<Timestamp> {
    milliseconds.map(Timestamp::from_millis)
}

fn read_hash(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::corrupt(format_args!("a hash of {} bytes", bytes.len())))
}

fn read_root_key(id: i16) -> Result<RootKeyId, StoreError> {
    u8::try_from(id).map(RootKeyId).map_err(StoreError::corrupt)
}

/// How many attempts, as stored.
pub(crate) fn total(attempts: i64) -> Result<u64, StoreError> {
    u64::try_from(attempts).map_err(StoreError::corrupt)
}

fn counted(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(StoreError::corrupt)
}

/// The state of a secret in its two columns.
pub(crate) fn secret_state(state: SecretState) -> (&'static str, Option<i64>) {
    match state {
        SecretState::Active => ("active", None),
        SecretState::RotatingUntil(until) => ("rotating", Some(until.millis())),
        SecretState::Inactive => ("inactive", None),
        SecretState::Revoked => ("revoked", None),
    }
}

fn read_secret_state(state: &str, rotating_until: Option<i64>) -> Result<SecretState, StoreError> {
    match (state, rotating_until) {
        ("active", None) => Ok(SecretState::Active),
        ("rotating", Some(until)) => Ok(SecretState::RotatingUntil(Timestamp::from_millis(until))),
        ("inactive", None) => Ok(SecretState::Inactive),
        ("revoked", None) => Ok(SecretState::Revoked),
        _ => Err(StoreError::corrupt(format_args!("secret state `{state}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_secret_is_read_as_it_was_written() {
        let until = Timestamp::from_seconds(5);
        for state in
            [SecretState::Active, SecretState::RotatingUntil(until), SecretState::Inactive, SecretState::Revoked]
        {
            let (word, rotating_until) = secret_state(state);
            assert_eq!(read_secret_state(word, rotating_until).expect("just written"), state);
        }
        assert!(matches!(read_secret_state("sleeping", None), Err(StoreError::Corrupt(_))));
    }
}
