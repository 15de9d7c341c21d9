//! The parsed view of one certificate.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use domain::{CertificateName, Thumbprint, Timestamp};
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::{TbsCertificate, X509Certificate};
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, KeyUsage, ParsedExtension};
use x509_parser::oid_registry::{OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_BASIC_CONSTRAINTS};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::chain::ReadError;
use crate::{name, subject};

/// What one certificate says of itself. Whether that is true, and whether it counts, is asked elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its subject, as RFC 4514 text in the one spelling in which names are compared; empty if it has none.
    pub subject: String,
    /// Its issuer, in the same way.
    pub issuer: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// The SHA-256 of its DER.
    pub thumbprint: Thumbprint,
    /// Its key, for people: `EC P-256`, `RSA 2048`.
    pub key: String,
    /// The SHA-256 of its public key with the algorithm (`SubjectPublicKeyInfo`).
    pub key_digest: [u8; 32],
    /// What its key usage allows, as RFC 5280 calls it; empty if it says nothing of it.
    pub usages: Vec<&'static str>,
    /// What its extended key usage allows; empty if it says nothing of it.
    pub extended_usages: Vec<String>,
    /// Its alternative names, of the kinds by which clients are registered and in the spelling that is compared.
    pub alternative_names: Vec<CertificateName>,
    /// When it begins to be valid.
    pub not_before: Timestamp,
    /// When it ends being valid.
    pub not_after: Timestamp,
    /// Whether it is signed with its own key.
    pub is_self_signed: bool,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Whether its usages, where it has any, let a client of TLS use it.
    pub is_for_clients: bool,
    pub(crate) authority_key: Option<Vec<u8>>,
    der: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({}, {})", self.subject, self.thumbprint)
    }
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// It is no certificate of X.509 version 1 to 3, or something follows it.
    pub fn read(der: &[u8]) -> Result<Self, ReadError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| ReadError::NotACertificate)?;
        if !rest.is_empty() {
            return Err(ReadError::NotACertificate);
        }
        Self::of(&parsed, der).ok_or(ReadError::NotACertificate)
    }

    fn of(parsed: &X509Certificate<'_>, der: &[u8]) -> Option<Self> {
        // An extension that cannot be read, or is there twice, may not be taken for one that is not there.
        let usage = parsed.key_usage().ok()?.map(|found| found.value);
        let extended = parsed.extended_key_usage().ok()?.map(|found| found.value);
        let is_authority = match parsed.get_extension_unique(&OID_X509_EXT_BASIC_CONSTRAINTS).ok()? {
            Some(found) => match found.parsed_extension() {
                ParsedExtension::BasicConstraints(constraints) => constraints.ca,
                _ => return None,
            },
            None => false,
        };
        let is_self_signed = parsed.subject.as_raw() == parsed.issuer.as_raw() && parsed.verify_signature(None).is_ok();
        Some(Self {
            subject: subject::of_certificate(&parsed.subject),
            issuer: subject::of_certificate(&parsed.issuer),
            serial: subject::hexadecimal(parsed.raw_serial()),
            thumbprint: thumbprint(der),
            key: key(&parsed.subject_pki),
            key_digest: sha256(parsed.subject_pki.raw),
            usages: usage.copied().map(usages).unwrap_or_default(),
            extended_usages: extended.map(extended_usages).unwrap_or_default(),
            alternative_names: alternative_names(parsed)?,
            not_before: Timestamp::from_seconds(parsed.validity.not_before.timestamp()),
            not_after: Timestamp::from_seconds(parsed.validity.not_after.timestamp()),
            is_self_signed,
            is_authority,
            // RFC 5280 §4.2.1.12: an extended usage that is there must have the purpose. One without any is fine.
            is_for_clients: extended.is_none_or(|extended| extended.client_auth)
                && usage.is_none_or(KeyUsage::digital_signature),
            authority_key: authority_key(parsed),
            der: der.to_vec(),
        })
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// All names that it could be registered by.
    #[must_use]
    pub fn names(&self) -> Vec<CertificateName> {
        let subject = (!self.subject.is_empty()).then(|| CertificateName::Subject(self.subject.clone()));
        subject.into_iter().chain(self.alternative_names.iter().cloned()).collect()
    }

    /// The SHA-256 of its DER, hexadecimal, as browsers and `openssl x509 -fingerprint` show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        subject::hexadecimal(self.thumbprint.as_bytes())
    }

    /// Whether the key that belongs to this public key signed it.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Ok((_, own)), Ok((_, other))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&issuer.der))
        else {
            return false;
        };
        own.issuer.as_raw() == other.subject.as_raw() && own.verify_signature(Some(&other.subject_pki)).is_ok()
    }

    /// Its public key with the algorithm, as DER.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        X509Certificate::from_der(&self.der)
            .map(|(_, parsed)| parsed.subject_pki.raw.to_vec())
            .expect("it was read before")
    }
}

/// The thumbprint of the certificate with this DER.
#[must_use]
pub fn thumbprint(der: &[u8]) -> Thumbprint {
    Thumbprint::from_digest(sha256(der))
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    let algorithm = info.algorithm.algorithm.to_id_string();
    match (info.parsed(), algorithm.as_str()) {
        (Ok(PublicKey::RSA(key)), _) => format!("RSA {}", key.key_size()),
        (Ok(PublicKey::EC(_)), _) => {
            let curve = info.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
            match curve.map(|curve| curve.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => "EC P-256".to_owned(),
                Some("1.3.132.0.34") => "EC P-384".to_owned(),
                Some("1.3.132.0.35") => "EC P-521".to_owned(),
                Some(other) => format!("EC {other}"),
                None => "EC".to_owned(),
            }
        }
        (_, "1.3.101.112") => "Ed25519".to_owned(),
        (_, "1.3.101.113") => "Ed448".to_owned(),
        (_, other) => other.to_owned(),
    }
}

fn usages(usage: KeyUsage) -> Vec<&'static str> {
    [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, called)| called)
    .collect()
}

fn extended_usages(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, called)| called.to_owned())
    .chain(usage.other.iter().map(Oid::to_id_string))
    .collect()
}

/// `None` if they cannot be read. Names of other kinds, and those that are none, count for nothing.
fn alternative_names(parsed: &TbsCertificate<'_>) -> Option<Vec<CertificateName>> {
    let Some(found) = parsed.subject_alternative_name().ok()? else { return Some(vec![]) };
    let names = found.value.general_names.iter().filter_map(|one| match one {
        GeneralName::DNSName(text) => name::dns(text).map(CertificateName::Dns),
        GeneralName::URI(text) => name::uri(text).map(CertificateName::Uri),
        GeneralName::RFC822Name(text) => name::email(text).map(CertificateName::Email),
        GeneralName::IPAddress(octets) => address(octets).map(name::ip),
        _ => None,
    });
    Some(names.collect())
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

fn authority_key(parsed: &TbsCertificate<'_>) -> Option<Vec<u8>> {
    let found = parsed.get_extension_unique(&OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER).ok()??;
    match found.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(key) => key.key_identifier.as_ref().map(|key| key.0.to_vec()),
        _ => None,
    }
}
