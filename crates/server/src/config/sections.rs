//! The settings, section by section, each with its default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use client_registry::callback_url::CallbackException;
use lettre::message::Mailbox;
use storage_diesel::check_postgres_url;
use storage_redis::check_redis_url;

use super::reader::Reader;
use super::server_urls::check_smtp;
use super::{RootKeyLine, Secret};

pub(super) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const MIN: u64 = 60;
pub(super) const H: u64 = 60 * MIN;
pub(super) const D: u64 = 24 * H;

/// The root keys. None at all is said by leaving the setting out: an empty one is a file that was not filled in.
pub(super) fn root_keys(reader: &mut Reader) -> Vec<RootKeyLine> {
    let keys: Vec<RootKeyLine> = match reader.secret("root_keys") {
        Some(keys) => keys,
        None => return Vec::new(),
    };
    if keys.is_empty() {
        let name = reader.spelt("root_keys");
        reader.fault(format!("{name} is empty; `countersign config root-key` makes a key"));
    }
    keys
}

/// Which database.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A server that speaks PostgreSQL's protocol; the URL holds a password.
    Postgres(Secret),
}

/// The database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Which.
    pub url: DatabaseUrl,
    /// Connections of this replica at most.
    pub connections: usize,
    /// How long a request waits for it.
    pub timeout: Duration,
    /// Whether `serve` brings the schema up to date. By default on SQLite only: replicas share a PostgreSQL.
    pub migrate_at_start: bool,
}

impl Database {
    pub(super) fn read(reader: &mut Reader, data_directory: &Path) -> Self {
        let embedded = || DatabaseUrl::Sqlite(data_directory.join("countersign.sqlite"));
        let url = reader.secret::<Secret>("database.url").map(|url| database_url(&url));
        let url = url.unwrap_or_else(|| Some(embedded())).unwrap_or_else(|| {
            reader
                .fault("database.url is neither sqlite:PATH nor postgres://USER:PASSWORD@HOST/NAME; write one of them");
            embedded()
        });
        if let DatabaseUrl::Postgres(url) = &url
            && let Err(why) = check_postgres_url(url.expose())
        {
            reader.fault(format!("database.url {why}"));
        }
        let migrate: Option<bool> = reader.optional("database.migrate_at_start");
        Self {
            migrate_at_start: migrate.unwrap_or(matches!(url, DatabaseUrl::Sqlite(_))),
            url,
            connections: reader.within("database.connections", 16, &(2..=500)),
            timeout: reader.within("database.timeout", ms(500), &(ms(50)..=s(10))),
        }
    }
}

fn database_url(url: &Secret) -> Option<DatabaseUrl> {
    match url.expose().split_once(':')? {
        ("sqlite", path) if !path.trim_start_matches('/').is_empty() => {
            // `sqlite:./a`, `sqlite:/a` and the common `sqlite:///a` are one file each.
            let path = path.strip_prefix("//").unwrap_or(path);
            Some(DatabaseUrl::Sqlite(path.into()))
        }
        ("postgres" | "postgresql", rest) if rest.starts_with("//") => Some(DatabaseUrl::Postgres(url.clone())),
        _ => None,
    }
}

/// Redis or Valkey.
#[derive(Clone, Debug)]
pub struct Redis {
    /// One URL, or some nodes of a cluster.
    pub urls: Vec<Secret>,
    /// Whether they are nodes of a cluster.
    pub cluster: bool,
    /// What the names of our keys start with.
    pub prefix: String,
    /// How long a request waits for it.
    pub timeout: Duration,
}

impl Redis {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let urls: Vec<Secret> = reader.secret("redis.urls").unwrap_or_default();
        let cluster = reader.value("redis.cluster", false);
        let prefix = reader.value("redis.prefix", "countersign:".to_owned());
        let timeout = reader.within("redis.timeout", ms(500), &(ms(50)..=s(10)));
        for (number, url) in urls.iter().enumerate() {
            if let Err(why) = check_redis_url(url.expose()) {
                reader.fault(format!("redis.urls, URL {}, {why}", number + 1));
            }
        }
        if urls.len() > 1 && !cluster {
            reader.fault("redis.urls has several URLs; name one, or set redis.cluster = true for nodes of a cluster");
        }
        (!urls.is_empty()).then_some(Self { urls, cluster, prefix, timeout })
    }
}

/// Outgoing mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The SMTP server: `smtps://`, `smtp://` with `?tls=required` for STARTTLS, or `smtp://` on this machine; with user
    /// and password.
    pub smtp_url: Secret,
    /// The sender.
    pub from: Mailbox,
    /// How long a mail may take.
    pub timeout: Duration,
}

impl Mail {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let smtp_url = reader.secret::<Secret>("mail.smtp_url").filter(|url| {
            let judged = check_smtp(url.expose());
            judged.map_err(|why| reader.fault(format!("mail.smtp_url {why}"))).is_ok()
        });
        let from: Option<Mailbox> = reader.optional("mail.from");
        let timeout = reader.within("mail.timeout", s(10), &(s(1)..=s(60)));
        if smtp_url.is_some() && !reader.is_set("mail.from") {
            reader.fault("mail.from is missing; set the address that mails come from");
        }
        smtp_url.zip(from).map(|(smtp_url, from)| Self { smtp_url, from, timeout })
    }
}

/// Declares a section of settings that each have a type, a default and a range.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $section:literal {
        $($(#[$field_doc:meta])* $field:ident: $kind:ty = $default:expr, $low:expr, $high:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)+
        }

        impl $name {
            pub(super) fn read(reader: &mut Reader) -> Self {
                Self { $($field: reader.within(concat!($section, ".", stringify!($field)), $default, &($low..=$high)),)+ }
            }
        }
    };
}

section! {
    /// How long things live.
    Lifetimes, "lifetimes" {
        /// Authorization codes.
        code: Duration = s(60), s(10), s(10 * MIN);
        /// Access tokens, where neither app nor API says otherwise. None ever lives longer than a day.
        access_token: Duration = s(H), s(MIN), s(D);
        /// Connections that nobody uses.
        connection_idle: Duration = s(90 * D), s(H), s(3650 * D);
        /// Connections at all.
        connection_absolute: Duration = s(365 * D), s(H), s(3650 * D);
        /// Tokens made by hand in the console, unless their maker chooses another lifetime.
        generated_token: Duration = s(D), s(H), s(3650 * D);
        /// The longest lifetime that may be chosen for them.
        longest_generated_token: Duration = s(90 * D), s(H), s(3650 * D);
        /// Rows of ended connections, until they are purged.
        ended_connection: Duration = s(30 * D), s(D), s(3650 * D);
        /// A rotated refresh token, for which the same successor is given again.
        refresh_grace: Duration = s(60), s(0), s(10 * MIN);
        /// The same for public clients.
        refresh_grace_public: Duration = s(10), s(0), s(60);
        /// Browser sessions.
        browser_session: Duration = s(12 * H), s(5 * MIN), s(30 * D);
        /// Browser sessions that nobody uses.
        browser_session_idle: Duration = s(H), s(MIN), s(30 * D);
        /// A sign-in, or the password given again, for changes of secrets, certificates and the like that ask for it.
        step_up: Duration = s(10 * MIN), s(MIN), s(12 * H);
        /// An authorize transaction while nobody opens one of its pages.
        authorize_transaction: Duration = s(15 * MIN), s(5 * MIN), s(2 * H);
        /// E-mailed codes.
        mailed_code: Duration = s(10 * MIN), s(MIN), s(10 * MIN);
        /// Requests for unattended connections.
        connection_request: Duration = s(7 * D), s(H), s(90 * D);
        /// Invitations into developer teams.
        invitation: Duration = s(7 * D), s(H), s(30 * D);
        /// The older secrets of a key whose secret is rotated.
        secret_overlap: Duration = s(D), s(0), s(90 * D);
        /// The legacy-parameters switch of an app, at most.
        legacy_parameters: Duration = s(365 * D), s(D), s(365 * D);
        /// Signing keys, until the next one signs.
        signing_key: Duration = s(90 * D), s(D), s(3650 * D);
        /// The JWKS in caches of verifiers; a new key is published this long before it signs.
        jwks_cache: Duration = s(5 * MIN), s(0), s(D);
        /// Activity rows.
        activity: Duration = s(30 * D), s(D), s(3650 * D);
    }
}

section! {
    /// How much of something there may be.
    Limits, "limits" {
        /// Live connections per user and API key; the longest idle one ends first.
        connections_per_user_and_key: u32 = 20, 1, 1000;
        /// Times that a rotated refresh token is answered with the same successor.
        refresh_repeats: u32 = 3, 0, 20;
        /// Wrong entries of one e-mailed code.
        mailed_code_tries: u32 = 5, 1, 10;
        /// E-mailed codes to one address in an hour.
        mailed_codes_per_hour: u32 = 6, 1, 100;
        /// Failed sign-ins in a row, whatever the address (SP 800-63B-4 §3.2.2).
        failed_sign_ins: u32 = 100, 5, 100;
        /// Characters of `state`.
        state_characters: usize = 4096, 128, 16384;
        /// Bytes of a callback URL.
        callback_url_bytes: usize = 2000, 100, 8000;
        /// Callback URLs of an app.
        callback_urls_per_app: usize = 50, 1, 1000;
        /// Certificates and names of certificates that an app registers.
        certificates_per_app: usize = 50, 2, 1000;
        /// Trust anchors of an app.
        anchors_per_app: usize = 10, 2, 100;
        /// API keys of an app that are not revoked.
        keys_per_app: usize = 100, 1, 10_000;
        /// Secrets of a key that can be used.
        secrets_per_key: usize = 10, 2, 50;
        /// Members of a developer team.
        members_per_team: usize = 200, 2, 1000;
        /// Invitations of a developer team that wait to be taken.
        invitations_per_team: usize = 50, 1, 1000;
        /// Users of an app whose publisher is not verified.
        users_of_unverified_app: u64 = 25, 0, 1_000_000;
        /// Workspaces listed in an access token; beyond that it carries their number.
        workspaces_in_token: usize = 20, 1, 100;
        /// Workspaces listed in an answer.
        workspaces_in_answer: usize = 100, 1, 1000;
        /// Cached records of each kind.
        cached_records: usize = 10_000, 100, 10_000_000;
        /// Passwords hashed at once; each takes 19 MiB.
        password_hashes: usize = 2, 1, 64;
    }
}

section! {
    /// How fast somebody may try.
    Rates, "rates" {
        /// Requests of one API key at the token endpoint in a minute.
        token_per_key_and_minute: u32 = 6000, 1, 10_000_000;
        /// Requests at the token endpoints of one environment in a minute.
        token_per_environment_and_minute: u32 = 600_000, 1, 1_000_000_000;
        /// Requests of one API key with legacy parameters in a minute.
        legacy_per_key_and_minute: u32 = 600, 1, 1_000_000;
        /// Failed client authentications from one address in a minute.
        refused_clients_per_address_and_minute: u32 = 120, 1, 1_000_000;
        /// Authorize requests from one address in a minute.
        authorize_per_address_and_minute: u32 = 600, 1, 1_000_000;
        /// Sign-ins tried from one address in a minute.
        sign_ins_per_address_and_minute: u32 = 20, 1, 10_000;
        /// Sign-ins tried for one account in ten minutes.
        sign_ins_per_account_and_ten_minutes: u32 = 10, 1, 1000;
    }
}

section! {
    /// How closely the revocation log is followed.
    Freshness, "freshness" {
        /// How old the last complete read may be; an older one answers 503.
        lease: Duration = s(1), ms(500), s(60);
        /// How often the log is read.
        poll: Duration = ms(250), ms(20), s(10);
    }
}

section! {
    /// How the server stops.
    Shutdown, "shutdown" {
        /// How long it serves on while it says that it is not ready.
        delay: Duration = s(5), s(0), s(5 * MIN);
        /// How long requests may take after that.
        drain: Duration = s(20), s(0), s(5 * MIN);
    }
}

/// What callback URLs are taken beside the public rules.
#[derive(Clone, Debug)]
pub struct Callbacks {
    /// Hosts and networks that are not public.
    pub exceptions: Vec<CallbackException>,
}

impl Callbacks {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { exceptions: reader.value("callbacks.exceptions", Vec::new()) }
    }
}
