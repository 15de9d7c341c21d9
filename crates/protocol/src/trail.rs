//! What became known of an attempt on its way, for the app's activity: filled step by step, read once at the end.

use domain::{AppId, CertificateShown, ClientId, ConnectionId, CustomerId, RequestId};

/// What is known of an attempt so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// The HTTP request it came in, for the audit trail.
    pub request: Option<RequestId>,
    /// The key that was named, when it exists.
    pub key: Option<ClientId>,
    /// Its app.
    pub app: Option<AppId>,
    /// The connection concerned.
    pub connection: Option<ConnectionId>,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// The grant type.
    pub grant: Option<&'static str>,
    /// Whether the client had authenticated.
    pub authenticated: bool,
    /// Which certificate it came with.
    pub certificate: CertificateShown,
    /// Whether the legacy-parameters switch was used.
    pub legacy: bool,
    /// What the owner should know although the attempt succeeded.
    pub notice: Option<&'static str>,
}

impl Trail {
    pub(crate) fn found(&mut self, key: ClientId, app: AppId) {
        self.key = Some(key);
        self.app = Some(app);
    }
}
