//! Whose signatures count.

use domain::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::certificate::Certificate;
use crate::chain::{self, ReadError};

/// An authority whose word counts, pinned by its key: another of the same name is another.
#[derive(Clone, Debug)]
pub struct Anchor {
    certificate: Certificate,
    trusted: TrustAnchor<'static>,
}

impl Anchor {
    /// Takes the word of this authority.
    ///
    /// # Errors
    /// It is not an authority's.
    pub fn from_certificate(certificate: Certificate) -> Result<Self, ReadError> {
        let may_sign = certificate.usages.is_empty() || certificate.usages.contains(&"keyCertSign");
        if !certificate.is_authority || !may_sign {
            return Err(ReadError::NotAnAuthority);
        }
        let der = CertificateDer::from(certificate.der());
        let trusted = webpki::anchor_from_trusted_cert(&der).map_err(|_| ReadError::NotACertificate)?.to_owned();
        Ok(Self { certificate, trusted })
    }

    /// Reads one from DER.
    ///
    /// # Errors
    /// It is none, or not an authority's.
    pub fn read(der: &[u8]) -> Result<Self, ReadError> {
        Self::from_certificate(Certificate::read(der)?)
    }

    /// Reads all of a PEM file, or the one of a DER file.
    ///
    /// # Errors
    /// One of them is none, or not an authority's, or there is none at all.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, ReadError> {
        chain::read_all(bytes)?.into_iter().map(Self::from_certificate).collect()
    }

    /// The authority's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// By what it is told apart from others.
    #[must_use]
    pub const fn key_digest(&self) -> [u8; 32] {
        self.certificate.key_digest
    }

    /// Whether its time is now. A dead authority's word counts for nothing.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.certificate.not_before <= now && now < self.certificate.not_after
    }

    pub(crate) const fn trusted(&self) -> &TrustAnchor<'static> {
        &self.trusted
    }
}
