//! Connections of an API key, and requests for unattended ones.

use domain::{
    ClientId, Connection, ConnectionId, ConnectionRequest, CustomerId, EndedBy, EnvironmentName, Liveness, Permission,
    Purpose, RequestId, Thumbprint, Timestamp, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use storage::Cursor;
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::caller::Caller;
use crate::lists::{Page, Paging, malformed, written};
use crate::schemas::{self, moment, words};

/// What a user, or an admin for a service user, let an API key into.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionView {
    #[schema(value_type = String)]
    id: ConnectionId,
    /// The API key that was let in.
    #[schema(value_type = String)]
    key: ClientId,
    #[schema(value_type = String)]
    environment: EnvironmentName,
    #[schema(value_type = String)]
    customer: CustomerId,
    /// As whom it acts.
    #[schema(value_type = String)]
    user: UserId,
    /// Who gave it.
    #[schema(value_type = String)]
    granted_by: UserId,
    #[schema(schema_with = purpose)]
    purpose: Purpose,
    /// What the team calls it, where it was made by hand.
    label: Option<String>,
    /// What was ticked; what it reaches is what of that its user may still connect.
    #[schema(value_type = Vec<String>)]
    workspaces: Vec<WorkspaceId>,
    scopes: Vec<String>,
    #[schema(schema_with = state)]
    state: &'static str,
    /// By whom or what it was ended.
    #[schema(value_type = Option<String>)]
    ended_by: Option<EndedBy>,
    /// The certificate it is bound to (`x5t#S256`).
    #[schema(value_type = Option<String>)]
    bound_to: Option<Thumbprint>,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    #[schema(schema_with = schemas::date_time)]
    last_used_at: String,
    /// When it ends by age.
    #[schema(schema_with = schemas::date_time)]
    expires_at: String,
}

/// A request that a customer lets an API key act on its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectionRequest)]
pub(crate) struct RequestView {
    #[schema(value_type = String)]
    id: RequestId,
    /// The API key that wants in.
    #[schema(value_type = String)]
    key: ClientId,
    #[schema(value_type = String)]
    environment: EnvironmentName,
    #[schema(value_type = String)]
    customer: CustomerId,
    scopes: Vec<String>,
    #[schema(schema_with = request_state)]
    state: &'static str,
    /// The connection that answered it.
    #[schema(value_type = Option<String>)]
    answered_by: Option<ConnectionId>,
    /// What to send to an admin of the customer.
    link: String,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    #[schema(schema_with = schemas::date_time)]
    expires_at: String,
}

fn one_of(values: [&'static str; 3]) -> utoipa::openapi::ObjectBuilder {
    utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String).enum_values(Some(values))
}

fn purpose() -> utoipa::openapi::ObjectBuilder {
    let of = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
    of.enum_values(Some(["attended", "unattended", "generated", "test"]))
}

fn state() -> utoipa::openapi::ObjectBuilder {
    one_of(["active", "expired", "ended"])
}

fn request_state() -> utoipa::openapi::ObjectBuilder {
    one_of(["open", "answered", "expired"])
}

impl ConnectionView {
    pub(crate) fn of(connection: Connection, now: Timestamp) -> Self {
        let (state, ended_by) = match connection.liveness(now) {
            Liveness::Active => ("active", None),
            Liveness::IdleExpired | Liveness::TooOld => ("expired", None),
            Liveness::Ended(by) => ("ended", Some(by)),
        };
        Self {
            id: connection.id,
            key: connection.key,
            environment: connection.environment,
            customer: connection.customer,
            user: connection.user,
            granted_by: connection.granted_by,
            purpose: connection.purpose,
            label: connection.label,
            workspaces: connection.workspaces,
            scopes: words(connection.scopes.iter()),
            state,
            ended_by,
            bound_to: connection.bound_to,
            created_at: moment(connection.created_at),
            last_used_at: moment(connection.last_used_at),
            expires_at: moment(connection.expires_at),
        }
    }
}

impl RequestView {
    pub(crate) fn of(caller: &Caller, request: &ConnectionRequest) -> Self {
        let state = match request.answered_by {
            Some(_) => "answered",
            None if request.expires_at <= caller.now() => "expired",
            None => "open",
        };
        let issuer = caller.state.protocol.settings.issuer(&request.environment);
        Self {
            id: request.id,
            key: request.key,
            environment: request.environment.clone(),
            customer: request.customer,
            scopes: words(request.scopes.iter()),
            state,
            answered_by: request.answered_by,
            link: format!("{issuer}/ui/oauth/unattended/{}", request.id),
            created_at: moment(request.created_at),
            expires_at: moment(request.expires_at),
        }
    }
}

/// Which connections.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// In this environment; the default one when left out.
    #[param(max_length = 31)]
    environment: Option<String>,
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Where a page of connections ended: when its last one began, in milliseconds, and its id.
#[derive(Deserialize, Serialize)]
pub(crate) struct Mark(pub(crate) i64, pub(crate) ConnectionId);

/// The connections of an API key in an environment, oldest first, ended ones too.
#[utoipa::path(get, path = "/api/v1/apps/{app}/keys/{key}/connections", tag = "Connections", params(("app" = String, Path), ("key" = String, Path), Wanted), responses((status = 200, body = Page<ConnectionView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let Wanted { environment, cursor, limit } = caller.query()?;
    let paging = Paging::new(cursor, limit);
    let limit = paging.limit()?;
    let after = paging.after()?.map(|Mark(at, id)| Cursor { created_at: Timestamp::from_millis(at), id });
    let environment = environment.map(EnvironmentName::try_from).transpose();
    let environment = environment.map_err(|error| malformed(format!("environment: {error}")))?;
    let environment = environment.unwrap_or_else(EnvironmentName::default_environment);
    let registry = &caller.state.registry;
    let (key, _) = registry.key_of(&app, caller.named("key")?).await.map_err(|error| caller.refused(error))?;
    let found = registry.connections_of(&key, &environment, after, limit + 1).await;
    let mut found = found.map_err(|error| caller.refused(error))?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next_cursor = found.last().filter(|_| more).map(|last| written(&Mark(last.created_at.millis(), last.id)));
    let now = caller.now();
    Ok(caller.ok(&Page { items: found.into_iter().map(|one| ConnectionView::of(one, now)).collect(), next_cursor }))
}

/// The requests of an API key for unattended connections, newest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/keys/{key}/connection-requests", tag = "Connections", params(("app" = String, Path), ("key" = String, Path), Paging), responses((status = 200, body = Page<RequestView>)))]
pub(crate) async fn requests(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let registry = &caller.state.registry;
    let (key, _) = registry.key_of(&app, caller.named("key")?).await.map_err(|error| caller.refused(error))?;
    let requests = registry.connection_requests_of(&key).await.map_err(|error| caller.refused(error))?;
    let page = paging.of(requests, |request| request.id.to_string(), |request| RequestView::of(&caller, &request))?;
    Ok(caller.ok(&page))
}
