//! `/ui/apps/{app}/settings`: the form of an app again, and what else can be done with it.

mod act;
mod behaviour;
mod stale;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::{Permitted, RegistryError};
use domain::{App, Permission};
use oauth_endpoints::sessions::{PageBody, PageForm, PageResult, Visitor};
use serde::Deserialize;

use crate::app::{Named, head};
use crate::app_form::{DECISION, Offered, Typed, fields, problems, seen_early};
use crate::developer::{Developer, answer, problem, refused};
use crate::pages::{Parting, Problem, SettingsPage, Stale};
use crate::place::{Place, Tab};

pub(crate) use act::{ask, make};
pub(crate) use behaviour::Behaviour;

/// The hidden field with the version of the app that the form was filled from.
const VERSION: &str = "version";

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    saved: String,
}

pub(crate) async fn show(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let saved = asked.is_some_and(|asked| asked.saved == "yes");
    let result = settings(&visitor, &named, saved).await;
    answer(visitor, result)
}

pub(crate) async fn save(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = change(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn settings(visitor: &Visitor, named: &Named, saved: bool) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Settings)).await?;
    let app = developer.app(named.id()).await?;
    if !developer.may(&app, Permission::Delete) {
        developer.app_for(named.id(), Permission::Edit).await?;
    }
    let offered = Offered::read(visitor).await?;
    let view = View {
        typed: Typed::of_app(&app),
        behaviour: Behaviour::of_app(&app, visitor.now()),
        checked: false,
        problems: Vec::new(),
        stale: None,
        saved,
    };
    Ok(visitor.show(&view.page(&developer, &app, &offered), StatusCode::OK))
}

async fn change(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Settings)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let offered = Offered::read(visitor).await?;
    let mut view = View {
        typed: Typed::of_form(&form, app.kind),
        behaviour: Behaviour::of_form(&form),
        checked: true,
        problems: Vec::new(),
        stale: None,
        saved: false,
    };
    let mut status = StatusCode::OK;
    match form.one(DECISION) {
        "check" => {
            let faults = visitor.state.registry.faults_of_edits(app.by(), &app, view.typed.edits(&app)).await;
            view.problems = seen_early(faults.map_err(refused)?);
        }
        "more" => view.typed.make_room(visitor.state.registry.policy().callback_urls_per_app),
        _ if form.one(VERSION) != app.version.to_string() => {
            status = StatusCode::CONFLICT;
            view.stale = Some(stale::between(&developer, &app, &view.typed).await?);
        }
        _ => match edit(&developer, &app, &view).await {
            Ok(()) => return Ok(visitor.go(&format!("{}?saved=yes", Place::Tab(app.id, Tab::Settings).path()))),
            Err(Unsaved::Problems(problems)) => {
                status = StatusCode::BAD_REQUEST;
                view.problems = problems;
            }
            Err(Unsaved::Refused(RegistryError::Stale { .. })) => {
                // Somebody was faster by less than a request: what is there now is read again.
                let app = developer.app_for(named.id(), Permission::Edit).await?;
                view.stale = Some(stale::between(&developer, &app, &view.typed).await?);
                return Ok(visitor.show(&view.page(&developer, &app, &offered), StatusCode::CONFLICT));
            }
            Err(Unsaved::Refused(error)) => {
                status = StatusCode::BAD_REQUEST;
                view.problems = vec![problem(error)?];
            }
        },
    }
    Ok(visitor.show(&view.page(&developer, &app, &offered), status))
}

/// Why a form was not saved.
enum Unsaved {
    Problems(Vec<Problem>),
    Refused(RegistryError),
}

impl From<RegistryError> for Unsaved {
    fn from(error: RegistryError) -> Self {
        Self::Refused(error)
    }
}

async fn edit(developer: &Developer<'_>, app: &Permitted<App>, view: &View) -> Result<(), Unsaved> {
    let registry = &developer.visitor.state.registry;
    let mut edits = view.typed.edits(app);
    let behaviour = view.behaviour.edits(app, developer.visitor.now());
    let mut found: Vec<Problem> = behaviour.as_ref().err().cloned().unwrap_or_default();
    edits.extend(behaviour.unwrap_or_default());
    found.extend(problems(registry.faults_of_edits(app.by(), app, edits.clone()).await?));
    if !found.is_empty() {
        return Err(Unsaved::Problems(found));
    }
    if !edits.is_empty() {
        registry.edit_app(app.by(), app.id, Some(app.version), edits).await?;
    }
    Ok(())
}

/// What the page shows beside the app itself.
struct View {
    typed: Typed,
    behaviour: Behaviour,
    checked: bool,
    problems: Vec<Problem>,
    stale: Option<Stale>,
    saved: bool,
}

impl View {
    fn page(&self, developer: &Developer<'_>, app: &App, offered: &Offered) -> SettingsPage {
        let visitor = developer.visitor;
        let settings = Place::Tab(app.id, Tab::Settings).path();
        let act = |act| visitor.path(&Place::Settings(app.id, act).path());
        let may_delete = developer.may(app, Permission::Delete);
        SettingsPage {
            frame: visitor.frame(),
            head: head(developer, app, Tab::Settings),
            form: developer.post_to(&settings).with(VERSION, app.version.to_string()),
            may_edit: developer.may(app, Permission::Edit),
            fields: fields(visitor, offered, (&self.typed, Some(app)), self.checked, self.problems.clone()),
            behaviour: self.behaviour.shown(app, visitor),
            client_credentials: app.client_credentials,
            client_credentials_url: act("client-credentials"),
            parting: may_delete.then(|| Parting { transfer_url: act("transfer"), delete_url: act("delete") }),
            stale: self.stale.clone(),
            saved: self.saved,
        }
    }
}

/// A field of a form that is ticked or not.
fn is_ticked(form: &PageForm, name: &str) -> bool {
    form.one(name) == "yes"
}
