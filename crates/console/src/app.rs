//! `/ui/apps/{app}`: what an app is, its API keys, and how it is called.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use domain::{ApiKey, ApiSecret, App, ClientId, Environment, EnvironmentName, Timestamp};
use oauth_endpoints::sessions::{PageResult, Visitor};
use protocol::Settings;
use serde::Deserialize;

use crate::developer::{Developer, answer, refused};
use crate::pages::{Choice, Example, Head, KeyCard, OverviewPage, SecretRow, moment, words};
use crate::place::{Place, Which};
use crate::snippets::Caller;

/// The app that a path names.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) app: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    key: Option<String>,
    environment: Option<String>,
}

/// What the examples are for.
struct Wanted {
    key: Option<ClientId>,
    environment: Option<EnvironmentName>,
}

pub(super) async fn overview(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let wanted = Wanted {
        key: asked.key.and_then(|key| key.parse().ok()),
        environment: asked.environment.and_then(|name| EnvironmentName::try_from(name).ok()),
    };
    let result = show(&visitor, &named, wanted).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named, wanted: Wanted) -> PageResult {
    let id = named.app.parse().ok();
    let Some(session) = &visitor.session else {
        let Wanted { key, environment } = wanted;
        let place = id.map(|app| Place::Overview { app, key, environment });
        return Ok(visitor.sign_in_first(&place.unwrap_or_else(Place::all_apps).path()));
    };
    let developer = Developer::of(visitor, session).await?;
    let app = developer.app(id).await?;
    let keys = visitor.state.registry.keys_of(&app).await.map_err(refused)?;
    let mut environments = visitor.state.protocol.directory.environments().await?;
    environments.retain(|environment| app.environments.contains(&environment.name));
    let now = visitor.now();
    let examples = Examples::of(&visitor.state.protocol.settings, &app, (&keys, &environments), &wanted, now);
    let page = OverviewPage {
        frame: visitor.frame(),
        head: head(&developer, &app),
        description: app.description.clone(),
        publisher: app.publisher.clone(),
        support_email: app.support_email.clone(),
        kind: words::application(app.kind),
        client_credentials: words::switch(app.client_credentials),
        mutual_tls: words::mutual_tls(app.mutual_tls),
        rotation: words::switch(app.rotate_refresh_tokens),
        legacy_until: app.legacy_parameters_until.filter(|_| app.accepts_legacy_parameters(now)).map(moment),
        created_at: moment(app.created_at),
        callback_urls: app.callback_urls.iter().map(|url| url.as_str().to_owned()).collect(),
        environments: environments.iter().map(|one| (one.display_name.clone(), one.name.to_string())).collect(),
        scopes: app.scopes.iter().map(ToString::to_string).collect(),
        keys: keys.iter().map(|(key, secrets)| card(key, secrets, now)).collect(),
        key_choices: examples.keys,
        environment_choices: examples.environments,
        examples: examples.list,
        needs_secret: examples.needs_secret,
        no_examples: examples.none,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// What the pages of an app begin with.
pub(super) fn head(developer: &Developer<'_>, app: &App) -> Head {
    let path = |place: &Place| developer.visitor.path(&place.path());
    Head {
        id: app.id.to_string(),
        name: app.name.clone(),
        team: developer.team_of(app),
        apps_url: path(&Place::all_apps()),
        overview_url: path(&Place::app(app.id)),
        activity_url: path(&Place::Activity(app.id, Which::default())),
    }
}

fn card(key: &ApiKey, secrets: &[ApiSecret], now: Timestamp) -> KeyCard {
    let secret = |secret: &ApiSecret| SecretRow {
        last_four: secret.last_four.clone(),
        state: words::secret_state(secret, now),
        is_usable: secret.is_usable(now),
        created_at: moment(secret.created_at),
        ends_at: words::secret_end(secret).map(moment),
        last_used_at: secret.last_used_at.map(moment),
    };
    KeyCard {
        id: key.id.to_string(),
        label: key.label.clone(),
        kind: words::key_kind(key.kind),
        state: words::key_state(key, now),
        is_usable: key.is_usable(now),
        environments: key.environments.as_ref().map(|names| names.iter().map(ToString::to_string).collect()),
        created_at: moment(key.created_at),
        expires_at: key.expires_at.map(moment),
        has_secrets: key.kind.has_secrets(),
        secrets: secrets.iter().map(secret).collect(),
    }
}

/// What to paste into a shell, and what else it could be for.
#[derive(Default)]
struct Examples {
    keys: Vec<Choice>,
    environments: Vec<Choice>,
    list: Vec<Example>,
    needs_secret: bool,
    none: Option<&'static str>,
}

impl Examples {
    fn of(
        settings: &Settings,
        app: &App,
        (keys, environments): (&[(ApiKey, Vec<ApiSecret>)], &[Environment]),
        wanted: &Wanted,
        now: Timestamp,
    ) -> Self {
        let none = |why| Self { none: Some(why), ..Self::default() };
        let usable = || keys.iter().map(|(key, _)| key).filter(|key| key.is_usable(now));
        let Some(key) = usable().find(|key| Some(key.id) == wanted.key).or_else(|| usable().next()) else {
            return none(
                "There is no API key that can be used now. The operator makes one with countersign key create.",
            );
        };
        let allowed = || environments.iter().filter(|environment| key.is_allowed_in(&environment.name, app));
        let is_wanted = |environment: &&Environment| Some(&environment.name) == wanted.environment.as_ref();
        let Some(environment) = allowed().find(is_wanted).or_else(|| allowed().next()) else {
            return none("This API key may be used in no environment of this app.");
        };
        let keys = usable().map(|one| Choice {
            value: one.id.to_string(),
            words: format!("{} ({})", one.label, one.id),
            chosen: one.id == key.id,
        });
        let environments = allowed().map(|one| Choice {
            value: one.name.to_string(),
            words: format!("{} ({})", one.display_name, one.name),
            chosen: one.name == environment.name,
        });
        let caller = Caller { app, key, environment: &environment.name, settings };
        let (list, none) = match caller.examples() {
            Some(list) if list.is_empty() => (
                list,
                Some(
                    "This API key can do nothing yet: the app has no callback URL, and cannot use client credentials with it.",
                ),
            ),
            Some(list) => (list, None),
            None => (
                Vec::new(),
                Some("This API key needs a client certificate, and this server has no address that asks for one."),
            ),
        };
        Self {
            keys: keys.collect(),
            environments: environments.collect(),
            needs_secret: key.kind.has_secrets() && !list.is_empty(),
            list,
            none,
        }
    }
}
