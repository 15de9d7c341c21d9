//! Activity and audit as stored (DESIGN, decision 14).

use async_trait::async_trait;
use domain::{
    Activity, ActivityKind, AppId, AuditRecord, CertificateShown, ClientId, ConnectionId, CustomerId, EnvironmentName,
    Reason, RequestId, Timestamp,
};

use crate::StoreError;

/// Successes of a key, merged: one row per key, endpoint, grant and hour over all replicas, which counts apart how many
/// came with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SuccessCount {
    /// The key.
    pub key: ClientId,
    /// Its app.
    pub app: AppId,
    /// The environment.
    pub environment: EnvironmentName,
    /// Where.
    pub kind: ActivityKind,
    /// The grant type, or empty.
    pub grant: String,
    /// The hour it falls in.
    pub hour: Timestamp,
    /// Which certificate they came with.
    pub certificate: CertificateShown,
}

/// Refusals before authentication, counted: one row per key, reason, address prefix and minute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefusalCount {
    /// The key that was named.
    pub key: ClientId,
    /// Its app.
    pub app: AppId,
    /// The environment.
    pub environment: EnvironmentName,
    /// Where.
    pub kind: ActivityKind,
    /// Why.
    pub reason: Reason,
    /// The /24 or /48 it came from.
    pub prefix: String,
    /// The minute it falls in.
    pub minute: Timestamp,
}

/// Which activity.
#[derive(Clone, Debug, Default)]
pub struct ActivityFilter {
    /// Of this app.
    pub app: Option<AppId>,
    /// Of this key.
    pub key: Option<ClientId>,
    /// Of this request.
    pub request: Option<RequestId>,
    /// Not before this moment; merged attempts count from the start of their hour or minute.
    pub since: Option<Timestamp>,
    /// Only what was refused.
    pub refused: bool,
}

/// How the clients of a key came, over its successful attempts at the endpoints for clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateUse {
    /// With a registered certificate.
    pub registered: u64,
    /// With a certificate that is not registered.
    pub unregistered: u64,
    /// Without a certificate.
    pub without: u64,
}

/// A row of activity: one attempt, or several merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// When, or the start of the hour or minute.
    pub at: Timestamp,
    /// How many attempts it stands for.
    pub count: u64,
    /// How many of these came with a registered certificate.
    pub registered: u64,
    /// How many of these came with a certificate that is not registered.
    pub unregistered: u64,
    /// The endpoint, as stored: `token`, `authorize`, ….
    pub kind: String,
    /// The grant type, or empty.
    pub grant: String,
    /// The reason's code; `None` is success.
    pub refusal: Option<String>,
    /// What was wrong.
    pub detail: String,
    /// The environment.
    pub environment: EnvironmentName,
    /// The key.
    pub key: Option<ClientId>,
    /// The connection.
    pub connection: Option<ConnectionId>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The request, for a single attempt.
    pub request: Option<RequestId>,
    /// The address or address prefix.
    pub address: String,
    /// The `User-Agent`, for a single attempt.
    pub user_agent: String,
}

/// An audit record as read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// By whom, as stored.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// What changed.
    pub detail: String,
    /// The request that asked for it.
    pub request: Option<RequestId>,
}

/// Appends and reads activity; reads audit.
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Appends single attempts and adds merged counts, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller keeps the batch for a while.
    async fn append(
        &self,
        single: &[Activity],
        successes: &[(SuccessCount, u64)],
        refusals: &[(RefusalCount, u64)],
    ) -> Result<(), StoreError>;

    /// Activity, newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn activity(&self, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError>;

    /// How the clients of each key of `app` came since then: keys that were not used are left out. The authorize pages
    /// do not count, where browsers come without the client.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn certificate_use(
        &self,
        app: AppId,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, CertificateUse)>, StoreError>;

    /// Audit records, newest first, of one target where given.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn audit(&self, target: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// Appends an audit record of something that changes nothing else (a failed sign-in that locks an account).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn record(&self, record: &AuditRecord) -> Result<(), StoreError>;
}
