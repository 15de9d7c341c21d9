//! Making, changing, deleting, restoring and giving away apps.

use std::time::Duration;

use actix_web::web::Bytes;
use client_registry::{AppDraft, AppEdit};
use domain::{App, ApplicationKind, CallbackUrl, Lifetimes, Permission, Publisher, TeamId};
use oauth_endpoints::Problem;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::apps::{AppView, LifetimesView};
use crate::caller::{Caller, absent, parsed};
use crate::faults::{Faults, environments, scopes};
use crate::idempotency::{self, Made};
use crate::schemas::{self, moment_of};

/// An app to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApp {
    /// The team that will own it.
    team: String,
    #[schema(min_length = 3, max_length = 60)]
    name: String,
    /// What it does and why it needs access.
    #[schema(min_length = 1, max_length = 500)]
    description: String,
    /// Who publishes it; until the operator has verified that, people are told so.
    #[schema(min_length = 2, max_length = 100)]
    publisher_name: String,
    #[serde(default)]
    support_email: Option<String>,
    #[serde(default)]
    homepage_url: Option<String>,
    #[serde(default)]
    privacy_url: Option<String>,
    #[schema(schema_with = schemas::application_kind)]
    kind: ApplicationKind,
    #[serde(default)]
    callback_urls: Vec<String>,
    #[serde(default)]
    client_credentials: bool,
    /// Where it may be used; at least one.
    environments: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
}

/// What is to be different about an app. What is left out stays; lists are replaced whole.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "`null` takes a value away, and what is left out stays")]
pub(crate) struct AppChange {
    #[serde(default)]
    #[schema(nullable = false, min_length = 3, max_length = 60)]
    name: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 500)]
    description: Option<String>,
    /// Another publisher is not verified.
    #[serde(default)]
    #[schema(nullable = false, min_length = 2, max_length = 100)]
    publisher_name: Option<String>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    support_email: Option<Option<String>>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    homepage_url: Option<Option<String>>,
    /// `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    privacy_url: Option<Option<String>>,
    #[serde(default)]
    #[schema(schema_with = schemas::application_kind, required = false)]
    kind: Option<ApplicationKind>,
    #[serde(default)]
    #[schema(nullable = false)]
    callback_urls: Option<Vec<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    client_credentials: Option<bool>,
    #[serde(default)]
    #[schema(nullable = false)]
    rotate_refresh_tokens: Option<bool>,
    /// `null` switches them off.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    legacy_parameters_until: Option<Option<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    environments: Option<Vec<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    lifetimes: Option<LifetimesView>,
}

/// The team that gets an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    team: String,
}

/// What has ended with it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ended {
    /// How many connections.
    pub(crate) connections: u64,
}

/// A field that is there, though it be `null`.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// Make an app. It has no API key yet.
#[utoipa::path(post, path = "/api/v1/apps", tag = "Apps", request_body = NewApp, params(("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day.")), responses((status = 201, body = AppView, headers(("Location" = String), ("ETag" = String)))))]
pub(crate) async fn create(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, make).await
}

async fn make(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let asked: NewApp = parsed(body)?;
    let team = team_of(&asked.team)?;
    let registry = &caller.state.registry;
    let team = registry.permit_team(&caller.authority, team, Permission::Create).await;
    let team = team.map_err(|error| caller.refused(error))?;
    let mut faults = Faults::default();
    let draft = AppDraft {
        team: team.id,
        name: asked.name,
        description: asked.description,
        publisher: Publisher { name: asked.publisher_name, verified: false },
        support_email: asked.support_email,
        homepage_url: asked.homepage_url,
        privacy_url: asked.privacy_url,
        kind: asked.kind,
        callback_urls: asked.callback_urls,
        client_credentials: asked.client_credentials,
        environments: faults.of(environments(&asked.environments)).unwrap_or_default(),
        scopes: faults.of(scopes(&asked.scopes)).unwrap_or_default(),
    };
    let found = registry.faults_of_draft(team.by(), &draft).await.map_err(|error| caller.refused(error))?;
    faults.of_app(&found);
    faults.told(caller.key())?;
    let app = registry.create_app(team.by(), draft).await.map_err(|error| caller.refused(error))?;
    Ok(Made::new(&AppView::of(caller, &app), format!("/api/v1/apps/{}", app.id)))
}

/// Change an app.
#[utoipa::path(patch, path = "/api/v1/apps/{app}", tag = "Apps", request_body = AppChange, params(("app" = String, Path), ("If-Match" = String, Header, description = "The ETag of the app as it was read.")), responses((status = 200, body = AppView, headers(("ETag" = String)))))]
pub(crate) async fn edit(mut caller: Caller) -> Answer {
    let app = caller.app(Permission::Edit).await?;
    let seen = caller.seen(&app)?;
    let change: AppChange = caller.body().await?;
    let mut faults = Faults::default();
    let edits = change.edits(&app, &mut faults);
    let found = caller.state.registry.faults_of_edits(app.by(), &app, edits.clone()).await;
    faults.of_app(&found.map_err(|error| caller.refused(error))?);
    faults.told(caller.key())?;
    if edits.is_empty() {
        return Ok(caller.versioned(&app, &AppView::of(&caller, &app)));
    }
    let edited = caller.state.registry.edit_app(app.by(), app.id, Some(seen), edits).await;
    let edited = edited.map_err(|error| caller.refused_at(error))?;
    Ok(caller.versioned(&edited, &AppView::of(&caller, &edited)))
}

/// Delete an app: its API keys die at once and for good, its connections end.
#[utoipa::path(delete, path = "/api/v1/apps/{app}", tag = "Apps", params(("app" = String, Path), ("If-Match" = String, Header, description = "The ETag of the app as it was read.")), responses((status = 200, body = Ended)))]
pub(crate) async fn delete(caller: Caller) -> Answer {
    let app = caller.app(Permission::Delete).await?;
    caller.seen(&app)?;
    caller.confirmed()?;
    let committed = caller.state.registry.delete_app(app.by(), app.id).await;
    let committed = committed.map_err(|error| caller.refused_at(error))?;
    Ok(caller.ok(&Ended { connections: committed.ended }))
}

/// Bring a deleted app back. Its API keys stay revoked and its connections ended.
#[utoipa::path(post, path = "/api/v1/apps/{app}/restore", tag = "Apps", params(("app" = String, Path)), responses((status = 200, body = AppView, headers(("ETag" = String)))))]
pub(crate) async fn restore(caller: Caller) -> Answer {
    let (registry, id) = (&caller.state.registry, caller.named("app")?);
    let app = registry.permit_app(&caller.authority, id, Permission::Delete).await;
    let app = app.map_err(|error| caller.refused(error))?;
    if app.deleted_at.is_none() {
        return Err(absent("deleted app", id));
    }
    let restored = registry.restore_app(app.by(), id).await.map_err(|error| caller.refused(error))?;
    Ok(caller.versioned(&restored, &AppView::of(&caller, &restored)))
}

/// Give an app to another team, with all that belongs to it; nothing stops working.
#[utoipa::path(post, path = "/api/v1/apps/{app}/transfer", tag = "Apps", request_body = Transfer, params(("app" = String, Path), ("If-Match" = String, Header, description = "The ETag of the app as it was read.")), responses((status = 200, body = AppView, headers(("ETag" = String)))))]
pub(crate) async fn transfer(mut caller: Caller) -> Answer {
    let app = caller.app(Permission::Delete).await?;
    caller.seen(&app)?;
    caller.confirmed()?;
    let Transfer { team } = caller.body().await?;
    let given = caller.state.registry.transfer_app(&caller.authority, app.id, team_of(&team)?).await;
    let given = given.map_err(|error| caller.refused_at(error))?;
    Ok(caller.versioned(&given, &AppView::of(&caller, &given)))
}

impl AppChange {
    /// What it asks for, as edits of `app`; what cannot be read is among the `faults`.
    fn edits(self, app: &App, faults: &mut Faults) -> Vec<AppEdit> {
        let publisher = self.publisher_name.filter(|name| *name != app.publisher.name);
        let mut edits: Vec<AppEdit> = [
            self.name.map(AppEdit::Name),
            self.description.map(AppEdit::Description),
            publisher.map(AppEdit::PublisherName),
            self.support_email.map(AppEdit::SupportEmail),
            self.homepage_url.map(AppEdit::HomepageUrl),
            self.privacy_url.map(AppEdit::PrivacyUrl),
            self.client_credentials.map(AppEdit::ClientCredentials),
            self.rotate_refresh_tokens.map(AppEdit::RotateRefreshTokens),
            self.lifetimes.map(|lifetimes| AppEdit::Lifetimes(lifetimes.into())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(until) = self.legacy_parameters_until {
            let until = until.map(|text| moment_of("legacy_parameters_until", &text)).transpose();
            edits.extend(faults.of(until).map(AppEdit::LegacyParametersUntil));
        }
        if let Some(names) = self.environments {
            edits.extend(faults.of(environments(&names)).map(AppEdit::Environments));
        }
        if let Some(listed) = self.scopes {
            edits.extend(faults.of(scopes(&listed)).map(AppEdit::Scopes));
        }
        // First the callback URLs that go, so that there is room for those that come, and nothing in the way of another
        // kind.
        let had: Vec<&str> = app.callback_urls.iter().map(CallbackUrl::as_str).collect();
        if let Some(urls) = &self.callback_urls {
            let gone = had.iter().filter(|url| !urls.iter().any(|kept| kept == *url));
            edits.extend(gone.map(|url| AppEdit::RemoveCallbackUrl((*url).to_owned())));
        }
        edits.extend(self.kind.filter(|kind| *kind != app.kind).map(AppEdit::Kind));
        let come = self.callback_urls.into_iter().flatten().filter(|url| !had.contains(&url.as_str()));
        edits.extend(come.map(AppEdit::AddCallbackUrl));
        edits
    }
}

impl From<LifetimesView> for Lifetimes {
    fn from(lifetimes: LifetimesView) -> Self {
        let life = |seconds: u32| Duration::from_secs(seconds.into());
        Self {
            access_token: lifetimes.access_token_seconds.map(life),
            connection_idle: lifetimes.connection_idle_seconds.map(life),
            connection_absolute: lifetimes.connection_absolute_seconds.map(life),
        }
    }
}

/// A team that a body names: one that is none is not there.
fn team_of(text: &str) -> Result<TeamId, Problem> {
    text.parse().map_err(|_| absent("team", text))
}
