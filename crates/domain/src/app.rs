//! Apps, their API keys and the keys' secrets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::credential::RootKeyId;
use crate::environment::EnvironmentName;
use crate::ids::{AppId, ClientId, SecretId, TeamId};
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// A registered `redirect_uri`, compared byte for byte (RFC 9700 §2.1).
///
/// Made by `client-registry` once its rules accepted the text, and by stores from what they hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallbackUrl(Box<str>);

impl CallbackUrl {
    /// Takes text that the registry's rules accepted.
    #[must_use]
    pub fn accepted(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The URL's exact text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the app runs, which decides what callback URLs it may register (RFC 8252).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// On a server: https callbacks on public hosts.
    Web,
    /// On a device: also loopback addresses and private schemes.
    Native,
}

/// Whether clients of the app show certificates (RFC 8705).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MutualTls {
    /// Certificates are ignored.
    Off,
    /// Tokens asked for with a registered certificate are bound to it.
    Optional,
    /// A request without a registered certificate is refused, so every token is bound.
    Required,
}

/// Who publishes the app, and whether the operator has verified that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// The name customers read.
    pub name: String,
    /// Whether the operator has verified it (DESIGN: no verified publisher, a fixed title and at most 25 users).
    pub verified: bool,
}

/// Lifetimes an app may set shorter or longer than the configured ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifetimes {
    /// Of access tokens.
    pub access_token: Option<Duration>,
    /// How long a connection may stay unused.
    pub connection_idle: Option<Duration>,
    /// How long a connection may live at all.
    pub connection_absolute: Option<Duration>,
}

/// What a developer team registers: the identity of one integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// The team that owns it.
    pub team: TeamId,
    /// Its name, shown to customers; 3 to 60 characters.
    pub name: String,
    /// What it does and why it needs access: the title of the authorize page when the publisher is verified.
    pub description: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Where users get help; shown on error pages.
    pub support_email: Option<String>,
    /// What the app is, for those who look for more; an `https` URL.
    pub homepage_url: Option<String>,
    /// Its privacy notice, to which the authorize pages lead; an `https` URL.
    pub privacy_url: Option<String>,
    /// Where it runs.
    pub kind: ApplicationKind,
    /// Its registered callback URLs.
    pub callback_urls: Vec<CallbackUrl>,
    /// *Enable Client Credentials*.
    pub client_credentials: bool,
    /// *Enable Mutual TLS Authentication*.
    pub mutual_tls: MutualTls,
    /// Whether refresh tokens rotate even for keys that authenticate.
    pub rotate_refresh_tokens: bool,
    /// Until when old client libraries may send everything in the query string.
    pub legacy_parameters_until: Option<Timestamp>,
    /// The environments it may be used in.
    pub environments: Vec<EnvironmentName>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// Its own lifetimes.
    pub lifetimes: Lifetimes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted: its keys died then.
    pub deleted_at: Option<Timestamp>,
    /// Counts edits; an edit of an older version is refused.
    pub version: i64,
}

impl App {
    /// Whether the legacy-parameters switch is on at `now`.
    #[must_use]
    pub fn accepts_legacy_parameters(&self, now: Timestamp) -> bool {
        self.legacy_parameters_until.is_some_and(|until| now < until)
    }
}

/// How an API key authenticates, decided at registration and never guessed from what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// By one of its secrets: `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1).
    Secret,
    /// By a registered certificate alone; the request names the key as `client_id` (RFC 8705 §2).
    Certificate,
    /// By one of its secrets, on a connection of a registered certificate to which its tokens are bound (RFC 8705 §3).
    CertificateAndSecret,
    /// Not at all: a native app's public client, held by PKCE (RFC 7636).
    Public,
}

impl KeyKind {
    /// Whether keys of this kind have secrets.
    #[must_use]
    pub const fn has_secrets(self) -> bool {
        matches!(self, Self::Secret | Self::CertificateAndSecret)
    }

    /// Whether keys of this kind are of no use without a registered certificate.
    #[must_use]
    pub const fn needs_certificate(self) -> bool {
        matches!(self, Self::Certificate | Self::CertificateAndSecret)
    }
}

/// Whether an API key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Yes.
    Active,
    /// Not now; it can be made active again.
    Inactive,
    /// Never again.
    Revoked,
}

/// One OAuth client of an app; the key's text is the `client_id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The key itself.
    pub id: ClientId,
    /// The app it belongs to.
    pub app: AppId,
    /// What the team calls it.
    pub label: String,
    /// How it authenticates.
    pub kind: KeyKind,
    /// Whether it may be used.
    pub state: KeyState,
    /// The environments it may be used in, where fewer than the app's.
    pub environments: Option<Vec<EnvironmentName>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether the key itself may be used at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state == KeyState::Active && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may be used in `environment`, given its app.
    #[must_use]
    pub fn is_allowed_in(&self, environment: &EnvironmentName, app: &App) -> bool {
        app.environments.contains(environment)
            && self.environments.as_ref().is_none_or(|listed| listed.contains(environment))
    }
}

/// Whether a secret may be used, as stored; [`ApiSecret::is_usable`] also looks at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// Yes.
    Active,
    /// Until this moment: a newer one has been made.
    RotatingUntil(Timestamp),
    /// Not now; it can be made active again.
    Inactive,
    /// Never again.
    Revoked,
}

impl SecretState {
    /// Whether this state lets the secret be used at `now`.
    #[must_use]
    pub fn allows(self, now: Timestamp) -> bool {
        match self {
            Self::Active => true,
            Self::RotatingUntil(until) => now < until,
            Self::Inactive | Self::Revoked => false,
        }
    }
}

/// One secret of an API key, as stored: never the secret, only its keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret {
    /// Its id, a subject of revocation.
    pub id: SecretId,
    /// The key it belongs to.
    pub key: ClientId,
    /// The root key whose pepper made `hash`.
    pub root_key: RootKeyId,
    /// HMAC-SHA-256 of the secret under the pepper.
    pub hash: [u8; 32],
    /// The last four characters of the printed form, for people who look for the right one.
    pub last_four: String,
    /// Whether it may be used.
    pub state: SecretState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it last authenticated a request; written in batches.
    pub last_used_at: Option<Timestamp>,
}

impl ApiSecret {
    /// Whether the secret may be used at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state.allows(now) && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A credential of an API (resource server) for introspection, as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiCredential {
    /// Its id.
    pub id: SecretId,
    /// The API it belongs to.
    pub api: crate::ids::ApiId,
    /// The root key whose pepper made `hash`.
    pub root_key: RootKeyId,
    /// HMAC-SHA-256 of the secret under the pepper.
    pub hash: [u8; 32],
    /// Whether it may be used.
    pub state: SecretState,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ApiCredential {
    /// Whether the credential may be used at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state.allows(now)
    }
}

impl std::fmt::Debug for ApiCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiCredential").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiSecret").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotating_secret_ends_at_its_moment() {
        let now = Timestamp::from_seconds(1000);
        let secret = |state| ApiSecret {
            id: SecretId::from_bytes([1; 16]),
            key: ClientId::from_bytes([2; 16]),
            root_key: RootKeyId(1),
            hash: [0; 32],
            last_four: "wxyz".into(),
            state,
            created_at: now,
            expires_at: Some(now + Duration::from_secs(100)),
            last_used_at: None,
        };
        let rotating = secret(SecretState::RotatingUntil(now + Duration::from_secs(10)));
        assert!(rotating.is_usable(now) && !rotating.is_usable(now + Duration::from_secs(10)));
        assert!(!secret(SecretState::Active).is_usable(now + Duration::from_secs(100)), "expired");
        assert!(!secret(SecretState::Inactive).is_usable(now));
        assert!(!format!("{rotating:?}").contains("hash"));
    }
}
