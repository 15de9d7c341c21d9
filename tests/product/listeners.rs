//! Which listener believes what of a client's certificate (PROTOCOL, "mTLS"; DESIGN, decision 12).

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client_registry::{AppEdit, CertificateDraft, Holder};
use domain::MutualTls;
use reqwest::header::AUTHORIZATION;
use reqwest::{Client as Http, Identity};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Authority, Issued, Port, http_client};

use crate::world::{Answer, Client, Kind, Stores, World, basic, on_stores, operator};

/// Files for the listeners of one story.
struct Site {
    authority: Authority,
    folder: TempDir,
    certificate: PathBuf,
    key: PathBuf,
}

impl Site {
    fn new() -> Self {
        let authority = Authority::new("Server CA");
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = authority.server(&[]).write_into(folder.path());
        Self { authority, folder, certificate, key }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("proxied.sock")
    }

    fn settings(&self) -> Vec<String> {
        vec![
            "mtls.listen=127.0.0.1:0".to_owned(),
            "mtls.public_url=https://localhost".to_owned(),
            format!("mtls.certificate={}", self.certificate.display()),
            format!("mtls.key={}", self.key.display()),
            "proxied.form=rfc9440".to_owned(),
        ]
    }
}

fn tell(settings: &[String], story: impl AsyncFn(&World)) {
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    on_stores(&Stores::new(Kind::Embedded), &settings, story);
}

/// The bot, with this certificate registered for its app, and allowed to act alone.
async fn bot_with<'w>(world: &'w World, shown: &Issued) -> Client<'w> {
    let bot = world.report_bot();
    let app = bot.card.app;
    let draft = CertificateDraft { holder: Holder::App(app), label: None };
    world.registry().add_certificate(&operator(), draft, shown.der()).await.expect("it can be registered");
    let edits = vec![AppEdit::MutualTls(MutualTls::Optional)];
    world.registry().edit_app(&operator(), app, None, edits).await.expect("it can be switched on");
    bot.may_act_alone_for(&world.alice()).await;
    world.knows().await;
    bot
}

/// Asks for a token at a listener, with these headers.
async fn asks(bot: &Client<'_>, http: &Http, base: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http.post(format!("{base}/oauth/token")).form(&[("grant_type", "client_credentials")]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request.header(AUTHORIZATION, basic(&bot.id(), bot.secret()))).await
}

fn bound_to(answer: &Answer) -> Option<String> {
    match &answer.tokens().claims()["cnf"]["x5t#S256"] {
        Value::String(thumbprint) => Some(thumbprint.clone()),
        _ => None,
    }
}

fn client_cert(shown: &Issued) -> String {
    format!(":{}:", STANDARD.encode(shown.der()))
}

// RFC 9440 §4: a header that a client wrote must not be taken for one of the proxy's.
#[test]
fn a_certificate_in_a_header_counts_only_where_proxies_are_believed() {
    let site = Site::new();
    let settings = [site.settings(), vec![format!("proxied.listen=unix:{}", site.socket().display())]].concat();
    tell(&settings, async |world| {
        let shown = Issued::self_signed("Report Bot");
        let bot = bot_with(world, &shown).await;
        let value = client_cert(&shown);

        let proxy = http_client(&[]).unix_socket(site.socket()).build().expect("a client");
        let answer = asks(&bot, &proxy, "http://localhost", &[("Client-Cert", &value)]).await;
        let thumbprint = bound_to(&answer).expect("the proxy is believed");
        assert_eq!(bound_to(&asks(&bot, &proxy, "http://localhost", &[]).await), None, "the proxy saw none");

        let mutual = http_client(&[&site.authority]).build().expect("a client");
        let mutual_tls = format!("https://{}", world.mutual_tls());
        let public = world.url(0, "");
        for name in ["Client-Cert", "client-cert", "Client_Cert", "X-SSL-Client-DER", "X-Forwarded-Client-Cert"] {
            for (http, base) in [(&world.http, &public), (&mutual, &mutual_tls)] {
                assert_eq!(bound_to(&asks(&bot, http, base, &[(name, &value)]).await), None, "{name} at {base}");
            }
        }

        let pem = format!("{}{}", shown.pem(), shown.key_pem());
        let identity = Identity::from_pem(pem.as_bytes()).expect("a certificate and its key");
        let with = http_client(&[&site.authority]).identity(identity).build().expect("a client");
        let stranger = client_cert(&Issued::self_signed("Stranger"));
        let answer = asks(&bot, &with, &mutual_tls, &[("Client-Cert", &stranger)]).await;
        assert_eq!(bound_to(&answer), Some(thumbprint), "what TLS proved counts, not what is written");
    });
}

#[test]
fn a_header_that_came_twice_is_refused() {
    let site = Site::new();
    let settings = [site.settings(), vec![format!("proxied.listen=unix:{}", site.socket().display())]].concat();
    tell(&settings, async |world| {
        let shown = Issued::self_signed("Report Bot");
        let bot = bot_with(world, &shown).await;
        let proxy = http_client(&[]).unix_socket(site.socket()).build().expect("a client");
        let value = client_cert(&shown);
        let twice = [("Client-Cert", value.as_str()), ("client-cert", value.as_str())];
        let answer = asks(&bot, &proxy, "http://localhost", &twice).await;
        answer.fails_with(400, "invalid_request").because("certificate_header_repeated");
        assert_eq!(answer.header("cache-control"), "no-store");
    });
}

#[test]
fn a_proxy_on_another_machine_must_show_a_certificate_of_its_own() {
    let site = Site::new();
    let (proxies, port) = (Authority::new("Proxies"), Port::claim());
    let authorities = proxies.write_into(site.folder.path());
    let further = vec![
        format!("proxied.listen=127.0.0.1:{}", port.number()),
        format!("proxied.certificate={}", site.certificate.display()),
        format!("proxied.key={}", site.key.display()),
        format!("proxied.authorities={}", authorities.display()),
    ];
    tell(&[site.settings(), further].concat(), async |world| {
        let shown = Issued::self_signed("Report Bot");
        let bot = bot_with(world, &shown).await;
        let base = format!("https://127.0.0.1:{}", port.number());
        let client = |own: Option<&Issued>| {
            let client = http_client(&[&site.authority]);
            let identity = own.map(|own| format!("{}{}", own.pem(), own.key_pem()));
            match identity {
                Some(pem) => client.identity(Identity::from_pem(pem.as_bytes()).expect("a certificate and its key")),
                None => client,
            }
            .build()
            .expect("a client")
        };
        let another = Authority::new("Proxies").client("proxy");
        for stranger in [None, Some(&shown), Some(&another)] {
            let request = client(stranger).post(format!("{base}/oauth/token")).send().await;
            assert!(request.is_err(), "whoever is not a proxy gets no answer");
        }
        let proxy = client(Some(&proxies.client("proxy")));
        let answer = asks(&bot, &proxy, &base, &[("Client-Cert", &client_cert(&shown))]).await;
        assert!(bound_to(&answer).is_some());
        assert_eq!(bound_to(&asks(&bot, &proxy, &base, &[]).await), None, "the proxy's own is not the client's");
    });
}

/// One request for a token on a connection of its own: whether its session was resumed, and the status.
fn asks_once(address: SocketAddr, tls: &Arc<ClientConfig>, bot: &(String, String)) -> (bool, String) {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut connection = ClientConnection::new(Arc::clone(tls), name).expect("a client");
    let mut socket = TcpStream::connect(address).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("it can be set");
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let (body, authorization) = ("grant_type=client_credentials", basic(&bot.0, &bot.1));
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
    (connection.handshake_kind() == Some(HandshakeKind::Resumed), status)
}

// RFC 8446 §4.6.1: what a resumed session proves was proven before; what it counts for is asked anew.
#[test]
fn a_resumed_session_and_a_kept_connection_are_judged_anew() {
    let site = Site::new();
    let (lists, clients) = (site.folder.path().join("lists"), Authority::new("Client CA"));
    std::fs::create_dir(&lists).expect("a folder");
    let further = vec![format!("mtls.crls={}", lists.display()), "listen.reload=20ms".to_owned()];
    tell(&[site.settings()[..4].to_vec(), further].concat(), async |world| {
        let shown = clients.client("Report Bot");
        let bot = bot_with(world, &shown).await;
        let required = vec![AppEdit::MutualTls(MutualTls::Required)];
        world.registry().edit_app(&operator(), bot.card.app, None, required).await.expect("one is registered");
        world.knows().await;

        let pem = format!("{}{}", shown.pem(), shown.key_pem());
        let identity = Identity::from_pem(pem.as_bytes()).expect("a certificate and its key");
        let kept = http_client(&[&site.authority]).identity(identity).build().expect("a client");
        let base = format!("https://{}", world.mutual_tls());
        asks(&bot, &kept, &base, &[]).await.tokens();

        let tls = resuming_client(&site.authority, &shown);
        let (address, credentials) = (world.mutual_tls(), (bot.id(), bot.secret().to_owned()));
        let once = async || {
            let (tls, credentials) = (Arc::clone(&tls), credentials.clone());
            tokio::task::spawn_blocking(move || asks_once(address, &tls, &credentials)).await.expect("it ends")
        };
        assert_eq!(once().await, (false, "200".to_owned()));
        assert_eq!(once().await, (true, "200".to_owned()));

        let list = clients.revocation_list(&[&shown], |_| {});
        std::fs::write(site.folder.path().join("new.crl"), list).expect("it can be written");
        std::fs::rename(site.folder.path().join("new.crl"), lists.join("new.crl")).expect("it can be moved");
        let began = Instant::now();
        while once().await != (true, "401".to_owned()) {
            assert!(began.elapsed() < Duration::from_secs(5), "a revoked certificate is refused, its session resumed");
        }
        let answer = asks(&bot, &kept, &base, &[]).await;
        answer.fails_with(401, "invalid_client").because("certificate_revoked");
    });
}

fn resuming_client(authority: &Authority, shown: &Issued) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).expect("an authority");
    let key = PrivateKeyDer::from_pem_slice(shown.key_pem().as_bytes()).expect("a key");
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks them")
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![CertificateDer::from(shown.der().to_vec())], key);
    Arc::new(tls.expect("they belong together"))
}
