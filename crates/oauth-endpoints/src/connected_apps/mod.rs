//! `/ui/connected-apps`: what a person connected, and taking it back. Each end is two clicks: a page that asks, and its
//! form.

mod cards;
mod ending;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig, get, post, resource};
use domain::Connection;
use serde::Deserialize;

use crate::pages::ConnectedAppsPage;
use crate::sessions::{PageError, PageResult, Session, Visitor};
use crate::sign_in::ReturnTo;

/// How many connections are shown on a page.
const ROWS: usize = 50;
/// How many are looked at in all.
const LOOKED_AT: u32 = 1000;

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/connected-apps{path}"));
    config
        .service(at("").route(get().to(list)))
        .service(at("/{connection}/end").route(get().to(ending::ask)).route(post().to(ending::end)))
        .service(
            at("/{connection}/workspaces/{workspace}/remove")
                .route(get().to(ending::ask))
                .route(post().to(ending::end)),
        );
}

#[derive(Default, Deserialize)]
struct Shown {
    page: Option<usize>,
    done: Option<String>,
}

async fn list(visitor: Visitor, shown: Option<Query<Shown>>) -> HttpResponse {
    let shown = shown.map(Query::into_inner).unwrap_or_default();
    let result = show(&visitor, &shown).await;
    visitor.answer(result)
}

async fn show(visitor: &Visitor, shown: &Shown) -> PageResult {
    let session = match signed_in(visitor) {
        Ok(session) => session,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere)),
    };
    let connections = of(visitor, session).await?;
    let page = shown.page.unwrap_or(0);
    let first = page.saturating_mul(ROWS);
    let total = connections.len();
    let rows: Vec<Connection> = connections.into_iter().skip(first).take(ROWS).collect();
    let more = first.saturating_add(ROWS) < total;
    let page = ConnectedAppsPage {
        frame: visitor.frame(),
        connections: cards::cards(visitor, session, &rows).await?,
        total,
        next_url: more.then(|| visitor.path(&format!("/ui/connected-apps?page={}", page + 1))),
        done: cards::done(visitor, session, shown.done.as_deref()).await?,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// The person, or the path of the sign-in page.
fn signed_in(visitor: &Visitor) -> Result<&Session, String> {
    visitor.session.as_ref().ok_or_else(|| ReturnTo::connected_apps(&visitor.at.name).sign_in_path())
}

/// The person's connections here that are alive, newest first.
async fn of(visitor: &Visitor, session: &Session) -> Result<Vec<Connection>, PageError> {
    let mut connections = visitor.state.protocol.connections.of_user(session.user.id, LOOKED_AT).await?;
    let now = visitor.now();
    connections.retain(|connection| {
        connection.environment == visitor.at.name && connection.liveness(now) == domain::Liveness::Active
    });
    Ok(connections)
}

/// Whether the connection is this person's to see and end.
fn is_of(connection: &Connection, session: &Session, visitor: &Visitor) -> bool {
    let own = connection.user == session.user.id || connection.granted_by == session.user.id;
    own && connection.environment == visitor.at.name
}
