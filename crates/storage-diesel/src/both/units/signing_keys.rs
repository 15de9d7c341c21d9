//! Signing keys: added, and moved from state to state by one conditional UPDATE each.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::Timestamp;
use storage::{SigningKey, SigningKeyState, StoreError};

use super::super::Conn;
use crate::failure::{added, changed};
use crate::rows::{SigningKeyRow, state_word};
use crate::schema::signing_keys;

pub(super) async fn add(conn: &mut Conn, key: &SigningKey) -> Result<(), StoreError> {
    let done = diesel::insert_into(signing_keys::table).values(SigningKeyRow::from(key)).execute(conn).await;
    let what = || format!("signing key {}, or one in state {},", key.kid, state_word(key.state));
    added(done, what, || format!("environment {}", key.environment))
}

pub(super) async fn advance(
    conn: &mut Conn,
    kid: &str,
    states: (SigningKeyState, SigningKeyState),
    at: Timestamp,
) -> Result<(), StoreError> {
    let (from, to) = states;
    let done = diesel::update(signing_keys::table)
        .filter(signing_keys::kid.eq(kid.to_owned()))
        .filter(signing_keys::state.eq(state_word(from)))
        .set((
            signing_keys::state.eq(state_word(to)),
            (to == SigningKeyState::Active).then(|| signing_keys::activated_at.eq(at.millis())),
            (to == SigningKeyState::Retiring).then(|| signing_keys::retired_at.eq(at.millis())),
        ))
        .execute(conn)
        .await;
    changed(done, || format!("signing key {kid}, or another one in state {},", state_word(to)))
}
