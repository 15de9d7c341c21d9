//! `/ui/apps/{app}/keys`: the API keys of an app and their secrets.

mod change;
mod new;
mod secrets;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig, get, post, resource};
use client_registry::{NewSecret, Permitted};
use domain::{ApiKey, ApiSecret, App, AppId, ClientId, KeyState, Permission, SecretId, SecretState};
use oauth_endpoints::sessions::{PageResult, Visitor};

use self::change::Change;
use self::secrets::Way;
use crate::app::{Named, head};
use crate::developer::{Developer, answer, refused};
use crate::pages::{Action, KeyCard, KeysPage, NewSecretPage, SecretRow, ShownSecret, ShownValue, moment, words};
use crate::place::{Place, Tab};
use crate::snippets::Caller;

/// After how long without use a secret is shown as one that nobody may need.
const IDLE: Duration = Duration::from_secs(90 * 24 * 3600);

/// Enters the routes of this module under `prefix`.
pub(super) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/apps/{{app}}/keys{path}"));
    let change = "{change:deactivate|activate|revoke}";
    config
        .service(at("").route(get().to(list)))
        .service(at("/new").route(get().to(new::ask)).route(post().to(new::create)))
        .service(at("/{key}/{way:rotate|new-secret}").route(get().to(secrets::ask)).route(post().to(secrets::make)));
    for path in [format!("/{{key}}/{change}"), format!("/{{key}}/secrets/{{secret}}/{change}")] {
        config.service(at(&path).route(get().to(change::ask)).route(post().to(change::act)));
    }
}

/// The path of *+ API Key*, without the environment.
pub(super) fn new_path(app: AppId) -> String {
    format!("{}/new", Place::Tab(app, Tab::Keys).path())
}

/// The path of *+ Secret* of a key, without the environment.
pub(crate) fn new_secret_path(app: AppId, key: ClientId) -> String {
    secrets::path(app, key, Way::Add)
}

/// The path on which a secret of a key is revoked, without the environment.
pub(crate) fn revoke_secret_path(app: AppId, key: ClientId, secret: SecretId) -> String {
    change::path((app, key), Some(secret), Change::Revoke)
}

async fn list(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show(&visitor, &named).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Keys)).await?;
    let app = developer.app(named.id()).await?;
    let keys = visitor.state.registry.keys_of(&app).await.map_err(refused)?;
    let may_edit = developer.may(&app, Permission::Edit);
    let page = KeysPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Keys),
        keys: keys.iter().map(|(key, secrets)| card(visitor, key, secrets, may_edit)).collect(),
        new_url: may_edit.then(|| visitor.path(&new_path(app.id))),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

fn card(visitor: &Visitor, key: &ApiKey, secrets: &[ApiSecret], may_edit: bool) -> KeyCard {
    let now = visitor.now();
    let is_revoked = key.state == KeyState::Revoked;
    let secret = |secret: &ApiSecret| SecretRow {
        last_four: secret.last_four.clone(),
        state: words::secret_state(secret, now),
        is_usable: secret.is_usable(now),
        created_at: moment(secret.created_at),
        ends_at: words::secret_end(secret).map(moment),
        last_used_at: secret.last_used_at.map(moment),
        is_idle: secret.is_usable(now) && now >= secret.last_used_at.unwrap_or(secret.created_at) + IDLE,
        actions: if may_edit && !is_revoked { secret_actions(visitor, key, secret) } else { Vec::new() },
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
        actions: if may_edit && !is_revoked { key_actions(visitor, key) } else { Vec::new() },
    }
}

fn key_actions(visitor: &Visitor, key: &ApiKey) -> Vec<Action> {
    let to = |change| visitor.path(&change::path((key.app, key.id), None, change));
    let switch = if key.state == KeyState::Active {
        Action { name: "Deactivate", url: to(Change::Deactivate), is_dangerous: false }
    } else {
        Action { name: "Activate", url: to(Change::Activate), is_dangerous: false }
    };
    let mut actions = Vec::new();
    if key.kind.has_secrets() && key.state == KeyState::Active {
        let to = |way| visitor.path(&secrets::path(key.app, key.id, way));
        actions.push(Action { name: "Rotate secret", url: to(Way::Rotate), is_dangerous: false });
        actions.push(Action { name: "+ Secret", url: to(Way::Add), is_dangerous: false });
    }
    actions.extend([switch, Action { name: "Revoke", url: to(Change::Revoke), is_dangerous: true }]);
    actions
}

fn secret_actions(visitor: &Visitor, key: &ApiKey, secret: &ApiSecret) -> Vec<Action> {
    let to = |change| visitor.path(&change::path((key.app, key.id), Some(secret.id), change));
    let switch = match secret.state {
        SecretState::Revoked => return Vec::new(),
        SecretState::Active => Action { name: "Deactivate", url: to(Change::Deactivate), is_dangerous: false },
        SecretState::Inactive | SecretState::RotatingUntil(_) => {
            Action { name: "Activate", url: to(Change::Activate), is_dangerous: false }
        }
    };
    vec![switch, Action { name: "Revoke", url: to(Change::Revoke), is_dangerous: true }]
}

/// The page that shows a new secret, once.
fn show_secret(
    developer: &Developer<'_>,
    (app, key): (&Permitted<App>, &ApiKey),
    new: &NewSecret,
    (title, others): (&'static str, Option<String>),
) -> HttpResponse {
    let visitor = developer.visitor;
    let secret = new.text.reveal();
    let environment = app.environments.iter().find(|environment| key.is_allowed_in(environment, app));
    let caller =
        |environment| Caller { app, key, environment, settings: &visitor.state.protocol.settings, secret: &secret };
    let page = NewSecretPage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Keys),
        title,
        label: key.label.clone(),
        others,
        shown: ShownSecret {
            values: vec![
                ShownValue { id: "key", name: "API key", text: key.id.to_string() },
                ShownValue { id: "secret", name: "Secret", text: secret.clone() },
            ],
            examples: environment.map(|environment| caller(environment).first_examples()).unwrap_or_default(),
            after_url: visitor.path(&Place::Tab(app.id, Tab::Keys).path()),
        },
    };
    visitor.show_once(&page)
}
