//! Why the registry did not do what it was asked; each sentence says what to do.

use std::fmt::Write as _;

use domain::{AnchorId, CertificateId, ClientId, CustomerId, EnvironmentName, Permission, Timestamp, WorkspaceId};
use storage::StoreError;

use crate::app_edit::listed;
use crate::callback_url::Violation;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Nothing has this id or name.
    #[error("there is no {what} {id}; check the id as it was printed when it was made")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id or name.
        id: String,
    },
    /// A value cannot be taken.
    #[error("{field} {problem}")]
    Invalid {
        /// Which value.
        field: &'static str,
        /// What is wrong with it and what to write instead.
        problem: String,
    },
    /// A callback URL cannot be taken.
    #[error("the callback URL {url} cannot be registered: {}", sentences(violations))]
    CallbackUrl {
        /// The URL as given.
        url: String,
        /// All that is wrong with it.
        violations: Vec<Violation>,
    },
    /// A limit is reached.
    #[error("there are {limit} {what} already, which is the most; {remedy}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
        /// What makes room.
        remedy: &'static str,
    },
    /// The app was deleted.
    #[error("the app was deleted; create a new one")]
    AppDeleted,
    /// The app was deleted too long ago.
    #[error("the app was deleted more than {days} days ago, which is for good; create a new one")]
    DeletedForGood {
        /// How long an app can be restored.
        days: u64,
    },
    /// What nobody but the operator does.
    #[error("only the operator of this server says that it has verified a publisher")]
    OperatorOnly,
    /// The key was revoked.
    #[error("the API key {0} was revoked, which is for good; create a new key")]
    KeyRevoked(ClientId),
    /// The secret was revoked.
    #[error("the secret was revoked, which is for good; add a new one")]
    SecretRevoked,
    /// A key without secrets.
    #[error("the API key {0} has no secrets by its kind; create a key of kind secret or certificate-and-secret")]
    KeyWithoutSecrets(ClientId),
    /// A public key for what only keys that authenticate may do.
    #[error("the API key {0} is public and cannot act on its own; create a key of kind secret")]
    PublicKey(ClientId),
    /// A public key for a web app.
    #[error("a public key is for native apps; a web app keeps a secret: create a key of kind secret")]
    PublicKeyOfWebApp,
    /// Public keys of an app that is to be a web app.
    #[error("public API keys are for native apps; revoke these first: {}", listed(.0))]
    PublicKeysActive(Vec<ClientId>),
    /// Callback URLs on devices of an app that is to be a web app.
    #[error("a web app has no callback URL on people's devices; take these away first: {}", .0.join(", "))]
    CallbacksOnDevices(Vec<String>),
    /// Legacy parameters for an app that must not have them.
    #[error("legacy parameters are for web apps with an API key of kind secret; this app is not one")]
    LegacyParametersRefused,
    /// Legacy parameters and mutual TLS Required for one app.
    #[error("legacy parameters and mutual TLS Required exclude each other; end the legacy parameters first")]
    LegacyParametersWithRequired,
    /// What was given as a certificate.
    #[error(transparent)]
    CertificateUnreadable(#[from] certificates::ReadError),
    /// The certificate can never be shown.
    #[error("this certificate cannot be used by a client: {0}")]
    CertificateUnfit(#[from] certificates::Fault),
    /// What was given as a name of certificates.
    #[error(transparent)]
    CertificateName(#[from] certificates::InvalidName),
    /// The app has it.
    #[error("this app has registered it already, as {0}")]
    CertificateRegistered(CertificateId),
    /// The app has an authority with this key.
    #[error("this app has an anchor with this public key already: {0}")]
    AnchorRegistered(AnchorId),
    /// Another app has it. Nothing more is told: it is another team's.
    #[error("{what} is already in use")]
    InUse {
        /// What.
        what: &'static str,
    },
    /// The authority's certificate is over.
    #[error("this authority's certificate ended {0}; add the one that follows it")]
    AnchorExpired(Timestamp),
    /// Nobody vouches for names yet.
    #[error(
        "a name counts under an authority and this app has none; add the authority's certificate as an anchor first"
    )]
    NoAnchor,
    /// The key's kind needs certificates, which are ignored.
    #[error("mutual TLS is off for this app, so that certificates are ignored; set it to optional first")]
    MutualTlsOff,
    /// Mutual TLS cannot be off under keys that authenticate by certificate.
    #[error("API keys that need a certificate are active: {}; deactivate or revoke them first", listed(.0))]
    CertificateKeysActive(Vec<ClientId>),
    /// Mutual TLS cannot be required of clients that have nothing to show.
    #[error("mutual TLS can be required once a certificate is registered that can be shown now; add one first")]
    NoCertificate,
    /// These keys would have nothing to show any more.
    #[error(
        "API keys would stop working at once, for it is the last that they can show: {}; register another one first, \
         or force it",
        listed(.0)
    )]
    WouldStop(Vec<ClientId>),
    /// Client credentials are off.
    #[error("client credentials are switched off for this app; switch on Enable Client Credentials first")]
    ClientCredentialsOff,
    /// The key may not be used there.
    #[error("the API key may not be used in environment {0}; add the environment to the app or the key first")]
    EnvironmentNotAllowed(EnvironmentName),
    /// The request was answered.
    #[error("this request was answered already; make a new one to change the connection")]
    RequestAnswered,
    /// The request is too old.
    #[error("this request has expired; have the developer make a new one")]
    RequestExpired,
    /// Whoever answers is not allowed to.
    #[error("only the user itself may answer, or an admin of {0} for a service user of it")]
    MayNotAnswer(CustomerId),
    /// A ticked workspace is out of the user's reach.
    #[error("the user may not let apps into workspace {0}; choose among the workspaces of its role")]
    WorkspaceOutOfReach(WorkspaceId),
    /// No workspace was chosen.
    #[error("no workspace was chosen; choose at least one")]
    NoWorkspace,
    /// A member of the team lacks a permission.
    #[error("this needs the permission {permission} in the team {team}; {}", grantable(grantors))]
    NotPermitted {
        /// What is lacking.
        permission: Permission,
        /// In which team, by name.
        team: String,
        /// Who can grant it: names and addresses of members of the same team.
        grantors: Vec<String>,
    },
    /// The token is of no invitation that can be taken.
    #[error(
        "this invitation cannot be taken any more: it was used, withdrawn or replaced, or it is too old; ask for a new one"
    )]
    InvitationOver,
    /// Somebody else is invited.
    #[error("this invitation is for the owner of another e-mail address")]
    InvitedIsAnother,
    /// Whoever invited could not do so any more.
    #[error("whoever made this invitation cannot give what it promises any more; ask for a new one")]
    InviterCannot,
    /// A team without anybody who manages its members.
    #[error("nobody else could manage the members of this team; let another member do so first")]
    LastManager,
    /// The stored thing is newer than the one that was edited.
    #[error("{what} was changed meanwhile; look at it again and repeat the change")]
    Stale {
        /// What was changed.
        what: String,
    },
    /// The name is taken.
    #[error("{what} exists already; choose another")]
    Exists {
        /// What exists.
        what: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::Stale { what },
            StoreError::Exists { what } => Self::Exists { what },
            other => Self::Store(other),
        }
    }
}

impl RegistryError {
    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }

    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid { field, problem: problem.into() }
    }
}

fn grantable(grantors: &[String]) -> String {
    const NAMED: usize = 5;
    let (named, others) = grantors.split_at(grantors.len().min(NAMED));
    match (named, others.len()) {
        ([], _) => "nobody in it can grant that, so ask the operator".to_owned(),
        (_, 0) => format!("it can be granted by {}", listed(named)),
        (_, others) => format!("it can be granted by {} and {others} more", listed(named)),
    }
}

fn sentences(violations: &[Violation]) -> String {
    violations.iter().fold(String::new(), |mut text, violation| {
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{violation}");
        text
    })
}
