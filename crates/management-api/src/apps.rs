//! `/apps`: what developer teams register.

use domain::{App, AppId, ApplicationKind, EnvironmentName, Lifetimes, MutualTls, Permission, Permissions, TeamId};
use serde::{Deserialize, Serialize};
use storage::AppPlace;
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::caller::Caller;
use crate::lists::{Page, Paging, search, written};
use crate::me::permissions;
use crate::schemas::{self, moment, words};

/// An app: the identity of one integration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = App)]
pub(crate) struct AppView {
    #[schema(value_type = String)]
    id: AppId,
    #[schema(value_type = String)]
    team: TeamId,
    name: String,
    /// The title of the authorize page, once the publisher is verified.
    description: String,
    publisher: PublisherView,
    /// Where users get help.
    support_email: Option<String>,
    /// Where people learn more of it.
    homepage_url: Option<String>,
    /// Its privacy notice.
    privacy_url: Option<String>,
    #[schema(schema_with = schemas::application_kind)]
    kind: ApplicationKind,
    /// Where people are sent back to, compared character by character.
    callback_urls: Vec<String>,
    /// Enable Client Credentials.
    client_credentials: bool,
    #[schema(schema_with = schemas::mutual_tls)]
    mutual_tls: MutualTls,
    /// Whether refresh tokens rotate even for keys that authenticate.
    rotate_refresh_tokens: bool,
    /// Until when old client libraries may send everything in the query string; `null` is off.
    #[schema(format = DateTime)]
    legacy_parameters_until: Option<String>,
    /// Where it may be used.
    #[schema(value_type = Vec<String>)]
    environments: Vec<EnvironmentName>,
    /// What it may ask for.
    scopes: Vec<String>,
    lifetimes: LifetimesView,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    /// Counts changes; its `ETag` is made of it.
    version: i64,
    /// What the caller may do with it.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

/// Who publishes an app, and whether the operator has verified that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publisher)]
pub(crate) struct PublisherView {
    name: String,
    verified: bool,
}

/// Lifetimes of an app's own, in seconds; `null` is what the server is configured for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Lifetimes)]
#[expect(clippy::struct_field_names, reason = "the names on the wire have their unit")]
pub(crate) struct LifetimesView {
    #[serde(default)]
    pub(crate) access_token_seconds: Option<u32>,
    /// How long a connection may stay unused.
    #[serde(default)]
    pub(crate) connection_idle_seconds: Option<u32>,
    /// How long a connection may live at all.
    #[serde(default)]
    pub(crate) connection_absolute_seconds: Option<u32>,
}

impl From<Lifetimes> for LifetimesView {
    fn from(lifetimes: Lifetimes) -> Self {
        let seconds = |life: std::time::Duration| u32::try_from(life.as_secs()).unwrap_or(u32::MAX);
        Self {
            access_token_seconds: lifetimes.access_token.map(seconds),
            connection_idle_seconds: lifetimes.connection_idle.map(seconds),
            connection_absolute_seconds: lifetimes.connection_absolute.map(seconds),
        }
    }
}

impl AppView {
    /// The app, as `caller` sees it.
    pub(crate) fn of(caller: &Caller, app: &App) -> Self {
        Self {
            id: app.id,
            team: app.team,
            name: app.name.clone(),
            description: app.description.clone(),
            publisher: PublisherView { name: app.publisher.name.clone(), verified: app.publisher.verified },
            support_email: app.support_email.clone(),
            homepage_url: app.homepage_url.clone(),
            privacy_url: app.privacy_url.clone(),
            kind: app.kind,
            callback_urls: app.callback_urls.iter().map(|url| url.as_str().to_owned()).collect(),
            client_credentials: app.client_credentials,
            mutual_tls: app.mutual_tls,
            rotate_refresh_tokens: app.rotate_refresh_tokens,
            legacy_parameters_until: app.legacy_parameters_until.map(moment),
            environments: app.environments.clone(),
            scopes: words(app.scopes.iter()),
            lifetimes: app.lifetimes.into(),
            created_at: moment(app.created_at),
            version: app.version,
            permissions: caller.authority.permissions(app.team).unwrap_or(Permissions::VIEW).iter().collect(),
        }
    }
}

/// Which apps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// A part of the name, a whole API key, or the beginning of a callback host.
    #[param(max_length = 200)]
    search: Option<String>,
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Where a page of apps ended.
#[derive(Deserialize, Serialize)]
struct Mark(String, AppId);

/// The apps of the teams that the caller reaches, by name; deleted ones are left out.
#[utoipa::path(get, path = "/api/v1/apps", tag = "Apps", params(Wanted), responses((status = 200, body = Page<AppView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let Wanted { search: wanted, cursor, limit } = caller.query()?;
    let paging = Paging::new(cursor, limit);
    let (wanted, limit) = (search(wanted)?, paging.limit()?);
    let place = paging.after()?.map(|Mark(name, id)| AppPlace { name, id });
    let found = caller.state.registry.apps_after(&caller.authority, &wanted, place.as_ref(), limit + 1).await;
    let mut apps = found.map_err(|error| caller.refused(error))?;
    let more = apps.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    apps.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = apps.last().filter(|_| more).map(|last| written(&Mark(last.name.clone(), last.id)));
    Ok(caller.ok(&Page { items: apps.iter().map(|app| AppView::of(&caller, app)).collect(), next_cursor }))
}

/// An app, with its version as `ETag`.
#[utoipa::path(get, path = "/api/v1/apps/{app}", tag = "Apps", params(("app" = String, Path)), responses((status = 200, body = AppView, headers(("ETag" = String, description = "Its version, for If-Match.")))))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    Ok(caller.versioned(&app, &AppView::of(&caller, &app)))
}
