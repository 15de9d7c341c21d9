//! `/apps/{app}/tokens`: tokens of an app that people made by hand. What stands behind them is a connection like any other.

use client_registry::Permitted;
use domain::{App, Connection, EndedBy, Permission, Purpose};
use oauth_endpoints::Problem;

use crate::answers::Answer;
use crate::app_changes::Ended;
use crate::app_connections::{NamedConnectionView, Stages, page};
use crate::caller::{Caller, absent};
use crate::connections::ConnectionView;
use crate::lists::Page;

/// The tokens of an app that were made by hand, newest first, ended ones too. What they are is shown once, when they are
/// made.
#[utoipa::path(get, path = "/api/v1/apps/{app}/tokens", tag = "Tokens", params(("app" = String, Path), Stages), responses((status = 200, body = Page<NamedConnectionView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let wanted: Stages = caller.query()?;
    let page = page(&caller, &app, (wanted, String::new(), Some(Purpose::Generated))).await?;
    Ok(caller.ok(&page))
}

/// One of the tokens of an app that were made by hand.
#[utoipa::path(get, path = "/api/v1/apps/{app}/tokens/{token}", tag = "Tokens", params(("app" = String, Path), ("token" = String, Path)), responses((status = 200, body = ConnectionView)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let tokens = its_tokens(&caller, &app).await?;
    Ok(caller.ok(&ConnectionView::of(tokens, caller.now())))
}

/// End tokens that were made by hand: access tokens within a second. The app's other connections and tokens go on.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/tokens/{token}", tag = "Tokens", params(("app" = String, Path), ("token" = String, Path)), responses((status = 200, body = Ended)))]
pub(crate) async fn end(caller: Caller) -> Answer {
    caller.person()?;
    let app = caller.app(Permission::GenerateToken).await?;
    let tokens = its_tokens(&caller, &app).await?;
    let ended = caller.state.registry.end_connection_of_app(&app, tokens.id, EndedBy::Developer).await;
    let ended = ended.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&Ended { connections: u64::from(ended == client_registry::Ended::Now) }))
}

/// The tokens of the path. Who may make tokens and not edit the app reaches tokens alone.
async fn its_tokens(caller: &Caller, app: &Permitted<App>) -> Result<Connection, Problem> {
    let id = caller.named("token")?;
    let found = caller.state.registry.connection_of_app(app, id).await.map_err(|error| caller.refused(error))?;
    if found.purpose == Purpose::Generated { Ok(found) } else { Err(absent("token made by hand", id)) }
}
