//! `/oauth/mtls/echo`: what certificate the server saw, and what it is to the client that asks.
//!
//! GET for curl and browsers, with HTTP Basic, or with the `client_id` of a key that authenticates by certificate; POST
//! as at the token endpoint; or with no client at all.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use protocol::{Mirror, Parameters, Presented, Refusal, Shown};

use crate::environment::At;
use crate::form::Form;
use crate::request::{Call, authorization, shown};
use crate::respond::{Failure, ok, written};
use crate::state::State;

pub(crate) async fn echo(state: web::Data<State>, at: At, request: HttpRequest, form: Form) -> HttpResponse {
    match look(&state, &at, &request, form).await {
        Ok(mirror) => ok(written(&mirror)),
        Err(refusal) => {
            let refusal = state.strangers.count(&state.proxies.origin(&request), refusal);
            Failure::Refused(Call::of(&request).id, refusal).into_response()
        }
    }
}

async fn look(state: &State, at: &At, request: &HttpRequest, form: Form) -> Result<Mirror, Refusal> {
    let in_query = Parameters::parse(request.query_string().as_bytes())?;
    if in_query.find("client_secret").is_some() {
        protocol::refuse_query(request.query_string().as_bytes())?;
    }
    let parameters = if request.method() == Method::POST { Parameters::parse(&form.0?)? } else { in_query };
    let certificate = shown(request);
    let presented = client(authorization(request)?, &parameters, &certificate)?;
    state.protocol.mirror(&at.name, presented, &certificate).await
}

fn client(
    authorization: Option<&str>,
    parameters: &Parameters,
    certificate: &Shown,
) -> Result<Option<Presented>, Refusal> {
    let asks = authorization.is_some() || parameters.find("client_id").is_some();
    asks.then(|| Presented::read(authorization, parameters, certificate)).transpose()
}
