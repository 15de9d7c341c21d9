//! `POST /oauth/token` (RFC 6749 §3.2).

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{ActivityKind, Reason};
use protocol::{Refusal, TokenRequest, TokenResponse};

use crate::environment::At;
use crate::form::Form;
use crate::request::{authorization, shown};
use crate::respond::Attempt;
use crate::state::State;

pub(crate) async fn token(state: web::Data<State>, at: At, request: HttpRequest, form: Form) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Token, at.name.clone());
    let outcome = issue(&state, &at, &request, form, &mut attempt).await;
    attempt.conclude_written(outcome.map(|answer| answer.into_json().into())).await
}

async fn issue(
    state: &State,
    at: &At,
    request: &HttpRequest,
    form: Form,
    attempt: &mut Attempt<'_>,
) -> Result<TokenResponse, Refusal> {
    let body = attempt.reads(form)?;
    let asked = TokenRequest {
        environment: at.name.clone(),
        authorization: authorization(request)?,
        certificate: &shown(request),
        query: request.query_string().as_bytes(),
        body: &body,
    };
    state.protocol.token(asked, &mut attempt.trail).await
}

/// Any other method (RFC 6749 §3.2: the client must use POST).
pub(crate) async fn wrong_method(state: web::Data<State>, at: At, request: HttpRequest) -> HttpResponse {
    let attempt = Attempt::new(&state, &request, ActivityKind::Token, at.name.clone());
    let mut response = attempt.finish::<()>(Err(Reason::MethodWrong.into()));
    response
        .headers_mut()
        .insert(actix_web::http::header::ALLOW, actix_web::http::header::HeaderValue::from_static("POST"));
    response
}
