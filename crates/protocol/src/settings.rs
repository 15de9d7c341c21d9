//! Lifetimes and names that configuration sets.

use std::time::Duration;

use domain::{ConnectionId, EnvironmentName};

/// What the protocol needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and port under which clients reach this server, without a slash at the end.
    pub public_url: String,
    /// The same where clients show certificates; none where nobody asks for them.
    pub mtls_public_url: Option<String>,
    /// Life of an authorization code; 60 s.
    pub code: Duration,
    /// Life of an access token; 1 h, at most 24 h.
    pub access_token: Duration,
    /// How long a connection may stay unused; 90 days.
    pub connection_idle: Duration,
    /// How long a connection may live; 1 year.
    pub connection_absolute: Duration,
    /// How long tokens made by hand live unless their maker says otherwise; 24 h.
    pub generated_token: Duration,
    /// The longest they may be given; 90 days.
    pub longest_generated_token: Duration,
    /// Connections per user and key that may be alive; 20.
    pub connections_per_user_and_key: u32,
    /// How long a rotated refresh token is given its successor again, for keys that authenticate; 60 s.
    pub refresh_grace: Duration,
    /// The same for public clients; 10 s.
    pub refresh_grace_public: Duration,
    /// How often it is; 3.
    pub refresh_repeats: u32,
    /// How long verifiers may keep a JWKS; 5 min.
    pub jwks_cache: Duration,
    /// How many characters a `state` may have; 4,096.
    pub state_length: usize,
    /// How many workspaces a token lists (DESIGN, decision 17); 20.
    pub workspaces_in_token: usize,
    /// How many workspaces an answer names; 100.
    pub workspaces_in_answer: usize,
    /// How many users an app whose publisher is not verified may have (DESIGN, decision 18); 25.
    pub users_of_unverified_app: u64,
}

/// How long the end of something is kept in the log: an hour beyond the longest token it may have to outlive, so that
/// clocks may differ.
pub(crate) const ENTRY_LIFE: Duration = Duration::from_secs(25 * 3600);

/// No access token lives longer (DESIGN §5), so no log entry need be kept longer.
pub const LONGEST_ACCESS_TOKEN: Duration = Duration::from_secs(24 * 3600);

impl Settings {
    /// The issuer of `environment` (RFC 8414 §2): the public URL and the environment's prefix.
    #[must_use]
    pub fn issuer(&self, environment: &EnvironmentName) -> String {
        format!("{}{}", self.public_url, environment.prefix())
    }

    /// Where all workspaces of a connection are listed.
    #[must_use]
    pub fn workspaces_uri(&self, environment: &EnvironmentName, connection: ConnectionId) -> String {
        format!("{}/oauth/connections/{connection}/workspaces", self.issuer(environment))
    }

    /// Where `environment` asks for certificates (RFC 8705 §5): the issuer's path at another origin.
    #[must_use]
    pub fn mtls_issuer(&self, environment: &EnvironmentName) -> Option<String> {
        self.mtls_public_url.as_ref().map(|url| format!("{url}{}", environment.prefix()))
    }

    /// The `aud` of tokens for the management API: where it is.
    #[must_use]
    pub fn management_audience(&self) -> String {
        format!("{}/api/v1", self.public_url)
    }

    /// The page that explains a reason.
    #[must_use]
    pub fn error_uri(&self, reason: domain::Reason) -> String {
        format!("{}/docs/errors#{}", self.public_url, reason.code())
    }
}
