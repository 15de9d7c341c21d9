//! Making API keys and secrets, and taking them out of use.

use std::time::Duration;

use actix_web::web::Bytes;
use client_registry::{KeyDraft, NewSecret, Permitted};
use domain::{App, ClientId, KeyKind, Permission, SecretId};
use oauth_endpoints::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::app_changes::Ended;
use crate::caller::{Caller, parsed};
use crate::faults::{environments, refused};
use crate::idempotency::{self, Made};
use crate::keys::{KeyView, SecretView};
use crate::schemas::{self, moment_of};

/// An API key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    #[schema(min_length = 1, max_length = 60)]
    label: String,
    #[schema(schema_with = schemas::key_kind)]
    kind: KeyKind,
    /// Where it may be used, where that is less than the app may.
    #[serde(default)]
    environments: Option<Vec<String>>,
    /// When it stops working by itself.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// An API key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeKey {
    key: KeyView,
    /// Its first secret, where its kind has secrets: the text is shown this once.
    secret: Option<String>,
}

/// A secret to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecretWanted {
    /// When it stops working by itself.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A secret in place of those that are there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// How long the older ones go on working; the server's own choice when left out, and 0 ends them at once.
    #[serde(default)]
    #[schema(nullable = false)]
    overlap_seconds: Option<u32>,
}

/// A secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeSecret {
    secret: SecretView,
    /// Its text, shown this once.
    text: String,
}

/// Whether something is in use.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Use {
    active: bool,
}

/// How far the end of a secret goes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HowFar {
    /// Whether what it obtained ends too: access tokens and connections. So it is when left out.
    end_what_it_obtained: Option<bool>,
}

/// Make an API key, with its first secret where its kind has secrets.
#[utoipa::path(post, path = "/api/v1/apps/{app}/keys", tag = "API keys", request_body = NewKey, params(("app" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day. A secret is shown only in the first answer.")), responses((status = 201, body = MadeKey, headers(("Location" = String)))))]
pub(crate) async fn create(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, make).await
}

async fn make(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let app = caller.app(Permission::Edit).await?;
    caller.confirmed()?;
    let asked: NewKey = parsed(body)?;
    let draft = KeyDraft {
        app: app.id,
        label: asked.label,
        kind: asked.kind,
        environments: asked.environments.as_deref().map(environments).transpose().map_err(refused)?,
        expires_at: asked.expires_at.map(|text| moment_of("expires_at", &text)).transpose().map_err(refused)?,
    };
    let made = caller.state.registry.create_key(app.by(), draft).await.map_err(|error| caller.refused(error))?;
    let secrets: Vec<_> = made.secret.iter().map(|new| new.secret.clone()).collect();
    let location = format!("/api/v1/apps/{}/keys/{}", app.id, made.key.id);
    let secret = made.secret.map(|new| new.text.reveal());
    let shows_secret = secret.is_some();
    let view = MadeKey { key: KeyView::of(&made.key, &secrets, caller.now()), secret };
    Ok(Made::new(&view, location).with_secret(shows_secret))
}

/// Take an API key out of use, or into use again. Its connections stay.
#[utoipa::path(patch, path = "/api/v1/apps/{app}/keys/{key}", tag = "API keys", request_body = Use, params(("app" = String, Path), ("key" = String, Path)), responses((status = 200, body = KeyView)))]
pub(crate) async fn set_active(mut caller: Caller) -> Answer {
    let (app, key) = its_key(&caller).await?;
    let Use { active } = caller.body().await?;
    let registry = &caller.state.registry;
    registry.set_key_active(app.by(), key, active).await.map_err(|error| caller.refused(error))?;
    let (key, secrets) = registry.key_of(&app, key).await.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&KeyView::of(&key, &secrets, caller.now())))
}

/// Revoke an API key for good; its connections end.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/keys/{key}", tag = "API keys", params(("app" = String, Path), ("key" = String, Path)), responses((status = 200, body = Ended)))]
pub(crate) async fn revoke(caller: Caller) -> Answer {
    let (app, key) = its_key(&caller).await?;
    caller.confirmed()?;
    let revoked = caller.state.registry.revoke_key(app.by(), key).await.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&Ended { connections: revoked.ended }))
}

/// Add a secret to an API key; the others go on working.
#[utoipa::path(post, path = "/api/v1/apps/{app}/keys/{key}/secrets", tag = "API keys", request_body = NewSecretWanted, params(("app" = String, Path), ("key" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day. It is shown only in the first answer.")), responses((status = 201, body = MadeSecret, headers(("Location" = String)))))]
pub(crate) async fn add_secret(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, make_secret).await
}

async fn make_secret(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let (app, key) = its_key(caller).await?;
    caller.confirmed()?;
    let NewSecretWanted { expires_at } = parsed(body)?;
    let expires_at = expires_at.map(|text| moment_of("expires_at", &text)).transpose().map_err(refused)?;
    let made = caller.state.registry.add_secret(app.by(), key, expires_at).await;
    Ok(shown(caller, &app, &made.map_err(|error| caller.refused(error))?))
}

/// Add a secret to an API key in place of the others, which work on for a while.
#[utoipa::path(post, path = "/api/v1/apps/{app}/keys/{key}/secrets/rotate", tag = "API keys", request_body = Rotation, params(("app" = String, Path), ("key" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day. It is shown only in the first answer.")), responses((status = 201, body = MadeSecret, headers(("Location" = String)))))]
pub(crate) async fn rotate(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, make_successor).await
}

async fn make_successor(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let (app, key) = its_key(caller).await?;
    caller.confirmed()?;
    let Rotation { overlap_seconds } = parsed(body)?;
    let overlap = overlap_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let made = caller.state.registry.rotate_secret(app.by(), key, overlap).await;
    Ok(shown(caller, &app, &made.map_err(|error| caller.refused(error))?))
}

fn shown(caller: &Caller, app: &App, made: &NewSecret) -> Made {
    let location = format!("/api/v1/apps/{}/keys/{}/secrets/{}", app.id, made.secret.key, made.secret.id);
    let view = MadeSecret { secret: SecretView::of(&made.secret, caller.now()), text: made.text.reveal() };
    Made::new(&view, location).with_secret(true)
}

/// Take a secret out of use, or into use again. What it obtained lives on.
#[utoipa::path(patch, path = "/api/v1/apps/{app}/keys/{key}/secrets/{secret}", tag = "API keys", request_body = Use, params(("app" = String, Path), ("key" = String, Path), ("secret" = String, Path)), responses((status = 200, body = KeyView)))]
pub(crate) async fn set_secret_active(mut caller: Caller) -> Answer {
    let (app, key) = its_key(&caller).await?;
    let secret: SecretId = caller.named("secret")?;
    let Use { active } = caller.body().await?;
    let registry = &caller.state.registry;
    let set = registry.set_secret_active(app.by(), key, secret, active).await;
    set.map_err(|error| caller.refused(error))?;
    let (key, secrets) = registry.key_of(&app, key).await.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&KeyView::of(&key, &secrets, caller.now())))
}

/// Revoke a secret for good.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/keys/{key}/secrets/{secret}", tag = "API keys", params(("app" = String, Path), ("key" = String, Path), ("secret" = String, Path), HowFar), responses((status = 200, body = Ended)))]
pub(crate) async fn revoke_secret(caller: Caller) -> Answer {
    let (app, key) = its_key(&caller).await?;
    caller.confirmed()?;
    let (secret, HowFar { end_what_it_obtained }) = (caller.named("secret")?, caller.query()?);
    let also = end_what_it_obtained.unwrap_or(true);
    let revoked = caller.state.registry.revoke_secret(app.by(), key, secret, also).await;
    Ok(caller.ok(&Ended { connections: revoked.map_err(|error| caller.refused(error))?.ended }))
}

/// The key of the path, which is one of the app's.
async fn its_key(caller: &Caller) -> Result<(Permitted<App>, ClientId), Problem> {
    let app = caller.app(Permission::Edit).await?;
    let key = caller.state.registry.key_of(&app, caller.named("key")?).await;
    let (key, _) = key.map_err(|error| caller.refused(error))?;
    Ok((app, key.id))
}
