//! The one place that writes answers and errors of the JSON endpoints: no-store, one activity event, no secret.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, Accept, CACHE_CONTROL, ContentType, Header as _, HeaderName, HeaderValue, PRAGMA, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use actix_web::mime::Mime;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use domain::{Activity, ActivityKind, EnvironmentName, ErrorCode, Origin, Reason, RequestId};
use protocol::{PublicRefusal, Refusal, Spoken, Trail};
use serde::Serialize;

use crate::documents;
use crate::form::Form;
use crate::problem::Problem;
use crate::request::{Call, Noted, authorization};
use crate::state::State;

/// An attempt at one of the JSON endpoints, on its way to an answer.
pub(crate) struct Attempt<'a> {
    state: &'a State,
    request: &'a HttpRequest,
    call: Call,
    kind: ActivityKind,
    environment: EnvironmentName,
    origin: Arc<Origin>,
    /// The body, once it was read.
    body: Bytes,
    /// What became known on the way.
    pub(crate) trail: Trail,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(
        state: &'a State,
        request: &'a HttpRequest,
        kind: ActivityKind,
        environment: EnvironmentName,
    ) -> Self {
        let (call, origin) = (Call::of(request), state.proxies.origin(request));
        let trail = Trail { request: Some(call.id), ..Trail::default() };
        Self { state, request, call, kind, environment, origin, body: Bytes::new(), trail }
    }

    /// The body of the request, kept in case it has to tell whose attempt this was.
    pub(crate) fn reads(&mut self, form: Form) -> Result<Bytes, Refusal> {
        self.body = form.0?;
        Ok(self.body.clone())
    }

    /// As [`Self::finish`]; a refusal is also noted for the key that the request names, however early it came.
    pub(crate) async fn conclude<T: Serialize>(self, outcome: Result<T, Refusal>) -> HttpResponse {
        self.conclude_written(outcome.map(|body| written(&body))).await
    }

    /// As [`Self::conclude`], with the answer as JSON already.
    pub(crate) async fn conclude_written(mut self, outcome: Result<Bytes, Refusal>) -> HttpResponse {
        if outcome.is_err() {
            let spoken = Spoken {
                authorization: authorization(self.request).ok().flatten(),
                query: self.request.query_string().as_bytes(),
                body: &self.body,
            };
            Box::pin(self.state.protocol.attribute(spoken, &mut self.trail)).await;
        }
        self.finish_written(outcome)
    }

    /// Writes the answer and notes the attempt.
    pub(crate) fn finish<T: Serialize>(self, outcome: Result<T, Refusal>) -> HttpResponse {
        self.finish_written(outcome.map(|body| written(&body)))
    }

    /// As [`Self::finish`], with the answer as JSON already.
    pub(crate) fn finish_written(self, outcome: Result<Bytes, Refusal>) -> HttpResponse {
        let outcome = outcome.map_err(|refusal| self.state.strangers.count(&self.origin, refusal));
        let refusal = outcome.as_ref().err();
        self.note(refusal);
        let mut response = match &outcome {
            Ok(json) => ok(json.clone()),
            Err(refusal) => self.refused(refusal),
        };
        if self.trail.legacy {
            // RFC 9745: parameters in the query are deprecated; the date is when that began.
            response
                .headers_mut()
                .insert(HeaderName::from_static("deprecation"), HeaderValue::from_static("@1735689600"));
        }
        let noted = Noted { reason: refusal.map(Refusal::reason), key: self.trail.key };
        response.extensions_mut().insert(noted);
        response
    }

    fn refused(&self, refusal: &Refusal) -> HttpResponse {
        let public = refusal.public();
        let mut builder = HttpResponse::build(status_of(public.error, public.reason));
        // RFC 6749 §5.2: a client that tried the Authorization header is answered with the scheme it used.
        if public.error == ErrorCode::InvalidClient && self.request.headers().contains_key("authorization") {
            builder.insert_header((WWW_AUTHENTICATE, "Basic realm=\"countersign\", charset=\"UTF-8\""));
        }
        if let Some(seconds) = public.retry_after {
            builder.insert_header((RETRY_AFTER, seconds));
        }
        no_store(&mut builder).json(ErrorBody {
            error: public.error.as_str(),
            error_description: &public.description,
            error_uri: &self.state.protocol.settings.error_uri(public.reason),
            request_id: self.call.id,
        })
    }

    fn note(&self, refusal: Option<&Refusal>) {
        self.state.metrics.attempt(self.kind, &self.trail, refusal.map(Refusal::reason));
        let detail = match (refusal, self.trail.notice) {
            (Some(refusal), _) => refusal.private_detail().to_owned(),
            (None, notice) => notice.unwrap_or_default().to_owned(),
        };
        self.state.activity.note(Activity {
            at: self.state.protocol.clock.now(),
            request: self.call.id,
            kind: self.kind,
            grant: self.trail.grant,
            environment: self.environment.clone(),
            key: self.trail.key,
            app: self.trail.app,
            authenticated: self.trail.authenticated,
            certificate: self.trail.certificate,
            refusal: refusal.map(Refusal::reason),
            detail,
            connection: self.trail.connection,
            customer: self.trail.customer,
            origin: Origin::clone(&self.origin),
        });
        if let Some(refusal) = refusal.filter(|refusal| refusal.public().error == ErrorCode::ServerError) {
            tracing::error!(request_id = %self.call.id, reason = %refusal.reason(), detail = refusal.private_detail(), "a request failed on our side");
        }
    }
}

/// Why a request never reached its endpoint. `observe` writes what it is answered.
#[derive(Debug)]
pub enum Failure {
    /// No such path or environment.
    NotFound(RequestId),
    /// The path is one of ours, the method is not; with what `Allow` says.
    WrongMethod(RequestId, &'static str),
    /// Refused before an attempt could be attributed.
    Refused(RequestId, Refusal),
}

impl Failure {
    /// The answer, still without its body.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        self.error_response()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound(_) => f.write_str("not found"),
            Self::WrongMethod(..) => f.write_str("wrong method"),
            Self::Refused(_, refusal) => refusal.reason().fmt(f),
        }
    }
}

impl ResponseError for Failure {
    fn error_response(&self) -> HttpResponse {
        let (id, public, allow) = match self {
            Self::NotFound(id) => (id, Refusal::new(Reason::NotFound).public(), None),
            Self::WrongMethod(id, allow) => {
                let refusal = Refusal::new(Reason::MethodWrong).saying(format!("this endpoint takes {allow}."));
                (id, refusal.public(), Some(*allow))
            }
            Self::Refused(id, refusal) => (id, refusal.public(), None),
        };
        let mut response = HttpResponse::new(status_of(public.error, public.reason));
        response.extensions_mut().insert(Unanswered { id: *id, public, allow });
        response
    }
}

/// What a [`Failure`] leaves for `observe`, which sees who asked.
pub(crate) struct Unanswered {
    id: RequestId,
    public: PublicRefusal,
    allow: Option<&'static str>,
}

impl Unanswered {
    /// The answer: a page for whoever asks for one, JSON for everybody else.
    pub(crate) fn answer(&self, state: &State, request: &HttpRequest) -> HttpResponse {
        let Self { id, public, allow } = self;
        let status = status_of(public.error, public.reason);
        let mut response = if Problem::is_told_at(request.path()) {
            Problem::public(public).status(status).answer(state, *id)
        } else if wants_page(request) {
            documents::failure(state, request, (*id, public), status)
        } else {
            no_store(&mut HttpResponse::build(status)).json(ErrorBody {
                error: public.error.as_str(),
                error_description: &public.description,
                error_uri: &state.protocol.settings.error_uri(public.reason),
                request_id: *id,
            })
        };
        if let Some(allow) = allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(seconds) = public.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Noted { reason: Some(public.reason), key: None });
        response
    }
}

/// Whether HTML is what the caller would rather have. Programs that say nothing of it, or `*/*`, get JSON.
fn wants_page(request: &HttpRequest) -> bool {
    let accepted = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let first = accepted.iter().map(Mime::essence_str).find(|kind| matches!(*kind, "text/html" | "application/json"));
    first == Some("text/html")
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
    error_uri: &'a str,
    request_id: RequestId,
}

/// Answers are seldom longer, in bytes.
const TYPICAL_ANSWER: usize = 2048;

/// An answer as JSON.
pub(crate) fn written(body: &impl Serialize) -> Bytes {
    let mut json = Vec::with_capacity(TYPICAL_ANSWER);
    serde_json::to_writer(&mut json, body).expect("answers have string keys only");
    json.into()
}

pub(crate) fn ok(json: Bytes) -> HttpResponse {
    no_store(&mut HttpResponse::Ok()).content_type(ContentType::json()).body(json)
}

/// RFC 6749 §5.1: no answer of these endpoints may be kept by anybody on the way.
pub(crate) fn no_store(builder: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    builder.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"))
}

/// RFC 6749 §5.2, RFC 6750 §3.1, RFC 9110; RFC 6585 §3 where a change needs a version.
pub(crate) fn status_of(error: ErrorCode, reason: Reason) -> StatusCode {
    match (error, reason) {
        (_, Reason::JsonRequired) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (_, Reason::FieldRefused | Reason::IdempotencyKeyReused) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Reason::VersionMissing) => StatusCode::PRECONDITION_REQUIRED,
        (_, Reason::VersionStale) => StatusCode::PRECONDITION_FAILED,
        (
            _,
            Reason::ExistsAlready
            | Reason::LimitReached
            | Reason::NotPossibleNow
            | Reason::IdempotencyKeyBusy
            | Reason::AlreadyMade,
        ) => StatusCode::CONFLICT,
        (_, Reason::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
        (_, Reason::MethodWrong) => StatusCode::METHOD_NOT_ALLOWED,
        (_, Reason::BodyTooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        (ErrorCode::NotFound, _) => StatusCode::NOT_FOUND,
        (ErrorCode::InvalidClient | ErrorCode::InvalidToken, _) => StatusCode::UNAUTHORIZED,
        (ErrorCode::InsufficientScope | ErrorCode::AccessDenied, _) => StatusCode::FORBIDDEN,
        (ErrorCode::TemporarilyUnavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (ErrorCode::ServerError, _) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
