//! A platform in production: TLS under a throw-away authority, mail by SMTP, a customer with workspaces and its admin,
//! and an app with an API key. Made by the operator's commands.

use std::fs;
use std::path::Path;

use reqwest::Url;
use serde_json::Value;
use testkit::{Authority, MailCatcher, ServerProcess, Site, http_client};

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
    authority: Authority,
    mail: MailCatcher,
    server: ServerProcess,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let (authority, mail) = (Authority::new("Throw-away authority"), MailCatcher::start());
        let launch = ServerProcess::with_config(|site| configuration(site, &authority, &mail));
        let folder = launch.site().folder().to_owned();
        let command =
            |args: &[&str]| answer_of(&launch.run(&[&["--config", "countersign.toml", "--json"], args].concat()));
        let root_key = answer_of(&launch.run(&["config", "root-key", "--json"]));
        fs::write(folder.join("root_keys"), text(&root_key, "done")).expect("the folder is writable");
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
        Self {
            http: http_client(&[&authority]).build().expect("the root is a certificate"),
            key: text(&key, "key"),
            secret: text(&key, "secret"),
            customer,
            server: launch.start(),
            authority,
            mail,
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
        Browser { http: browser, address: ADDRESS, password: PASSWORD, mail: &self.mail }
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

fn answer_of(finished: &testkit::Finished) -> Value {
    assert!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    serde_json::from_str(&finished.stdout).expect("with --json a command answers JSON")
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
