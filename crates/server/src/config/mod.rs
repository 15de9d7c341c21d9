//! Configuration: read once at start, typed from there on.
//!
//! 1. `sources` lays flags over environment over files, later files over earlier ones, and flattens all of it to
//!    dotted names.
//! 2. `reader` hands each setting out by name, with its default, and notes every fault instead of stopping at the
//!    first. A name that nobody asked for is a fault too.
//! 3. `sections` says which settings there are; `value` how each type is written.
//! 4. What no single setting can tell (a listener with half of its TLS files) is judged last, in `checks`.

mod checks;
mod listen;
mod log;
mod network;
mod public_url;
mod reader;
mod root_keys;
mod secret;
mod sections;
mod server_urls;
mod sources;
mod value;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

pub use listen::{Bounds, Listen, Mtls, Proxied, ProxiedAddress, Verify};
pub use log::{Log, LogFormat};
pub use network::Network;
pub use reader::Faults;
pub use root_keys::{DEVELOPMENT_ROOT_KEYS, RootKeyFile, RootKeyLine, load_or_create as load_or_create_root_keys};
pub use secret::Secret;
pub use sections::{Callbacks, Database, DatabaseUrl, Freshness, Lifetimes, Limits, Mail, Rates, Redis, Shutdown};
pub use sources::{Sources, default_file};
pub use value::duration;

use reader::Reader;

/// For whom the server runs, which decides what must be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a developer's machine: loopback only, everything has a default.
    Development,
    /// For others: what cannot be guessed safely must be set.
    Production,
}

/// The whole configuration.
#[derive(Debug)]
pub struct Config {
    /// For whom the server runs.
    pub mode: Mode,
    /// The URL under which browsers and clients reach this server: scheme, host and port.
    pub public_url: Url,
    /// Where files are kept that the server makes itself.
    pub data_directory: PathBuf,
    /// Whether this is the only replica, and always will be until this is changed.
    pub single_replica: bool,
    /// The root keys, newest first. Empty in development: they come from [`Self::development_root_keys`].
    pub root_keys: Vec<RootKeyLine>,
    /// Where the server listens.
    pub listen: Listen,
    /// Where clients show certificates, and whose word on them the operator takes.
    pub mtls: Mtls,
    /// The listener that believes the proxy before it.
    pub proxied: Proxied,
    /// Where gateways ask whether a request may pass.
    pub verify: Verify,
    /// The database.
    pub database: Database,
    /// Redis or Valkey. `None` keeps codes, browser state and counters in this process.
    pub redis: Option<Redis>,
    /// Outgoing mail. `None`, in development only, shows mails instead of sending them.
    pub mail: Option<Mail>,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How much of something there may be.
    pub limits: Limits,
    /// How fast somebody may try.
    pub rates: Rates,
    /// How closely the revocation log is followed.
    pub freshness: Freshness,
    /// What is logged, and how.
    pub log: Log,
    /// What callback URLs are taken beside the public rules.
    pub callbacks: Callbacks,
    /// How the server stops.
    pub shutdown: Shutdown,
}

impl Config {
    /// Reads the configuration from `sources`.
    ///
    /// # Errors
    /// [`Faults`]: everything that is wrong, each in one sentence.
    pub fn load(sources: &Sources) -> Result<Self, Faults> {
        Self::load_with(sources, |_| Vec::new())
    }

    /// Reads the configuration from `sources`, where `more` tells what else is wrong with it. It is asked even when
    /// there are faults, so that all come out together; settings that cannot be read then have their defaults.
    ///
    /// # Errors
    /// [`Faults`]: everything that is wrong, each in one sentence.
    pub fn load_with(sources: &Sources, more: impl FnOnce(&Self) -> Vec<String>) -> Result<Self, Faults> {
        let mut reader = Reader::new(sources.flatten()?);
        let config = Self::read(&mut reader, sources.mode);
        checks::check(&config, &mut reader);
        for fault in more(&config) {
            reader.fault(fault);
        }
        reader.finish().map(|()| config)
    }

    fn read(reader: &mut Reader, mode: Mode) -> Self {
        let data_directory = reader.value("data_directory", PathBuf::from("./data"));
        let listen = Listen::read(reader);
        let mut shutdown = Shutdown::read(reader);
        if mode == Mode::Development && !reader.is_set("shutdown.delay") {
            // No balancer waits to hear of it.
            shutdown.delay = Duration::ZERO;
        }
        Self {
            mode,
            public_url: public_url::public_url(reader, mode, listen.http),
            single_replica: reader.value("single_replica", false),
            root_keys: sections::root_keys(reader),
            listen,
            mtls: Mtls::read(reader, mode),
            proxied: Proxied::read(reader),
            verify: Verify::read(reader),
            database: Database::read(reader, &data_directory),
            redis: Redis::read(reader),
            mail: Mail::read(reader),
            lifetimes: Lifetimes::read(reader),
            limits: Limits::read(reader),
            rates: Rates::read(reader),
            freshness: Freshness::read(reader),
            log: Log::read(reader),
            callbacks: Callbacks::read(reader),
            shutdown,
            data_directory,
        }
    }

    /// The URL under which clients with certificates reach this server, where any can.
    #[must_use]
    pub fn mtls_public_url(&self) -> Option<String> {
        let written = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
        match (&self.mtls.public_url, self.mtls.listen) {
            (Some(url), own) => (own.is_some() || self.proxied.listen.is_some()).then(|| written(url)),
            (None, own) => own.map(|own| format!("https://localhost:{}", own.port())),
        }
    }

    /// Where the root keys of development are kept: made there at the first start.
    #[must_use]
    pub fn development_root_keys(&self) -> PathBuf {
        self.data_directory.join(DEVELOPMENT_ROOT_KEYS)
    }
}
