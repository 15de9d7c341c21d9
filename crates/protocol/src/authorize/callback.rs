//! Which key asks and where its answers may go: until both are known, nothing is redirected anywhere.

use std::sync::Arc;

use client_registry::callback_url::{callback_for, closest_difference};
use domain::{App, CallbackUrl, ClientId, EnvironmentName, Reason};
use storage::{Cached, ClientRecord};

use super::Stop;
use crate::Protocol;
use crate::client_authentication::check_usable;
use crate::refusal::Refusal;
use crate::trail::Trail;

/// A key that exists, and whose record is at hand.
pub(crate) struct Caller(Arc<Cached<Option<ClientRecord>>>);

impl Caller {
    pub(crate) fn of(record: Arc<Cached<Option<ClientRecord>>>) -> Option<Self> {
        record.value.is_some().then_some(Self(record))
    }

    pub(crate) fn stored(&self) -> &ClientRecord {
        self.0.value.as_ref().expect("only a key that exists becomes a caller")
    }

    pub(crate) fn record(&self) -> &Cached<Option<ClientRecord>> {
        &self.0
    }
}

impl Protocol {
    /// The key, if it may be used in `environment` at all and this replica would know if that had ended.
    pub(super) async fn caller(
        &self,
        environment: &EnvironmentName,
        id: ClientId,
        trail: &mut Trail,
    ) -> Result<Caller, Stop> {
        self.log.fresh().map_err(Refusal::from)?;
        let record = self.records.client(id).await.map_err(Refusal::from)?;
        let Some(stored) = &record.value else { return Err(Refusal::from(Reason::ClientUnknown).into()) };
        trail.found(stored.key.id, stored.app.id);
        // Nobody authenticates here, and `client_id` is public: the true reason helps the developer and tells a
        // stranger nothing that trying would not.
        let stop = |reason| Stop {
            refusal: Refusal::new(reason).after_authentication(),
            app: Some(Box::new(stored.app.clone())),
            callback: None,
        };
        check_usable(stored, self.clock.now()).map_err(stop)?;
        if !stored.key.is_allowed_in(environment, &stored.app) {
            return Err(stop(Reason::EnvironmentNotAllowed));
        }
        Ok(Caller(record))
    }
}

/// The callback URL of a request: the registered one that was sent, or the only one there is.
pub(super) fn callback(app: &App, sent: Option<&str>) -> Result<CallbackUrl, Stop> {
    let stop = |reason, callback| Stop { refusal: Refusal::new(reason), app: Some(Box::new(app.clone())), callback };
    match (sent, app.callback_urls.as_slice()) {
        // RFC 6749 §3.1.2.3: redirect_uri may be left out only when one is registered.
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(stop(Reason::CallbackMissing, None)),
        // RFC 9700 §2.1: compared character by character.
        (Some(sent), registered) => callback_for(registered, app.kind, sent).ok_or_else(|| {
            let difference = closest_difference(registered, app.kind, sent);
            stop(Reason::CallbackMismatch, Some(Box::new((sent.to_owned(), difference))))
        }),
    }
}
