//! `/ui/apps/{app}/customers`: the connections of an app, with what became of each and why; the requests for unattended
//! ones that nobody has answered.

pub(crate) mod ending;
mod requests;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig, get, post, resource};
use domain::{AppId, Permission};
use oauth_endpoints::sessions::{PageResult, Visitor};
use serde::Deserialize;
use storage::{ConnectionsOfApp, Cursor, OpenRequest};

use crate::app::{Named, head};
use crate::connections::{self, Stage};
use crate::developer::{Developer, answer, refused};
use crate::pages::{CustomersPage, NoConnection, RequestRow, moment};
use crate::place::{Place, Tab};

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/apps/{{app}}/customers{path}"));
    config
        .service(at("").route(get().to(list)))
        .service(at("/requests/new").route(get().to(requests::ask)).route(post().to(requests::create)))
        .service(
            at("/requests/{request}/withdraw")
                .route(get().to(requests::ask_withdraw))
                .route(post().to(requests::withdraw)),
        )
        .service(at("/{connection}/end").route(get().to(ending::ask)).route(post().to(ending::end)));
}

/// How many connections are shown on a page.
pub(crate) const ROWS: u32 = 50;
/// The longest text that is searched for.
const LONGEST: usize = 100;

/// Some of an app's connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) customer: String,
    pub(crate) stage: Option<Stage>,
    pub(crate) after: Option<Cursor>,
}

impl Listing {
    pub(crate) fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("customer", (!self.customer.is_empty()).then(|| self.customer.clone())),
            ("state", self.stage.map(|stage| stage.word().to_owned())),
            ("after", self.after.map(connections::write_cursor)),
        ]
    }
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    customer: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn listing(&self) -> Listing {
        Listing {
            customer: self.customer.trim().chars().take(LONGEST).collect(),
            stage: Stage::of(&self.state),
            after: connections::read_cursor(&self.after),
        }
    }
}

async fn list(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let listing = asked.map(|asked| asked.listing()).unwrap_or_default();
    let result = show(&visitor, &named, listing).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named, listing: Listing) -> PageResult {
    let place = |listing: &Listing| named.id().map_or(Place::all_apps(), |app| Place::Customers(app, listing.clone()));
    let developer = Developer::at(visitor, &place(&listing)).await?;
    let app = developer.app(named.id()).await?;
    let registry = &visitor.state.registry;
    let which = ConnectionsOfApp {
        app: app.id,
        purpose: None,
        customer: listing.customer.clone(),
        stage: listing.stage.map(Stage::stored),
        now: visitor.now(),
    };
    let mut rows = registry.connections_of_app(&app, which, listing.after, ROWS + 1).await.map_err(refused)?;
    let next = connections::cut(&mut rows, ROWS);
    let requests = registry.open_requests_of_app(&app).await.map_err(refused)?;
    let may_edit = developer.may(&app, Permission::Edit);
    let url = |listing: &Listing| visitor.path(&place(listing).path());
    let begins = Listing { after: None, ..listing.clone() };
    let page = CustomersPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Customers),
        url: url(&Listing::default()),
        nothing: rows.is_empty().then(|| nothing(&listing)),
        connections: rows
            .iter()
            .map(|row| connections::card(visitor, row, may_edit.then_some(Tab::Customers)))
            .collect(),
        stages: Stage::choices(listing.stage),
        customer: listing.customer.clone(),
        first_url: listing.after.map(|_| url(&begins)),
        next_url: next.map(|after| url(&Listing { after: Some(after), ..listing.clone() })),
        requests: requests.iter().map(|open| request_row(visitor, app.id, open, may_edit)).collect(),
        request_url: (may_edit && app.client_credentials).then(|| visitor.path(&requests::new_path(app.id))),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

fn nothing(listing: &Listing) -> NoConnection {
    if *listing == Listing::default() { NoConnection::Yet } else { NoConnection::Matches }
}

fn request_row(visitor: &Visitor, app: AppId, open: &OpenRequest, may_edit: bool) -> RequestRow {
    let OpenRequest { request, key, customer } = open;
    RequestRow {
        id: request.id.to_string(),
        customer: customer.clone(),
        key: key.clone(),
        environment: request.environment.to_string(),
        scopes: request.scopes.to_string(),
        link: requests::link(visitor, request),
        created_at: moment(request.created_at),
        expires_at: moment(request.expires_at),
        withdraw_url: may_edit.then(|| visitor.path(&requests::withdraw_path(app, request.id))),
    }
}
