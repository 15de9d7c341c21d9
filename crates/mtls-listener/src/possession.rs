//! The verifier of client certificates that proves possession and nothing else.

use std::sync::Arc;

use certificates::MOST_CERTIFICATES;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

/// A longer chain is refused: every session that is kept holds one, and anybody may send one.
pub const MOST_CHAIN_BYTES: usize = 16 * 1024;

/// Asks for a certificate, takes none, and takes any that can be read and whose key signed the handshake.
#[derive(Debug)]
pub(crate) struct PossessionOnly {
    algorithms: WebPkiSupportedAlgorithms,
}

impl PossessionOnly {
    pub(crate) fn new(provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self { algorithms: provider.signature_verification_algorithms })
    }
}

/// Whether a chain is within its bounds and its first certificate can be read.
pub(crate) fn is_readable(own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> bool {
    let bytes: usize = others.iter().chain([own]).map(|one| one.len()).sum();
    others.len() < MOST_CERTIFICATES && bytes <= MOST_CHAIN_BYTES && ParsedCertificate::try_from(own).is_ok()
}

impl ClientCertVerifier for PossessionOnly {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hints: clients with a self-signed certificate, or of an app's own authority, would send none.
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // Whose signature it bears is not asked here; what follows is the proof that the peer holds its key.
        if is_readable(own, others) {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::BadEncoding))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, own, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, own, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
