//! `POST /oauth/introspect` (RFC 7662 §2).

use actix_web::{HttpRequest, HttpResponse, web};
use domain::{ActivityKind, Reason};
use protocol::{Introspection, Introspector, Refusal};

use crate::environment::At;
use crate::form::Form;
use crate::request::posted;
use crate::respond::Attempt;
use crate::state::State;

pub(crate) async fn introspect(state: web::Data<State>, at: At, request: HttpRequest, form: Form) -> HttpResponse {
    let mut attempt = Attempt::new(&state, &request, ActivityKind::Introspect, at.name.clone());
    let outcome = answer(&state, &at, form, &mut attempt, &request).await;
    attempt.conclude(outcome).await
}

async fn answer(
    state: &State,
    at: &At,
    form: Form,
    attempt: &mut Attempt<'_>,
    request: &HttpRequest,
) -> Result<Introspection, Refusal> {
    let (parameters, presented) = posted(request, &attempt.reads(form)?)?;
    let protocol = &state.protocol;
    let asker = if let Some(api) = protocol.authenticate_api(&at.name, &presented).await? {
        Introspector::Api(api)
    } else {
        let client = protocol.authenticate(&at.name, &presented, &mut attempt.trail).await?;
        // RFC 7662 §4: whoever is not authenticated could scan for tokens.
        if !client.is_confidential() {
            return Err(Reason::AuthenticationKindWrong.into());
        }
        Introspector::Key(client)
    };
    let token = parameters.require("token")?;
    protocol.introspect(&asker, &at.name, token, parameters.find("workspace")).await
}
