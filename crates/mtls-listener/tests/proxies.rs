//! Real proxies, run with the examples of `config/proxies`, before the door that believes them: what clients show
//! arrives, what they write themselves does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mtls_listener::{Door, Form, Peer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Identity;
use tempfile::TempDir;
use testkit::{Authority, FrontProxy, Issued, http_client};

/// A proxy, and behind it a server that tells what it was told.
struct Scene {
    authority: Authority,
    proxy: FrontProxy,
    form: Form,
    /// Holds the socket and the proxy's files.
    _folder: TempDir,
    handle: ServerHandle,
}

impl Scene {
    fn new(form: Form, example: &str, start: impl FnOnce(Box<dyn FnOnce(u16, &Path) -> String>) -> FrontProxy) -> Self {
        let authority = Authority::new("Server CA");
        let folder = tempfile::tempdir().expect("a folder");
        let files = write_files(&authority, folder.path());
        let socket = folder.path().join("proxied.sock");
        let server = HttpServer::new(move || {
            let door = Door::Proxied(form);
            let admitted = from_fn(move |request: ServiceRequest, next| admitted(door, request, next));
            App::new().wrap(admitted).route("/", web::get().to(tell))
        })
        .workers(1)
        .disable_signals()
        .keep_alive(Duration::from_secs(75))
        .bind_uds(&socket)
        .expect("the socket can be made")
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/proxies").join(example);
        let text = fs::read_to_string(example).expect("the example is shipped");
        let proxy = start(Box::new(move |port, _| {
            let text = text.replace("/etc/proxy", &files.display().to_string());
            let text = text.replace("/run/countersign/proxied.sock", &socket.display().to_string());
            let text = text.replace("443", &port.to_string());
            text.replace("mtls.id.example.com", "localhost").replace("worker_processes auto", "worker_processes 1")
        }));
        Self { authority, proxy, form, _folder: folder, handle }
    }

    fn client(&self, shown: Option<&Issued>) -> reqwest::Client {
        self.client_with(shown.map(|shown| format!("{}{}", shown.pem(), shown.key_pem())))
    }

    fn client_with(&self, identity: Option<String>) -> reqwest::Client {
        let client = http_client(&[&self.authority]);
        let client = match identity {
            Some(pem) => client.identity(Identity::from_pem(pem.as_bytes()).expect("a certificate and its key")),
            None => client,
        };
        client.build().expect("a client")
    }

    async fn tells(&self, client: &reqwest::Client, written: &[(&str, &str)]) -> String {
        let mut request = client.get(format!("https://localhost:{}/", self.proxy.port()));
        for (name, value) in written {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap_or_else(|fault| panic!("{fault:?}\n{}", self.proxy.log()));
        answer.text().await.expect("the answer has a body")
    }

    async fn what_clients_show_arrives(&self) {
        let none = self.client(None);
        assert_eq!(self.tells(&none, &[]).await, "without", "{}", self.form);
        let issued = self.authority.client("Report Bot");
        let unknown = Authority::new("Nobody's CA").client("Report Bot");
        let itself = Issued::self_signed("Report Bot");
        for shown in [&issued, &unknown, &itself] {
            let client = self.client(Some(shown));
            // Twice: the second request comes by a kept connection.
            for _ in 0..2 {
                assert_eq!(self.tells(&client, &[]).await, thumbprint(shown), "{}", self.form);
            }
        }
    }

    /// The certificate of an intermediate authority, sent along.
    async fn a_chain_arrives(&self, expected: usize) {
        let between = self.authority.intermediate("Between");
        let shown = between.client("Report Bot");
        let client = self.client_with(Some(format!("{}{}{}", shown.pem(), between.pem(), shown.key_pem())));
        let thumbprint = certificates::thumbprint(shown.der());
        assert_eq!(self.tells(&client, &[]).await, format!("{thumbprint} of {expected}"), "{}", self.form);
    }

    async fn what_clients_write_does_not(&self) {
        let victim = self.authority.client("Victim");
        let thief = self.authority.client("Thief");
        let der = STANDARD.encode(victim.der());
        let item = format!(":{der}:");
        let pem = utf8_percent_encode(&victim.pem(), NON_ALPHANUMERIC).to_string();
        let element = format!("Cert=\"{pem}\"");
        let values = [
            ("Client-Cert", &item),
            ("Client-Cert-Chain", &item),
            ("X-SSL-Client-Cert", &pem),
            ("X-SSL-Client-DER", &der),
            ("X-SSL-Client-Chain-DER", &der),
            ("X-Forwarded-Client-Cert", &element),
            ("X-Forwarded-Tls-Client-Cert", &der),
            ("X-Amzn-Mtls-Clientcert", &pem),
        ];
        let (without, with) = (self.client(None), self.client(Some(&thief)));
        for (name, value) in values {
            let spellings = [name.to_owned(), name.to_lowercase(), name.to_uppercase(), name.replace('-', "_")];
            for spelling in &spellings {
                for written in [vec![(spelling.as_str(), value.as_str())], vec![(spelling.as_str(), value.as_str()); 2]]
                {
                    assert_eq!(self.tells(&without, &written).await, "without", "{}: {spelling}", self.form);
                    let told = self.tells(&with, &written).await;
                    assert_eq!(told, thumbprint(&thief), "{}: {spelling}", self.form);
                }
            }
        }
    }

    async fn play(self) {
        self.a_chain_arrives(if self.form == Form::Haproxy { 2 } else { 1 }).await;
        self.what_clients_show_arrives().await;
        self.what_clients_write_does_not().await;
        self.handle.stop(false).await;
    }
}

fn write_files(authority: &Authority, folder: &Path) -> PathBuf {
    let (certificate, key) = authority.server(&[]).write_into(folder);
    let text = |path: &Path| fs::read_to_string(path).expect("it was written");
    let both = format!("{}{}", text(&certificate), text(&key));
    fs::write(folder.join("tls-and-key.pem"), both).expect("it can be written");
    fs::rename(certificate, folder.join("tls.pem")).expect("it can be moved");
    fs::rename(key, folder.join("tls.key")).expect("it can be moved");
    let _ = Authority::new("Unused CA").write_into(folder);
    folder.to_owned()
}

async fn admitted<B: actix_web::body::MessageBody>(
    door: Door,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let peer = door.admit(&mut request).map_err(actix_web::error::ErrorBadRequest)?;
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

#[tokio::test(flavor = "multi_thread")]
async fn nginx_speaks_for_its_clients() {
    Scene::new(Form::Nginx, "nginx.conf", |config| FrontProxy::nginx(config)).play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_speaks_for_its_clients() {
    Scene::new(Form::Haproxy, "haproxy.cfg", |config| FrontProxy::haproxy(config)).play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_speaks_for_its_clients() {
    Scene::new(Form::Caddy, "Caddyfile", |config| FrontProxy::caddy(config)).play().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_speaks_as_rfc_9440_has_it() {
    Scene::new(Form::Rfc9440, "haproxy-rfc9440.cfg", |config| FrontProxy::haproxy(config)).play().await;
}
