//! The body of a POST to a JSON endpoint: form-encoded, bounded, in time.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use domain::Reason;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use protocol::Refusal;

/// The largest body (DESIGN §5).
pub const BODY_LIMIT: usize = 64 * 1024;
/// How long a client may take to send it.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// A body, or why it was not read. Never fails itself: the refusal belongs to the attempt.
pub(crate) struct Form(pub(crate) Result<Bytes, Refusal>);

impl FromRequest for Form {
    type Error = std::convert::Infallible;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let encoded = request.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let payload = payload.take();
        Box::pin(async move {
            if encoded {
                let sentence = "the body is compressed (Content-Encoding); send it as it is.";
                return Ok(Self(Err(Refusal::new(Reason::ContentTypeWrong).saying(sentence))));
            }
            let read = tokio::time::timeout(BODY_PATIENCE, read(payload)).await;
            let body = read.unwrap_or_else(|_| {
                Err(Refusal::new(Reason::ParameterMalformed).saying("the body did not arrive within 10 s."))
            });
            Ok(Self(body.and_then(|body| check_type(content_type.as_deref(), &body).map(|()| body))))
        })
    }
}

async fn read(mut payload: Payload) -> Result<Bytes, Refusal> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::new(Reason::ParameterMalformed).saying("the body broke off."))?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Reason::BodyTooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// RFC 6749 §3.2: parameters come as application/x-www-form-urlencoded; in any case, with or without a charset.
fn check_type(content_type: Option<&str>, body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() {
        return Ok(());
    }
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    let is_json = essence.eq_ignore_ascii_case("application/json") || body.trim_ascii_start().starts_with(b"{");
    Err(if is_json { Reason::JsonBody } else { Reason::ContentTypeWrong }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(content_type: Option<&str>, body: &[u8]) -> Option<Reason> {
        check_type(content_type, body).err().map(|refusal| refusal.reason())
    }

    #[test]
    fn a_form_is_a_form_in_any_case_and_charset() {
        assert_eq!(reason(Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), b"a=b"), None);
        assert_eq!(reason(None, b""), None);
        assert_eq!(reason(Some("text/plain"), b"a=b"), Some(Reason::ContentTypeWrong));
        assert_eq!(reason(None, b"a=b"), Some(Reason::ContentTypeWrong));
    }

    #[test]
    fn json_is_told_so() {
        assert_eq!(reason(Some("application/json"), b"{}"), Some(Reason::JsonBody));
        assert_eq!(reason(None, b" {}"), Some(Reason::JsonBody));
    }
}
