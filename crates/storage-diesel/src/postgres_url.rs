//! Where PostgreSQL is, and by what TLS it is reached.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use storage::StoreError;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Judges a `postgres://` URL without connecting.
///
/// # Errors
/// What is wrong and what to write instead, after the name of the setting. Never repeats a password.
pub fn check_postgres_url(url: &str) -> Result<(), String> {
    Target::read(url, None).map(drop)
}

/// A server and how to reach it.
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) tls: Option<MakeRustlsConnect>,
}

impl Target {
    /// Why it cannot be connected to: where, and every cause that the driver knows.
    pub(crate) fn unreachable(&self, why: &dyn std::error::Error) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let ports = self.config.get_ports().iter().copied().chain(std::iter::repeat(5432));
        let places: Vec<_> = hosts.zip(ports).map(|(host, port)| format!("{host}:{port}")).collect();
        let causes: Vec<_> = std::iter::successors(Some(why), |why| why.source()).map(ToString::to_string).collect();
        format!(
            "no connection to PostgreSQL at {}: {}; check database.url and that it runs",
            places.join(", "),
            causes.join(": ")
        )
    }

    /// Reads a `postgres://` URL. Its `sslmode` is `disable`, or `require`, `verify-ca` or `verify-full`, which all
    /// verify the server's certificate and name: encryption towards anybody who answers protects from nobody. Without
    /// `sslmode` only this machine is reached without TLS.
    pub(crate) fn parse(url: &str, ca_file: Option<&Path>) -> Result<Self, StoreError> {
        Self::read(url, ca_file).map_err(|why| StoreError::database(format_args!("database.url {why}")))
    }

    fn read(url: &str, ca_file: Option<&Path>) -> Result<Self, String> {
        let (rest, mode, root) = take_tls(url);
        let mut config = Config::from_str(&rest).map_err(|_| unreadable(&rest))?;
        let encrypted = match mode.as_deref() {
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            None => !config.get_hosts().iter().all(is_here),
            Some("allow" | "prefer") => {
                return Err("has an sslmode that may go without TLS unnoticed; write verify-full or disable".to_owned());
            }
            Some(_) => return Err("has an unknown sslmode; write verify-full or disable".to_owned()),
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        let tls = encrypted.then(|| connector(root.as_deref().or(ca_file))).transpose()?;
        Ok(Self { config, tls })
    }
}

/// Takes `sslmode` and `sslrootcert` out of a URL's query: the driver knows fewer modes and no roots.
fn take_tls(url: &str) -> (String, Option<String>, Option<PathBuf>) {
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), None, None) };
    let (mut mode, mut root, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        let value = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        match pair.split_once('=') {
            Some(("sslmode", text)) => mode = Some(value(text)),
            Some(("sslrootcert", text)) => root = Some(value(text).into()),
            _ => rest.push(pair),
        }
    }
    (format!("{before}?{}", rest.join("&")), mode, root)
}

/// What is wrong with a URL that the driver does not take. Its parameters are named unless there is an @ among them:
/// then they may be the rest of a password.
fn unreadable(url: &str) -> String {
    if let Some((place, query)) = url.split_once('?')
        && !query.contains('@')
        && Config::from_str(place).is_ok()
    {
        let refused = query.split('&').find(|pair| Config::from_str(&format!("{place}?{pair}")).is_err());
        let name = refused.map_or(query, |pair| pair.split('=').next().unwrap_or(pair));
        return format!("has a parameter that cannot be used: {name}; correct it or leave it out");
    }
    "cannot be read as postgres://USER:PASSWORD@HOST:PORT/NAME; in USER and PASSWORD, write characters other than letters \
     and digits as %XX"
        .to_owned()
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        Host::Unix(_) => true,
    }
}

fn connector(ca_file: Option<&Path>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let said = |why: &dyn std::fmt::Display| format!("needs certificates from {}: {why}", file.display());
            for certificate in CertificateDer::pem_file_iter(file).map_err(|why| said(&why))? {
                roots.add(certificate.map_err(|why| said(&why))?).map_err(|why| said(&why))?;
            }
            if roots.is_empty() {
                return Err(said(&"no certificate in it"));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| format!("cannot be reached by TLS: {why}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(url: &str) -> Option<bool> {
        Target::parse(url, None).ok().map(|target| target.tls.is_some())
    }

    #[test]
    fn only_this_machine_is_reached_without_tls_unasked() {
        assert_eq!(encrypted("postgres://ana@localhost/c"), Some(false));
        assert_eq!(encrypted("postgres://ana@127.0.0.1:5433/c?application_name=x"), Some(false));
        assert_eq!(encrypted("postgres://ana@db.example.com/c"), Some(true));
        assert_eq!(encrypted("postgres://ana@db.example.com/c?sslmode=disable"), Some(false));
        assert_eq!(encrypted("postgres://ana@localhost/c?connect_timeout=1&sslmode=verify-full"), Some(true));
    }

    #[test]
    fn a_mode_that_may_fall_back_is_refused() {
        assert_eq!(encrypted("postgres://ana@db.example.com/c?sslmode=prefer"), None);
    }
    #[test]
    fn a_url_that_cannot_be_read_is_told_without_its_password() {
        let refused = |url: &str| check_postgres_url(url).expect_err(url);
        for (url, said) in [
            ("postgres://ana:hunter2@db:port/c", "postgres://USER:PASSWORD@HOST:PORT/NAME"),
            ("postgres://ana:hunter2%zz%@db:99999/c", "postgres://USER:PASSWORD@HOST:PORT/NAME"),
            ("postgres://ana@db/c?x=hunter2@", "postgres://USER:PASSWORD@HOST:PORT/NAME"),
            ("postgres://ana:hunter2@db/c?sslmod=disable", "sslmod;"),
            ("postgres://ana:hunter2@db/c?application_name=x&connect_timeout=soon", "connect_timeout;"),
            ("postgres://ana:hunter2@db/c?sslmode=on", "unknown sslmode"),
            ("postgres://ana:hunter2@db/c?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem"),
        ] {
            let why = refused(url);
            assert!(why.contains(said) && !why.contains("hunter2"), "{url}: {why}");
        }
        assert_eq!(check_postgres_url("postgres://ana:hunter2@db/c?sslmode=verify-full&application_name=x"), Ok(()));
    }
}
