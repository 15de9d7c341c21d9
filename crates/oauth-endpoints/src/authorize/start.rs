//! `/oauth/authorize`: reads a request and keeps it as a transaction.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use domain::Reason;
use protocol::authorize::{AuthorizationRequest, BrowserNotes, CallbackAnswer, NotStarted};
use protocol::{Refusal, Trail};

use super::noting::mark;
use super::{Asked, Transaction, leave, next, note};
use crate::environment::At;
use crate::form::Form;
use crate::pages::Notice;
use crate::request::Call;
use crate::respond::Failure;
use crate::sessions::{PageError, PageResult, Visitor, redirect};
use crate::sign_in::address_prefix;
use crate::state::State;

/// What a POST left for its GET.
const PUSHED: &str = "pushed-request";
const MINUTE: Duration = Duration::from_secs(60);

/// GET: begins a transaction, or shows one that was begun.
pub(super) async fn start(visitor: Visitor) -> HttpResponse {
    let result = begin_or_continue(&visitor).await;
    visitor.answer(result)
}

/// POST: reads no cookie, since browsers send none from another site, and judges nothing; its GET does.
pub(super) async fn push(state: web::Data<State>, at: At, request: HttpRequest, form: Form) -> HttpResponse {
    let kept = keep(&state, &request, form).await;
    match kept {
        Ok(id) => redirect(&format!("{}/oauth/authorize?pushed={id}", at.name.prefix())),
        Err(refusal) => Failure::Refused(Call::of(&request).id, refusal).into_response(),
    }
}

async fn keep(state: &State, request: &HttpRequest, form: Form) -> Result<String, Refusal> {
    let body = form.0?;
    within_limit(state, &state.proxies.origin(request).address).await?;
    let protocol = &state.protocol;
    let notes = BrowserNotes::new(state.browser.clone(), protocol.root_keys.clone(), protocol.random.clone());
    let id = notes.fresh_id();
    notes.write(PUSHED, &id, &body.to_vec(), state.pages.transaction).await?;
    Ok(id)
}

async fn begin_or_continue(visitor: &Visitor) -> PageResult {
    let query = visitor.request.query_string().as_bytes();
    if let Some(id) = only(query, "transaction") {
        return next(visitor, Transaction::find(visitor, &id).await?).await;
    }
    within_limit(&visitor.state, &visitor.origin.address).await?;
    if let Some(id) = only(query, "pushed") {
        let Some(body) = visitor.notes.read::<Vec<u8>>(PUSHED, &id).await? else {
            return Err(PageError::notice(Notice::Expired { app_name: None }));
        };
        return begin(visitor, &body).await;
    }
    begin(visitor, query).await
}

async fn begin(visitor: &Visitor, encoded: &[u8]) -> PageResult {
    let mut trail = Trail::default();
    let checked = visitor.state.protocol.check_authorization(visitor.at.record(), encoded, &mut trail).await;
    match checked {
        Ok(request) if request.prompt.none => silent(visitor, &request, &trail).await,
        Ok(request) => {
            let transaction = Transaction::begin(visitor, Asked::Attended(Box::new(request))).await?;
            next(visitor, transaction).await
        }
        Err(NotStarted::Stop(stop)) => {
            note(visitor, &trail, Some(&stop.refusal));
            Err((*stop).into())
        }
        Err(NotStarted::Callback(answer)) => tell(visitor, &answer, &trail).await,
    }
}

/// OpenID Connect Core §3.1.2.1: `none` shows no page, and a new connection is never made without one.
async fn silent(visitor: &Visitor, request: &AuthorizationRequest, trail: &Trail) -> PageResult {
    let reason = if visitor.session.is_some() { Reason::PromptNone } else { Reason::SignInRequired };
    let answer = request.refuse(&visitor.state.protocol.settings, reason.into());
    tell(visitor, &answer, trail).await
}

async fn tell(visitor: &Visitor, answer: &CallbackAnswer, trail: &Trail) -> PageResult {
    note(visitor, trail, answer.refusal.as_ref());
    let app = match trail.app {
        Some(id) => visitor.state.protocol.directory.app(id).await?,
        None => None,
    };
    let response = leave::at_once(visitor, app.as_ref().map_or("the app", |app| &app.name), answer);
    Ok(mark(response, trail, answer.refusal.as_ref()))
}

async fn within_limit(state: &State, address: &str) -> Result<(), Refusal> {
    let count = state.counters.add(&format!("authorize-from:{}", address_prefix(address)), MINUTE).await?;
    if count > state.pages.requests_a_minute {
        return Err(Refusal::new(Reason::RateLimited).retry_after(60));
    }
    Ok(())
}

/// The value of `name` where the query has nothing else: an app's own parameter of that name is not ours.
fn only(query: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query);
    let (found, value) = pairs.next()?;
    (found == name && pairs.next().is_none()).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apps_own_parameter_does_not_name_a_transaction() {
        assert_eq!(only(b"transaction=abc", "transaction").as_deref(), Some("abc"));
        assert_eq!(only(b"client_id=x&transaction=abc", "transaction"), None);
        assert_eq!(only(b"transaction=abc&client_id=x", "transaction"), None);
        assert_eq!(only(b"", "transaction"), None);
    }
}
