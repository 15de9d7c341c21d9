//! A platform in production: TLS under a throw-away authority, mail by SMTP, a customer with workspaces and its admin,
//! and an app with an API key. Made by the operator's commands.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use reqwest::Url;
use serde_json::Value;
use testkit::{Authority, Database, MailCatcher, Postgres, Redis, ServerProcess, Site, http_client};

use crate::browser::Browser;

/// Where the app is called back; nothing listens there, the browser stops before it.
pub(crate) const CALLBACK: &str = "https://reportbot.example/callback";
const ADDRESS: &str = "ana@acme.example";
const PASSWORD: &str = "a pass phrase of this test alone";

/// The running platform.
pub(crate) struct Platform {
    pub(crate) http: reqwest::Client,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) customer: String,
    /// What may not be in the log.
    pub(crate) secrets: Mutex<Vec<String>>,
    authority: Authority,
    mail: MailCatcher,
    pub(crate) server: ServerProcess,
    _stores: Option<(Database<'static>, Redis)>,
}

impl Platform {
    /// On SQLite and in one process.
    pub(crate) fn start() -> Self {
        Self::with("", None)
    }

    /// On PostgreSQL and Redis, with everything logged that any part of the program has to say.
    pub(crate) fn logging_all_on_shared_stores() -> Self {
        let (database, redis) = (Postgres::shared().database(), Redis::start());
        let (url, cache) = (database.url(), redis.url());
        let settings = format!("[database]\nurl = \"{url}\"\n[redis]\nurls = [\"{cache}\"]\n[log]\nfilter = \"trace\"");
        Self::with(&settings, Some((database, redis)))
    }

    fn with(settings: &str, stores: Option<(Database<'static>, Redis)>) -> Self {
        let (authority, mail) = (Authority::new("Throw-away authority"), MailCatcher::start());
        let launch =
            ServerProcess::with_config(|site| format!("{}\n{settings}", configuration(site, &authority, &mail)));
        let folder = launch.site().folder().to_owned();
        let command =
            |args: &[&str]| answer_of(&launch.run(&[&["--config", "countersign.toml", "--json"], args].concat()));
        let root_key = answer_of(&launch.run(&["config", "root-key", "--json"]));
        let root_key = text(&root_key, "done");
        fs::write(folder.join("root_keys"), &root_key).expect("the folder is writable");
        command(&["migrate"]);
        let scopes = ["--scope", "cases.read=See the cases", "--scope", "cases.write=Change the cases"];
        let named = ["--display-name", "Production", "--api-base-url", "https://api.platform.example"];
        command(&[&["environment", "create", "default"], &named[..], &scopes[..]].concat());
        let customer = text(&command(&["customer", "create", "Acme"]), "id");
        for workspace in ["Americas", "Europe"] {
            command(&["workspace", "create", "--customer", &customer, workspace]);
        }
        fs::write(folder.join("password"), PASSWORD).expect("the folder is writable");
        let person = ["user", "create", "--email", ADDRESS, "--name", "Ana", "--password-file", "password"];
        let ana = text(&command(&person), "id");
        command(&["user", "set-role", &ana, "--customer", &customer, "--role", "admin"]);
        let about = ["--description", "Reports the open cases", "--publisher", "Reports Ltd", "--verified"];
        let may = ["--client-credentials", "--scopes", "cases.read cases.write", "--callback-url", CALLBACK];
        let app = text(&command(&[&["app", "create", "Report Bot"], &about[..], &may[..]].concat()), "id");
        let key = command(&["key", "create", "--app", &app, "--label", "Main"]);
        let secret = text(&key, "secret");
        let secrets = [&root_key["1:".len()..], &secret, ADDRESS, PASSWORD].map(str::to_owned);
        Self {
            http: http_client(&[&authority]).build().expect("the root is a certificate"),
            key: text(&key, "id"),
            secret,
            customer,
            secrets: Mutex::new(secrets.into()),
            server: launch.start(),
            authority,
            mail,
            _stores: stores,
        }
    }

    /// The URL of a path, as people and clients write it.
    pub(crate) fn url(&self, path: &str) -> Url {
        format!("{}{path}", self.issuer()).parse().expect("a URL")
    }

    pub(crate) fn issuer(&self) -> String {
        format!("https://localhost:{}", self.server.site().public())
    }

    /// What a command of the operator answers.
    pub(crate) fn command(&self, args: &[&str]) -> Value {
        answer_of(&self.server.run(&[&["--config", "countersign.toml", "--json"], args].concat()))
    }

    /// The customer's admin, in a browser of their own.
    pub(crate) fn ana(&self) -> Browser<'_> {
        let browser = http_client(&[&self.authority]).cookie_store(true).build().expect("the root is a certificate");
        Browser { http: browser, address: ADDRESS, password: PASSWORD, mail: &self.mail, secrets: &self.secrets }
    }

    /// What was said in this test and nobody may read, and is in the log of the server.
    pub(crate) fn leaked(&self) -> Vec<String> {
        let log = self.server.log().join("\n");
        let secrets = self.secrets.lock().expect("no test panics while it notes");
        secrets.iter().filter(|secret| is_in(&log, secret)).cloned().collect()
    }
}

fn configuration(site: &Site, authority: &Authority, mail: &MailCatcher) -> String {
    let (certificate, key) = authority.server(&[]).write_into(site.folder());
    let (public, management, mail) = (site.public(), site.management(), mail.address());
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    format!(
        r#"
        public_url = "https://localhost:{public}"
        root_keys_file = "root_keys"
        [listen]
        http = "127.0.0.1:{public}"
        tls_certificate = {}
        tls_key = {}
        management = "127.0.0.1:{management}"
        [mail]
        smtp_url = "smtp://{mail}"
        from = "Countersign <no-reply@platform.example>"
        [callbacks]
        exceptions = ["reportbot.example"]
        "#,
        quoted(&certificate),
        quoted(&key),
    )
}

/// As text, or as the bytes that `Debug` prints. A short secret, such as six digits, is also a part of numbers and times.
fn is_in(log: &str, secret: &str) -> bool {
    let bytes = format!("{:?}", secret.as_bytes());
    if log.contains(bytes.trim_matches(['[', ']'])) {
        return true;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    log.match_indices(secret).any(|(at, _)| {
        let (before, after) = (log[..at].chars().next_back(), log[at + secret.len()..].chars().next());
        secret.len() > 16 || !(before.is_some_and(is_part) || after.is_some_and(is_part))
    })
}

fn answer_of(finished: &testkit::Finished) -> Value {
    assert!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    serde_json::from_str(&finished.stdout).expect("with --json a command answers JSON")
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
