//! Problem details (RFC 9457): how the management API says why it did not do what it was asked.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use domain::{ClientId, Reason, RequestId};
use protocol::{PublicRefusal, Refusal};
use serde::Serialize;

use crate::request::Noted;
use crate::respond::{no_store, status_of};
use crate::sessions::Visitor;
use crate::state::State;

/// What a path begins with whose failures are told as problems.
const PLACE: &str = "/api/";

/// Why a request was not done, for whoever sent it. Handlers fail with it, and `observe` writes it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Told>);

#[derive(Clone, Debug)]
struct Told {
    reason: Reason,
    status: StatusCode,
    detail: Option<String>,
    errors: Vec<FieldProblem>,
    retry_after: Option<u32>,
    allow: Option<String>,
    key: Option<ClientId>,
    cookies: Vec<Cookie<'static>>,
    /// What was wrong, for the log.
    private: String,
}

/// What is wrong with one field of the body.
#[derive(Clone, Debug, Serialize)]
pub struct FieldProblem {
    /// Which one, by its name in the schema.
    pub field: String,
    /// What is wrong with it and what to write instead.
    pub detail: String,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        let status = status_of(reason.error(), reason);
        let (detail, errors, cookies, private) = (None, Vec::new(), Vec::new(), String::new());
        let (retry_after, allow, key) = (None, None, None);
        Self(Box::new(Told { reason, status, detail, errors, retry_after, allow, key, cookies, private }))
    }

    /// With what is so in this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// With what is wrong with a field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldProblem { field: field.into(), detail: detail.into() });
        self
    }

    /// With another status than its kind usually has.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// With how many seconds to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With the methods that the path takes.
    #[must_use]
    pub fn allowing(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// The API key that asked, for the request's log line.
    #[must_use]
    pub fn of_key(mut self, key: Option<ClientId>) -> Self {
        self.0.key = key;
        self
    }

    /// With the cookies that changed before it failed: a session whose id was renewed is lost without the new one.
    #[must_use]
    pub fn keeping_cookies(mut self, visitor: &Visitor) -> Self {
        self.0.cookies = visitor.changed_cookies();
        self
    }

    /// Its kind.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// What is refused elsewhere, as a problem.
    pub(crate) fn public(public: &PublicRefusal) -> Self {
        let prefix = format!("{}: ", public.reason.code());
        let said = public.description.strip_prefix(&prefix).unwrap_or(&public.description);
        let mut problem = Self::new(public.reason);
        problem.0.retry_after = public.retry_after;
        if said == public.reason.sentence() { problem } else { problem.detail(said) }
    }

    /// Whether what fails at `path` is told so.
    pub(crate) fn is_told_at(path: &str) -> bool {
        path.starts_with(PLACE)
    }

    pub(crate) fn answer(&self, state: &State, request: RequestId) -> HttpResponse {
        let told = &self.0;
        let body = Body {
            kind: state.protocol.settings.error_uri(told.reason),
            title: told.reason.sentence(),
            status: told.status.as_u16(),
            detail: told.detail.as_deref(),
            errors: &told.errors,
            request_id: request,
        };
        let json = serde_json::to_vec(&body).expect("problems have string keys only");
        let mut response = no_store(&mut HttpResponse::build(told.status)).body(json);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = told.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(methods) = told.allow.as_deref().and_then(|methods| HeaderValue::from_str(methods).ok()) {
            headers.insert(ALLOW, methods);
        }
        if told.status.is_server_error() {
            tracing::warn!(request_id = %request, reason = %told.reason, detail = told.private, "a request was not done");
        }
        if told.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, challenge(told.reason));
        }
        for cookie in &told.cookies {
            // Fails only for names and values that no cookie of ours has.
            let _ = response.add_cookie(cookie);
        }
        response.extensions_mut().insert(Noted { reason: Some(told.reason), key: told.key });
        response
    }
}

/// RFC 6750 §3.1: who sent no token is told no error.
fn challenge(reason: Reason) -> HeaderValue {
    match reason {
        Reason::TokenMissing => HeaderValue::from_static("Bearer realm=\"countersign\""),
        _ => HeaderValue::from_static("Bearer realm=\"countersign\", error=\"invalid_token\""),
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.reason.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.0.status);
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let mut problem = Self::public(&refusal.public());
        refusal.private_detail().clone_into(&mut problem.0.private);
        problem
    }
}

impl From<storage::StoreError> for Problem {
    fn from(error: storage::StoreError) -> Self {
        Refusal::from(error).into()
    }
}

/// RFC 9457 §3.1, with the extensions `request_id` and `errors`.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
    request_id: RequestId,
}
