//! The listener with real TLS: what reaches a handler, what is refused, and what happens when files change.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{ServerHandle, ServiceRequest};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer, web};
use certificates::OperatorTrust;
use mtls_listener::{Door, Followed, Peer, ServerIdentity, TrustFiles, asking_for_certificates, follow, note_peer};
use reqwest::Identity;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SupportedProtocolVersion, version};
use tempfile::TempDir;
use testkit::{Authority, Issued, http_client};

struct Listener {
    authority: Authority,
    address: SocketAddr,
    identity: ServerIdentity,
    certificate: PathBuf,
    key: PathBuf,
    folder: TempDir,
    handle: ServerHandle,
}

impl Listener {
    fn start() -> Self {
        let authority = Authority::new("Server CA");
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = authority.server(&[]).write_into(folder.path());
        let identity = ServerIdentity::read(&certificate, &key).expect("they belong together");
        let server = HttpServer::new(|| App::new().wrap(from_fn(admitted)).route("/", web::get().to(tell)))
            .workers(1)
            .disable_signals()
            .on_connect(note_peer)
            .tls_handshake_timeout(Duration::from_millis(300))
            .bind_rustls_0_23("127.0.0.1:0", asking_for_certificates(&identity, 100))
            .expect("a port is free");
        let address = *server.addrs().first().expect("it is bound");
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { authority, address, identity, certificate, key, folder, handle }
    }

    async fn answers(&self, client: &reqwest::Client) -> reqwest::Result<String> {
        client.get(format!("https://{}/", self.address)).send().await?.text().await
    }

    fn client(&self, shown: Option<&Issued>) -> reqwest::Client {
        let client = http_client(&[&self.authority]);
        let client = match shown {
            Some(shown) => {
                let pem = format!("{}{}", shown.pem(), shown.key_pem());
                client.identity(Identity::from_pem(pem.as_bytes()).expect("a certificate and its key"))
            }
            None => client,
        };
        client.build().expect("a client")
    }

    /// One request on a connection of its own: how the handshake went, whose certificate the server has, its answer.
    async fn exchange(&self, config: &Arc<ClientConfig>) -> (HandshakeKind, Vec<u8>, String) {
        let (address, config) = (self.address, Arc::clone(config));
        tokio::task::spawn_blocking(move || exchange(address, &config)).await.expect("the exchange ends")
    }
}

async fn admitted<B: actix_web::body::MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<actix_web::dev::ServiceResponse<B>, actix_web::Error> {
    let peer = Door::Tls.admit(&mut request).expect("this door refuses nothing");
    request.extensions_mut().insert(peer);
    next.call(request).await
}

async fn tell(request: HttpRequest) -> HttpResponse {
    let text = match request.extensions().get::<Peer>().expect("every request passes the door") {
        Peer::NotAsked => "not asked".to_owned(),
        Peer::Without => "without".to_owned(),
        Peer::Unreadable => "unreadable".to_owned(),
        Peer::With(shown) => format!("{} of {}", shown.thumbprint, shown.chain.len()),
    };
    HttpResponse::Ok().body(text)
}

fn thumbprint(shown: &Issued) -> String {
    format!("{} of 1", certificates::thumbprint(shown.der()))
}

fn raw_client(trusted: &[&Authority], shown: &Issued, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for authority in trusted {
        roots.add(CertificateDer::from(authority.der().to_vec())).expect("an authority");
    }
    let key = PrivateKeyDer::from_pem_slice(shown.key_pem().as_bytes()).expect("a key");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .expect("the provider speaks it")
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![CertificateDer::from(shown.der().to_vec())], key)
        .expect("they belong together");
    Arc::new(config)
}

fn exchange(address: SocketAddr, config: &Arc<ClientConfig>) -> (HandshakeKind, Vec<u8>, String) {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut connection = ClientConnection::new(Arc::clone(config), name).expect("a client");
    let mut socket = TcpStream::connect(address).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    // The server may close without a word; what came before counts.
    let _ = stream.read_to_string(&mut answer);
    let server = connection.peer_certificates().and_then(|chain| chain.first()).map(|one| one.to_vec());
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned();
    (connection.handshake_kind().expect("it is complete"), server.unwrap_or_default(), body)
}

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
async fn a_new_certificate_serves_new_handshakes_and_drops_no_connection() {
    let listener = Listener::start();
    let followed = Followed::Identity(listener.identity.clone(), listener.certificate.clone(), listener.key.clone());
    let following = tokio::spawn(follow(vec![followed], Duration::from_millis(20)));
    let kept = listener.client(None);
    assert_eq!(listener.answers(&kept).await.expect("it answers"), "without");

    let next = Authority::new("Next CA");
    let renewed = next.server(&[]);
    replace(&listener, &renewed);
    let shown = Issued::self_signed("Report Bot");
    // A client that never resumes: a resumed session has no new certificate.
    let anew = || raw_client(&[&listener.authority, &next], &shown, &version::TLS13);
    let deadline = Instant::now() + Duration::from_secs(10);
    while listener.exchange(&anew()).await.1 != renewed.der() {
        assert!(Instant::now() < deadline, "the new certificate is served within ten seconds");
    }
    // This client does not trust the new authority: it can only have kept its connection.
    assert_eq!(listener.answers(&kept).await.expect("it answers"), "without");
    assert!(listener.answers(&listener.client(None)).await.is_err());
    following.abort();
    listener.handle.stop(false).await;
}

fn replace(listener: &Listener, renewed: &Issued) {
    let aside = listener.folder.path().join("aside");
    std::fs::create_dir(&aside).expect("a folder");
    let (certificate, key) = renewed.write_into(&aside);
    std::fs::rename(key, &listener.key).expect("it can be moved");
    std::fs::rename(certificate, &listener.certificate).expect("it can be moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_new_file_leaves_the_old_certificate() {
    let listener = Listener::start();
    let shown = Issued::self_signed("Report Bot");
    let anew = || raw_client(&[&listener.authority], &shown, &version::TLS13);
    let before = listener.exchange(&anew()).await.1;
    let other = tempfile::tempdir().expect("a folder");
    let (_, other_key) = listener.authority.server(&[]).write_into(other.path());
    let empty = other.path().join("empty.pem");
    std::fs::write(&empty, "").expect("it can be written");
    for (certificate, key, expected) in [
        (listener.certificate.as_path(), other_key.as_path(), "certificate.pem"),
        (&empty, &listener.key, "empty.pem"),
        (&listener.certificate, Path::new("/nowhere.pem"), "/nowhere.pem"),
    ] {
        let fault = listener.identity.read_again(certificate, key).expect_err("it cannot be used").to_string();
        assert!(fault.contains(expected), "{fault}");
        assert_eq!(listener.exchange(&anew()).await.1, before);
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn new_anchors_and_lists_are_trusted_and_bad_ones_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let [anchors, vouching, lists] = ["anchors", "vouching", "lists"].map(|name| folder.path().join(name));
    for folder in [&anchors, &vouching, &lists] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let [known, trusted] = ["Known CA", "Trusted CA"].map(Authority::new);
    let files = TrustFiles {
        anchors: vec![anchors.clone()],
        vouching: vec![vouching.clone()],
        crls: vec![lists.clone()],
        crl_grace: Duration::ZERO,
    };
    let trust = OperatorTrust::default();
    let following =
        tokio::spawn(follow(vec![Followed::Trust(trust.clone(), files.clone())], Duration::from_millis(20)));
    std::fs::write(anchors.join("known.pem"), known.pem()).expect("it can be written");
    std::fs::write(vouching.join("trusted.pem"), trusted.pem()).expect("it can be written");
    std::fs::write(vouching.join(".ignored"), "nothing").expect("it can be written");
    until(|| trust.current().anchors.len() == 2).await;
    assert_eq!(trust.current().vouching.len(), 1, "a known authority does not vouch");

    let generation = trust.current().generation;
    std::fs::write(lists.join("trusted.crl"), trusted.revocation_list(&[], |_| {})).expect("it can be written");
    until(|| trust.current().crls.len() == 1).await;
    assert!(trust.current().generation > generation, "verdicts from before are out of date");

    // A list that cannot be read, with a new anchor beside it: all or nothing.
    std::fs::write(lists.join("trusted.crl"), "nothing").expect("it can be written");
    std::fs::write(anchors.join("another.pem"), Authority::new("Another CA").pem()).expect("it can be written");
    let fault = files.read().expect_err("the list cannot be read").to_string();
    assert!(fault.contains("trusted.crl"), "{fault}");
    assert_eq!((trust.current().anchors.len(), trust.current().crls.len()), (2, 1));
    std::fs::write(lists.join("trusted.crl"), trusted.revocation_list(&[], |_| {})).expect("it can be written");
    until(|| trust.current().anchors.len() == 3).await;
    following.abort();
}

async fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "it is so within ten seconds");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
