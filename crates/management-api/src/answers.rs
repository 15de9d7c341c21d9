//! What is answered when all went well.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use domain::App;
use oauth_endpoints::{Noted, Problem};
use serde::Serialize;

use crate::caller::Caller;

/// What a handler gives.
pub(crate) type Answer = Result<HttpResponse, Problem>;

impl Caller {
    /// `body`, as JSON that nobody keeps.
    pub(crate) fn answer(&self, status: StatusCode, body: &impl Serialize) -> HttpResponse {
        let json = serde_json::to_vec(body).expect("answers have string keys only");
        let mut response = HttpResponse::build(status)
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(json);
        response.extensions_mut().insert(Noted { reason: None, key: self.key() });
        response
    }

    /// `200`.
    pub(crate) fn ok(&self, body: &impl Serialize) -> HttpResponse {
        self.answer(StatusCode::OK, body)
    }

    /// `204`.
    pub(crate) fn nothing(&self) -> HttpResponse {
        let mut response = HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish();
        response.extensions_mut().insert(Noted { reason: None, key: self.key() });
        response
    }

    /// `200`, with the version of the app that it speaks of.
    pub(crate) fn versioned(&self, app: &App, body: &impl Serialize) -> HttpResponse {
        let mut response = self.ok(body);
        response.headers_mut().insert(ETAG, tag(app));
        response
    }
}

/// RFC 9110 §8.8.3, strong: the same version is the same app.
pub(crate) fn tag(app: &App) -> HeaderValue {
    HeaderValue::from_str(&format!("\"v{}\"", app.version)).expect("digits are a header's characters")
}
