//! A throw-away certificate authority.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// An authority whose key is made with it and never leaves memory.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its private key.
pub struct Issued {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    /// A new root of this common name.
    #[must_use]
    pub fn new(common_name: &str) -> Self {
        let mut params = params(common_name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a root can sign itself");
        Self { issuer }
    }

    /// A certificate for a server at 127.0.0.1, `localhost` and these further host names.
    #[must_use]
    pub fn server(&self, further_names: &[&str]) -> Issued {
        let names = [["127.0.0.1", "localhost"].as_slice(), further_names].concat();
        let mut params = params("server", &names);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&params)
    }

    /// A certificate for a client of this common name.
    #[must_use]
    pub fn client(&self, common_name: &str) -> Issued {
        self.client_with(common_name, |_| {})
    }

    /// As [`Authority::client`], after a change: expired, say, or without the purpose of client authentication.
    #[must_use]
    pub fn client_with(&self, common_name: &str, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = params(common_name, &[]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        self.issue(&params)
    }

    /// The root certificate, as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Writes the root certificate into the folder, as `ca.pem`.
    #[must_use]
    pub fn write_into(&self, folder: &Path) -> PathBuf {
        let file = folder.join("ca.pem");
        fs::write(&file, self.pem()).unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
        file
    }

    fn issue(&self, params: &CertificateParams) -> Issued {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters make a certificate");
        Issued { certificate, key }
    }
}

impl Issued {
    /// The certificate, as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The certificate's bytes, of which thumbprints are made.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// The private key, as PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Writes certificate and key into the folder, the key readable by its owner alone; returns both files.
    #[must_use]
    pub fn write_into(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate, self.pem()).unwrap_or_else(|e| panic!("cannot write {}: {e}", certificate.display()));
        File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&key)
            .and_then(|mut file| file.write_all(self.key_pem().as_bytes()))
            .unwrap_or_else(|e| panic!("cannot write {}: {e}", key.display()));
        (certificate, key)
    }
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("the names are host names or addresses");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system gives randomness")
}
