//! Revocation lists (RFC 5280 §5).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::Timestamp;
use rustls_pki_types::pem::SectionKind;
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::error::X509Error;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::certificate::sha256;
use crate::chain::{Form, ReadError, form, of_pem};
use crate::fault::Fault;
use crate::subject;

/// Lists that are larger are refused.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// One complete list of what an authority took back.
#[derive(Clone)]
pub struct Crl(Arc<Parts>);

struct Parts {
    issuer: String,
    this_update: Timestamp,
    next_update: Timestamp,
    grace: Duration,
    authority_key: Option<Vec<u8>>,
    revoked: CertRevocationList<'static>,
    der: Vec<u8>,
    /// The digest of the key that was found to have signed it.
    signed_by: OnceLock<[u8; 32]>,
}

/// Whose list it must be, to be asked about a certificate of this issuer.
pub(crate) struct Issuer<'a> {
    /// The content of the issuer's name.
    pub(crate) name: &'a [u8],
    /// Its public key, where it is known.
    pub(crate) key: Option<&'a [u8]>,
    /// What the certificate says of its key.
    pub(crate) key_id: Option<&'a [u8]>,
}

impl std::fmt::Debug for Crl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crl(of {} until {})", self.0.issuer, self.0.next_update)
    }
}

impl Crl {
    /// Reads all of a PEM file, or the one of a DER file. A list that is out of date counts for `grace` longer.
    ///
    /// # Errors
    /// One of them is none, or of a kind that is not supported (delta, indirect, without a next update).
    pub fn read_all(bytes: &[u8], grace: Duration) -> Result<Vec<Self>, ReadError> {
        if bytes.len() > MOST_BYTES {
            return Err(ReadError::NotAList);
        }
        match form(bytes)? {
            Form::Pem => {
                let found = of_pem(bytes, SectionKind::Crl, ReadError::NotAList)?;
                found.into_iter().map(|der| Self::read(der, grace)).collect()
            }
            Form::Der(der) => Ok(vec![Self::read(der, grace)?]),
        }
    }

    fn read(der: Vec<u8>, grace: Duration) -> Result<Self, ReadError> {
        let (rest, parsed) = CertificateRevocationList::from_der(&der).map_err(|_| ReadError::NotAList)?;
        if !rest.is_empty() {
            return Err(ReadError::NotAList);
        }
        let next_update = parsed.next_update().ok_or(ReadError::ListUnsupported)?;
        let revoked = OwnedCertRevocationList::from_der(&der).map_err(|_| ReadError::ListUnsupported)?;
        let authority_key = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref().map(|key| key.0.to_vec()),
            _ => None,
        });
        let parts = Parts {
            issuer: subject::of_certificate(parsed.issuer()),
            this_update: Timestamp::from_seconds(parsed.last_update().timestamp()),
            next_update: Timestamp::from_seconds(next_update.timestamp()),
            grace,
            authority_key,
            revoked: revoked.into(),
            signed_by: OnceLock::new(),
            der: vec![],
        };
        Ok(Self(Arc::new(Parts { der, ..parts })))
    }

    /// Whose it is.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_update(&self) -> Timestamp {
        self.0.next_update
    }

    /// Until when it counts: when the next one is due, and the grace.
    #[must_use]
    pub fn counts_until(&self) -> Timestamp {
        self.0.next_update + self.0.grace
    }

    fn is_of(&self, issuer: &Issuer<'_>) -> bool {
        if self.0.revoked.issuer() != issuer.name {
            return false;
        }
        match issuer.key {
            Some(key) => self.is_signed_by(key),
            None => match (issuer.key_id, &self.0.authority_key) {
                (Some(certificates), Some(lists)) => certificates == lists.as_slice(),
                _ => true,
            },
        }
    }

    /// Whether this key signed it. A signature that cannot be checked counts as right: a list that this server does not
    /// understand must not become no list.
    fn is_signed_by(&self, key: &[u8]) -> bool {
        let digest = sha256(key);
        if let Some(signer) = self.0.signed_by.get() {
            return *signer == digest;
        }
        let (Ok((_, list)), Ok((_, info))) =
            (CertificateRevocationList::from_der(&self.0.der), SubjectPublicKeyInfo::from_der(key))
        else {
            return true;
        };
        match list.verify_signature(&info) {
            Ok(()) => {
                let _ = self.0.signed_by.set(digest);
                true
            }
            Err(X509Error::SignatureUnsupportedAlgorithm) => true,
            Err(_) => false,
        }
    }
}

/// What the lists say of the certificate with this serial number: until when they say it.
///
/// An issuer without a list takes nothing back. One entry on any of its lists is enough; of its lists with the same
/// scope, the newest must be in date.
pub(crate) fn standing(
    serial: &[u8],
    issuer: &Issuer<'_>,
    crls: &[Crl],
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    let mut newest: Vec<&Parts> = vec![];
    for crl in crls.iter().filter(|crl| crl.is_of(issuer)) {
        match crl.0.revoked.find_serial(serial) {
            Ok(None) => {}
            Ok(Some(_)) => return Err(Fault::Revoked),
            Err(_) => return Err(Fault::ListStale),
        }
        let scope = |list: &Parts| list.revoked.issuing_distribution_point().map(<[u8]>::to_vec);
        match newest.iter_mut().find(|known| scope(known) == scope(&crl.0)) {
            Some(known) if known.this_update < crl.0.this_update => *known = &crl.0,
            Some(_) => {}
            None => newest.push(&crl.0),
        }
    }
    let until = newest.into_iter().map(|list| list.next_update + list.grace).min();
    if until.is_some_and(|until| until <= now) { Err(Fault::ListStale) } else { Ok(until) }
}
