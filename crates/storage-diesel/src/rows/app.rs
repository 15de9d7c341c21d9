//! Apps, API keys and their secrets.

use diesel::prelude::*;
use domain::{ApiKey, ApiSecret, App, Lifetimes, Publisher, Timestamp};
use storage::StoreError;

use super::{
    duration, list, millis, moment, read, read_hash, read_list, read_root_key, read_secret_state, read_word,
    secret_state, word,
};
use crate::schema::{api_keys, api_secrets, apps};

/// A name as it is searched and sorted by: the same for every case of its letters.
pub(crate) fn folded(name: &str) -> String {
    name.to_lowercase()
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = apps, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct AppRow {
    pub(crate) id: String,
    team_id: String,
    name: String,
    name_folded: String,
    description: String,
    publisher_name: String,
    publisher_verified: bool,
    support_email: Option<String>,
    kind: String,
    callback_urls: String,
    client_credentials: bool,
    mutual_tls: String,
    rotate_refresh_tokens: bool,
    legacy_parameters_until: Option<i64>,
    environments: String,
    scopes: String,
    access_token_ms: Option<i64>,
    connection_idle_ms: Option<i64>,
    connection_absolute_ms: Option<i64>,
    created_at: i64,
    deleted_at: Option<i64>,
    pub(crate) version: i64,
    homepage_url: Option<String>,
    privacy_url: Option<String>,
}

impl From<&App> for AppRow {
    fn from(app: &App) -> Self {
        Self {
            id: app.id.to_string(),
            team_id: app.team.to_string(),
            name: app.name.clone(),
            name_folded: folded(&app.name),
            description: app.description.clone(),
            publisher_name: app.publisher.name.clone(),
            publisher_verified: app.publisher.verified,
            support_email: app.support_email.clone(),
            kind: word(app.kind),
            callback_urls: list(&app.callback_urls),
            client_credentials: app.client_credentials,
            mutual_tls: word(app.mutual_tls),
            rotate_refresh_tokens: app.rotate_refresh_tokens,
            legacy_parameters_until: app.legacy_parameters_until.map(Timestamp::millis),
            environments: list(&app.environments),
            scopes: app.scopes.to_string(),
            access_token_ms: app.lifetimes.access_token.map(millis),
            connection_idle_ms: app.lifetimes.connection_idle.map(millis),
            connection_absolute_ms: app.lifetimes.connection_absolute.map(millis),
            created_at: app.created_at.millis(),
            deleted_at: app.deleted_at.map(Timestamp::millis),
            version: app.version,
            homepage_url: app.homepage_url.clone(),
            privacy_url: app.privacy_url.clone(),
        }
    }
}

impl TryFrom<AppRow> for App {
    type Error = StoreError;

    fn try_from(row: AppRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            team: read(&row.team_id)?,
            name: row.name,
            description: row.description,
            publisher: Publisher { name: row.publisher_name, verified: row.publisher_verified },
            support_email: row.support_email,
            homepage_url: row.homepage_url,
            privacy_url: row.privacy_url,
            kind: read_word(&row.kind)?,
            callback_urls: read_list(&row.callback_urls)?,
            client_credentials: row.client_credentials,
            mutual_tls: read_word(&row.mutual_tls)?,
            rotate_refresh_tokens: row.rotate_refresh_tokens,
            legacy_parameters_until: moment(row.legacy_parameters_until),
            environments: read_list(&row.environments)?,
            scopes: read(&row.scopes)?,
            lifetimes: Lifetimes {
                access_token: row.access_token_ms.map(duration).transpose()?,
                connection_idle: row.connection_idle_ms.map(duration).transpose()?,
                connection_absolute: row.connection_absolute_ms.map(duration).transpose()?,
            },
            created_at: Timestamp::from_millis(row.created_at),
            deleted_at: moment(row.deleted_at),
            version: row.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(crate) struct KeyRow {
    id: String,
    app_id: String,
    label: String,
    kind: String,
    state: String,
    environments: Option<String>,
    created_at: i64,
    expires_at: Option<i64>,
}

impl From<&ApiKey> for KeyRow {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            app_id: key.app.to_string(),
            label: key.label.clone(),
            kind: word(key.kind),
            state: word(key.state),
            environments: key.environments.as_deref().map(list),
            created_at: key.created_at.millis(),
            expires_at: key.expires_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            app: read(&row.app_id)?,
            label: row.label,
            kind: read_word(&row.kind)?,
            state: read_word(&row.state)?,
            environments: row.environments.as_deref().map(read_list).transpose()?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: moment(row.expires_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_secrets, treat_none_as_default_value = false)]
pub(crate) struct SecretRow {
    id: String,
    key_id: String,
    root_key: i16,
    hash: Vec<u8>,
    last_four: String,
    state: String,
    rotating_until: Option<i64>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl From<&ApiSecret> for SecretRow {
    fn from(secret: &ApiSecret) -> Self {
        let (state, rotating_until) = secret_state(secret.state);
        Self {
            id: secret.id.to_string(),
            key_id: secret.key.to_string(),
            root_key: secret.root_key.0.into(),
            hash: secret.hash.to_vec(),
            last_four: secret.last_four.clone(),
            state: state.into(),
            rotating_until,
            created_at: secret.created_at.millis(),
            expires_at: secret.expires_at.map(Timestamp::millis),
            last_used_at: secret.last_used_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<SecretRow> for ApiSecret {
    type Error = StoreError;

    fn try_from(row: SecretRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            key: read(&row.key_id)?,
            root_key: read_root_key(row.root_key)?,
            hash: read_hash(row.hash)?,
            last_four: row.last_four,
            state: read_secret_state(&row.state, row.rotating_until)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: moment(row.expires_at),
            last_used_at: moment(row.last_used_at),
        })
    }
}
