//! Apps, API keys and secrets.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{ApiKey, ApiSecret, App, ClientId, KeyState, SecretId, SecretState};
use storage::StoreError;

use super::super::Conn;
use crate::failure::{added, changed};
use crate::rows::{AppRow, KeyRow, SecretRow, secret_state, word};
use crate::schema::{api_keys, api_secrets, apps};

pub(super) async fn add(conn: &mut Conn, app: &App) -> Result<(), StoreError> {
    let done = diesel::insert_into(apps::table).values(AppRow::from(app)).execute(conn).await;
    let what = || format!("app {}", app.id);
    added(done, what, what)
}

pub(super) async fn replace(conn: &mut Conn, app: &App) -> Result<(), StoreError> {
    let mut row = AppRow::from(app);
    row.version += 1;
    let done = diesel::update(apps::table)
        .filter(apps::id.eq(row.id.clone()))
        .filter(apps::version.eq(app.version))
        .set(row)
        .execute(conn)
        .await;
    changed(done, || format!("app {} ({})", app.name, app.id))
}

pub(super) async fn add_key(conn: &mut Conn, key: &ApiKey) -> Result<(), StoreError> {
    let done = diesel::insert_into(api_keys::table).values(KeyRow::from(key)).execute(conn).await;
    added(done, || format!("API key {}", key.id), || format!("app {}", key.app))
}

pub(super) async fn set_key_state(conn: &mut Conn, key: ClientId, state: KeyState) -> Result<(), StoreError> {
    let done = diesel::update(api_keys::table)
        .filter(api_keys::id.eq(key.to_string()))
        .filter(api_keys::state.ne(word(KeyState::Revoked)))
        .set(api_keys::state.eq(word(state)))
        .execute(conn)
        .await;
    changed(done, || format!("API key {key}"))
}

pub(super) async fn add_secret(conn: &mut Conn, secret: &ApiSecret) -> Result<(), StoreError> {
    let done = diesel::insert_into(api_secrets::table).values(SecretRow::from(secret)).execute(conn).await;
    added(done, || format!("secret {}", secret.id), || format!("API key {}", secret.key))
}

pub(super) async fn set_secret_state(
    conn: &mut Conn,
    id: SecretId,
    key: ClientId,
    state: SecretState,
) -> Result<(), StoreError> {
    let (state, rotating_until) = secret_state(state);
    let done = diesel::update(api_secrets::table)
        .filter(api_secrets::id.eq(id.to_string()))
        .filter(api_secrets::key_id.eq(key.to_string()))
        .filter(api_secrets::state.ne("revoked"))
        .set((api_secrets::state.eq(state), api_secrets::rotating_until.eq(rotating_until)))
        .execute(conn)
        .await;
    changed(done, || format!("secret {id} of API key {key}"))
}
