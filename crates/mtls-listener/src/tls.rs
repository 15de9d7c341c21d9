//! The configurations of TLS, and the server's own certificate, which can be replaced while connections live.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use certificates::Certificate;
use domain::Timestamp;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert, ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use crate::files::LoadFault;
use crate::possession::PossessionOnly;

/// A server's certificate and key; handshakes from now on get what was put here last. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct ServerIdentity(Arc<Current>);

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ServerIdentity {
    /// Reads them from PEM files: the chain, its own certificate first, and the key.
    ///
    /// # Errors
    /// A file cannot be read, or the key does not belong to the certificate.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, LoadFault> {
        let certified = certified(certificate, key)?;
        Ok(Self(Arc::new(Current(ArcSwap::from_pointee(certified)))))
    }

    /// When the certificate that is shown now ends. `None` for one that cannot be read.
    #[must_use]
    pub fn not_after(&self) -> Option<Timestamp> {
        let current = self.0.0.load();
        Certificate::read(current.cert.first()?).ok().map(|own| own.not_after)
    }

    /// Reads them again. On any fault, what was there stays.
    ///
    /// # Errors
    /// As [`ServerIdentity::read`].
    pub fn read_again(&self, certificate: &Path, key: &Path) -> Result<(), LoadFault> {
        self.0.0.store(Arc::new(certified(certificate, key)?));
        Ok(())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn certified(certificate: &Path, key: &Path) -> Result<CertifiedKey, LoadFault> {
    let chain = certificates_of(certificate)?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|cause| LoadFault::new(key, &cause))?;
    CertifiedKey::from_der(chain, key_der, &aws_lc_rs::default_provider())
        .map_err(|cause| LoadFault::new(certificate, &cause))
}

fn certificates_of(file: &Path) -> Result<Vec<CertificateDer<'static>>, LoadFault> {
    let chain = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match chain {
        Ok(chain) if chain.is_empty() => Err(LoadFault::new(file, &"there is no certificate in it")),
        Ok(chain) => Ok(chain),
        Err(cause) => Err(LoadFault::new(file, &cause)),
    }
}

/// For a listener that asks for a client certificate and takes none, too. At most `sessions` can be resumed.
#[must_use]
pub fn asking_for_certificates(identity: &ServerIdentity, sessions: usize) -> ServerConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = PossessionOnly::new(&provider);
    configuration(provider, verifier, identity, sessions)
}

/// For a listener that asks for none.
#[must_use]
pub fn without_client_certificates(identity: &ServerIdentity, sessions: usize) -> ServerConfig {
    configuration(Arc::new(aws_lc_rs::default_provider()), Arc::new(NoClientAuth), identity, sessions)
}

/// For a listener that believes a proxy: nobody gets in without a certificate of the authorities in this file, which
/// are for the proxies alone.
///
/// # Errors
/// The file cannot be read.
pub fn for_proxies(identity: &ServerIdentity, authorities: &Path) -> Result<ServerConfig, LoadFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for authority in certificates_of(authorities)? {
        roots.add(authority).map_err(|cause| LoadFault::new(authorities, &cause))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|cause| LoadFault::new(authorities, &cause))?;
    // A proxy keeps its connections; without resumption none outlives the certificate it showed.
    Ok(configuration(provider, verifier, identity, 0))
}

/// TLS 1.2, in which the provider has ECDHE with AEAD only, and 1.3.
fn configuration(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ClientCertVerifier>,
    identity: &ServerIdentity,
    sessions: usize,
) -> ServerConfig {
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for both versions")
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::clone(&identity.0) as Arc<dyn ResolvesServerCert>);
    // Every listener has its own: a session of one must not be an identity at another. There is no ticketer, so that
    // what a client is given is only the name of an entry here.
    if sessions == 0 {
        tls.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        tls.send_tls13_tickets = 0;
    } else {
        tls.session_storage = ServerSessionMemoryCache::new(sessions);
        tls.send_tls13_tickets = 1;
    }
    tls
}
