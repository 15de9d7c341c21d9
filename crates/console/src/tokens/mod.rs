//! `/ui/apps/{app}/tokens`: tokens made by hand. *Generate Token* asks exactly what for, then for the password, then for
//! the code that is mailed for exactly that; the answer to the code shows the tokens, once.

mod approve;
mod form;
mod order;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig, get, post, resource};
use domain::{AppId, Permission, Purpose};
use oauth_endpoints::sessions::{PageResult, Visitor};
use serde::Deserialize;
use storage::{ConnectionsOfApp, Cursor};

use crate::app::{Named, head};
use crate::connections::{self, Stage};
use crate::customers::{ROWS, ending};
use crate::developer::{Developer, answer, refused};
use crate::pages::{NoConnection, TokensPage};
use crate::place::{Place, Tab};

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/apps/{{app}}/tokens{path}"));
    config
        .service(at("").route(get().to(list)))
        .service(at("/new").route(get().to(form::ask)).route(post().to(form::order)))
        .service(at("/approve/{approval}").route(get().to(approve::ask)).route(post().to(approve::act)))
        .service(at("/approve/{approval}/resend").route(post().to(approve::resend)))
        .service(at("/{connection}/regenerate").route(get().to(form::ask_again)).route(post().to(form::order_again)))
        .service(at("/{connection}/end").route(get().to(ending::ask_tokens)).route(post().to(ending::end_tokens)));
}

/// The path of *Generate Token*, without the environment.
fn new_path(app: AppId) -> String {
    format!("{}/new", Place::Tab(app, Tab::Tokens).path())
}

/// Some of an app's tokens made by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) stage: Option<Stage>,
    pub(crate) after: Option<Cursor>,
}

impl Listing {
    pub(crate) fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("state", self.stage.map(|stage| stage.word().to_owned())),
            ("after", self.after.map(connections::write_cursor)),
        ]
    }
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn list(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let listing = Listing { stage: Stage::of(&asked.state), after: connections::read_cursor(&asked.after) };
    let result = show(&visitor, &named, listing).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named, listing: Listing) -> PageResult {
    let place = |listing: &Listing| named.id().map_or(Place::all_apps(), |app| Place::Tokens(app, listing.clone()));
    let developer = Developer::at(visitor, &place(&listing)).await?;
    let app = developer.app(named.id()).await?;
    let which = ConnectionsOfApp {
        app: app.id,
        purpose: Some(Purpose::Generated),
        customer: String::new(),
        stage: listing.stage.map(Stage::stored),
        now: visitor.now(),
    };
    let registry = &visitor.state.registry;
    let mut rows = registry.connections_of_app(&app, which, listing.after, ROWS + 1).await.map_err(refused)?;
    let next = connections::cut(&mut rows, ROWS);
    let may = developer.may(&app, Permission::GenerateToken);
    let url = |listing: &Listing| visitor.path(&place(listing).path());
    let begins = Listing { after: None, ..listing.clone() };
    let page = TokensPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Tokens),
        url: url(&Listing::default()),
        stages: Stage::choices(listing.stage),
        nothing: rows
            .is_empty()
            .then(|| if listing == Listing::default() { NoConnection::Yet } else { NoConnection::Matches }),
        connections: rows.iter().map(|row| connections::card(visitor, row, may.then_some(Tab::Tokens))).collect(),
        first_url: listing.after.map(|_| url(&begins)),
        next_url: next.map(|after| url(&Listing { after: Some(after), ..listing.clone() })),
        new_url: may.then(|| visitor.path(&new_path(app.id))),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}
