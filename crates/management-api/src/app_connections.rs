//! `/apps/{app}/connections` and `/connection-requests`: what the customers of an app let it into, over all its API keys,
//! with the names that its developers may know.

use actix_web::HttpResponse;
use client_registry::Permitted;
use domain::{App, Permission, Purpose, Timestamp};
use oauth_endpoints::Problem;
use serde::{Deserialize, Serialize};
use storage::{ConnectionsOfApp, Cursor, NamedConnection, OpenRequest, Stage};
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::caller::Caller;
use crate::connections::{ConnectionView, Mark, RequestView};
use crate::lists::{Page, Paging, search, written};

/// A connection, with the names of what it names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamedConnection)]
pub(crate) struct NamedConnectionView {
    connection: ConnectionView,
    key_label: String,
    customer_name: String,
    /// Who authorized it.
    granted_by: Option<PersonView>,
    /// The first of its workspaces that exist, by name.
    workspace_names: Vec<String>,
}

/// A person, by name and address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonView {
    name: String,
    email: String,
}

/// A request for an unattended connection that can still be answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenRequest)]
pub(crate) struct OpenRequestView {
    request: RequestView,
    key_label: String,
    customer_name: String,
}

/// Where connections stand.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StageWanted {
    Active,
    Expired,
    Ended,
}

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Stages {
    /// That stand there now; all when left out.
    #[param(inline)]
    state: Option<StageWanted>,
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Which connections.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// At the customer with this id, or at those whose name contains this.
    #[param(max_length = 200)]
    customer: Option<String>,
    /// That stand there now; all when left out.
    #[param(inline)]
    state: Option<StageWanted>,
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

impl From<StageWanted> for Stage {
    fn from(wanted: StageWanted) -> Self {
        match wanted {
            StageWanted::Active => Self::Active,
            StageWanted::Expired => Self::Expired,
            StageWanted::Ended => Self::Ended,
        }
    }
}

impl NamedConnectionView {
    fn of(named: NamedConnection, now: Timestamp) -> Self {
        Self {
            connection: ConnectionView::of(named.connection, now),
            key_label: named.key,
            customer_name: named.customer,
            granted_by: named.granted_by.map(|(name, email)| PersonView { name, email }),
            workspace_names: named.workspaces,
        }
    }
}

/// A page of connections of an app: at `customer`, for `purpose`.
pub(crate) async fn page(
    caller: &Caller,
    app: &Permitted<App>,
    (wanted, customer, purpose): (Stages, String, Option<Purpose>),
) -> Result<Page<NamedConnectionView>, Problem> {
    let paging = Paging::new(wanted.cursor, wanted.limit);
    let (limit, now) = (paging.limit()?, caller.now());
    let after = paging.after()?.map(|Mark(at, id)| Cursor { created_at: Timestamp::from_millis(at), id });
    let which = ConnectionsOfApp { app: app.id, purpose, customer, stage: wanted.state.map(Stage::from), now };
    let found = caller.state.registry.connections_of_app(app, which, after, limit + 1).await;
    let mut found = found.map_err(|error| caller.refused(error))?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let mark = |last: &NamedConnection| written(&Mark(last.connection.created_at.millis(), last.connection.id));
    let next_cursor = found.last().filter(|_| more).map(mark);
    Ok(Page { items: found.into_iter().map(|one| NamedConnectionView::of(one, now)).collect(), next_cursor })
}

/// The connections of an app, newest first, ended ones too.
#[utoipa::path(get, path = "/api/v1/apps/{app}/connections", tag = "Connections", params(("app" = String, Path), Wanted), responses((status = 200, body = Page<NamedConnectionView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let Wanted { customer, state, cursor, limit } = caller.query()?;
    let page = page(&caller, &app, (Stages { state, cursor, limit }, search(customer)?, None)).await?;
    Ok(caller.ok(&page))
}

/// A connection of an app.
#[utoipa::path(get, path = "/api/v1/apps/{app}/connections/{connection}", tag = "Connections", params(("app" = String, Path), ("connection" = String, Path)), responses((status = 200, body = ConnectionView)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let found = caller.state.registry.connection_of_app(&app, caller.named("connection")?).await;
    Ok(caller.ok(&ConnectionView::of(found.map_err(|error| caller.refused(error))?, caller.now())))
}

/// The requests of an app for unattended connections that can still be answered, newest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/connection-requests", tag = "Connections", params(("app" = String, Path), Paging), responses((status = 200, body = Page<OpenRequestView>)))]
pub(crate) async fn requests(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let open = caller.state.registry.open_requests_of_app(&app).await.map_err(|error| caller.refused(error))?;
    let page = paging.of(
        open,
        |open| open.request.id.to_string(),
        |OpenRequest { request, key, customer }| OpenRequestView {
            request: RequestView::of(&caller, &request),
            key_label: key,
            customer_name: customer,
        },
    )?;
    Ok(caller.ok(&page))
}

/// Withdraw a request for an unattended connection: its link works no more.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/connection-requests/{request}", tag = "Connections", params(("app" = String, Path), ("request" = String, Path)), responses((status = 204, description = "Its link works no more.")))]
pub(crate) async fn withdraw(caller: Caller) -> Result<HttpResponse, Problem> {
    let app = caller.app(Permission::Edit).await?;
    let withdrawn = caller.state.registry.withdraw_connection_request(&app, caller.named("request")?).await;
    withdrawn.map_err(|error| caller.refused(error))?;
    Ok(caller.nothing())
}
