//! What the RFCs say: client authentication, the grants, minting, introspection, revocation, the authorize request.
//!
//! `oauth-endpoints` calls it with what it read from a request; it answers with values or a [`Refusal`]. It drives
//! oxide-auth's sans-IO machines (see `flow`) over our store traits. It must never know of actix, Diesel, Redis,
//! rustls or environment variables.

mod attribution;
pub mod authorize;
mod claims;
mod client_authentication;
mod codes;
mod conclusion;
mod confirmation;
mod connection_list;
mod draft;
mod flow;
mod gateway_check;
mod generated_token;
mod grants;
mod introspection;
mod key_ring;
mod key_rotation;
mod last_used;
mod legacy;
mod limits;
mod management_token;
mod metadata;
mod mirror;
mod parameters;
mod receiver;
mod refusal;
mod revocation;
mod root_keys;
mod settings;
mod shown;
mod token;
mod trail;

use std::sync::Arc;

use certificates::OperatorTrust;
use domain::{Clock, Random};
use storage::{AppliedLog, CachedRecords, Codes, Connections, Directory, Units};

pub use attribution::Spoken;
pub use claims::{Audience, Claims, Confirmation};
pub use client_authentication::{AuthenticatedApi, AuthenticatedClient, Presented, Transport};
pub use codes::{CodeGrant, CodeTerms, is_verifier, key_of, open, seal};
pub use confirmation::{ProvenCertificate, Verdicts};
pub use connection_list::{ConnectionPage, ListedConnection, WorkspacePage};
pub use draft::Drafts;
pub use gateway_check::{GatewayCheck, Identity};
pub use generated_token::{GENERATED_TOKEN, GeneratedToken, NotGenerated, Obstacle, TokenOrder};
pub use introspection::{Introspection, Introspector, VerifiedTokens};
pub use key_ring::{EnvironmentKeys, KeyRing, Signer, UnusableKey, generate};
pub use key_rotation::{RotationPolicy, new_key, plan};
pub use last_used::LastUsed;
pub use legacy::refuse_query;
pub use limits::Limits;
pub use management_token::ManagementToken;
pub use metadata::Metadata;
pub use mirror::Mirror;
pub use parameters::Parameters;
pub use refusal::{PublicRefusal, Refusal};
pub use revocation::SingleEntries;
pub use root_keys::{BrokenSeal, RootKey, RootKeys, Sealed};
pub use settings::{LONGEST_ACCESS_TOKEN, Settings};
pub use shown::Shown;
pub use token::{AuthorizationDetail, TokenRequest, TokenResponse, WorkspaceName};
pub use trail::Trail;

/// Everything a grant or endpoint works with; one per replica.
pub struct Protocol {
    /// The records of the request path.
    pub records: CachedRecords,
    /// The revocation log as applied here.
    pub log: Arc<AppliedLog>,
    /// Connections.
    pub connections: Arc<dyn Connections>,
    /// Commits changes.
    pub units: Arc<dyn Units>,
    /// Single things off the token path.
    pub directory: Arc<dyn Directory>,
    /// Authorization codes.
    pub codes: Arc<dyn Codes>,
    /// The root keys.
    pub root_keys: Arc<RootKeys>,
    /// The signing keys.
    pub key_ring: Arc<KeyRing>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Lifetimes and names.
    pub settings: Settings,
    /// When things were last used.
    pub last_used: LastUsed,
    /// What tokens of connections have in common that were served before.
    pub drafts: Drafts,
    /// Tokens that were verified before.
    pub verified: introspection::VerifiedTokens,
    /// Whose word on certificates the operator takes.
    pub trust: OperatorTrust,
    /// Certificates that were judged before.
    pub verdicts: Verdicts,
    /// How much a client may ask of this replica.
    pub limits: Limits,
    /// Single access tokens that were revoked this hour.
    pub single_entries: SingleEntries,
}
