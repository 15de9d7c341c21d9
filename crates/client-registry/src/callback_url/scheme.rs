//! Rule 3, the scheme: https; for native apps also http to a loopback address (RFC 8252 §7.3) and
//! private schemes that are a domain name written backwards (RFC 8252 §7.1).

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::ApplicationKind;
use url::{Host, Url};

use super::{CallbackPolicy, Violation};

pub(super) fn check(url: &Url, kind: ApplicationKind, policy: &CallbackPolicy, found: &mut Vec<Violation>) {
    if url.scheme() == "http" && !policy.takes_plain_http(url) {
        match (is_loopback(url), kind) {
            (true, ApplicationKind::Native) => {}
            (true, ApplicationKind::Web) => found.push(Violation::LoopbackNeedsNativeApp),
            (false, _) => found.push(Violation::PlainHttp),
        }
    }
    if !matches!(url.scheme(), "http" | "https") {
        check_private(url, kind, found);
    }
}

fn check_private(url: &Url, kind: ApplicationKind, found: &mut Vec<Violation>) {
    let scheme = url.scheme().to_owned();
    if !scheme.contains('.') {
        found.push(Violation::SchemeNotAllowed { scheme, native: kind == ApplicationKind::Native });
    } else if kind == ApplicationKind::Web {
        found.push(Violation::PrivateSchemeNeedsNativeApp { scheme });
    } else if !is_reversed_domain(&scheme) {
        found.push(Violation::PrivateSchemeName { scheme });
    } else if url.cannot_be_a_base() || url.has_authority() || url.path().starts_with("//") {
        found.push(Violation::PrivateSchemeSlash { scheme });
    }
}

/// Exactly `http://127.0.0.1` and `http://[::1]`: RFC 8252 §8.3 advises against `localhost`, which
/// may listen on another interface.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
            _ => false,
        }
}

/// RFC 8252 §7.1: the scheme must be based on a domain name under the app maker's control.
fn is_reversed_domain(scheme: &str) -> bool {
    let labels: Vec<&str> = scheme.rsplit('.').collect();
    let host_like = labels
        .iter()
        .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let domain = labels.join(".");
    host_like
        && psl::suffix(domain.as_bytes())
            .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() != domain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_must_begin_with_a_public_suffix() {
        for scheme in ["com.example.app", "io.github.someone", "uk.co.example", "dev.example"] {
            assert!(is_reversed_domain(scheme), "{scheme}");
        }
        for scheme in ["myapp.callback", "soap.beep", "com.", "com..app", "web+com.example", "uk.co", "z39.50r"] {
            assert!(!is_reversed_domain(scheme), "{scheme}");
        }
    }

    #[test]
    fn only_two_addresses_are_loopback() {
        for (text, expected) in [
            ("http://127.0.0.1/cb", true),
            ("http://[::1]:8080/cb", true),
            ("http://127.0.0.2/cb", false),
            ("http://[::ffff:127.0.0.1]/cb", false),
            ("http://localhost/cb", false),
            ("https://127.0.0.1/cb", false),
        ] {
            let url = Url::parse(text).expect("the test's URL parses");
            assert_eq!(is_loopback(&url), expected, "{text}");
        }
    }
}
