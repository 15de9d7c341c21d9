//! `certs/turn-on-mutual-tls.md`, followed to the letter on two replicas while the app's clients call all the time.
//!
//! `page` runs the commands and compares their answers (`answer`); `callers` are the clients. What the page leaves to
//! others, this story does where the page says so.

mod answer;
mod callers;
mod page;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyUsagePurpose, SanType};
use serde_json::Value;
use testkit::{Authority, Issued, ServerProcess, Site};
use tokio::time::sleep;

use crate::browser::{Browser, VERIFIER, Way as Through};
use crate::guide::callers::{Caller, Errand, Way, until};
use crate::guide::page::{Page, desk};
use crate::installation::{CALLBACK, Card, Installation, Stores, app_words, text};
use crate::ledger::Effect;

const PAGE: &str = include_str!("../../../certs/turn-on-mutual-tls.md");
const HOST: &str = "mtls.id.example.com";
/// After this long a change is in force on every replica.
const PROMISE: Duration = Duration::from_millis(1_050);

/// The authorities and certificates of the page, by the names of their files.
struct Files {
    servers: Authority,
    first: Authority,
    second: Authority,
    nightly: [Issued; 3],
    web: [Issued; 2],
}

/// Who calls all the time.
struct Clients {
    nightly: Caller,
    web: Caller,
}

pub(crate) async fn follows_the_page() {
    let files = Files::new();
    let installation = installed(&files).await;
    let (nightly, web) = keys(&installation);
    let mut clients = Clients::begin(&installation, &nightly, &web).await;
    let desk_of = installation.replicas.first().expect("there are two");
    desk(desk_of, HOST);
    files.write_into(desk_of.site());
    let mut page = Page::open(PAGE, desk_of).with("API_KEY", &nightly.key).with("API_SECRET", &nightly.secret);
    let urls = addresses(&installation);
    let shows = |certificate: &Issued| Way::with(&files.servers, certificate, urls.clone());
    let [first, second, third] = &files.nightly;
    let [under_first, under_second] = &files.web;

    page.until("**The nightly client** shows its certificate");
    sleep(PROMISE).await;
    clients.nightly.moves(shows(first)).await;
    page.until("**The web client** shows its certificate");
    clients.web.moves(shows(under_first)).await;
    page.until("**Wait** a day");
    a_day_goes_by(&installation).await;
    page.until("**All clients** go on");
    clients.go_on().await;
    is_refused_without(&plain(&installation), &nightly).await;

    page.until("**The nightly client** shows its new certificate");
    sleep(PROMISE).await;
    clients.nightly.moves(shows(second)).await;
    page.until("**The web client** shows a certificate of the new authority");
    sleep(PROMISE).await;
    clients.web.moves(shows(under_second)).await;
    page.until("**All clients** go on");
    clients.go_on().await;

    page.until("**The nightly client** shows its third certificate");
    sleep(PROMISE).await;
    clients.nightly.moves(shows(third)).await;
    let thief = Thief::of(shows(second), &nightly).await;
    page.until("**The thief** is refused");
    thief.is_refused_everywhere(&nightly, &installation).await;
    clients.go_on().await;
    assert!(page.end() > 25, "the page was read");
    clients.stop().await;
}

/// Has the private key of a certificate, the secret, and a token that is bound to the certificate.
struct Thief {
    way: Way,
    token: String,
}

impl Thief {
    async fn of(way: Way, card: &Card) -> Self {
        let mut token = String::new();
        for replica in 0..2 {
            let (status, answer) = way.acts_alone(replica, card).await.expect("a replica answers");
            assert_eq!(status, 200, "until then what was stolen works: {answer}");
            token = text(&answer, "access_token");
        }
        Self { way, token }
    }

    /// Neither the certificate nor the token is good a second after the certificate was removed.
    async fn is_refused_everywhere(&self, card: &Card, installation: &Installation) {
        let (removed, apis) = (Instant::now(), plain(installation));
        for replica in 0..2 {
            let (after, told) =
                until(removed, || self.way.acts_alone(replica, card), |(status, _)| *status != 200).await;
            assert!(after <= PROMISE, "replica {replica} served the thief for {after:?}");
            assert!(why(&told).starts_with("certificate_unregistered: "), "replica {replica}: {told}");
            let api = (installation.api.0.as_str(), installation.api.1.as_str());
            let form = [("token", self.token.as_str())];
            let asks = || apis.posts(replica, "introspect", api, &form);
            let (after, _) = until(removed, asks, |(_, answer)| answer["active"] == false).await;
            assert!(after <= PROMISE, "replica {replica} let the token live for {after:?}");
        }
    }
}

/// The secret alone gets nothing, at any replica.
async fn is_refused_without(way: &Way, card: &Card) {
    for replica in 0..2 {
        let (status, told) = way.acts_alone(replica, card).await.expect("a replica answers");
        assert_eq!(status, 401, "replica {replica}: {told}");
        assert!(why(&told).starts_with("certificate_missing: "), "replica {replica}: {told}");
    }
}

fn why(answer: &Value) -> &str {
    answer["error_description"].as_str().unwrap_or_default()
}

impl Files {
    fn new() -> Self {
        let (first, second) = (Authority::new("Example Clients CA 2026"), Authority::new("Example Clients CA 2027"));
        let nightly =
            [(); 3].map(|()| first.client_with("nightly", |params| of_a_client(params, "nightly.example.com")));
        let web = [&first, &second].map(|by| by.client_with("web", |params| of_a_client(params, "web.example.com")));
        Self { servers: Authority::new("Example CA"), first, second, nightly, web }
    }

    fn write_into(&self, site: &Site) {
        let write = |name: &str, text: String| {
            std::fs::write(site.folder().join(name), text).expect("the site's folder is writable");
        };
        write("ca.pem", self.servers.pem());
        write("clients-ca-2026.pem", self.first.pem());
        write("clients-ca-2027.pem", self.second.pem());
        for (number, certificate) in self.nightly.iter().enumerate() {
            write(&format!("nightly-{}.pem", number + 1), certificate.pem());
            write(&format!("nightly-{}.key", number + 1), certificate.key_pem());
        }
    }
}

/// As certs/README.md has them made.
fn of_a_client(params: &mut CertificateParams, name: &str) {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.subject_alt_names = vec![SanType::DnsName(name.try_into().expect("it is a DNS name"))];
}

impl Clients {
    async fn begin(installation: &Arc<Installation>, nightly: &Card, web: &Card) -> Self {
        let person = installation.people.first().expect("there is a person").clone();
        let browser = Browser::new(installation, person);
        let words = ["connection", "request", "--key", &nightly.key, "--customer", &installation.customer];
        let request = text(&installation.commands(&words, Effect::None).expect("the request is made"), "id");
        assert!(matches!(browser.lets_act_alone(0, &request).await, Through::Stopped(200)), "the request is granted");
        let Through::Back(code) = browser.lets_in(0, web).await else { panic!("the app was not let in") };
        let plain = plain(installation);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let redeemed = plain.posts(0, "token", (&web.key, &web.secret), &form).await;
        let (_, tokens) = redeemed.expect("a replica answers");
        let refreshes = Errand::Refreshes(text(&tokens, "refresh_token"));
        sleep(PROMISE).await;
        let mut clients = Self {
            nightly: Caller::begins(nightly.clone(), Errand::ActsAlone, plain.clone()),
            web: Caller::begins(web.clone(), refreshes, plain),
        };
        clients.go_on().await;
        clients
    }

    async fn go_on(&mut self) {
        self.nightly.goes_on().await;
        self.web.goes_on().await;
    }

    async fn stop(self) {
        for (name, caller) in [("nightly", self.nightly), ("web", self.web)] {
            let (calls, failures) = caller.stops().await;
            assert!(failures.is_empty(), "{} of {calls} calls of {name} failed: {failures:#?}", failures.len());
            assert!(calls > 100, "{name} called {calls} times");
        }
    }
}

/// Two replicas, each with a listener that asks for certificates.
async fn installed(files: &Files) -> Arc<Installation> {
    let server = files.servers.server(&[HOST]);
    let listener = move |site: &Site| {
        let (certificate, key) = server.write_into(site.folder());
        format!(
            "[mtls]\nlisten = \"127.0.0.1:{}\"\npublic_url = \"https://{HOST}\"\ncertificate = \"{}\"\nkey = \"{}\"\n",
            site.mutual_tls(),
            certificate.display(),
            key.display()
        )
    };
    let start = move || Installation::start_with(Stores::shared(), 2, 1, listener);
    tokio::task::spawn_blocking(start).await.expect("the product can be installed")
}

/// The app of the page, with its two keys.
fn keys(installation: &Installation) -> (Card, Card) {
    let does = |words: &[&str]| installation.commands(words, Effect::None).expect("the command is good");
    let app = text(&does(&app_words("Report Bot")), "id");
    let card = |label: &str| {
        let key = does(&["key", "create", "--app", &app, "--label", label]);
        Card { app: app.clone(), key: text(&key, "id"), secret: text(&key, "secret"), rotating: false }
    };
    (card("Nightly"), card("Web"))
}

/// The addresses that ask for no certificate.
fn plain(installation: &Installation) -> Way {
    Way::plain(installation.replicas.iter().map(|replica| replica.url("")).collect())
}

/// The addresses that ask for one.
fn addresses(installation: &Installation) -> Vec<String> {
    let of = |replica: &ServerProcess| format!("https://localhost:{}", replica.site().mutual_tls());
    installation.replicas.iter().map(of).collect()
}

/// What was counted until now was counted two days ago. What the replicas hold back is written first.
async fn a_day_goes_by(installation: &Installation) {
    sleep(Duration::from_secs(6)).await;
    let hours = 48 * 60 * 60 * 1000_i64;
    for (table, moment) in [("activity_successes", "hour"), ("activity", "at")] {
        let query = format!("UPDATE {table} SET {moment} = {moment} - {hours}");
        let _ = installation.stores.postgres().rows("postgres", &query);
    }
}
