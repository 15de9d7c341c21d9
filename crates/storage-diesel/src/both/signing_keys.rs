//! Signing keys that are published.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use storage::{SigningKey, SigningKeyState, StoreError};

use super::{Conn, read_all};
use crate::failure::failed;
use crate::rows::{SigningKeyRow, state_word};
use crate::schema::signing_keys;

pub(crate) async fn published(conn: &mut Conn) -> Result<Vec<SigningKey>, StoreError> {
    let rows: Vec<SigningKeyRow> = signing_keys::table
        .filter(signing_keys::state.ne(state_word(SigningKeyState::Removed)))
        .order((signing_keys::environment, signing_keys::published_at, signing_keys::kid))
        .select(SigningKeyRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}
