//! Environments, their APIs and the APIs' credentials.

use diesel::prelude::*;
use domain::{Api, ApiCredential, Environment, Timestamp};
use storage::StoreError;

use super::{
    duration, list, millis, read, read_hash, read_list, read_name, read_root_key, read_secret_state, secret_state,
};
use crate::schema::{api_credentials, apis, environments};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = environments)]
pub(crate) struct EnvironmentRow {
    name: String,
    display_name: String,
    api_base_url: String,
    created_at: i64,
}

impl From<&Environment> for EnvironmentRow {
    fn from(environment: &Environment) -> Self {
        Self {
            name: environment.name.to_string(),
            display_name: environment.display_name.clone(),
            api_base_url: environment.api_base_url.clone(),
            created_at: environment.created_at.millis(),
        }
    }
}

impl TryFrom<EnvironmentRow> for Environment {
    type Error = StoreError;

    fn try_from(row: EnvironmentRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: read_name(row.name)?,
            display_name: row.display_name,
            api_base_url: row.api_base_url,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = apis, treat_none_as_default_value = false)]
pub(crate) struct ApiRow {
    id: String,
    environment: String,
    name: String,
    audience: String,
    scopes: String,
    token_lifetime_ms: Option<i64>,
    is_default: bool,
    created_at: i64,
}

impl From<&Api> for ApiRow {
    fn from(api: &Api) -> Self {
        Self {
            id: api.id.to_string(),
            environment: api.environment.to_string(),
            name: api.name.clone(),
            audience: api.audience.clone(),
            scopes: list(&api.scopes),
            token_lifetime_ms: api.token_lifetime.map(millis),
            is_default: api.is_default,
            created_at: api.created_at.millis(),
        }
    }
}

impl TryFrom<ApiRow> for Api {
    type Error = StoreError;

    fn try_from(row: ApiRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            environment: read_name(row.environment)?,
            name: row.name,
            audience: row.audience,
            scopes: read_list(&row.scopes)?,
            token_lifetime: row.token_lifetime_ms.map(duration).transpose()?,
            is_default: row.is_default,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_credentials, treat_none_as_default_value = false)]
pub(crate) struct CredentialRow {
    id: String,
    api_id: String,
    root_key: i16,
    hash: Vec<u8>,
    state: String,
    rotating_until: Option<i64>,
    created_at: i64,
}

impl From<&ApiCredential> for CredentialRow {
    fn from(credential: &ApiCredential) -> Self {
        let (state, rotating_until) = secret_state(credential.state);
        Self {
            id: credential.id.to_string(),
            api_id: credential.api.to_string(),
            root_key: credential.root_key.0.into(),
            hash: credential.hash.to_vec(),
            state: state.into(),
            rotating_until,
            created_at: credential.created_at.millis(),
        }
    }
}

impl TryFrom<CredentialRow> for ApiCredential {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            api: read(&row.api_id)?,
            root_key: read_root_key(row.root_key)?,
            hash: read_hash(row.hash)?,
            state: read_secret_state(&row.state, row.rotating_until)?,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}
