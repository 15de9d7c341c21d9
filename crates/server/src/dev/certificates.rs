//! The certificates of development: a throw-away authority, the server's certificate for the listener that asks for
//! client certificates, and one for a client to show. They are made in the data folder where they lack or end soon.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::certificates::Chain;
use domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use crate::serve::StartFault;

const DAY: Duration = Duration::from_secs(86_400);
/// How long they are valid.
const LIFE: Duration = DAY.saturating_mul(90);
/// What is left to one that is used again.
const LEFT: Duration = DAY.saturating_mul(7);

/// Where they are.
#[derive(Clone, Debug)]
pub struct DemoCertificates {
    /// The authority's certificate, which clients trust.
    pub authority: PathBuf,
    /// The server's certificate and key.
    pub server: (PathBuf, PathBuf),
    /// The client's certificate and key.
    pub client: (PathBuf, PathBuf),
}

/// Finds them in the folder, or makes all of them anew: the authority's key is not kept.
///
/// # Errors
/// [`StartFault::File`] or [`StartFault::Certificates`].
pub(super) fn certificates(folder: &Path, now: Timestamp) -> Result<DemoCertificates, StartFault> {
    let file = |name: &str| folder.join(name);
    let found = DemoCertificates {
        authority: file("mtls-ca.pem"),
        server: (file("mtls-server.pem"), file("mtls-server.key")),
        client: (file("mtls-client.pem"), file("mtls-client.key")),
    };
    let last = [&found.authority, &found.server.0, &found.server.1, &found.client.0, &found.client.1];
    if !last.iter().all(|file| file.is_file()) || !lasts(&found.client.0, now + LEFT) {
        make(&found, now)?;
    }
    Ok(found)
}

fn lasts(certificate: &Path, until: Timestamp) -> bool {
    let chain = fs::read(certificate).ok().and_then(|bytes| Chain::read(&bytes).ok());
    chain.is_some_and(|chain| until < chain.own().not_after)
}

fn make(found: &DemoCertificates, now: Timestamp) -> Result<(), StartFault> {
    let mut authority = params("Countersign development CA", now);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let mut server = params("Countersign development server", now);
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    server.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];

    let mut client = params("Report Bot", now);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];

    for (params, (certificate, key)) in [(server, &found.server), (client, &found.client)] {
        let pair = KeyPair::generate()?;
        let issued = params.signed_by(&pair, &issuer)?;
        write(key, &pair.serialize_pem())?;
        write(certificate, &issued.pem())?;
    }
    write(&found.authority, &issuer.pem())
}

fn params(common_name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let [(from_year, from_month, from_day), (year, month, day)] = [now - DAY, now + LIFE].map(date);
    params.not_before = date_time_ymd(from_year, from_month, from_day);
    params.not_after = date_time_ymd(year, month, day);
    params.use_authority_key_identifier_extension = true;
    params
}

fn date(at: Timestamp) -> (i32, u8, u8) {
    let date = jiff::Timestamp::from_second(at.seconds()).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
    let [month, day] = [date.month(), date.day()].map(|part| u8::try_from(part).unwrap_or(1));
    (date.year().into(), month, day)
}

/// Writes a file anew, readable by its owner alone.
fn write(path: &Path, text: &str) -> Result<(), StartFault> {
    let fault = |cause| StartFault::File(path.to_owned(), cause);
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(fault(cause)),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(fault)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    #[test]
    fn they_are_made_once_and_again_before_they_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = certificates(folder.path(), NOW).expect("they can be made");
        let text = || fs::read_to_string(&made.client.0).expect("it was written");
        let first = text();
        certificates(folder.path(), NOW + DAY * 60).expect("they are found");
        assert_eq!(text(), first);
        certificates(folder.path(), NOW + DAY * 85).expect("they are made again");
        assert_ne!(text(), first);
        let mode = fs::metadata(&made.client.1).expect("it was written").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        mtls_listener::ServerIdentity::read(&made.server.0, &made.server.1).expect("a server can use them");
    }

    #[test]
    fn the_authority_vouches_for_the_client() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = certificates(folder.path(), NOW).expect("they can be made");
        let read = |file: &Path| fs::read(file).expect("it was written");
        let anchors = ::certificates::Anchor::read_all(&read(&made.authority)).expect("it is an authority");
        let client = Chain::read(&read(&made.client.0)).expect("it is a certificate").as_presented();
        assert!(::certificates::judge(&client, &anchors, &[], NOW).is_ok());
    }
}
