//! Signing keys.

use diesel::prelude::*;
use domain::Timestamp;
use storage::{SigningKey, SigningKeyState, StoreError};

use super::{moment, read_name, read_root_key};
use crate::schema::signing_keys;

/// A state as stored; the unique index on those that at most one key may be in knows these words.
pub(crate) fn state_word(state: SigningKeyState) -> &'static str {
    match state {
        SigningKeyState::Next => "next",
        SigningKeyState::Active => "active",
        SigningKeyState::Retiring => "retiring",
        SigningKeyState::Removed => "removed",
    }
}

fn read_state(word: &str) -> Result<SigningKeyState, StoreError> {
    match word {
        "next" => Ok(SigningKeyState::Next),
        "active" => Ok(SigningKeyState::Active),
        "retiring" => Ok(SigningKeyState::Retiring),
        "removed" => Ok(SigningKeyState::Removed),
        _ => Err(StoreError::corrupt(format_args!("signing key state `{word}`"))),
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(crate) struct SigningKeyRow {
    kid: String,
    environment: String,
    state: String,
    public_point: Vec<u8>,
    sealed_private: Vec<u8>,
    root_key: i16,
    published_at: i64,
    activated_at: Option<i64>,
    retired_at: Option<i64>,
}

impl From<&SigningKey> for SigningKeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            kid: key.kid.clone(),
            environment: key.environment.to_string(),
            state: state_word(key.state).into(),
            public_point: key.public_point.clone(),
            sealed_private: key.sealed_private.clone(),
            root_key: key.root_key.0.into(),
            published_at: key.published_at.millis(),
            activated_at: key.activated_at.map(Timestamp::millis),
            retired_at: key.retired_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = StoreError;

    fn try_from(row: SigningKeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            kid: row.kid,
            environment: read_name(row.environment)?,
            state: read_state(&row.state)?,
            public_point: row.public_point,
            sealed_private: row.sealed_private,
            root_key: read_root_key(row.root_key)?,
            published_at: Timestamp::from_millis(row.published_at),
            activated_at: moment(row.activated_at),
            retired_at: moment(row.retired_at),
        })
    }
}
