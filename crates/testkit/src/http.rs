//! The HTTP client of the tests.

use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, redirect};

use crate::authority::Authority;

/// A client that trusts these authorities and nobody else, follows no redirect and gives up after 30 s.
/// Build it as it is, or add cookies or an identity first.
pub fn http_client(trusted: &[&Authority]) -> ClientBuilder {
    // Another test of this process may have been first; it is the same provider.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let roots = trusted.iter().map(|authority| {
        Certificate::from_pem(authority.pem().as_bytes()).expect("an authority writes its certificate as PEM")
    });
    ClientBuilder::new()
        .tls_certs_only(roots)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
}
