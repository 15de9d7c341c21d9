//! The URLs under which this server is reached.

use std::net::SocketAddr;

use url::Url;

use super::Mode;
use super::listen::LOOPBACK;
use super::reader::Reader;

/// The URL that tokens, links and callbacks are made with.
pub(super) fn public_url(reader: &mut Reader, mode: Mode, http: SocketAddr) -> Url {
    let text: Option<String> = reader.optional("public_url");
    if text.is_none() && mode == Mode::Production && !reader.is_set("public_url") {
        reader.fault("public_url is missing; set the URL under which browsers reach this server");
    }
    let read = text.and_then(|text| base_url(reader, "public_url", &text));
    // In development the server is found where it listens; elsewhere than on loopback it does not start.
    let here = if mode == Mode::Development && http.ip().is_loopback() { http } else { LOOPBACK };
    read.unwrap_or_else(|| format!("http://{here}").parse().expect("an address is a host and a port"))
}

/// A URL of scheme, host and port alone.
pub(super) fn base_url(reader: &mut Reader, name: &str, text: &str) -> Option<Url> {
    // What stands before an @ may be a password: it is not repeated.
    if text.contains('@') {
        reader.fault(format!(
            "{name} has a user or password in it; write scheme, host and port alone: https://id.example.com"
        ));
        return None;
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() && url.path() == "/" && url.query().is_none() && url.fragment().is_none() => {
            Some(url)
        }
        _ => {
            reader.fault(format!("{name} is {text}; write scheme, host and port alone: https://id.example.com"));
            None
        }
    }
}
