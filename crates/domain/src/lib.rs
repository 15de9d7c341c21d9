//! The words of Countersign and the rules that hold between them.
//!
//! Every other crate speaks in these types: typed ids, [`App`], [`ApiKey`], [`Connection`], [`ScopeSet`],
//! [`Subject`] of a revocation, [`Reason`] of a refusal, [`Clock`] and [`Random`].
//! This crate must never know of async, HTTP, SQL, Redis, TLS or oxide-auth: it holds values and decisions only.

mod app;
mod audit;
mod base62;
mod certificate;
mod connection;
mod credential;
mod environment;
mod ids;
mod invitation;
mod management;
mod people;
mod random;
mod reason;
mod revocation;
mod scope;
mod team;
mod time;

pub use app::{
    ApiCredential, ApiKey, ApiSecret, App, ApplicationKind, CallbackUrl, KeyKind, KeyState, Lifetimes, MutualTls,
    Publisher, SecretState,
};
pub use audit::{Activity, ActivityKind, Actor, AuditRecord, CertificateShown, Origin};
pub use certificate::{
    CertificateName, InvalidThumbprint, PresentedCertificate, Recognition, RegisteredCertificate, Thumbprint,
    TrustAnchor, Voucher,
};
pub use connection::{Connection, ConnectionRequest, EndedBy, Liveness, Purpose, RotationState};
pub use credential::{ApiSecretText, AuthorizationCode, InvitationToken, Malformed, RefreshToken, RootKeyId};
pub use environment::{Api, Environment, EnvironmentName, InvalidEnvironmentName, ScopeWords};
pub use ids::{
    AnchorId, ApiId, AppId, CertificateId, ClientId, ConnectionId, CustomerId, InvalidId, InvitationId, RequestId,
    SecretId, TeamId, TokenId, UserId, WorkspaceId,
};
pub use invitation::Invitation;
pub use management::{
    InvalidManagementScope, MANAGEMENT_CUSTOMER, MANAGEMENT_TEAM, MANAGEMENT_USER, ManagedTeams, ManagementScope,
};
pub use people::{Customer, Membership, Role, User, UserKind, Workspace, WorkspaceAccess};
pub use random::Random;
pub use reason::{ErrorCode, Reason};
pub use revocation::{Effect, LogEntry, NewLogEntry, Position, Subject};
pub use scope::{InvalidScope, Scope, ScopeSet};
pub use team::{InvalidPermission, OPERATOR_TEAM, Permission, Permissions, Team, TeamMember, TeamRole};
pub use time::{Clock, Timestamp};
