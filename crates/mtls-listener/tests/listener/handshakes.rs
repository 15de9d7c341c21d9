//! What reaches a handler, and what is refused before.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use mtls_listener::{asking_for_certificates, note_peer};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, version};
use testkit::{Authority, Issued};

use crate::listening::{Listener, admitted, exchange, raw_client, tell, thumbprint};

#[tokio::test(flavor = "multi_thread")]
async fn every_certificate_reaches_the_handler_whoever_signed_it() {
    let listener = Listener::start();
    assert_eq!(listener.answers(&listener.client(None)).await.expect("it answers"), "without");
    let issued = listener.authority.client("Report Bot");
    let unknown = Authority::new("Nobody's CA").client("Report Bot");
    let itself = Issued::self_signed("Report Bot");
    let expired = Issued::self_signed_with("Report Bot", |params| params.not_after = params.not_before);
    for shown in [&issued, &unknown, &itself, &expired] {
        let client = listener.client(Some(shown));
        assert_eq!(listener.answers(&client).await.expect("it answers"), thumbprint(shown));
    }
    listener.handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_without_its_key_reaches_nobody() {
    let listener = Listener::start();
    let (victim, thief) = (listener.authority.client("Report Bot"), listener.authority.client("Thief"));
    // The client library refuses the pair, so the pair is made to look right to it.
    let key = PrivateKeyDer::from_pem_slice(thief.key_pem().as_bytes()).expect("a key");
    let key = aws_lc_rs::sign::any_supported_type(&key).expect("a key");
    let pair = rustls::sign::CertifiedKey::new(vec![CertificateDer::from(victim.der().to_vec())], key);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(listener.authority.der().to_vec())).expect("an authority");
    for version in [&version::TLS12, &version::TLS13] {
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .expect("the provider speaks it")
            .with_root_certificates(roots.clone())
            .with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(pair.clone())));
        let address = listener.address;
        let answer = tokio::task::spawn_blocking(move || {
            let name = ServerName::try_from("localhost").expect("a name");
            let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
            let mut socket = TcpStream::connect(address).expect("it listens");
            let mut stream = rustls::Stream::new(&mut connection, &mut socket);
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let mut answer = vec![];
            stream.read_to_end(&mut answer).map(|_| answer)
        });
        let fault = answer.await.expect("it ends").expect_err("there is no answer").to_string();
        assert!(fault.contains("Decrypt") || fault.contains("BadSignature"), "{fault}");
    }
    listener.handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_session_keeps_the_clients_certificate() {
    let listener = Listener::start();
    let shown = Issued::self_signed("Report Bot");
    for version in [&version::TLS12, &version::TLS13] {
        let config = raw_client(&[&listener.authority], &shown, version);
        let (first, _, answer) = listener.exchange(&config).await;
        assert_ne!(first, HandshakeKind::Resumed);
        assert_eq!(answer, thumbprint(&shown));
        let (second, _, answer) = listener.exchange(&config).await;
        assert_eq!(second, HandshakeKind::Resumed);
        assert_eq!(answer, thumbprint(&shown));
    }
    // A session is its listener's: another one with the same identity does not know it.
    let config = raw_client(&[&listener.authority], &shown, &version::TLS13);
    listener.exchange(&config).await;
    let other = HttpServer::new(|| App::new().wrap(from_fn(admitted)).route("/", web::get().to(tell)))
        .workers(1)
        .disable_signals()
        .on_connect(note_peer)
        .bind_rustls_0_23("127.0.0.1:0", asking_for_certificates(&listener.identity, 100))
        .expect("a port is free");
    let address = *other.addrs().first().expect("it is bound");
    let other = other.run();
    let handle = other.handle();
    tokio::spawn(other);
    let kind = tokio::task::spawn_blocking(move || exchange(address, &config).0).await.expect("it ends");
    assert_ne!(kind, HandshakeKind::Resumed);
    handle.stop(false).await;
    listener.handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_offers_only_cbc_is_refused() {
    let listener = Listener::start();
    // ECDHE-ECDSA and ECDHE-RSA with AES-CBC, which TLS 1.2 still knows (RFC 8422 §6).
    let suites = [0xc0, 0x09, 0xc0, 0x0a, 0xc0, 0x23, 0xc0, 0x24, 0xc0, 0x13, 0xc0, 0x14, 0xc0, 0x27, 0xc0, 0x28];
    let refused = hello(listener.address, &suites).await;
    assert_eq!(refused.first(), Some(&0x15), "an alert");
    assert_eq!(refused.get(6), Some(&40), "handshake_failure");
    // The same hello with AEAD beside is answered by a handshake message.
    let aead = [&suites[..], &[0xc0, 0x2b, 0xc0, 0x2f]].concat();
    assert_eq!(hello(listener.address, &aead).await.first(), Some(&0x16));
    listener.handle.stop(false).await;
}

/// Sends a TLS 1.2 hello with these suites (RFC 5246 §7.4.1.2) and returns the beginning of what comes back.
async fn hello(address: SocketAddr, suites: &[u8]) -> Vec<u8> {
    let extensions = [
        [&[0, 10, 0, 4, 0, 2, 0, 23][..], &[0, 11, 0, 2, 1, 0]].concat(),
        vec![0, 13, 0, 6, 0, 4, 4, 3, 8, 4, 0, 23, 0, 0],
    ]
    .concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    body.extend(length(suites.len()));
    body.extend(suites);
    body.extend([1, 0]);
    body.extend(length(extensions.len()));
    body.extend(&extensions);
    let record = [&[0x16, 3, 1][..], &length(body.len() + 4), &[1, 0], &length(body.len()), &body].concat();
    tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).expect("it listens");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
        socket.write_all(&record).expect("it is sent");
        let mut answer = vec![0; 16];
        let read = socket.read(&mut answer).expect("it answers");
        answer.truncate(read);
        answer
    })
    .await
    .expect("it ends")
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).expect("it is short").to_be_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_fills_memory_is_refused_in_the_handshake() {
    let listener = Listener::start();
    let shown = Issued::self_signed_with("Report Bot", |params| {
        let names: Vec<_> = (0..900).map(|number| format!("bot{number}.example.com")).collect();
        params.subject_alt_names = testkit::CertificateParams::new(names).expect("they are names").subject_alt_names;
    });
    assert!(shown.der().len() > mtls_listener::MOST_CHAIN_BYTES);
    assert!(listener.answers(&listener.client(Some(&shown))).await.is_err());
    listener.handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_goes_nowhere_is_ended() {
    let listener = Listener::start();
    let address = listener.address;
    let ended = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).expect("it listens");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
        socket.write_all(&[0x16, 3, 1]).expect("it is sent");
        socket.read(&mut [0; 16])
    });
    assert!(matches!(ended.await.expect("it ends"), Ok(0)), "closed within the listener's patience");
    listener.handle.stop(false).await;
}

// RELIABILITY F18: handshakes that go nowhere and heads that do not end keep nobody waiting, and are ended.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_and_slow_handshakes_keep_nobody_waiting() {
    const MANY: usize = 200;
    let listener = Listener::start();
    let address = listener.address;
    let stalled: Vec<_> = (0..MANY)
        .map(|number| {
            let mut socket = TcpStream::connect(address).expect("it listens");
            socket.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
            if number % 2 == 0 {
                socket.write_all(&[0x16, 3, 1, 2]).expect("it is sent");
            }
            socket
        })
        .collect();
    let shown = Issued::self_signed("Report Bot");
    for _ in 0..20 {
        let client = listener.client(Some(&shown));
        let answer = tokio::time::timeout(Duration::from_secs(2), listener.answers(&client));
        assert_eq!(answer.await.expect("in time").expect("it answers"), thumbprint(&shown));
    }
    let ended = tokio::task::spawn_blocking(move || {
        stalled.into_iter().filter(|mut socket| matches!(socket.read(&mut [0; 16]), Ok(0))).count()
    });
    assert_eq!(ended.await.expect("it ends"), MANY);
    listener.handle.stop(false).await;
}
