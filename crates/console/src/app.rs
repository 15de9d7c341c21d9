//! `/ui/apps/{app}`: what an app is, its API keys, and how it is called.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::Permitted;
use domain::{ApiKey, ApiSecret, App, AppId, ClientId, Environment, EnvironmentName, Permission, Timestamp};
use oauth_endpoints::sessions::{PageError, PageResult, Visitor};
use protocol::Settings;
use serde::Deserialize;
use storage::AppUse;

use crate::developer::{Developer, answer, refused};
use crate::keys;
use crate::pages::{Choice, Example, Head, KeyLine, NextSteps, OverviewPage, TabLink, moment, words};
use crate::place::{Place, Tab};
use crate::snippets::{Caller, SECRET_VARIABLE};
use crate::test_authorization;

/// The app that a path names.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) app: String,
}

impl Named {
    pub(super) fn id(&self) -> Option<AppId> {
        self.app.parse().ok()
    }

    /// A page of the app; the list of apps, if none can be meant.
    pub(super) fn tab(&self, tab: Tab) -> Place {
        self.id().map_or(Place::all_apps(), |app| Place::Tab(app, tab))
    }
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
        head: head(&developer, &app, Tab::Overview),
        description: app.description.clone(),
        publisher: app.publisher.clone(),
        next: next(&developer, &app, keys.iter().any(|(key, _)| key.is_usable(now))).await?,
        support_email: app.support_email.clone(),
        homepage_url: app.homepage_url.clone(),
        privacy_url: app.privacy_url.clone(),
        kind: words::application(app.kind),
        client_credentials: words::switch(app.client_credentials),
        mutual_tls: words::mutual_tls(app.mutual_tls),
        rotation: words::switch(app.rotate_refresh_tokens),
        legacy_until: app.legacy_parameters_until.filter(|_| app.accepts_legacy_parameters(now)).map(moment),
        created_at: moment(app.created_at),
        callback_urls: app.callback_urls.iter().map(|url| url.as_str().to_owned()).collect(),
        environments: environments.iter().map(|one| (one.display_name.clone(), one.name.to_string())).collect(),
        scopes: app.scopes.iter().map(ToString::to_string).collect(),
        keys: keys.iter().map(|(key, _)| line(key, now)).collect(),
        new_key_url: developer
            .may(&app, Permission::Edit)
            .then(|| keys::new_path(app.id))
            .map(|path| visitor.path(&path)),
        test_url: developer.may(&app, Permission::Edit).then(|| visitor.path(&test_authorization::path(app.id))),
        key_choices: examples.keys,
        environment_choices: examples.environments,
        examples: examples.list,
        programs: examples.programs,
        needs_secret: examples.needs_secret,
        no_examples: examples.none,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// What is left to be done with a new app.
async fn next(developer: &Developer<'_>, app: &Permitted<App>, has_key: bool) -> Result<Option<NextSteps>, PageError> {
    let visitor = developer.visitor;
    let AppUse { tokens, attended, unattended } = visitor.state.registry.use_of(app).await.map_err(refused)?;
    let (was_tried, is_connected) = (!tokens.is_empty(), attended.live + unattended.live > 0);
    let try_url = if developer.may(app, Permission::Edit) {
        visitor.path(&test_authorization::path(app.id))
    } else {
        format!("{}#call", visitor.path(&Place::app(app.id).path()))
    };
    let is_done = has_key && was_tried && is_connected;
    Ok((!is_done).then_some(NextSteps { has_key, was_tried, is_connected, try_url }))
}

/// What the pages of an app begin with.
pub(super) fn head(developer: &Developer<'_>, app: &App, current: Tab) -> Head {
    let path = |place: &Place| developer.visitor.path(&place.path());
    let to = |tab| path(&Place::Tab(app.id, tab));
    let changes = developer.may(app, Permission::Edit) || developer.may(app, Permission::Delete);
    let link = |tab: &Tab| TabLink { name: tab.name(), url: to(*tab), is_current: *tab == current };
    Head {
        id: app.id.to_string(),
        name: app.name.clone(),
        team: developer.team_of(app),
        apps_url: path(&Place::all_apps()),
        overview_url: to(Tab::Overview),
        keys_url: to(Tab::Keys),
        activity_url: to(Tab::Activity),
        tabs: Tab::ALL.iter().filter(|tab| **tab != Tab::Settings || changes).map(link).collect(),
    }
}

fn line(key: &ApiKey, now: Timestamp) -> KeyLine {
    KeyLine {
        id: key.id.to_string(),
        label: key.label.clone(),
        state: words::key_state(key, now),
        is_usable: key.is_usable(now),
    }
}

/// What to paste into a shell, and what else it could be for.
#[derive(Default)]
struct Examples {
    keys: Vec<Choice>,
    environments: Vec<Choice>,
    list: Vec<Example>,
    programs: Vec<Example>,
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
            return none("There is no API key that can be used now. + API Key makes one.");
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
        let caller = Caller { app, key, environment: &environment.name, settings, secret: SECRET_VARIABLE };
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
            programs: caller.programs(),
            none,
        }
    }
}
