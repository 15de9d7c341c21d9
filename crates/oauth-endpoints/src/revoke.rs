//! `POST /oauth/revoke` (RFC 7009 §2).

use actix_web::{HttpRequest, HttpResponse, web};
use domain::ActivityKind;
use protocol::Refusal;
use serde_json::{Value, json};

use crate::environment::At;
use crate::form::Form;
use crate::request::posted;
use crate::respond::Attempt;
use crate::state::State;

pub(crate) async fn revoke(state: web::Data<State>, at: At, request: HttpRequest, form: Form) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Revoke, at.name.clone());
    let outcome = answer(&state, &at, form, &mut attempt, &request).await;
    attempt.conclude(outcome).await
}

async fn answer(
    state: &State,
    at: &At,
    form: Form,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<Value, Refusal> {
    let (parameters, presented) = posted(request, &attempt.reads(form)?)?;
    let client = state.protocol.authenticate(&at.name, &presented, &mut attempt.trail).await?;
    // RFC 7009 §2.1: the token is required; its type hint may be ignored, because every token says what it is.
    let token = parameters.require("token")?;
    state.protocol.revoke(&client, token, &mut attempt.trail).await?;
    Ok(json!({}))
}
