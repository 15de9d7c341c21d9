//! What no single setting can tell.

use std::collections::HashSet;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::reader::Reader;
use super::{Config, DatabaseUrl, Mode, ProxiedAddress};

pub(super) fn check(config: &Config, reader: &mut Reader) {
    check_addresses(config, reader);
    check_mutual_tls(config, reader);
    check_verify(config, reader);
    check_stores(config, reader);
    check_lifetimes(config, reader);
    check_log(&config.log.filter, reader);
}

/// A word alone would be taken for the name of a module, which switches all others off.
fn check_log(filter: &str, reader: &mut Reader) {
    // Numbers and nothing are levels for the parser.
    let is_level =
        |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.parse::<LevelFilter>().is_ok();
    let words = filter.split(',').map(str::trim);
    let unknown: Vec<_> = words.filter(|word| !word.contains(['=', '[']) && !is_level(word)).collect();
    if !unknown.is_empty() {
        reader.fault(format!(
            "log.filter has {:?}, which is no level; write off, error, warn, info, debug or trace, and a level for each \
             module that is named (info,protocol=debug)",
            unknown.join(",")
        ));
    } else if filter.parse::<Targets>().is_err() || EnvFilter::try_new(filter).is_err() {
        reader
            .fault(format!("log.filter is {filter}; write a level (info) or levels per module (info,protocol=debug)"));
    }
}

fn check_addresses(config: &Config, reader: &mut Reader) {
    let listen = &config.listen;
    let url = &config.public_url;
    if config.mode == Mode::Development && !listen.http.ip().is_loopback() {
        reader.fault("listen.http is not on loopback; development mode serves this machine only");
    }
    let is_local = url.host_str().is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        reader.fault(format!("public_url is {url}; it starts with https:// (http:// only on 127.0.0.1)"));
    }
    if !listen.management.ip().is_loopback() && !listen.management_beyond_loopback {
        reader.fault(
            "listen.management is not on loopback; metrics and health are for the operator alone. Set \
             listen.management_beyond_loopback = true if the network keeps others away",
        );
    }
    check_places(config, reader);
    if listen.workers == Some(0) {
        reader.fault("listen.workers is 0; leave it out for one per core");
    }
}

/// No two listeners are at one place. Port 0 is another one for each.
fn check_places(config: &Config, reader: &mut Reader) {
    let tcp = |address| Some(ProxiedAddress::Tcp(address));
    let places = [
        ("listen.http", tcp(config.listen.http)),
        ("listen.management", tcp(config.listen.management)),
        ("mtls.listen", config.mtls.listen.and_then(tcp)),
        ("proxied.listen", config.proxied.listen.clone()),
        ("verify.listen", config.verify.listen.clone()),
    ];
    let anywhere = |place: &ProxiedAddress| matches!(place, ProxiedAddress::Tcp(address) if address.port() == 0);
    let mut taken: Vec<(&str, ProxiedAddress)> = Vec::new();
    for (name, place) in places {
        let Some(place) = place.filter(|place| !anywhere(place)) else { continue };
        if let Some((other, _)) = taken.iter().find(|(_, other)| *other == place) {
            reader.fault(format!("{other} and {name} are both {place}; give each its own"));
        }
        taken.push((name, place));
    }
}

fn check_mutual_tls(config: &Config, reader: &mut Reader) {
    let (mtls, proxied) = (&config.mtls, &config.proxied);
    let by_itself = config.mode == Mode::Development;
    if let Some(address) = mtls.listen {
        if by_itself && !address.ip().is_loopback() {
            reader.fault("mtls.listen is not on loopback; development mode serves this machine only");
        }
        if mtls.identity.is_none() && !by_itself {
            reader.fault(
                "mtls.certificate and mtls.key are missing; the listener for client certificates ends TLS itself",
            );
        }
    }
    if (mtls.listen.is_some() || proxied.listen.is_some()) && !by_itself && !reader.is_set("mtls.public_url") {
        reader.fault("mtls.public_url is missing; set the URL under which clients with certificates reach this server");
    }
    if mtls.public_url.as_ref().is_some_and(|url| url.scheme() != "https") {
        reader.fault("mtls.public_url does not start with https://; certificates are shown in TLS");
    }
    if proxied.listen.is_some() != proxied.form.is_some() {
        reader.fault("proxied.listen and proxied.form go together; set both or neither");
    }
    if proxied.identity.is_some() != proxied.authorities.is_some() {
        reader.fault(
            "proxied.certificate, proxied.key and proxied.authorities go together: a listener that believes a proxy by \
             TLS must know it by its certificate",
        );
    }
    match &proxied.listen {
        Some(ProxiedAddress::Tcp(address)) if !address.ip().is_loopback() && proxied.identity.is_none() => {
            reader.fault(
                "proxied.listen is not on loopback: whoever reaches it is believed. Set proxied.certificate, proxied.key \
                 and proxied.authorities, or let it be a UNIX socket",
            );
        }
        Some(ProxiedAddress::Unix(_)) if proxied.identity.is_some() => {
            reader.fault(
                "proxied.listen is a UNIX socket, which speaks no TLS; leave proxied.certificate, proxied.key and \
                          proxied.authorities out",
            );
        }
        _ => {}
    }
}

fn check_verify(config: &Config, reader: &mut Reader) {
    let verify = &config.verify;
    match &verify.listen {
        Some(ProxiedAddress::Tcp(address)) if !address.ip().is_loopback() && verify.identity.is_none() => {
            reader.fault(
                "verify.listen is not on loopback, and tokens would pass unencrypted. Set verify.certificate and \
                 verify.key, or let it be a UNIX socket",
            );
        }
        Some(ProxiedAddress::Unix(_)) if verify.identity.is_some() => {
            reader.fault(
                "verify.listen is a UNIX socket, which speaks no TLS; leave verify.certificate and verify.key out",
            );
        }
        _ => {}
    }
}

fn check_stores(config: &Config, reader: &mut Reader) {
    let on_postgres = matches!(config.database.url, DatabaseUrl::Postgres(_));
    // Codes and counters in one process are unknown to the next: with a database that replicas can share, that must
    // be meant.
    if on_postgres && config.redis.is_none() && !config.single_replica {
        reader.fault(
            "redis.urls is missing: replicas on PostgreSQL share codes and sessions by Redis. Set it, or \
             single_replica = true if there will be one replica only",
        );
    }
    if config.mode == Mode::Development {
        return;
    }
    if config.root_keys.is_empty() && !reader.is_set("root_keys") && !reader.is_set("root_keys_file") {
        reader.fault(
            "root_keys is missing; `countersign config root-key` makes one, to be kept safe and apart from the database. \
             To use what `serve --dev` made, add --dev",
        );
    }
    let mut ids = HashSet::new();
    if !config.root_keys.iter().all(|key| ids.insert(key.id)) {
        reader.fault("root_keys has an id twice; give each key an id that no other ever had");
    }
    if config.mail.is_none() && !reader.is_set("mail.smtp_url") && !reader.is_set("mail.smtp_url_file") {
        reader.fault("mail.smtp_url is missing; people sign in with a code that is mailed to them");
    }
}

fn check_lifetimes(config: &Config, reader: &mut Reader) {
    let lifetimes = &config.lifetimes;
    let ordered = [
        (
            lifetimes.connection_idle,
            lifetimes.connection_absolute,
            "lifetimes.connection_idle",
            "lifetimes.connection_absolute",
        ),
        (
            lifetimes.generated_token,
            lifetimes.longest_generated_token,
            "lifetimes.generated_token",
            "lifetimes.longest_generated_token",
        ),
        (
            lifetimes.browser_session_idle,
            lifetimes.browser_session,
            "lifetimes.browser_session_idle",
            "lifetimes.browser_session",
        ),
        (config.freshness.poll * 2, config.freshness.lease, "twice freshness.poll", "freshness.lease"),
    ];
    for (shorter, longer, shorter_name, longer_name) in ordered {
        if shorter > longer {
            reader.fault(format!("{shorter_name} is longer than {longer_name}; make it shorter"));
        }
    }
}
