//! What wraps every request: an id, a normal path, one line in the log, one count in the metrics.

use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use domain::{ClientId, Reason, RequestId};
use protocol::{Parameters, Presented, Refusal, Shown};

use crate::problem::Problem;
use crate::respond::{Failure, Unanswered};
use crate::state::State;

/// The request at hand.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its id: in the answer, the log and the activity.
    pub id: RequestId,
}

impl Call {
    /// The call that `request` is.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get().copied().expect("every request passes `observe` first")
    }
}

/// What a handler leaves for the request's log line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    /// Why it was refused.
    pub reason: Option<Reason>,
    /// The API key that asked.
    pub key: Option<ClientId>,
}

/// The middleware.
///
/// # Errors
/// What the service fails with; handlers answer instead of failing.
pub async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    if request.method() == Method::HEAD {
        // RFC 9110 §9.3.2: as GET, but for the body, which the connection leaves out by itself.
        request.head_mut().method = Method::GET;
    }
    let state = request.app_data::<web::Data<State>>().expect("every route has the state").clone();
    let call = Call { id: RequestId::generate(&*state.protocol.random) };
    request.extensions_mut().insert(call);
    state.metrics.began();
    let response = if is_normal(routed(request.path())) {
        next.call(request).await?.map_into_left_body()
    } else {
        request.into_response(Failure::NotFound(call.id).into_response()).map_into_right_body()
    };
    Ok(finish(&state, call, began, answered(&state, response)))
}

/// A request that never reached its endpoint is answered here, where it is seen who asked.
fn answered<B>(state: &State, mut response: ServiceResponse<EitherBody<B>>) -> ServiceResponse<EitherBody<B>> {
    let problem = response.response_mut().extensions_mut().remove::<Problem>();
    let problem = problem.map(|problem| problem.answer(state, Call::of(response.request()).id));
    let failure = response.response_mut().extensions_mut().remove::<Unanswered>();
    match problem.or_else(|| failure.map(|failure| failure.answer(state, response.request()))) {
        Some(answer) => response.into_response(answer.map_into_right_body()),
        None => response,
    }
}

fn finish<B>(state: &State, call: Call, began: Instant, mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let id = call.id.to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let noted = response.response().extensions().get::<Noted>().copied().unwrap_or_default();
    let (method, status, elapsed) = (request.method().as_str(), response.status().as_u16(), began.elapsed());
    let key = noted.key.map(|key| key.to_string());
    let origin = state.proxies.origin(request);
    tracing::info!(
        target: "countersign::request",
        request_id = id,
        method,
        route,
        status,
        ms = milliseconds(elapsed),
        client = origin.address,
        key = key.as_deref(),
        reason = noted.reason.map(Reason::code),
    );
    state.metrics.request(method, route, status, elapsed);
    response
}

/// To the microsecond: a line has no use for more digits.
fn milliseconds(elapsed: Duration) -> f64 {
    f64::from(u32::try_from(elapsed.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}

/// The `Authorization` header, of which there is at most one.
pub(crate) fn authorization(request: &HttpRequest) -> Result<Option<&str>, Refusal> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let unreadable = |sentence: &str| Refusal::new(Reason::AuthenticationMissing).saying(sentence);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(unreadable("there are two Authorization headers; send one.")),
        (Some(value), None) => {
            value.to_str().map(Some).map_err(|_| unreadable("the Authorization header is not ASCII."))
        }
    }
}

/// The bearer token of a request that has an `Authorization` header (RFC 6750 §2.1); the scheme has no case.
///
/// # Errors
/// A header that holds something else.
pub fn bearer_token(request: &HttpRequest) -> Result<Option<&str>, Refusal> {
    let Some(header) = authorization(request)? else { return Ok(None) };
    bearer(header).map(Some).ok_or_else(|| Reason::TokenMissing.into())
}

/// The token in the text of an `Authorization` header.
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}

/// The certificate that the caller showed, as the listener left it with the request.
#[must_use]
pub fn shown(request: &HttpRequest) -> Shown {
    request.extensions().get().cloned().unwrap_or(Shown::NotAsked)
}

/// The part of a path that decides where it goes: what a gateway appends to the check is the caller's, and only looked
/// past.
fn routed(path: &str) -> &str {
    const CHECK: &str = "/oauth/verify";
    match path.find(CHECK) {
        Some(at) if path.as_bytes().get(at + CHECK.len()) == Some(&b'/') => {
            path.get(..at + CHECK.len()).unwrap_or(path)
        }
        _ => path,
    }
}

/// The parameters of a POST, which only its body may hold, and what the client presents with them.
pub(crate) fn posted(request: &HttpRequest, body: &[u8]) -> Result<(Parameters, Presented), Refusal> {
    protocol::refuse_query(request.query_string().as_bytes())?;
    let parameters = Parameters::parse(body)?;
    let presented = Presented::read(authorization(request)?, &parameters, &shown(request))?;
    Ok((parameters, presented))
}

/// Whether the path is written in the one form we route: lower-case or upper-case letters, digits and `-._~`, no
/// empty, dot or escaped segment. Anything else could be read differently by a proxy in front.
fn is_normal(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    rest.is_empty()
        || rest
            .split('/')
            .all(|segment| !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_a_bearer_token_has_no_case() {
        assert_eq!(bearer("bEaReR abc"), Some("abc"));
        assert_eq!(bearer("Bearer  abc "), Some("abc"));
        for wrong in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            assert_eq!(bearer(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_gateway_appends_to_the_check_may_look_like_anything() {
        for asked in ["/oauth/verify/a%20b//../c", "/prod2/oauth/verify/"] {
            assert!(is_normal(routed(asked)), "{asked}");
        }
        for other in ["/a%20b/oauth/verify/c", "/oauth/verify2/a%20b", "/oauth/token/%20"] {
            assert!(!is_normal(routed(other)), "{other}");
        }
    }

    #[test]
    fn only_a_path_in_normal_form_is_routed() {
        for good in ["/", "/oauth/token", "/prod2/oauth/token", "/.well-known/oauth-authorization-server/prod2"] {
            assert!(is_normal(good), "{good}");
        }
        for bad in [
            "",
            "//oauth/token",
            "/oauth//token",
            "/oauth/./token",
            "/a/../oauth/token",
            "/oauth/token/",
            "/%6fauth/token",
            "/oauth;x/token",
        ] {
            assert!(!is_normal(bad), "{bad}");
        }
    }
}
