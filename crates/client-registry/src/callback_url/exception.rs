//! What an operator lets through beside the public rules, for development networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::{Host, Url};

use super::network::Network;

/// Hosts that the operator takes although they are not public.
///
/// Written as `HOST`, `HOST:PORT`, `ADDRESS/BITS`, or one of these after `http://`, which also
/// allows plain http there. Without a port every port is meant; a name means itself, not the names
/// under it. An exception lifts the rules on schemes and public hosts, never those on form and parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallbackException {
    text: String,
    hosts: Hosts,
    port: Option<u16>,
    plain_http: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    Name(String),
    Network(Network),
}

/// Why a setting is no exception.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no callback exception: write HOST, HOST:PORT, ADDRESS or ADDRESS/BITS (no host bits \
     set), with `http://` before it to allow plain http"
)]
pub struct CallbackExceptionError {
    text: String,
}

impl CallbackException {
    /// Whether it takes the host and port of `url`, whatever its scheme.
    pub(super) fn takes_host(&self, url: &Url) -> bool {
        let port_fits = self.port.is_none() || self.port == url.port_or_known_default();
        port_fits && self.hosts.contain(url)
    }

    /// Whether it takes `url` over plain http.
    pub(super) fn takes_plain_http(&self, url: &Url) -> bool {
        self.plain_http && self.takes_host(url)
    }
}

impl Hosts {
    fn contain(&self, url: &Url) -> bool {
        match (self, url.host()) {
            (Self::Name(name), Some(Host::Domain(host))) => name == host,
            (Self::Network(network), Some(Host::Ipv4(address))) => network.contains(IpAddr::V4(address)),
            // Not unfolded: an exception for 10.0.0.0/8 does not let [::ffff:10.0.0.1] in.
            (Self::Network(network), Some(Host::Ipv6(address))) => network.contains(IpAddr::V6(address)),
            _ => false,
        }
    }
}

impl FromStr for CallbackException {
    type Err = CallbackExceptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (plain_http, rest) = match text.strip_prefix("http://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("https://").unwrap_or(text)),
        };
        let parsed = network(rest).or_else(|| host_and_port(rest));
        let (hosts, port) = parsed.ok_or_else(|| CallbackExceptionError { text: text.to_owned() })?;
        Ok(Self { text: text.to_owned(), hosts, port, plain_http })
    }
}

fn network(text: &str) -> Option<(Hosts, Option<u16>)> {
    let (address, bits) = text.split_once('/')?;
    let network = Network::new(address.parse().ok()?, bits.parse().ok()?)?;
    Some((Hosts::Network(network), None))
}

fn host_and_port(text: &str) -> Option<(Hosts, Option<u16>)> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some((Hosts::Network(Network::single(IpAddr::V6(address))), None));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    let hosts = if let Some(inside) = host.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        Hosts::Network(Network::single(IpAddr::V6(address)))
    } else if let Ok(address) = host.parse::<Ipv4Addr>() {
        Hosts::Network(Network::single(IpAddr::V4(address)))
    } else {
        match Host::parse(host) {
            Ok(Host::Domain(name)) if name == host && is_plain_name(host) => Hosts::Name(name),
            _ => return None,
        }
    };
    Some((hosts, port))
}

/// No wildcard: it would silently match nothing.
fn is_plain_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

impl fmt::Display for CallbackException {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl TryFrom<String> for CallbackException {
    type Error = CallbackExceptionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CallbackException> for String {
    fn from(exception: CallbackException) -> Self {
        exception.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(exception: &str, url: &str) -> bool {
        let exception: CallbackException = exception.parse().expect("the test's exception parses");
        let url = Url::parse(url).expect("the test's URL parses");
        exception.takes_host(&url)
    }

    #[test]
    fn a_name_is_taken_on_every_port_unless_one_is_named() {
        assert!(takes("dev.corp", "https://dev.corp/"));
        assert!(takes("dev.corp", "https://dev.corp:8443/"));
        assert!(takes("dev.corp:8443", "https://dev.corp:8443/"));
        assert!(!takes("dev.corp:8443", "https://dev.corp/"));
        assert!(takes("dev.corp:443", "https://dev.corp/"));
    }

    #[test]
    fn a_name_does_not_take_its_neighbours() {
        for url in ["https://a.dev.corp/", "https://xdev.corp/", "https://dev.corp.evil.com/"] {
            assert!(!takes("dev.corp", url), "{url}");
        }
    }

    #[test]
    fn ranges_take_their_addresses_alone() {
        assert!(takes("10.0.0.0/8", "https://10.9.9.9/"));
        assert!(takes("fd00::/8", "https://[fd00::1]/"));
        assert!(takes("192.168.0.4", "https://192.168.0.4/"));
        assert!(takes("[fd00::1]:8443", "https://[fd00::1]:8443/"));
        assert!(takes("fd00::1", "https://[fd00::1]/"));
        assert!(!takes("10.0.0.0/8", "https://11.0.0.1/"));
        assert!(!takes("10.0.0.0/8", "https://[::ffff:10.0.0.1]/"));
        assert!(!takes("192.168.0.4", "https://192.168.0.5/"));
    }

    #[test]
    fn plain_http_needs_to_be_said() {
        let url = Url::parse("http://localhost:3000/cb").expect("the test's URL parses");
        for (exception, taken) in [("http://localhost", true), ("localhost", false)] {
            let exception: CallbackException = exception.parse().expect("it parses");
            assert_eq!(exception.takes_plain_http(&url), taken, "{exception}");
        }
    }

    #[test]
    fn what_is_no_exception_is_refused() {
        for text in [
            "",
            "*",
            "*.corp",
            "dev.corp:x",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "dev.corp:",
            "dev.corp:70000",
            "DEV.corp",
            "http://",
            "https://dev.corp/cb",
            "[fd00::1",
            "10.0.0.0/8:80",
            "ftp://dev.corp",
        ] {
            let parsed: Result<CallbackException, _> = text.parse();
            assert!(parsed.is_err(), "{text}");
        }
    }

    #[test]
    fn settings_are_read_and_written_as_text() {
        let exception: CallbackException = serde_json::from_str("\"http://10.0.0.0/8\"").expect("it parses");
        let written = serde_json::to_string(&exception).expect("it serialises");
        assert_eq!(written, "\"http://10.0.0.0/8\"");
        assert!(serde_json::from_str::<CallbackException>("\"10.0.0.1/8\"").is_err());
    }
}
