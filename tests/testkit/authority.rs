//! The throw-away authority, with real TLS on both sides.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};
use testkit::{Authority, Issued, http_client};

#[tokio::test]
async fn a_client_that_trusts_the_authority_reaches_its_server() {
    let authority = Authority::new("root");
    let url = serve_once(&authority.server(&["api.example.com"]), None);
    let client = http_client(&[&authority]).build().expect("the root is a certificate");
    let answer = client.get(url).send().await.expect("the server is trusted");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_client_that_trusts_another_authority_refuses() {
    let (authority, other) = (Authority::new("root"), Authority::new("root"));
    let url = serve_once(&authority.server(&[]), None);
    let client = http_client(&[&other]).build().expect("the root is a certificate");
    let error = client.get(url).send().await.expect_err("a stranger signed it");
    assert!(
        format!("{error:?}").contains("UnknownIssuer") || format!("{error:?}").contains("BadSignature"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_client_certificate_is_accepted_and_an_expired_one_is_not() {
    let authority = Authority::new("root");
    let good = authority.client("report bot");
    let expired = authority.client_with("report bot", |params| {
        params.not_after = params.not_before;
    });

    assert_eq!(get_with(&authority, &good).await.map(|answer| answer.status().as_u16()).ok(), Some(200));
    assert!(get_with(&authority, &expired).await.is_err());
}

#[test]
fn a_private_key_on_disk_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("countersign-authority-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the system has a temporary folder");
    let (_, key) = Authority::new("root").client("report bot").write_into(&folder);
    let mode = std::fs::metadata(key).expect("the key was written").permissions().mode();
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    assert_eq!(mode & 0o777, 0o600);
}

async fn get_with(authority: &Authority, client: &Issued) -> reqwest::Result<reqwest::Response> {
    let url = serve_once(&authority.server(&[]), Some(authority));
    let identity = reqwest::Identity::from_pem(format!("{}{}", client.pem(), client.key_pem()).as_bytes());
    let client = http_client(&[authority]).identity(identity.expect("certificate and key are PEM"));
    client.build().expect("the identity is usable").get(url).send().await
}

/// A TLS server for one request. With `trusted`, a client needs a certificate of that authority.
fn serve_once(certificate: &Issued, trusted: Option<&Authority>) -> String {
    // Installs the crypto provider.
    let _ = http_client(&[]);
    let builder = match trusted {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(parse_certificate(&authority.pem())).expect("the root is a certificate");
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
            ServerConfig::builder().with_client_cert_verifier(verifier.expect("there is a root"))
        }
    };
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem().as_bytes()).expect("the key is PEM");
    let config = builder.with_single_cert(vec![parse_certificate(&certificate.pem())], key).expect("they fit");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("a bound socket has an address").port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("the client connects");
        let mut connection = ServerConnection::new(Arc::new(config)).expect("the configuration is sound");
        let mut stream = Stream::new(&mut connection, &mut socket);
        // A refused handshake is the client's to report.
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    format!("https://localhost:{port}/")
}

fn parse_certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("the certificate is PEM")
}
