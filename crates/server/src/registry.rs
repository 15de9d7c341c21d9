//! The registry over the configured database: the same for commands and for pages.

use std::path::Path;
use std::sync::Arc;

use client_registry::callback_url::CallbackPolicy;
use client_registry::{Policy, Registry, Stores};
use domain::{Clock, Random};
use protocol::{RootKey, RootKeys};
use storage_diesel::Options;

use crate::config::{Config, Database, DatabaseUrl, Mode, RootKeyFile, load_or_create_root_keys};

/// The registry over `stores`, under the configured rules.
#[must_use]
pub fn registry(
    config: &Config,
    stores: Stores,
    roots: Arc<RootKeys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Registry {
    Registry::new(stores, clock, random, roots, policy(config))
}

fn policy(config: &Config) -> Policy {
    let (lifetimes, limits) = (&config.lifetimes, &config.limits);
    let mut callback_urls = CallbackPolicy::for_server(std::slice::from_ref(&config.public_url))
        .with_exceptions(config.callbacks.exceptions.clone());
    callback_urls.max_bytes = limits.callback_url_bytes;
    if config.mode == Mode::Development {
        // So that a script on this machine can be an app.
        callback_urls.exceptions.push("http://127.0.0.1".parse().expect("a constant exception"));
    }
    Policy {
        rotation_overlap: lifetimes.secret_overlap,
        longest_legacy_parameters: lifetimes.legacy_parameters,
        connection_request_life: lifetimes.connection_request,
        invitation_life: lifetimes.invitation,
        connection_idle: lifetimes.connection_idle,
        connection_absolute: lifetimes.connection_absolute,
        certificates_per_app: limits.certificates_per_app,
        anchors_per_app: limits.anchors_per_app,
        keys_per_app: limits.keys_per_app,
        secrets_per_key: limits.secrets_per_key,
        members_per_team: limits.members_per_team,
        invitations_per_team: limits.invitations_per_team,
        callback_urls_per_app: limits.callback_urls_per_app,
        callback_urls,
        ..Policy::default()
    }
}

/// The configured root keys; in development those of the data directory, made there at the first use.
///
/// # Errors
/// [`RootKeyFile`].
pub fn root_keys(config: &Config, random: &dyn Random) -> Result<RootKeys, RootKeyFile> {
    let file = config.development_root_keys();
    let lines = if config.root_keys.is_empty() && config.mode == Mode::Development {
        load_or_create_root_keys(&file, random)?
    } else {
        config.root_keys.clone()
    };
    let keys: Vec<_> = lines.into_iter().map(|line| RootKey { id: line.id, bytes: line.bytes }).collect();
    RootKeys::new(&keys).ok_or(RootKeyFile::Content(file))
}

/// The database's URL and options, as its crate takes them.
#[must_use]
pub fn database(database: &Database) -> (String, Options) {
    let url = match &database.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", Path::display(path)),
        DatabaseUrl::Postgres(url) => url.expose().to_owned(),
    };
    let options = Options { wait: database.timeout, connections: database.connections, ..Options::default() };
    (url, options)
}
