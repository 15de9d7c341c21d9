//! The product as it is installed: replicas of the real program over real stores, with an app, keys and people.

use std::sync::Arc;

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_query};
use serde_json::Value;
use testkit::{Finished, Launch, MailCatcher, Postgres, Redis, ServerProcess, Site};

use crate::ledger::{Answer, Effect, Event, Ledger, Question};

const ROOT_KEY: &str = "1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
pub(crate) const CALLBACK: &str = "https://reportbot.example.com/callback";
const PASSWORD: &str = "a long sentence for drills alone";
const SCOPES: &str = "reports.read reports.write";

/// Which stores are under the replicas.
pub(crate) enum Stores {
    /// One replica alone can be on them.
    Embedded,
    Shared {
        postgres: Box<Postgres>,
        redis: Box<Redis>,
    },
}

pub(crate) struct Installation {
    pub(crate) replicas: Vec<ServerProcess>,
    pub(crate) mail: MailCatcher,
    pub(crate) stores: Stores,
    pub(crate) ledger: Ledger,
    pub(crate) app: Card,
    /// Rotates refresh tokens.
    pub(crate) rotating: Card,
    /// Its client credentials are switched off and on.
    pub(crate) toggled: Card,
    /// What introspects: the API that the tokens are for.
    pub(crate) api: (String, String),
    pub(crate) customer: String,
    pub(crate) people: Vec<Person>,
}

/// An app with an API key, as a developer writes it down.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) app: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) rotating: bool,
}

#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) password: &'static str,
}

impl Stores {
    pub(crate) fn shared() -> Self {
        Self::Shared { postgres: Box::new(Postgres::start()), redis: Box::new(Redis::start()) }
    }

    pub(crate) fn postgres(&self) -> &Postgres {
        match self {
            Self::Shared { postgres, .. } => postgres,
            Self::Embedded => panic!("this drill is for shared stores"),
        }
    }

    pub(crate) fn redis(&self) -> &Redis {
        match self {
            Self::Shared { redis, .. } => redis,
            Self::Embedded => panic!("this drill is for shared stores"),
        }
    }

    fn settings(&self) -> String {
        match self {
            Self::Embedded => String::new(),
            Self::Shared { postgres, redis } => format!(
                "[database]\nurl = \"postgres://postgres@{}/postgres\"\nconnections = 8\n[redis]\nurls = [\"{}\"]\n",
                postgres.address(),
                redis.url()
            ),
        }
    }
}

impl Installation {
    /// Installs and starts it, with so many people who can sign in.
    pub(crate) fn start(stores: Stores, replicas: usize, people: usize) -> Arc<Self> {
        Self::start_with(stores, replicas, people, |_| String::new())
    }

    /// As [`Installation::start`], with further settings for each replica.
    pub(crate) fn start_with(
        stores: Stores,
        replicas: usize,
        people: usize,
        further: impl Fn(&Site) -> String,
    ) -> Arc<Self> {
        let mail = MailCatcher::start();
        let mut public = None;
        let launches: Vec<Launch> = (0..replicas)
            .map(|_| {
                ServerProcess::with_config(|site| {
                    let public = *public.get_or_insert(site.public());
                    settings(site, public, &mail, &stores) + &further(site)
                })
            })
            .collect();
        let made = Seed::plant(launches.first().expect("there is a replica"), people);
        let replicas = launches.into_iter().map(Launch::start).collect();
        let Seed { app, rotating, toggled, api, customer, people } = made;
        let ledger = Ledger::open();
        Arc::new(Self { replicas, mail, stores, ledger, app, rotating, toggled, api, customer, people })
    }

    /// Runs a command of an operator, which the ledger is told of.
    pub(crate) fn commands(&self, words: &[&str], effect: Effect) -> Option<Value> {
        let question = Question::Command { words: words.join(" "), effect };
        let request = self.ledger.asks(0, question);
        self.finished(request, &self.first().run(&arguments(words)))
    }

    /// Looks whether what a command made is still there.
    pub(crate) fn looks_for(&self, kind: &str, id: &str) {
        let request = self.ledger.asks(0, Question::Show { id: id.to_owned() });
        self.finished(request, &self.first().run(&arguments(&[kind, "show", id])));
    }

    fn first(&self) -> &ServerProcess {
        self.replicas.first().expect("there is a replica")
    }

    fn finished(&self, request: u64, finished: &Finished) -> Option<Value> {
        let code = finished.status.code().unwrap_or(-1);
        let status = if code == 0 { 200 } else { u16::try_from(code).unwrap_or(u16::MAX) };
        let body = if code == 0 { finished.stdout.clone() } else { finished.stderr.clone() };
        let answer = Answer { status, retry_after: None, content_type: String::new(), body };
        let made = (code == 0).then(|| serde_json::from_str(&answer.body).expect("a command answers in JSON"));
        self.ledger.write(Event::Answered { request, answer });
        made
    }

    /// Writes the audit's rows into the ledger. Nothing may run any more.
    pub(crate) fn note_audit(&self) {
        let rows = match &self.stores {
            Stores::Shared { postgres, .. } => postgres.rows("postgres", "SELECT action, target FROM audit"),
            Stores::Embedded => self.sqlite_audit(),
        };
        for row in rows.lines() {
            let (action, target) = row.split_once('|').expect("two columns");
            self.ledger.write(Event::Audit { action: action.to_owned(), target: target.to_owned() });
        }
    }

    fn sqlite_audit(&self) -> String {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            line: String,
        }
        let file = self.first().site().folder().join("data/countersign.sqlite");
        let mut database = SqliteConnection::establish(&file.display().to_string()).expect("the database opens");
        let rows: Vec<Row> = sql_query("SELECT action || '|' || target AS line FROM audit")
            .load(&mut database)
            .expect("the audit can be read");
        rows.into_iter().map(|row| row.line + "\n").collect()
    }
}

/// What is there before the load begins.
struct Seed {
    app: Card,
    rotating: Card,
    toggled: Card,
    api: (String, String),
    customer: String,
    people: Vec<Person>,
}

impl Seed {
    fn plant(launch: &Launch, people: usize) -> Self {
        std::fs::write(launch.site().folder().join("password"), PASSWORD).expect("the site's folder is writable");
        let does = |words: &[&str]| does(launch, words);
        does(&["migrate"]);
        let scopes = ["--scope", "reports.read=See your reports", "--scope", "reports.write=Change your reports"];
        let environment = ["environment", "create", "default", "--display-name", "Main"];
        does(&[&environment[..], &["--api-base-url", "https://api.example.com"], &scopes].concat());
        let apis = does(&["api", "list"]);
        let api = text(apis.pointer("/apis/0").expect("the environment has its API"), "id");
        let secret = text(&does(&["api", "add-credential", &api]), "secret");
        let customer = text(&does(&["customer", "create", "Acme"]), "id");
        for workspace in ["Marketing", "Sales"] {
            does(&["workspace", "create", "--customer", &customer, workspace]);
        }
        let card = |name: &str, rotating: bool| {
            let app = text(&does(&app_words(name)), "id");
            let key = does(&["key", "create", "--app", &app, "--label", "first"]);
            if rotating {
                does(&["app", "set", &app, "--rotate-refresh-tokens", "true"]);
            }
            Card { app, key: text(&key, "id"), secret: text(&key, "secret"), rotating }
        };
        let people = (0..people).map(|number| person(&does, number, &customer)).collect();
        let (app, rotating, toggled) = (card("Stable", false), card("Rotating", true), card("Toggled", false));
        Self { app, rotating, toggled, api: (api, secret), customer, people }
    }
}

fn person(does: &impl Fn(&[&str]) -> Value, number: usize, customer: &str) -> Person {
    let email = format!("person{number}@acme.example.com");
    let create = ["user", "create", "--email", &email, "--name", &email, "--password-file", "password"];
    let id = text(&does(&create), "id");
    does(&["user", "set-role", &id, "--customer", customer, "--role", "admin"]);
    Person { email, password: PASSWORD }
}

/// The command that makes an app for everything.
pub(crate) fn app_words(name: &str) -> [&str; 12] {
    [
        "app",
        "create",
        name,
        "--description=It reads reports.",
        "--publisher=Integrations Ltd",
        "--verified",
        "--callback-url",
        CALLBACK,
        "--client-credentials",
        "--scopes",
        SCOPES,
        "--environment=default",
    ]
}

fn arguments<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["--config", "countersign.toml", "--json"], words].concat()
}

fn does(launch: &Launch, words: &[&str]) -> Value {
    let finished = launch.run(&arguments(words));
    assert!(finished.status.success(), "{words:?}: {}", finished.stderr);
    serde_json::from_str(&finished.stdout).expect("a command answers in JSON")
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{value} has no {name}")).to_owned()
}

fn settings(site: &Site, public: u16, mail: &MailCatcher, stores: &Stores) -> String {
    format!(
        r#"
public_url = "http://127.0.0.1:{public}"
root_keys = ["{ROOT_KEY}"]
[listen]
http = "127.0.0.1:{}"
management = "127.0.0.1:{}"
workers = 2
[mail]
smtp_url = "smtp://{}"
from = "Countersign <no-reply@id.example.com>"
[limits]
connections_per_user_and_key = 1000
mailed_codes_per_hour = 100
[rates]
token_per_key_and_minute = 1000000
authorize_per_address_and_minute = 1000000
sign_ins_per_address_and_minute = 10000
sign_ins_per_account_and_ten_minutes = 1000
[log]
filter = "info"
[shutdown]
delay = "2s"
drain = "10s"
{}"#,
        site.public(),
        site.management(),
        mail.address(),
        stores.settings()
    )
}
