//! `GET /oauth/connections`: what an API key is connected to.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{ActivityKind, Reason};
use protocol::{ConnectionPage, Parameters, Presented, Refusal};

use crate::environment::At;
use crate::request::{authorization, shown};
use crate::respond::Attempt;
use crate::state::State;

pub(crate) async fn connections(state: web::Data<State>, at: At, request: HttpRequest) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Connections, at.name.clone());
    let outcome = answer(&state, &at, &mut attempt, &request).await;
    attempt.finish(outcome)
}

async fn answer(
    state: &State,
    at: &At,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<ConnectionPage, Refusal> {
    let parameters = Parameters::parse(request.query_string().as_bytes())?;
    // A GET has no body to authenticate in: the header it is.
    if parameters.find("client_secret").is_some() {
        state.protocol.refuse_query(request.query_string().as_bytes(), &mut attempt.trail).await?;
    }
    let presented = Presented::read(authorization(request)?, &parameters, &shown(request))?;
    let client = state.protocol.authenticate(&at.name, &presented, &mut attempt.trail).await?;
    if !client.is_confidential() {
        return Err(Reason::AuthenticationKindWrong.into());
    }
    state.protocol.list_connections(&client, parameters.find("cursor")).await
}
