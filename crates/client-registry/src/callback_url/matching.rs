//! Rule 5: whether a presented `redirect_uri` is a registered one. Bytes are compared; nothing is
//! parsed, decoded or folded.

use domain::{ApplicationKind, CallbackUrl};

/// The beginnings after which a native app's port may be any (RFC 8252 §7.3).
const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Where the answer to a request with `presented` goes: the registered URL that it matches, with the
/// port that a native app listens on at the moment. `None` when it matches none.
#[must_use]
pub fn callback_for(registered: &[CallbackUrl], kind: ApplicationKind, presented: &str) -> Option<CallbackUrl> {
    registered.iter().any(|callback| matches(callback, kind, presented)).then(|| CallbackUrl::accepted(presented))
}

/// Whether `presented` is the registered URL of an app of this kind, byte for byte.
///
/// RFC 8252 §7.3: a native app's loopback address matches with any port, since the app takes the
/// port that the operating system gives it when it starts to listen.
#[must_use]
pub fn matches(registered: &CallbackUrl, kind: ApplicationKind, presented: &str) -> bool {
    if registered.as_str() == presented {
        return true;
    }
    match (loopback_without_port(registered.as_str(), kind), split_loopback(presented)) {
        (Some(registered), Some(presented)) => registered == presented,
        _ => false,
    }
}

/// Beginning and rest around the port, for a URL whose port may be any.
pub(super) fn loopback_without_port(registered: &str, kind: ApplicationKind) -> Option<(&'static str, &str)> {
    if kind == ApplicationKind::Native { split_loopback(registered) } else { None }
}

fn split_loopback(text: &str) -> Option<(&'static str, &str)> {
    let (beginning, rest) = LOOPBACK.iter().find_map(|beginning| Some((*beginning, text.strip_prefix(beginning)?)))?;
    let Some(after_colon) = rest.strip_prefix(':') else {
        return rest.starts_with('/').then_some((beginning, rest));
    };
    let slash = after_colon.find('/')?;
    let (port, rest) = after_colon.split_at_checked(slash)?;
    is_port(port).then_some((beginning, rest))
}

/// A number from 1 to 65535, written without sign or leading zeros.
pub(super) fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::slice;

    use domain::ApplicationKind::{Native, Web};

    use super::*;

    #[test]
    fn nothing_but_the_same_bytes_matches() {
        let callback = CallbackUrl::accepted("https://app.example.com/cb?a=%2Fb");
        assert!(matches(&callback, Web, "https://app.example.com/cb?a=%2Fb"));
        for presented in [
            "https://app.example.com/cb?a=%2fb",
            "https://app.example.com/cb?a=/b",
            "https://app.example.com/cb/?a=%2Fb",
            "https://app.example.com:443/cb?a=%2Fb",
            "https://APP.example.com/cb?a=%2Fb",
            "https://app.example.com/cb?a=%2Fb#",
            "https://app.example.com/cb?a=%2Fb&c",
            "https://app.example.com/cb",
            "http://app.example.com/cb?a=%2Fb",
            "https://app.example.com@evil.example.net/cb?a=%2Fb",
            "https://app.example.com/cb/../cb?a=%2Fb",
            " https://app.example.com/cb?a=%2Fb",
            "https://app.example.com/cb?a=%2Fb\n",
            "",
        ] {
            assert!(!matches(&callback, Web, presented), "{presented:?}");
        }
    }

    #[test]
    fn a_native_loopback_address_matches_with_any_port() {
        for (text, others) in [
            ("http://127.0.0.1/cb", ["http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"]),
            ("http://127.0.0.1:5000/cb", ["http://127.0.0.1/cb", "http://127.0.0.1:5001/cb"]),
            ("http://[::1]/cb", ["http://[::1]:8080/cb", "http://[::1]:80/cb"]),
        ] {
            let callback = CallbackUrl::accepted(text);
            for presented in others {
                assert!(matches(&callback, Native, presented), "{presented}");
                let answered = callback_for(slice::from_ref(&callback), Native, presented).expect("it matches");
                assert_eq!(answered.as_str(), presented);
            }
        }
    }

    #[test]
    fn nothing_else_of_a_loopback_address_may_differ() {
        let callback = CallbackUrl::accepted("http://127.0.0.1:5000/cb");
        for presented in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:05000/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:5000/cb/",
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:5000/cb?x",
            "http://127.0.0.1:5000@evil.example.net/cb",
            "http://127.0.0.1:80@evil.example.net:80/cb",
            "http://127.0.0.1.evil.example.net/cb",
            "http://127.0.0.1evil.example.net/cb",
            "http://127.0.0.1:5000",
            "http://127.0.0.2:5000/cb",
            "http://localhost:5000/cb",
            "http://[::1]:5000/cb",
            "https://127.0.0.1:5000/cb",
            "HTTP://127.0.0.1:5000/cb",
        ] {
            assert!(!matches(&callback, Native, presented), "{presented}");
        }
    }

    #[test]
    fn a_web_app_has_no_free_port() {
        let callback = CallbackUrl::accepted("http://127.0.0.1:5000/cb");
        assert!(matches(&callback, Web, "http://127.0.0.1:5000/cb"));
        assert!(!matches(&callback, Web, "http://127.0.0.1:5001/cb"));
    }

    #[test]
    fn a_host_that_begins_like_a_loopback_address_has_no_free_port() {
        let callback = CallbackUrl::accepted("http://127.0.0.1.example.com:81/cb");
        assert!(!matches(&callback, Native, "http://127.0.0.1.example.com:82/cb"));
    }
}
