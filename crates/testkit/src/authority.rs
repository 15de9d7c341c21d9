//! A throw-away certificate authority.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
    date_time_ymd,
};

/// An authority whose key is made with it and never leaves memory.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its private key.
pub struct Issued {
    certificate: Certificate,
    key: KeyPair,
    serial: SerialNumber,
}

impl Authority {
    /// A new root of this common name.
    #[must_use]
    pub fn new(common_name: &str) -> Self {
        Self::new_with(common_name, |_| {})
    }

    /// As [`Authority::new`], after a change.
    #[must_use]
    pub fn new_with(common_name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority_params(common_name);
        change(&mut params);
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a root can sign itself");
        Self { issuer }
    }

    /// An authority below this one.
    #[must_use]
    pub fn intermediate(&self, common_name: &str) -> Self {
        let params = authority_params(common_name);
        let issuer = CertifiedIssuer::signed_by(params, new_key(), &self.issuer).expect("a root can sign another");
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

    /// The list of what this authority took back, as PEM: in date from 2024 until 2099, unless `change` says otherwise.
    #[must_use]
    pub fn revocation_list(
        &self,
        revoked: &[&Issued],
        change: impl FnOnce(&mut CertificateRevocationListParams),
    ) -> String {
        let revoked_certs = revoked.iter().map(|one| RevokedCertParams {
            serial_number: one.serial.clone(),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let mut params = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2099, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        change(&mut params);
        params.signed_by(&self.issuer).and_then(|list| list.pem()).expect("the parameters make a list")
    }

    /// The certificate's bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.issuer.der()
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
        Issued { certificate, key, serial: params.serial_number.clone().expect("`params` numbers each") }
    }
}

impl Issued {
    /// A certificate for a client of this common name that no authority signed.
    #[must_use]
    pub fn self_signed(common_name: &str) -> Self {
        Self::self_signed_with(common_name, |_| {})
    }

    /// As [`Issued::self_signed`], after a change.
    #[must_use]
    pub fn self_signed_with(common_name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = params(common_name, &[]);
        change(&mut params);
        let key = new_key();
        let certificate = params.self_signed(&key).expect("the parameters make a certificate");
        Self { certificate, key, serial: params.serial_number.expect("`params` numbers each") }
    }

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

fn authority_params(common_name: &str) -> CertificateParams {
    let mut params = params(common_name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    // With the highest bit set, as half of all random ones have it: the sign is easy to lose.
    static SERIAL: AtomicU64 = AtomicU64::new(1 << 63);
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("the names are host names or addresses");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SERIAL.fetch_add(1, Ordering::Relaxed).into());
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system gives randomness")
}
