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
/// How long it is left: a redirect follows at once.
const PUSHED_LIFE: Duration = Duration::from_secs(60);
/// The largest request that is left: the longest state, percent-encoded, and all the rest.
const PUSHED_LIMIT: usize = 16 * 1024;
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
    let body = pushed(&form.0?)?;
    within_limit(state, &state.proxies.origin(request).address).await?;
    let protocol = &state.protocol;
    let notes = BrowserNotes::new(state.browser.clone(), protocol.root_keys.clone(), protocol.random.clone());
    let id = notes.fresh_id();
    notes.write(PUSHED, &id, &body, PUSHED_LIFE).await?;
    Ok(id)
}

/// The request in a body, if it can be one. Anybody may send one, so little is kept and not for long.
fn pushed(body: &[u8]) -> Result<String, Refusal> {
    if body.len() > PUSHED_LIMIT {
        return Err(Reason::BodyTooLarge.into());
    }
    let text = std::str::from_utf8(body);
    let text = text.map_err(|_| Refusal::new(Reason::ParameterMalformed).saying("the body is not text."))?;
    if !form_urlencoded::parse(body).any(|(name, value)| name == "client_id" && !value.is_empty()) {
        let sentence = "the parameter 'client_id' is missing; add it.";
        return Err(Refusal::new(Reason::ParameterMissing).saying(sentence));
    }
    Ok(text.to_owned())
}

async fn begin_or_continue(visitor: &Visitor) -> PageResult {
    let query = visitor.request.query_string().as_bytes();
    if let Some(id) = only(query, "transaction") {
        return next(visitor, Transaction::find(visitor, &id).await?).await;
    }
    within_limit(&visitor.state, &visitor.origin.address).await?;
    if let Some(id) = only(query, "pushed") {
        let Some(body) = visitor.notes.read::<String>(PUSHED, &id).await? else {
            return Err(PageError::notice(Notice::Expired { app_name: None }));
        };
        visitor.notes.remove(PUSHED, &id).await?;
        return match begin(visitor, body.as_bytes()).await? {
            // To a path that can be reloaded.
            Begun::Transaction(begun) => Ok(visitor.go(&format!("/oauth/authorize?transaction={}", begun.id()))),
            Begun::Answered(response) => Ok(response),
        };
    }
    match begin(visitor, query).await? {
        Begun::Transaction(begun) => next(visitor, *begun).await,
        Begun::Answered(response) => Ok(response),
    }
}

/// What became of a new request.
enum Begun {
    Transaction(Box<Transaction>),
    Answered(HttpResponse),
}

async fn begin(visitor: &Visitor, encoded: &[u8]) -> Result<Begun, PageError> {
    let mut trail = Trail::default();
    let checked = visitor.state.protocol.check_authorization(visitor.at.record(), encoded, &mut trail).await;
    match checked {
        Ok(request) if request.prompt.none => silent(visitor, &request, &trail).await.map(Begun::Answered),
        Ok(request) => {
            let transaction = Transaction::begin(visitor, Asked::Attended(Box::new(request))).await?;
            Ok(Begun::Transaction(Box::new(transaction)))
        }
        Err(NotStarted::Stop(stop)) => {
            note(visitor, &trail, Some(&stop.refusal));
            Err((*stop).into())
        }
        Err(NotStarted::Callback(answer)) => tell(visitor, &answer, &trail).await.map(Begun::Answered),
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
    fn what_is_left_for_a_get_is_small_and_names_a_key() {
        let reason = |body: &[u8]| pushed(body).map_err(|refusal| refusal.reason());
        assert!(reason(b"client_id=x&state=%FF").is_ok());
        assert_eq!(
            reason(&[b"client_id=x&state=".as_slice(), &[b's'; PUSHED_LIMIT]].concat()),
            Err(Reason::BodyTooLarge)
        );
        assert_eq!(reason(b"client_id=x&state=\xff"), Err(Reason::ParameterMalformed));
        assert_eq!(reason(b"state=x"), Err(Reason::ParameterMissing));
    }

    #[test]
    fn an_apps_own_parameter_does_not_name_a_transaction() {
        assert_eq!(only(b"transaction=abc", "transaction").as_deref(), Some("abc"));
        assert_eq!(only(b"client_id=x&transaction=abc", "transaction"), None);
        assert_eq!(only(b"transaction=abc&client_id=x", "transaction"), None);
        assert_eq!(only(b"", "transaction"), None);
    }
}
