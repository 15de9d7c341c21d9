//! The life of what is registered: environments, APIs, developer teams, apps, API keys, secrets, certificates, customers,
//! people and the connections that are asked for, answered and ended here rather than at the token endpoint.
//!
//! The commands of `server` and the pages of `oauth-endpoints` call it. Each operation of [`Registry`] is one
//! [`storage::Unit`]: the change, the log entries by which every replica hears of it within a second, and the audit
//! record that says who did it. It must never know of HTTP, sockets or how a token is made.

pub mod callback_url;

mod anchors;
mod apis;
mod app_edit;
mod apps;
mod authority;
mod certificates;
mod connection_requests;
mod connections;
mod connections_of_app;
mod customers;
mod environments;
mod error;
mod invitations;
mod keys;
mod looked_at;
mod management;
mod mutual_tls;
mod people;
mod policy;
mod reached;
mod secrets;
mod shown;
mod teams;
mod text;
mod work;

use std::sync::Arc;

use domain::{Clock, Random};
use storage::{ActivityLog, Connections, Directory, Units};

pub use ::certificates::{Certificate, NameKind};
pub use apis::{ApiDraft, ApiEdit, NewApiCredential};
pub use app_edit::{AppEdit, AppFault};
pub use apps::AppDraft;
pub use authority::{Authority, Permitted};
pub use certificates::{CertificateDraft, Holder};
pub use connection_requests::{Answer, ConnectionRequestDraft};
pub use connections::Ended;
pub use connections_of_app::{LONGEST_TOKEN_LABEL, token_label};
pub use customers::CustomerDraft;
pub use domain::OPERATOR_TEAM;
pub use environments::EnvironmentDraft;
pub use error::RegistryError;
pub use invitations::{Guest, InvitationDraft, NewInvitation, OpenInvitation};
pub use keys::{KeyDraft, NewKey};
pub use looked_at::{Examined, Held, Registered};
pub use management::{ManagementKeyDraft, NewManagementKey};
pub use mutual_tls::KeyReadiness;
pub use people::UserDraft;
pub use policy::Policy;
pub use secrets::{NewSecret, SecretHasher};
pub use work::Initiator;

/// The stores that the registry reads and writes.
#[derive(Clone)]
pub struct Stores {
    /// Commits what an operation changes.
    pub units: Arc<dyn Units>,
    /// Reads what an operation must know.
    pub directory: Arc<dyn Directory>,
    /// Reads connections.
    pub connections: Arc<dyn Connections>,
    /// Reads how clients came.
    pub activity: Arc<dyn ActivityLog>,
}

/// Everything that can be done to what is registered.
///
/// What is asked for is judged here. Who may ask for it is judged here where developer teams are concerned
/// ([`Authority`]); otherwise it is for the caller to decide.
#[derive(Clone)]
pub struct Registry {
    stores: Stores,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hasher: Arc<dyn SecretHasher>,
    policy: Arc<Policy>,
}

impl Registry {
    /// A registry over `stores`, under `policy`.
    #[must_use]
    pub fn new(
        stores: Stores,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        hasher: Arc<dyn SecretHasher>,
        policy: Policy,
    ) -> Self {
        Self { stores, clock, random, hasher, policy: Arc::new(policy) }
    }

    /// The rules it applies.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
