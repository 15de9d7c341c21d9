//! A listener, and clients of it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{ServerHandle, ServiceRequest};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer, web};
use mtls_listener::{Door, Peer, ServerIdentity, asking_for_certificates, note_peer};
use reqwest::Identity;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use testkit::{Authority, Issued, http_client};

pub(crate) struct Listener {
    pub(crate) authority: Authority,
    pub(crate) address: SocketAddr,
    pub(crate) identity: ServerIdentity,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) folder: TempDir,
    pub(crate) handle: ServerHandle,
}

impl Listener {
    pub(crate) fn start() -> Self {
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

    pub(crate) async fn answers(&self, client: &reqwest::Client) -> reqwest::Result<String> {
        client.get(format!("https://{}/", self.address)).send().await?.text().await
    }

    pub(crate) fn client(&self, shown: Option<&Issued>) -> reqwest::Client {
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
    pub(crate) async fn exchange(&self, config: &Arc<ClientConfig>) -> (HandshakeKind, Vec<u8>, String) {
        let (address, config) = (self.address, Arc::clone(config));
        tokio::task::spawn_blocking(move || exchange(address, &config)).await.expect("the exchange ends")
    }
}

pub(crate) async fn admitted<B: actix_web::body::MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<actix_web::dev::ServiceResponse<B>, actix_web::Error> {
    let peer = Door::Tls.admit(&mut request).expect("this door refuses nothing");
    request.extensions_mut().insert(peer);
    next.call(request).await
}

pub(crate) async fn tell(request: HttpRequest) -> HttpResponse {
    let text = match request.extensions().get::<Peer>().expect("every request passes the door") {
        Peer::NotAsked => "not asked".to_owned(),
        Peer::Without => "without".to_owned(),
        Peer::Unreadable => "unreadable".to_owned(),
        Peer::With(shown) => format!("{} of {}", shown.thumbprint, shown.chain.len()),
    };
    HttpResponse::Ok().body(text)
}

pub(crate) fn thumbprint(shown: &Issued) -> String {
    format!("{} of 1", certificates::thumbprint(shown.der()))
}

pub(crate) fn raw_client(
    trusted: &[&Authority],
    shown: &Issued,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
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

pub(crate) fn exchange(address: SocketAddr, config: &Arc<ClientConfig>) -> (HandshakeKind, Vec<u8>, String) {
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
