//! `GET /oauth/connections`: what an API key is connected to; `GET /oauth/connections/{id}/workspaces`: all that one of
//! them reaches.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{ActivityKind, Reason};
use protocol::{AuthenticatedClient, ConnectionPage, Parameters, Presented, Refusal, WorkspacePage};

use crate::environment::At;
use crate::request::{authorization, shown};
use crate::respond::Attempt;
use crate::state::State;

pub(crate) async fn connections(state: web::Data<State>, at: At, request: HttpRequest) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Connections, at.name.clone());
    let outcome = list(&state, &at, &mut attempt, &request).await;
    attempt.conclude(outcome).await
}

pub(crate) async fn workspaces(state: web::Data<State>, at: At, request: HttpRequest) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Connections, at.name.clone());
    let outcome = list_workspaces(&state, &at, &mut attempt, &request).await;
    attempt.conclude(outcome).await
}

async fn list(
    state: &State,
    at: &At,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<ConnectionPage, Refusal> {
    let (client, parameters) = client(state, at, attempt, request).await?;
    state.protocol.list_connections(&client, parameters.find("cursor")).await
}

async fn list_workspaces(
    state: &State,
    at: &At,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<WorkspacePage, Refusal> {
    let (client, parameters) = client(state, at, attempt, request).await?;
    let connection = request.match_info().get("connection").unwrap_or_default();
    state.protocol.list_workspaces(&client, connection, parameters.find("cursor")).await
}

async fn client(
    state: &State,
    at: &At,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<(AuthenticatedClient, Parameters), Refusal> {
    let parameters = Parameters::parse(request.query_string().as_bytes())?;
    // A GET has no body to authenticate in: the header it is.
    if parameters.find("client_secret").is_some() {
        protocol::refuse_query(request.query_string().as_bytes())?;
    }
    let presented = Presented::read(authorization(request)?, &parameters, &shown(request))?;
    let client = state.protocol.authenticate(&at.name, &presented, &mut attempt.trail).await?;
    if !client.is_confidential() {
        return Err(Reason::AuthenticationKindWrong.into());
    }
    Ok((client, parameters))
}
