//! What a start would trip over, without starting: the files that the configuration names, the sender of mails. Each
//! fault says which setting it is about.

use std::fs::File;
use std::path::{Path, PathBuf};

use mtls_listener::{LoadFault, ServerIdentity, TrustFiles, for_proxies};

use super::listeners::must_be_socket;
use crate::config::{Config, ProxiedAddress};
use crate::mail::SmtpMail;

/// Everything that [`super::start`] would refuse, as far as it can be known without a store or a port.
#[must_use]
pub fn faults(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(mail) = &config.mail {
        faults.extend(SmtpMail::new(mail).err().map(|fault| fault.to_string()));
    }
    let pairs = [
        (&config.listen.tls, "listen.tls_certificate", "listen.tls_key"),
        (&config.mtls.identity, "mtls.certificate", "mtls.key"),
        (&config.verify.identity, "verify.certificate", "verify.key"),
    ];
    for (pair, certificate, key) in pairs {
        if let Some(pair) = pair {
            identity(pair, [certificate, key], &mut faults);
        }
    }
    if let Some(pair) = &config.proxied.identity {
        let identity = identity(pair, ["proxied.certificate", "proxied.key"], &mut faults);
        if let Some((identity, authorities)) = identity.zip(config.proxied.authorities.as_ref()) {
            let fault = for_proxies(&identity, authorities).err();
            faults.extend(fault.map(|fault| format!("proxied.authorities: {fault}")));
        }
    }
    trust(&config.mtls.trust, &mut faults);
    let sockets = [(&config.proxied.listen, "proxied.listen"), (&config.verify.listen, "verify.listen")];
    for (address, setting) in sockets {
        if let Some(ProxiedAddress::Unix(path)) = address {
            faults.extend(must_be_socket(path).err().map(|fault| format!("{setting}: {fault}")));
        }
    }
    faults
}

/// A certificate and its key, where both can be used.
fn identity(
    (certificate, key): &(PathBuf, PathBuf),
    [certificate_setting, key_setting]: [&str; 2],
    faults: &mut Vec<String>,
) -> Option<ServerIdentity> {
    let before = faults.len();
    for (path, setting) in [(certificate, certificate_setting), (key, key_setting)] {
        let opened = File::open(path);
        faults.extend(opened.err().map(|cause| format!("{setting} ({}): {cause}", path.display())));
    }
    if faults.len() > before {
        return None;
    }
    let read = ServerIdentity::read(certificate, key);
    read.map_err(|fault| faults.push(format!("{certificate_setting} and {key_setting}: {fault}"))).ok()
}

/// Reads every file and folder by itself, so that one that cannot be used hides no other.
fn trust(files: &TrustFiles, faults: &mut Vec<String>) {
    let one = |path: &Path| vec![path.to_owned()];
    let mut note = |setting: &str, outcome: Result<_, LoadFault>| {
        faults.extend(outcome.err().map(|fault| format!("{setting}: {fault}")));
    };
    for path in &files.anchors {
        note("mtls.anchors", TrustFiles { anchors: one(path), ..TrustFiles::default() }.read());
    }
    for path in &files.vouching {
        note("mtls.vouching_anchors", TrustFiles { vouching: one(path), ..TrustFiles::default() }.read());
    }
    for path in &files.crls {
        note("mtls.crls", TrustFiles { crls: one(path), crl_grace: files.crl_grace, ..TrustFiles::default() }.read());
    }
}
