//! Why the registry did not do what it was asked; each sentence says what to do.

use std::fmt::Write as _;

use domain::{ClientId, CustomerId, EnvironmentName, WorkspaceId};
use storage::StoreError;

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
    /// The key was revoked.
    #[error("the API key {0} was revoked, which is for good; create a new key")]
    KeyRevoked(ClientId),
    /// The secret was revoked.
    #[error("the secret was revoked, which is for good; add a new one")]
    SecretRevoked,
    /// A key without secrets.
    #[error("the API key {0} is public: it has no secrets; create a key of kind secret")]
    KeyWithoutSecrets(ClientId),
    /// A public key for a web app.
    #[error("a public key is for native apps; a web app keeps a secret: create a key of kind secret")]
    PublicKeyOfWebApp,
    /// Legacy parameters for an app that must not have them.
    #[error("legacy parameters are for web apps with an API key of kind secret; this app is not one")]
    LegacyParametersRefused,
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
    /// The stored thing is newer than the one that was edited.
    #[error("{what} was changed meanwhile; look at it again and repeat the change")]
    Stale {
        /// What was changed.
        what: String,
    },
    /// The name is taken.
    #[error("{what} exists already; choose another name")]
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

fn sentences(violations: &[Violation]) -> String {
    violations.iter().fold(String::new(), |mut text, violation| {
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{violation}");
        text
    })
}
