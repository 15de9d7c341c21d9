//! An API behind a real nginx that asks `/oauth/verify` before each request (PROTOCOL, "Introspection, revocation, gateway
//! check"), with the example of `config/proxies`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client_registry::{AppEdit, CertificateDraft, Holder};
use domain::{CertificateId, MutualTls};
use reqwest::header::AUTHORIZATION;
use reqwest::{Client as Http, Identity};
use tempfile::TempDir;
use testkit::{Authority, FrontProxy, Issued, Port, http_client};

use crate::world::{Answer, Client, Kind, PROMISE, Stores, Tokens, World, basic, on_stores, operator};

/// The files of one story, and where `/oauth/verify` is.
/// What the gateway tells the API, and what it keeps to itself.
const OURS: [&str; 13] = [
    "Countersign-Client",
    "Countersign-Customer",
    "Countersign-App",
    "Countersign-Connection",
    "Countersign-Environment",
    "Countersign-Certificate",
    "Countersign-Token-Id",
    "Countersign-Expires",
    "Countersign-Subject",
    "Countersign-Workspaces",
    "Countersign-Scope",
    "Countersign-Authorization",
    "Authorization",
];

struct Site {
    authority: Authority,
    folder: TempDir,
    verify: Port,
}

impl Site {
    fn new() -> Self {
        let authority = Authority::new("Server CA");
        let folder = tempfile::tempdir().expect("a folder");
        let (certificate, key) = authority.server(&[]).write_into(folder.path());
        fs::rename(certificate, folder.path().join("tls.pem")).expect("it can be moved");
        fs::rename(key, folder.path().join("tls.key")).expect("it can be moved");
        Self { authority, folder, verify: Port::claim() }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn settings(&self) -> Vec<String> {
        vec![
            "mtls.listen=127.0.0.1:0".to_owned(),
            "mtls.public_url=https://localhost".to_owned(),
            format!("mtls.certificate={}", self.file("tls.pem")),
            format!("mtls.key={}", self.file("tls.key")),
            format!("verify.listen=127.0.0.1:{}", self.verify.number()),
            "verify.form=nginx".to_owned(),
        ]
    }

    /// nginx with the credential of this API, and behind it an upstream that answers with what it is told.
    fn gateway(&self, api: &Client<'_>) -> FrontProxy {
        let credential = basic(&api.id(), api.secret());
        let line = format!("proxy_set_header Countersign-Authorization \"{credential}\";\n");
        fs::write(self.file("countersign-credential"), line).expect("it can be written");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/proxies/nginx-gateway.conf");
        let text = fs::read_to_string(example).expect("the example is shipped");
        FrontProxy::nginx(|port, folder| {
            let upstream = format!("unix:{}/api.sock", folder.display());
            let told = OURS.map(|name| format!("$http_{}", name.to_lowercase().replace('-', "_"))).join("|");
            let api = format!("server {{ listen {upstream}; location / {{ return 200 \"{told}\"; }} }}\n");
            let text = text.replace("127.0.0.1:9091", &format!("127.0.0.1:{}", self.verify.number()));
            let text = text.replace("127.0.0.1:9000", &upstream).replace("443", &port.to_string());
            let text = text.replace("/etc/proxy", &self.folder.path().display().to_string());
            text.replace("worker_processes auto", "worker_processes 1").replacen(
                "    server {",
                &format!("    {api}    server {{"),
                1,
            )
        })
    }

    fn client(&self, shown: Option<&Issued>) -> Http {
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
}

async fn register(world: &World, bot: &Client<'_>, shown: &Issued) -> CertificateId {
    let app = bot.card.app;
    let draft = CertificateDraft { holder: Holder::App(app), label: None };
    let added = world.registry().add_certificate(&operator(), draft, shown.der()).await.expect("it can be registered");
    let edits = vec![AppEdit::MutualTls(MutualTls::Optional)];
    world.registry().edit_app(&operator(), app, None, edits).await.expect("it can be switched on");
    world.knows().await;
    added.id
}

/// A token that is bound to what this client shows.
async fn bound(world: &World, bot: &Client<'_>, http: &Http) -> Tokens {
    let request = http.post(format!("https://{}/oauth/token", world.mutual_tls()));
    let request = request.header(AUTHORIZATION, basic(&bot.id(), bot.secret()));
    let tokens = Answer::to(request.form(&[("grant_type", "client_credentials")])).await.tokens();
    assert!(tokens.claims()["cnf"]["x5t#S256"].is_string());
    tokens
}

async fn calls(gateway: &FrontProxy, http: &Http, token: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http.get(format!("https://127.0.0.1:{}/reports", gateway.port())).bearer_auth(token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request).await
}

/// How soon the gateway refuses, after something was ended.
async fn is_refused_in_time(gateway: &FrontProxy, http: &Http, token: &str) {
    let began = Instant::now();
    while calls(gateway, http, token, &[]).await.status != 401 {
        assert!(began.elapsed() < PROMISE, "refused within a second");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn tell(story: impl AsyncFn(&World, &Site)) {
    let site = Site::new();
    let settings = site.settings();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    on_stores(&Stores::new(Kind::Embedded), &settings, async |world| story(world, &site).await);
}

#[test]
fn a_bound_token_passes_with_its_certificate_alone() {
    tell(async |world, site| {
        let bot = world.report_bot();
        let (own, other) = (Issued::self_signed("Report Bot"), Issued::self_signed("Report Bot"));
        register(world, &bot, &own).await;
        bot.may_act_alone_for(&world.alice()).await;
        let with = site.client(Some(&own));
        let token = bound(world, &bot, &with).await.access;
        let gateway = site.gateway(&world.api_of("default").await);

        let spoofed = OURS.map(|name| (name, "somebody's"));
        let answer = calls(&gateway, &with, &token, &spoofed[..OURS.len() - 1]).await;
        assert_eq!(answer.status, 200, "{}", gateway.log());
        assert!(!answer.text.contains("somebody's"), "{answer:?}");
        let told: Vec<_> = answer.text.trim_end().split('|').collect();
        assert_eq!(told[..2], [bot.id(), world.seed.acme.id.to_string()]);
        let empty: Vec<_> =
            OURS.iter().zip(&told).filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        assert_eq!(empty, ["Countersign-Authorization", "Authorization"], "{answer:?}");

        let stolen = STANDARD.encode(own.der());
        for (http, headers) in [
            (site.client(None), vec![]),
            (site.client(Some(&other)), vec![]),
            (site.client(None), vec![("X-SSL-Client-Cert", stolen.as_str()), ("x_ssl_client_cert", stolen.as_str())]),
        ] {
            let answer = calls(&gateway, &http, &token, &headers).await;
            assert_eq!(answer.status, 401, "{answer:?}");
            assert!(answer.header("www-authenticate").contains("invalid_token"), "{answer:?}");
        }
        let another = [("key", "ak_1lTbcB78jNs5QItTDYfOwg3K0tkM")];
        assert_eq!(calls(&gateway, &with, &token, &another).await.status, 403);
        let elsewhere = world.seed.globex.workspaces[0].to_string();
        assert_eq!(calls(&gateway, &with, &token, &[("workspace", &elsewhere)]).await.status, 403);
    });
}

#[test]
fn what_ends_is_refused_at_the_gateway_within_a_second() {
    tell(async |world, site| {
        let bot = world.report_bot();
        let [first, second] = ["First", "Second"].map(Issued::self_signed);
        let removed = register(world, &bot, &first).await;
        register(world, &bot, &second).await;
        bot.may_act_alone_for(&world.alice()).await;
        let [with_first, with_second] = [&first, &second].map(|shown| site.client(Some(shown)));
        let one = bound(world, &bot, &with_first).await.access;
        let other = bound(world, &bot, &with_second).await.access;
        let gateway = site.gateway(&world.api_of("default").await);
        assert_eq!(calls(&gateway, &with_first, &one, &[]).await.status, 200);

        world.registry().remove_certificate(&operator(), removed, true).await.expect("it is registered");
        is_refused_in_time(&gateway, &with_first, &one).await;
        assert_eq!(calls(&gateway, &with_second, &other, &[]).await.status, 200, "the other certificate lives on");

        world.registry().revoke_key(&operator(), bot.card.id).await.expect("it is there");
        is_refused_in_time(&gateway, &with_second, &other).await;
    });
}
