//! Certificates of clients (RFC 8705): what a TLS peer proved it holds, what an app says its clients hold, and whose
//! word an app takes for a name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::ids::{AnchorId, AppId, CertificateId, ClientId};
use crate::time::Timestamp;

/// The SHA-256 of a certificate's DER: `x5t#S256` (RFC 8705 §3.1), printed as base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint([u8; 32]);

/// Text that is not a thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a thumbprint is the base64url of a certificate's SHA-256: 43 characters without padding")]
pub struct InvalidThumbprint;

impl Thumbprint {
    /// The thumbprint with this digest.
    #[must_use]
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Thumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, InvalidThumbprint> {
        let digest = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidThumbprint)?;
        digest.try_into().map(Self).map_err(|_| InvalidThumbprint)
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = InvalidThumbprint;

    fn try_from(text: String) -> Result<Self, InvalidThumbprint> {
        text.parse()
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.to_string()
    }
}

/// The certificate whose key a TLS peer proved to hold, as it was sent. Says nothing of whether anybody trusts it.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedCertificate {
    /// The DER of the certificate and of what was sent with it, the peer's own first.
    pub chain: Arc<[Vec<u8>]>,
    /// The thumbprint of the peer's own, computed once a connection.
    pub thumbprint: Thumbprint,
}

impl fmt::Debug for PresentedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedCertificate({}, {} in its chain)", self.thumbprint, self.chain.len())
    }
}

/// One name of a certificate, of the kinds by which a client may be registered (RFC 8705 §2.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum CertificateName {
    /// The whole subject, in RFC 4514's order and escaping, normalised (`tls_client_auth_subject_dn`).
    Subject(String),
    /// A DNS name in lower case (`tls_client_auth_san_dns`).
    Dns(String),
    /// A URI (`tls_client_auth_san_uri`).
    Uri(String),
    /// An IP address in its canonical text (`tls_client_auth_san_ip`).
    Ip(String),
    /// A mail address (`tls_client_auth_san_email`).
    Email(String),
}

/// Whose word counts for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// The trust anchors that the app itself registered.
    App,
    /// The operator's anchors that are marked as vouching for names.
    Operator,
}

/// How a registered certificate is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognition {
    /// It is this very certificate, whoever issued it (`self_signed_tls_client_auth`, RFC 8705 §2.2).
    Exact {
        /// Its thumbprint; no two live registrations have the same.
        thumbprint: Thumbprint,
        /// Its DER.
        der: Vec<u8>,
        /// When it begins to be valid.
        not_before: Timestamp,
        /// When it ends being valid.
        not_after: Timestamp,
    },
    /// It has this name, under an anchor (`tls_client_auth`, RFC 8705 §2.1); renewals need no registration.
    Named {
        /// The name; no two apps have the same under one anchor.
        name: CertificateName,
        /// Under whose anchors.
        voucher: Voucher,
    },
}

/// What an app says that its clients hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredCertificate {
    /// Its id, by which tokens name it.
    pub id: CertificateId,
    /// The app.
    pub app: AppId,
    /// The only key it is for; none is for every key of the app.
    pub key: Option<ClientId>,
    /// What the team calls it.
    pub label: String,
    /// How it is recognised.
    pub recognition: Recognition,
    /// When it was registered.
    pub added_at: Timestamp,
    /// When a client last showed it; written in batches.
    pub last_used_at: Option<Timestamp>,
}

impl RegisteredCertificate {
    /// Whether it can be shown at `now`: a name always can, a certificate while it is valid.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        match &self.recognition {
            Recognition::Exact { not_before, not_after, .. } => *not_before <= now && now < *not_after,
            Recognition::Named { .. } => true,
        }
    }

    /// Whether it counts for `key`.
    #[must_use]
    pub fn is_for(&self, key: ClientId) -> bool {
        self.key.is_none_or(|only| only == key)
    }
}

/// A certificate authority whose word an app takes for the names of its own clients; of no other app's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchor {
    /// Its id.
    pub id: AnchorId,
    /// The app.
    pub app: AppId,
    /// What the team calls it.
    pub label: String,
    /// The authority's certificate.
    pub der: Vec<u8>,
    /// The SHA-256 of its public key: anchors are told apart by key, never by name.
    pub key_digest: [u8; 32],
    /// When it was registered.
    pub added_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_read_as_it_was_printed() {
        let thumbprint = Thumbprint::from_digest([7; 32]);
        assert_eq!(thumbprint.to_string().len(), 43);
        assert_eq!(thumbprint.to_string().parse(), Ok(thumbprint));
        for wrong in ["", "BwcH", "=", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] {
            assert_eq!(wrong.parse::<Thumbprint>(), Err(InvalidThumbprint), "{wrong}");
        }
    }
}
