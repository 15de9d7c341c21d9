//! Rule 3, the host: a name that the public internet can resolve, or a public address.
//!
//! "Publicly accessible" is a property of the name: nothing is looked up and nothing is connected to.

use std::net::IpAddr;

use domain::ApplicationKind;
use url::{Host, Url};

use super::{CallbackPolicy, Violation};
use super::{address, international_name, scheme, special_use_name};

/// RFC 1035 §2.3.4.
const MAX_LABEL: usize = 63;
/// RFC 1035 §2.3.4, without the length byte of the first label and the root.
const MAX_NAME: usize = 253;

pub(super) fn check(url: &Url, kind: ApplicationKind, policy: &CallbackPolicy, found: &mut Vec<Violation>) {
    let is_http = matches!(url.scheme(), "http" | "https");
    let is_native_loopback = kind == ApplicationKind::Native && scheme::is_loopback(url);
    if !is_http || is_native_loopback {
        return;
    }
    let must_be_public = !policy.takes_host(url);
    match url.host() {
        Some(Host::Domain(host)) => check_name(host, must_be_public, found),
        Some(Host::Ipv4(address)) if must_be_public => check_address(address.into(), found),
        Some(Host::Ipv6(address)) if must_be_public => check_address(address.into(), found),
        _ => {}
    }
}

fn check_address(address: IpAddr, found: &mut Vec<Violation>) {
    if let Some(special) = address::special_purpose(address) {
        found.push(Violation::SpecialPurposeAddress { address, range: special.range, folded: special.folded });
    }
}

fn check_name(host: &str, must_be_public: bool, found: &mut Vec<Violation>) {
    let without = host.strip_suffix('.').unwrap_or(host);
    if without != host {
        found.push(Violation::TrailingDot { without: without.to_owned() });
    }
    if let Some(problem) = malformation(without) {
        found.push(Violation::MalformedHostName { problem });
    } else if international_name::is_international(without) && international_name::read(without).is_none() {
        found.push(Violation::InternationalName);
    } else if must_be_public {
        found.extend(not_public(without));
    }
}

fn malformation(host: &str) -> Option<&'static str> {
    let host_character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if host.len() > MAX_NAME {
        Some("it is longer than 253 characters")
    } else if host.split('.').any(str::is_empty) {
        Some("two dots follow each other or it begins with one")
    } else if host.split('.').any(|label| label.len() > MAX_LABEL) {
        Some("a part between dots is longer than 63 characters")
    } else if !host.split('.').all(|label| label.bytes().all(host_character)) {
        Some("host names have only letters, digits, hyphens and dots")
    } else {
        None
    }
}

fn not_public(host: &str) -> Option<Violation> {
    if special_use_name::is_under(host, "localhost") {
        return Some(Violation::Localhost { host: host.to_owned() });
    }
    let Some((_, top_level)) = host.rsplit_once('.') else {
        return Some(Violation::SingleLabel { host: host.to_owned() });
    };
    if let Some(special) = special_use_name::special_use(host) {
        return Some(Violation::SpecialUseName { suffix: special.suffix, purpose: special.purpose });
    }
    let suffix = psl::suffix(host.as_bytes())?;
    if !suffix.is_known() {
        return Some(Violation::UnknownTopLevel { top_level: top_level.to_owned() });
    }
    (suffix.as_bytes() == host.as_bytes()).then(|| Violation::BarePublicSuffix { host: host.to_owned() })
}
