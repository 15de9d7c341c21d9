//! What is written down: audit records with every change, activity with every attempt (DESIGN, decision 14).

use serde::{Deserialize, Serialize};

use crate::environment::EnvironmentName;
use crate::ids::{AppId, ClientId, ConnectionId, CustomerId, RequestId, UserId};
use crate::reason::Reason;
use crate::time::Timestamp;

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The operator, at the command line of this installation.
    Operator,
    /// A signed-in user.
    User(UserId),
    /// An API key that authenticated.
    Key(ClientId),
    /// The server itself, keeping one of its rules.
    Server,
}

/// One change, written in the transaction that makes it: no record, no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What was done, as `noun.verb`: `app.created`, `secret.revoked`, `connection.ended`.
    pub action: &'static str,
    /// To what: the printed id or name.
    pub target: String,
    /// The app it concerns, where it concerns one.
    pub app: Option<AppId>,
    /// The customer it concerns, where it concerns one.
    pub customer: Option<CustomerId>,
    /// What changed, in words or JSON without secrets.
    pub detail: String,
    /// The request that asked for it, where one did.
    pub request: Option<RequestId>,
}

/// Which endpoint an attempt was made at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// The authorize pages.
    Authorize,
    /// The token endpoint.
    Token,
    /// The introspection endpoint (RFC 7662).
    Introspect,
    /// The revocation endpoint (RFC 7009).
    Revoke,
    /// The list of connections.
    Connections,
    /// The check that gateways ask for (`/oauth/verify`); successes are counted alone.
    Verify,
}

/// Which certificate an attempt came with, as far as its app cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateShown {
    /// None, or the app has mutual TLS off and it was not looked at.
    #[default]
    None,
    /// One that the app registered for this key.
    Registered,
    /// Another one, or one that cannot be used any more; it bound nothing.
    Unregistered,
}

/// Where an attempt came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address, or what a trusted proxy said it was.
    pub address: String,
    /// The `User-Agent`, cut to 200 characters, control characters removed.
    pub user_agent: String,
}

/// One attempt of an app's client: success or refusal, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// The request's id, shown in the answer.
    pub request: RequestId,
    /// Where.
    pub kind: ActivityKind,
    /// The grant type, at the token endpoint.
    pub grant: Option<&'static str>,
    /// The environment.
    pub environment: EnvironmentName,
    /// The key that was named, when it exists.
    pub key: Option<ClientId>,
    /// Its app.
    pub app: Option<AppId>,
    /// Whether the client had authenticated when the outcome was decided.
    pub authenticated: bool,
    /// Which certificate it came with.
    pub certificate: CertificateShown,
    /// The refusal's reason; `None` is success.
    pub refusal: Option<Reason>,
    /// What was wrong, for the app's owners; never a secret.
    pub detail: String,
    /// The connection concerned.
    pub connection: Option<ConnectionId>,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// Where it came from.
    pub origin: Origin,
}
