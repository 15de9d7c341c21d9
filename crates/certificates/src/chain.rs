//! Reading what people paste: one certificate, or one with those that vouch for it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::PresentedCertificate;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

use crate::certificate::Certificate;

/// What is longer is refused unread.
pub const MOST_BYTES: usize = 64 * 1024;
/// What holds more is refused.
pub const MOST_CERTIFICATES: usize = 10;

/// What was given is no certificate, or more than one may give. No variant holds any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing.
    #[error("this is empty; give the certificate as PEM or DER")]
    Empty,
    /// Over [`MOST_BYTES`].
    #[error("this is larger than 64 KiB; a certificate has one or two")]
    TooLarge,
    /// Over [`MOST_CERTIFICATES`].
    #[error("these are more than 10 certificates; give the client's own and those between it and its authority")]
    TooMany,
    /// A private key is in it. Nothing of it was kept.
    #[error(
        "there is a private key in this; nothing was kept of it. Give the certificate only, and treat the key as \
         exposed if this was not meant"
    )]
    PrivateKey,
    /// A PKCS #12 file, which usually holds a private key. Nothing of it was kept.
    #[error(
        "this is a PKCS #12 file, which usually holds the private key; nothing was kept of it. Give the certificate \
         only: openssl pkcs12 -in FILE -clcerts -nokeys"
    )]
    KeyStore,
    /// A request for a certificate.
    #[error("this is a request for a certificate; give the certificate that your authority made of it")]
    Request,
    /// Anything else.
    #[error("this is no certificate; give an X.509 certificate as PEM (-----BEGIN CERTIFICATE-----) or DER")]
    NotACertificate,
    /// An authority's certificate comes first, the client's later.
    #[error("the first certificate is an authority's and the client's comes later; put the client's own first")]
    OwnNotFirst,
    /// A revocation list was expected.
    #[error("this is no revocation list; give an X.509 CRL as PEM (-----BEGIN X509 CRL-----) or DER")]
    NotAList,
    /// A revocation list of a kind that is not understood.
    #[error("this revocation list is of a kind that is not supported: delta, indirect, or without a next update")]
    ListUnsupported,
    /// An authority was expected.
    #[error("this certificate is not an authority's: its basic constraints or its key usage do not let it sign others")]
    NotAnAuthority,
}

/// A client's certificate, with those that were given along with it.
#[derive(Clone, Debug)]
pub struct Chain {
    certificates: Vec<Certificate>,
}

impl Chain {
    /// Reads PEM, with any text around its blocks, or DER, or the base64 of DER. The client's own comes first.
    ///
    /// # Errors
    /// It is none, holds a private key, or is beyond [`MOST_BYTES`] or [`MOST_CERTIFICATES`].
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let certificates = read_all(bytes)?;
        let own = certificates.first().ok_or(ReadError::NotACertificate)?;
        if own.is_authority && certificates.iter().skip(1).any(|later| !later.is_authority) {
            return Err(ReadError::OwnNotFirst);
        }
        Ok(Self { certificates })
    }

    /// The client's own.
    #[must_use]
    pub fn own(&self) -> &Certificate {
        self.certificates.first().expect("a chain is never empty")
    }

    /// All of them, the client's own first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// As if a client had shown it, for asking what it would match.
    #[must_use]
    pub fn as_presented(&self) -> PresentedCertificate {
        let chain: Vec<_> = self.certificates.iter().map(|one| one.der().to_vec()).collect();
        PresentedCertificate { chain: Arc::from(chain), thumbprint: self.own().thumbprint }
    }
}

/// All certificates of a text or file, in its order; at least one.
pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Certificate>, ReadError> {
    if bytes.len() > MOST_BYTES {
        return Err(ReadError::TooLarge);
    }
    match form(bytes)? {
        Form::Pem => {
            let found = of_pem(bytes, SectionKind::Certificate, ReadError::NotACertificate)?;
            if found.len() > MOST_CERTIFICATES {
                return Err(ReadError::TooMany);
            }
            found.iter().map(|der| Certificate::read(der)).collect()
        }
        Form::Der(der) => Ok(vec![Certificate::read(&der)?]),
    }
}

pub(crate) enum Form {
    Pem,
    Der(Vec<u8>),
}

/// What it looks like. Private keys go no further, in whatever form they are.
pub(crate) fn form(bytes: &[u8]) -> Result<Form, ReadError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    // Also "ENCRYPTED PRIVATE KEY" and "OPENSSH PRIVATE KEY", and blocks that are broken.
    if contains(bytes, b"PRIVATE KEY") {
        return Err(ReadError::PrivateKey);
    }
    if contains(bytes, b"-----BEGIN ") {
        return Ok(Form::Pem);
    }
    let der = undone_base64(bytes).unwrap_or_else(|| bytes.to_vec());
    if is_key_store(&der) {
        return Err(ReadError::KeyStore);
    }
    if PrivateKeyDer::try_from(der.as_slice()).is_ok() {
        return Err(ReadError::PrivateKey);
    }
    Ok(Form::Der(der))
}

/// The blocks of one kind; others are passed over, except for what should have been one of this kind.
pub(crate) fn of_pem(bytes: &[u8], wanted: SectionKind, otherwise: ReadError) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut found = vec![];
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
        match section.map_err(|_| otherwise)? {
            (kind, der) if kind == wanted => found.push(der),
            (SectionKind::Csr, _) if wanted == SectionKind::Certificate => return Err(ReadError::Request),
            _ => {}
        }
    }
    if found.is_empty() { Err(otherwise) } else { Ok(found) }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text))
}

/// DER that was pasted without the lines around it.
fn undone_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok().filter(|der| der.first() == Some(&0x30))
}

/// RFC 7292 §4: a sequence that begins with the version 3, which no certificate does.
fn is_key_store(der: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = der else { return false };
    let more = if *length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    rest.get(more..).is_some_and(|content| content.starts_with(&[2, 1, 3, 0x30]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::made::{Made, made};

    fn read(text: &str) -> Result<usize, ReadError> {
        Chain::read(text.as_bytes()).map(|chain| chain.certificates().len())
    }

    #[test]
    fn a_chain_is_read_from_pem_der_and_base64() {
        let Made { authority, client } = made();
        let pem = format!("Bag Attributes\n  friendlyName: bot\n{}\nand its issuer\n{}", client.pem(), authority.pem());
        assert_eq!(read(&pem), Ok(2));
        assert_eq!(read(&pem.replace('\n', "\r\n")), Ok(2));
        assert_eq!(Chain::read(client.der()).map(|chain| chain.own().der().to_vec()), Ok(client.der().to_vec()));
        assert_eq!(read(&STANDARD.encode(client.der())), Ok(1));
        let chain = Chain::read(pem.as_bytes()).expect("it was read");
        assert_eq!(chain.as_presented().thumbprint, chain.own().thumbprint);
    }

    #[test]
    fn a_private_key_is_refused_in_every_form() {
        let Made { client, .. } = made();
        let key = client.key_pem();
        let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(&body).expect("PEM is base64");
        for text in [&key, &format!("{}{key}", client.pem()), &format!("{key}{}", client.pem()), &body] {
            assert_eq!(read(text), Err(ReadError::PrivateKey));
        }
        assert_eq!(Chain::read(&der).err(), Some(ReadError::PrivateKey));
        assert_eq!(read("-----begin openssh private key-----\nAAAA"), Err(ReadError::PrivateKey));
        assert_eq!(Chain::read(&[0x30, 0x82, 1, 0, 2, 1, 3, 0x30, 0x82, 0, 1]).err(), Some(ReadError::KeyStore));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let Made { authority, client } = made();
        let pem = client.pem();
        let [mut trailing, mut cut] = [client.der().to_vec(), client.der().to_vec()];
        trailing.push(0);
        cut.pop();
        assert_eq!(read(" \n"), Err(ReadError::Empty));
        assert_eq!(read("hello"), Err(ReadError::NotACertificate));
        assert_eq!(Chain::read(&trailing).err(), Some(ReadError::NotACertificate));
        assert_eq!(Chain::read(&cut).err(), Some(ReadError::NotACertificate));
        assert_eq!(read(&pem.replace("-----END", "")), Err(ReadError::NotACertificate));
        assert_eq!(read(&pem.repeat(11)), Err(ReadError::TooMany));
        assert_eq!(read(&"x".repeat(MOST_BYTES + 1)), Err(ReadError::TooLarge));
        assert_eq!(read(&pem.replace(" CERTIFICATE", " CERTIFICATE REQUEST")), Err(ReadError::Request));
        assert_eq!(read(&format!("{}{pem}", authority.pem())), Err(ReadError::OwnNotFirst));
        assert_eq!(read(&authority.pem()), Ok(1), "an authority alone may be registered itself");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Chain::read(&bytes);
            let _ = Certificate::read(&bytes);
        }

        #[test]
        fn no_change_of_a_certificate_panics(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut der = made().client.der().to_vec();
            let place = place.index(der.len());
            der[place] = byte;
            if let Ok(certificate) = Certificate::read(&der) {
                let _ = certificate.names();
            }
        }
    }
}
