//! Environments, APIs and their credentials.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::RunQueryDsl;
use domain::{Api, ApiCredential, ApiId, Environment, SecretId, SecretState};
use storage::StoreError;

use super::super::Conn;
use crate::failure::{added, changed};
use crate::rows::{ApiRow, CredentialRow, EnvironmentRow, list, millis, secret_state};
use crate::schema::{api_credentials, apis, environments};

pub(super) async fn add(conn: &mut Conn, environment: &Environment) -> Result<(), StoreError> {
    let done = diesel::insert_into(environments::table).values(EnvironmentRow::from(environment)).execute(conn).await;
    let what = || format!("environment {}", environment.name);
    added(done, what, what)
}

pub(super) async fn add_api(conn: &mut Conn, api: &Api) -> Result<(), StoreError> {
    let done = diesel::insert_into(apis::table).values(ApiRow::from(api)).execute(conn).await;
    let taken = taken(&done, api);
    added(done, || taken, || format!("environment {}", api.environment))
}

pub(super) async fn replace_api(conn: &mut Conn, api: &Api) -> Result<(), StoreError> {
    let done = diesel::update(apis::table)
        .filter(apis::id.eq(api.id.to_string()))
        .set((
            apis::name.eq(api.name.clone()),
            apis::audience.eq(api.audience.clone()),
            apis::scopes.eq(list(&api.scopes)),
            apis::token_lifetime_ms.eq(api.token_lifetime.map(millis)),
            apis::is_default.eq(api.is_default),
        ))
        .execute(conn)
        .await;
    let what = match done {
        Err(_) => taken(&done, api),
        Ok(_) => format!("API {}", api.id),
    };
    changed(done, || what)
}

/// Which of an API's names was there already. Both dialects name the audience when it is that.
fn taken(done: &QueryResult<usize>, api: &Api) -> String {
    match done {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about))
            if about.message().contains("audience") =>
        {
            format!("an API with audience {} in environment {}", api.audience, api.environment)
        }
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about))
            if about.message().contains("apis.id") || about.message().contains("apis_pkey") =>
        {
            format!("API {}", api.id)
        }
        _ => format!("a default API of environment {}", api.environment),
    }
}

pub(super) async fn add_credential(conn: &mut Conn, credential: &ApiCredential) -> Result<(), StoreError> {
    let done = diesel::insert_into(api_credentials::table).values(CredentialRow::from(credential)).execute(conn).await;
    added(done, || format!("credential {}", credential.id), || format!("API {}", credential.api))
}

pub(super) async fn set_credential_state(
    conn: &mut Conn,
    id: SecretId,
    api: ApiId,
    state: SecretState,
) -> Result<(), StoreError> {
    let (state, rotating_until) = secret_state(state);
    let done = diesel::update(api_credentials::table)
        .filter(api_credentials::id.eq(id.to_string()))
        .filter(api_credentials::api_id.eq(api.to_string()))
        .filter(api_credentials::state.ne("revoked"))
        .set((api_credentials::state.eq(state), api_credentials::rotating_until.eq(rotating_until)))
        .execute(conn)
        .await;
    changed(done, || format!("credential {id} of API {api}"))
}
