//! `/apps/{app}/keys`: an app's API keys and their secrets.

use domain::{
    ApiKey, ApiSecret, ClientId, EnvironmentName, KeyKind, KeyState, Permission, SecretId, SecretState, Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::Caller;
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// An API key: one OAuth client of an app.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyView {
    /// The `client_id`.
    #[schema(value_type = String)]
    id: ClientId,
    label: String,
    #[schema(schema_with = schemas::key_kind)]
    kind: KeyKind,
    #[schema(schema_with = schemas::key_state)]
    state: &'static str,
    /// Where it may be used, where that is less than the app may.
    #[schema(value_type = Option<Vec<String>>)]
    environments: Option<Vec<EnvironmentName>>,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    /// When it stops working by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Newest first, revoked ones included.
    secrets: Vec<SecretView>,
}

/// A secret of an API key. Its text was shown once, when it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub(crate) struct SecretView {
    #[schema(value_type = String)]
    id: SecretId,
    /// The last four characters of its text.
    last_four: String,
    #[schema(schema_with = schemas::secret_state)]
    state: &'static str,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    /// When it stops working by itself.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl KeyView {
    pub(crate) fn of(key: &ApiKey, secrets: &[ApiSecret], now: Timestamp) -> Self {
        Self {
            id: key.id,
            label: key.label.clone(),
            kind: key.kind,
            state: match key.state {
                KeyState::Revoked => "revoked",
                KeyState::Inactive => "inactive",
                KeyState::Active if key.is_usable(now) => "active",
                KeyState::Active => "expired",
            },
            environments: key.environments.clone(),
            created_at: moment(key.created_at),
            expires_at: key.expires_at.map(moment),
            secrets: secrets.iter().map(|secret| SecretView::of(secret, now)).collect(),
        }
    }
}

impl SecretView {
    pub(crate) fn of(secret: &ApiSecret, now: Timestamp) -> Self {
        let (state, rotated_out) = match secret.state {
            SecretState::Revoked => ("revoked", None),
            SecretState::Inactive => ("inactive", None),
            SecretState::RotatingUntil(until) if secret.is_usable(now) => ("rotating_out", Some(until)),
            SecretState::RotatingUntil(until) => ("expired", Some(until)),
            SecretState::Active if secret.is_usable(now) => ("active", None),
            SecretState::Active => ("expired", None),
        };
        Self {
            id: secret.id,
            last_four: secret.last_four.clone(),
            state,
            created_at: moment(secret.created_at),
            ends_at: rotated_out.into_iter().chain(secret.expires_at).min().map(moment),
            last_used_at: secret.last_used_at.map(moment),
        }
    }
}

/// The API keys of an app, oldest first, with their secrets.
#[utoipa::path(get, path = "/api/v1/apps/{app}/keys", tag = "API keys", params(("app" = String, Path), Paging), responses((status = 200, body = Page<KeyView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let keys = caller.state.registry.keys_of(&app).await.map_err(|error| caller.refused(error))?;
    let now = caller.now();
    let page = paging.of(keys, |(key, _)| key.id.to_string(), |(key, secrets)| KeyView::of(&key, &secrets, now))?;
    Ok(caller.ok(&page))
}

/// An API key, with its secrets.
#[utoipa::path(get, path = "/api/v1/apps/{app}/keys/{key}", tag = "API keys", params(("app" = String, Path), ("key" = String, Path)), responses((status = 200, body = KeyView)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let id = caller.named("key")?;
    let registry = &caller.state.registry;
    let (key, secrets) = registry.key_of(&app, id).await.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&KeyView::of(&key, &secrets, caller.now())))
}
