//! The body of a form that a page posted: bounded, in time.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;

use super::form::{PageForm, refused};
use super::page::PageError;
use crate::form::BODY_LIMIT;

/// How long a browser may take to send a form.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body of at most `MOST` bytes as it was sent, never unpacked. Never fails itself: a page says why it was not read.
pub struct PageBody<const MOST: usize = BODY_LIMIT>(Option<Bytes>);

impl<const MOST: usize> PageBody<MOST> {
    /// The form that it is.
    ///
    /// # Errors
    /// The page that says that this form cannot be accepted.
    pub fn form(&self) -> Result<PageForm, PageError> {
        PageForm::parse(self.0.as_ref().ok_or_else(refused)?)
    }
}

impl<const MOST: usize> FromRequest for PageBody<MOST> {
    type Error = std::convert::Infallible;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        Box::pin(async move {
            let read = tokio::time::timeout(PATIENCE, read(payload, MOST)).await;
            Ok(Self(read.unwrap_or_default()))
        })
    }
}

async fn read(mut payload: Payload, most: usize) -> Option<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.ok()?;
        if body.len() + chunk.len() > most {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn a_form_has_a_bound_of_its_own() {
        let request = TestRequest::default().to_http_request();
        let payload = || Payload::from(Bytes::from_static(b"workspace=1234"));
        let fits = PageBody::<14>::from_request(&request, &mut payload()).await.unwrap();
        assert!(fits.form().is_ok());
        let over = PageBody::<13>::from_request(&request, &mut payload()).await.unwrap();
        assert!(over.form().is_err());
    }
}
