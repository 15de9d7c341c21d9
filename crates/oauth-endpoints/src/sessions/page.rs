//! Why a page was not shown, as a page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use domain::{ErrorCode, Reason};
use protocol::authorize::Stop;
use protocol::{PublicRefusal, Refusal};
use storage::StoreError;

use crate::pages::Notice;

/// What a page handler gives.
pub type PageResult = Result<HttpResponse, PageError>;

/// Why a handler shows another page than its own.
#[derive(Debug)]
pub enum PageError {
    /// It says one thing.
    Notice(Box<Notice>),
    /// A request that is not answered at its callback.
    Stop(Box<Stop>),
    /// One that the handler wrote itself.
    Page(Box<HttpResponse>),
    /// Something is down or failed.
    Refused(Refusal),
}

impl PageError {
    /// It says one thing.
    #[must_use]
    pub fn notice(notice: Notice) -> Self {
        Self::Notice(Box::new(notice))
    }

    /// One that [`Visitor::show`](super::Visitor::show) or [`Visitor::go`](super::Visitor::go) made.
    #[must_use]
    pub fn page(response: HttpResponse) -> Self {
        Self::Page(Box::new(response))
    }

    /// Whether the fault is not in the request.
    pub(crate) fn is_ours(refusal: &Refusal) -> bool {
        matches!(refusal.reason().error(), ErrorCode::TemporarilyUnavailable | ErrorCode::ServerError)
    }

    /// The notice for a refusal that is nobody's fault.
    pub(crate) fn notice_of(public: &PublicRefusal) -> Notice {
        let retry_seconds = public.retry_after.unwrap_or(1);
        match public.reason {
            Reason::RateLimited => Notice::TooManyTries { retry_seconds },
            reason if reason.error() == ErrorCode::TemporarilyUnavailable => Notice::Unavailable { retry_seconds },
            _ => Notice::Fault,
        }
    }
}

/// The status that belongs to a notice.
pub(super) fn status(notice: &Notice) -> StatusCode {
    match notice {
        Notice::NotFound => StatusCode::NOT_FOUND,
        Notice::FormRefused | Notice::NoTransaction | Notice::Expired { .. } => StatusCode::BAD_REQUEST,
        Notice::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
        Notice::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Notice::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stop> for PageError {
    fn from(stop: Stop) -> Self {
        if Self::is_ours(&stop.refusal) { Self::Refused(stop.refusal) } else { Self::Stop(Box::new(stop)) }
    }
}
