//! One activity entry and one count for each outcome at the authorize pages.

use actix_web::HttpResponse;
use domain::{Activity, ActivityKind, Origin};
use protocol::{Refusal, Trail};

use crate::request::Noted;
use crate::sessions::Visitor;

/// Notes an outcome for the app's owners; `None` is success.
pub(crate) fn note(visitor: &Visitor, trail: &Trail, refusal: Option<&Refusal>) {
    visitor.state.metrics.attempt(ActivityKind::Authorize, trail, refusal.map(Refusal::reason));
    visitor.state.activity.note(entry(visitor, trail, refusal));
}

fn entry(visitor: &Visitor, trail: &Trail, refusal: Option<&Refusal>) -> Activity {
    Activity {
        at: visitor.now(),
        request: visitor.call.id,
        kind: ActivityKind::Authorize,
        grant: None,
        environment: visitor.at.name.clone(),
        key: trail.key,
        app: trail.app,
        authenticated: trail.authenticated,
        certificate: trail.certificate,
        refusal: refusal.map(Refusal::reason),
        detail: refusal.map(|refusal| refusal.private_detail().to_owned()).unwrap_or_default(),
        connection: trail.connection,
        customer: trail.customer,
        origin: Origin::clone(&visitor.origin),
    }
}

impl Visitor {
    /// Notes tokens that were made by hand, which are called `label`, for the app's owners: each by itself.
    pub fn note_generated(&self, trail: &Trail, label: &str) {
        self.state.metrics.attempt(ActivityKind::Token, trail, None);
        self.state.activity.note(Activity { detail: label.to_owned(), grant: trail.grant, ..entry(self, trail, None) });
    }
}

/// Leaves key and reason for the request's log line.
pub(super) fn mark(mut response: HttpResponse, trail: &Trail, refusal: Option<&Refusal>) -> HttpResponse {
    response.extensions_mut().insert(Noted { reason: refusal.map(Refusal::reason), key: trail.key });
    response
}
