//! The one list of everything that ended before its time (DESIGN, decision 1).
//!
//! A token names its subjects and carries the log position its issuer had applied; it is refused once the log holds
//! a later [`Effect::Revoke`] entry for any of them. A cached record is treated just as a token is: it names its
//! subjects and the position it was read at, and is dropped by a later entry of either effect.

use crate::certificate::Thumbprint;
use crate::environment::EnvironmentName;
use crate::ids::{AppId, CertificateId, ClientId, ConnectionId, CustomerId, SecretId, TokenId, UserId};
use crate::time::Timestamp;

/// A place in the revocation log. Zero is before every entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Position(pub i64);

/// What an entry is about, and what a token or cached record depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Everything of an environment.
    Environment(EnvironmentName),
    /// Everything about a customer.
    Customer(CustomerId),
    /// Everything of an app.
    App(AppId),
    /// Everything of an API key.
    Key(ClientId),
    /// What an API key got by client credentials.
    ClientCredentials(ClientId),
    /// What was got with one secret.
    Secret(SecretId),
    /// Everything a user granted.
    User(UserId),
    /// Everything of a connection.
    Connection(ConnectionId),
    /// Access tokens of a connection whose workspaces became fewer; its refresh token lives on.
    ConnectionWorkspaces(ConnectionId),
    /// What is bound to one certificate.
    Certificate(Thumbprint),
    /// What was got with any certificate that one registration recognises.
    Registration(CertificateId),
    /// One access token.
    Token(TokenId),
}

impl Subject {
    /// The subject as stored: a stable kind and the printed id.
    #[must_use]
    pub fn to_stored(&self) -> (&'static str, String) {
        match self {
            Self::Environment(name) => ("environment", name.to_string()),
            Self::Customer(id) => ("customer", id.to_string()),
            Self::App(id) => ("app", id.to_string()),
            Self::Key(id) => ("key", id.to_string()),
            Self::ClientCredentials(id) => ("client_credentials", id.to_string()),
            Self::Secret(id) => ("secret", id.to_string()),
            Self::User(id) => ("user", id.to_string()),
            Self::Connection(id) => ("connection", id.to_string()),
            Self::ConnectionWorkspaces(id) => ("connection_workspaces", id.to_string()),
            Self::Certificate(thumbprint) => ("certificate", thumbprint.to_string()),
            Self::Registration(id) => ("registration", id.to_string()),
            Self::Token(id) => ("token", id.to_string()),
        }
    }

    /// Reads what [`Self::to_stored`] wrote; `None` for a kind or id this version does not know.
    #[must_use]
    pub fn from_stored(kind: &str, id: &str) -> Option<Self> {
        Some(match kind {
            "environment" => Self::Environment(EnvironmentName::try_from(id.to_owned()).ok()?),
            "customer" => Self::Customer(id.parse().ok()?),
            "app" => Self::App(id.parse().ok()?),
            "key" => Self::Key(id.parse().ok()?),
            "client_credentials" => Self::ClientCredentials(id.parse().ok()?),
            "secret" => Self::Secret(id.parse().ok()?),
            "user" => Self::User(id.parse().ok()?),
            "connection" => Self::Connection(id.parse().ok()?),
            "connection_workspaces" => Self::ConnectionWorkspaces(id.parse().ok()?),
            "certificate" => Self::Certificate(id.parse().ok()?),
            "registration" => Self::Registration(id.parse().ok()?),
            "token" => Self::Token(id.parse().ok()?),
            _ => return None,
        })
    }
}

/// What an entry does to what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Ends tokens and drops cached records.
    Revoke,
    /// Drops cached records only: the subject was edited.
    Change,
}

/// An entry to be appended by the transaction that makes the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLogEntry {
    /// What it is about.
    pub subject: Subject,
    /// What it does.
    pub effect: Effect,
    /// Until when it must be kept: the end of the longest access token issued before it, or of a cached record.
    pub until: Timestamp,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place, drawn from a locked head row, so that a reader never steps over a late commit.
    pub position: Position,
    /// What it is about.
    pub subject: Subject,
    /// What it does.
    pub effect: Effect,
    /// Until when it must be kept.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_is_stored_and_read_back() {
        let bits = [5; 16];
        let subjects = [
            Subject::Environment(EnvironmentName::default_environment()),
            Subject::Customer(CustomerId::from_bytes(bits)),
            Subject::App(AppId::from_bytes(bits)),
            Subject::Key(ClientId::from_bytes(bits)),
            Subject::ClientCredentials(ClientId::from_bytes(bits)),
            Subject::Secret(SecretId::from_bytes(bits)),
            Subject::User(UserId::from_bytes(bits)),
            Subject::Connection(ConnectionId::from_bytes(bits)),
            Subject::ConnectionWorkspaces(ConnectionId::from_bytes(bits)),
            Subject::Certificate(Thumbprint::from_digest([6; 32])),
            Subject::Registration(CertificateId::from_bytes(bits)),
            Subject::Token(TokenId::from_bytes(bits)),
        ];
        for subject in subjects {
            let (kind, id) = subject.to_stored();
            assert_eq!(Subject::from_stored(kind, &id), Some(subject));
        }
        assert_eq!(Subject::from_stored("planet", "x"), None);
    }
}
