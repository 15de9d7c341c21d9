//! The keys that sign access tokens, private parts sealed under a root key.

use async_trait::async_trait;
use domain::{EnvironmentName, RootKeyId, Timestamp};

use crate::StoreError;

/// Where a signing key stands: it is published before it signs, and stays published after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningKeyState {
    /// Published, to sign next.
    Next,
    /// Signs.
    Active,
    /// Signs no more; its tokens may still be alive.
    Retiring,
    /// No longer published.
    Removed,
}

/// A signing key of an environment (ES256).
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its `kid`, unique over all environments.
    pub kid: String,
    /// The one environment it signs for.
    pub environment: EnvironmentName,
    /// Where it stands.
    pub state: SigningKeyState,
    /// The uncompressed P-256 point.
    pub public_point: Vec<u8>,
    /// The PKCS#8 private key, sealed with the `kid` as associated data.
    pub sealed_private: Vec<u8>,
    /// The root key it is sealed under.
    pub root_key: RootKeyId,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Reads signing keys. They are written by [`crate::Units`].
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys that are not removed, of all environments.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn published(&self) -> Result<Vec<SigningKey>, StoreError>;
}
