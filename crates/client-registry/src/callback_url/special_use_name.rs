//! Host names that the public DNS does not resolve, or not for everybody alike: IANA's special-use
//! domain names (RFC 6761) and endings that private networks use.
//!
//! `example.com`, `example.net` and `example.org` are special-use names too, but they resolve
//! publicly and point to nobody's machine, and half of all documentation uses them: they pass.

/// An ending that is kept for special use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SpecialUse {
    /// The ending, without its leading dot.
    pub(super) suffix: &'static str,
    /// What it is kept for.
    pub(super) purpose: &'static str,
}

/// The special ending of a host name, if it has one.
pub(super) fn special_use(host: &str) -> Option<SpecialUse> {
    SPECIAL_USE
        .iter()
        .find(|(suffix, _)| is_under(host, suffix))
        .map(|&(suffix, purpose)| SpecialUse { suffix, purpose })
}

/// Whether `host` is `suffix` or a name below it.
pub(super) fn is_under(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

const SPECIAL_USE: [(&str, &str); 17] = [
    ("alt", "names outside the DNS"),
    ("home.arpa", "home networks"),
    ("arpa", "the DNS's own infrastructure"),
    ("corp", "private networks"),
    ("example", "documentation"),
    ("home", "private networks"),
    ("internal", "private networks"),
    ("intranet", "private networks"),
    ("invalid", "names that never resolve"),
    ("lan", "private networks"),
    ("local", "multicast DNS on one network"),
    ("localdomain", "the machine itself"),
    ("localhost", "the machine itself"),
    ("mail", "private networks"),
    ("onion", "Tor"),
    ("private", "private networks"),
    ("test", "testing"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_and_under_a_special_ending_are_special() {
        for (host, suffix) in [
            ("router.local", "local"),
            ("metadata.google.internal", "internal"),
            ("api.default.svc.cluster.local", "local"),
            ("printer.home.arpa", "home.arpa"),
            ("1.0.0.127.in-addr.arpa", "arpa"),
            ("app.test", "test"),
            ("test", "test"),
        ] {
            assert_eq!(special_use(host).map(|special| special.suffix), Some(suffix), "{host}");
        }
    }

    #[test]
    fn a_name_that_only_ends_with_the_same_letters_is_not() {
        for host in ["app.mylocal", "latest.com", "test.example.com", "contest"] {
            assert_eq!(special_use(host), None, "{host}");
        }
    }
}
