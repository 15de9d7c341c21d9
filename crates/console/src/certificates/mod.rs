//! `/ui/apps/{app}/certificates`: what an app says its clients hold, and whether they have to show it.

mod add;
mod mutual_tls;
mod name;
mod remove;
mod view;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig, get, post, resource};
use client_registry::{Permitted, Registered};
use domain::{ApiKey, App, AppId, ClientId, KeyState, Permission, Reason};
use oauth_endpoints::sessions::{PageError, PageResult, Visitor};
use storage::ActivityFilter;

use crate::app::{Named, head};
use crate::developer::{Developer, answer, refused};
use crate::pages::{
    Action, CertificateRefusal, CertificateUrls, CertificatesPage, Choice, Example, Problem, moment, words,
};
use crate::place::{Place, Tab, Which};
use crate::snippets::{Caller, SECRET_VARIABLE};

/// How many refusals are shown.
const REFUSALS: usize = 20;
/// Among how many they are looked for.
const LOOKED_AT: u32 = 1000;

/// Enters the routes of this module under `prefix`.
pub(super) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/apps/{{app}}/certificates{path}"));
    config
        .service(at("").route(get().to(list)))
        .service(at("/mutual-tls").route(get().to(mutual_tls::ask)).route(post().to(mutual_tls::set)))
        .service(at("/new").route(get().to(add::ask)).route(post().to(add::take)))
        .service(at("/new-name").route(get().to(name::ask)).route(post().to(name::add)))
        .service(at("/new-anchor").route(get().to(add::ask_anchor)).route(post().to(add::take_anchor)));
    for path in ["/{certificate}/remove", "/anchors/{anchor}/remove"] {
        config.service(at(path).route(get().to(remove::ask)).route(post().to(remove::remove)));
    }
}

/// A page under the tab, without the environment.
fn under(app: AppId, rest: &str) -> String {
    format!("{}/{rest}", Place::Tab(app, Tab::Certificates).path())
}

async fn list(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show(&visitor, &named).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app(named.id()).await?;
    let registered = visitor.state.registry.registered_of(&app).await.map_err(refused)?;
    let keys = visitor.state.protocol.directory.keys(app.id).await?;
    let may_edit = developer.may(&app, Permission::Edit);
    let at = |rest: &str| visitor.path(&under(app.id, rest));
    let remove = |rest: String| may_edit.then(|| Action { name: "Remove", url: at(&rest), is_dangerous: true });
    let certificate = |one| view::certificate(one, &keys, remove(format!("{}/remove", one.id)), visitor.now());
    let anchor = |one| view::anchor(one, remove(format!("anchors/{}/remove", one.id)), visitor.now());
    let Registered { certificates, anchors } = &registered;
    let page = CertificatesPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Certificates),
        mutual_tls: (words::mutual_tls(app.mutual_tls), mutual_tls::meaning(app.mutual_tls)),
        guide_url: format!("/docs/mutual-tls?app={}", app.id),
        urls: may_edit.then(|| CertificateUrls {
            mutual_tls: at("mutual-tls"),
            add: at("new"),
            add_name: at("new-name"),
            add_anchor: at("new-anchor"),
        }),
        certificates: certificates.iter().map(certificate).collect(),
        anchors: anchors.iter().map(anchor).collect(),
        echo: echo(visitor, &app, &keys),
        refusals: refusals(visitor, &app, &keys).await?,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// A call that shows what the server makes of a certificate, for the first key that can be used.
fn echo(visitor: &Visitor, app: &App, keys: &[ApiKey]) -> Option<Example> {
    let key = keys.iter().find(|key| key.is_usable(visitor.now()))?;
    let environment = app.environments.iter().find(|environment| key.is_allowed_in(environment, app))?;
    let settings = &visitor.state.protocol.settings;
    Caller { app, key, environment, settings, secret: SECRET_VARIABLE }.echo()
}

/// The newest attempts that were refused for their certificate.
async fn refusals(
    visitor: &Visitor,
    app: &Permitted<App>,
    keys: &[ApiKey],
) -> Result<Vec<CertificateRefusal>, PageError> {
    let filter = ActivityFilter { refused: true, ..crate::activity::recent(visitor) };
    let rows = visitor.state.registry.activity_of(app, filter, LOOKED_AT).await.map_err(refused)?;
    let is_about_certificates = |reason: &&Reason| reason.code().contains("certificate");
    let found = rows.into_iter().filter_map(|row| {
        let reason = Reason::ALL
            .iter()
            .filter(is_about_certificates)
            .find(|reason| Some(reason.code()) == row.refusal.as_deref())?;
        let which = row.request.map(|request| Which { request: Some(request), ..Which::default() });
        Some(CertificateRefusal {
            at: moment(row.at),
            code: reason.code(),
            sentence: reason.sentence(),
            count: row.count,
            key: row.key.and_then(|id| keys.iter().find(|key| key.id == id)).map(|key| key.label.clone()),
            url: which.map(|which| visitor.path(&Place::Activity(app.id, which).path())),
        })
    });
    Ok(found.take(REFUSALS).collect())
}

/// The keys for which alone something can be registered.
async fn holders(developer: &Developer<'_>, app: &Permitted<App>, chosen: &str) -> Result<Vec<Choice>, PageError> {
    let keys = developer.visitor.state.protocol.directory.keys(app.id).await?;
    let all = Choice { value: String::new(), words: "Every API key of the app".to_owned(), chosen: chosen.is_empty() };
    let one = |key: &ApiKey| Choice {
        value: key.id.to_string(),
        words: format!("{} ({}) alone", key.label, key.id),
        chosen: key.id.to_string() == chosen,
    };
    let living = keys.iter().filter(|key| key.state != KeyState::Revoked);
    Ok(std::iter::once(all).chain(living.map(one)).collect())
}

/// The key that was chosen of [`holders`].
async fn holder(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    chosen: &str,
) -> Result<Result<Option<ClientId>, Problem>, PageError> {
    if chosen.is_empty() {
        return Ok(Ok(None));
    }
    let keys = developer.visitor.state.protocol.directory.keys(app.id).await?;
    let found = keys.iter().find(|key| key.id.to_string() == chosen);
    Ok(found.map(|key| Some(key.id)).ok_or_else(|| Problem::new("key", "choose one of the list")))
}

/// What was typed as a label, if something was.
fn label(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|label| !label.is_empty()).map(str::to_owned)
}
