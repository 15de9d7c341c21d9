//! *Enable Mutual TLS Authentication*: Off, Optional or Required, with what requiring it would mean today.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{AppEdit, KeyReadiness, Permitted, RegistryError};
use domain::{App, MutualTls, Permission};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageForm, PageResult, Visitor};
use storage::CertificateUse;

use super::under;
use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem, refused};
use crate::pages::{KeyReady, MutualTlsChoice, MutualTlsPage, Problem, words};
use crate::place::{Place, Tab};

const MODE: &str = "mutual_tls";
/// Whether clients may be refused that are not now.
const FORCE: &str = "force";
/// The app as the form was made for it.
const VERSION: &str = "version";
const ALL: [(MutualTls, &str); 3] =
    [(MutualTls::Off, "off"), (MutualTls::Optional, "optional"), (MutualTls::Required, "required")];

/// What each state means.
pub(super) const fn meaning(mutual_tls: MutualTls) -> &'static str {
    match mutual_tls {
        MutualTls::Off => {
            "Certificates are ignored. Connections that are bound to one cannot be refreshed while it is off."
        }
        MutualTls::Optional => "Tokens that are asked for with a registered certificate are bound to it.",
        MutualTls::Required => {
            "Requests without a registered certificate are refused, so that every token is bound to one."
        }
    }
}

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn set(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let page = page(&developer, &app, (app.mutual_tls, false), Vec::new()).await?;
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let force = form.one(FORCE) == "yes";
    let chosen = ALL.into_iter().find(|(_, word)| *word == form.one(MODE)).map(|(mode, _)| mode);
    let again = async |problem| {
        let page = page(&developer, &app, (chosen.unwrap_or(app.mutual_tls), force), vec![problem]).await?;
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let Some(wanted) = chosen else { return again(Problem::new(MODE, "choose one of the three")).await };
    if wanted == MutualTls::Required && !force {
        let ready = visitor.state.registry.readiness(app.id).await.map_err(refused)?;
        if ready.iter().any(KeyReadiness::would_be_refused) {
            return again(Problem::new(FORCE, "clients came without a registered certificate within the last day and would be refused; tick the box to require it all the same")).await;
        }
    }
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()).await,
    };
    match perform(visitor, &app, (wanted, &form), confirmed).await {
        Ok(()) => Ok(visitor.go(&Place::Tab(app.id, Tab::Certificates).path())),
        Err(error) => again(Problem { field: MODE, ..problem(error)? }).await,
    }
}

async fn perform(
    visitor: &Visitor,
    app: &Permitted<App>,
    (wanted, form): (MutualTls, &PageForm),
    _: Confirmed,
) -> Result<(), RegistryError> {
    // A form of ours has the version; without one nothing is at it.
    let seen = form.one(VERSION).parse().unwrap_or(-1);
    let edits = vec![AppEdit::MutualTls(wanted)];
    visitor.state.registry.edit_app(app.by(), app.id, Some(seen), edits).await.map(drop)
}

async fn page(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    (chosen, forced): (MutualTls, bool),
    problems: Vec<Problem>,
) -> Result<MutualTlsPage, PageError> {
    let visitor = developer.visitor;
    let ready = visitor.state.registry.readiness(app.id).await.map_err(refused)?;
    let mut choices = Vec::new();
    for (mode, value) in ALL {
        let closed = match visitor.state.registry.may_set_mutual_tls(app, mode).await {
            Ok(()) => None,
            Err(error) => Some(problem(error)?.words),
        };
        let name = words::mutual_tls(mode);
        choices.push(MutualTlsChoice { value, name, about: meaning(mode), chosen: mode == chosen, closed });
    }
    Ok(MutualTlsPage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Certificates),
        form: developer.post_to(&under(app.id, "mutual-tls")).with(VERSION, app.version.to_string()),
        problems,
        needs_password: visitor.needs_password(),
        choices,
        share: share(&ready),
        asks_for_force: app.mutual_tls != MutualTls::Required && ready.iter().any(KeyReadiness::would_be_refused),
        forced,
        keys: ready.iter().map(row).collect(),
        back_url: visitor.path(&Place::Tab(app.id, Tab::Certificates).path()),
    })
}

fn row(ready: &KeyReadiness) -> KeyReady {
    let counts = |uses: &CertificateUse| [uses.registered, uses.unregistered, uses.without];
    KeyReady {
        label: ready.key.label.clone(),
        id: ready.key.id.to_string(),
        certificates: ready.certificates,
        month: counts(&ready.month),
        day: counts(&ready.day),
        would_be_refused: ready.would_be_refused(),
    }
}

fn share(ready: &[KeyReadiness]) -> Option<String> {
    let registered: u64 = ready.iter().map(|key| key.month.registered).sum();
    let others: u64 = ready.iter().map(|key| key.month.unregistered + key.month.without).sum();
    let all = registered + others;
    let share = (registered * 100).checked_div(all)?;
    Some(format!("{share} % of {all} successful calls of the last 30 days came with a registered certificate."))
}
