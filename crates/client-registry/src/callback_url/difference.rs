//! In which part a presented `redirect_uri` differs from the closest registered one, in words that
//! an error page may show to anybody: they name the part and never the registered value.

use std::fmt;

use domain::{ApplicationKind, CallbackUrl};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::matching::{is_port, loopback_without_port, matches};

/// A part of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Before the first colon.
    Scheme,
    /// Name or address, with anything that stands before it.
    Host,
    /// After the host; left out is another port than one written out.
    Port,
    /// From the host to the query.
    Path,
    /// After `?`.
    Query,
    /// After `#`.
    Fragment,
}

/// How two URLs differ in a part that is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The part is another one.
    Component(Component),
    /// The path has, or lacks, a slash at its end.
    TrailingSlash,
    /// Only capital and small letters of the part differ.
    LetterCase(Component),
    /// Only what is percent-encoded in the part differs.
    PercentEncoding(Component),
}

/// What an error page can say of a `redirect_uri` that was refused. `Display` is for everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosestDifference {
    /// The app has no callback URL.
    NothingRegistered,
    /// One of the registered URLs matches.
    Same,
    /// None matches.
    Differs {
        /// How many URLs are registered.
        registered: usize,
        /// Which of them is closest; only for people who may see the app.
        closest: usize,
        /// Every difference from that one, in the order in which a URL is read.
        differences: Vec<Difference>,
    },
}

/// Compares `presented` with every registered URL and explains the closest.
#[must_use]
pub fn closest_difference(registered: &[CallbackUrl], kind: ApplicationKind, presented: &str) -> ClosestDifference {
    if registered.iter().any(|callback| matches(callback, kind, presented)) {
        return ClosestDifference::Same;
    }
    let closest = registered
        .iter()
        .enumerate()
        .filter_map(|(index, callback)| {
            let differences = differences(callback, kind, presented);
            if differences.is_empty() {
                return None;
            }
            let distance: u32 = differences.iter().map(|difference| weight(*difference)).sum();
            let unlike = usize::MAX - common_prefix(callback.as_str(), presented);
            Some((distance, unlike, index, differences))
        })
        .min_by_key(|(distance, unlike, index, _)| (*distance, *unlike, *index));
    match closest {
        None => ClosestDifference::NothingRegistered,
        Some((_, _, closest, differences)) => {
            ClosestDifference::Differs { registered: registered.len(), closest, differences }
        }
    }
}

/// All differences, in the order in which a URL is read.
fn differences(registered: &CallbackUrl, kind: ApplicationKind, presented: &str) -> Vec<Difference> {
    let (own, mut other) = (Parts::of(registered.as_str()), Parts::of(presented));
    let free_port = loopback_without_port(registered.as_str(), kind).is_some();
    if free_port && other.port.is_none_or(is_port) {
        other.port = own.port;
    }
    [
        (Component::Scheme, own.scheme, other.scheme),
        (Component::Host, own.host, other.host),
        (Component::Port, own.port, other.port),
        (Component::Path, Some(own.path), Some(other.path)),
        (Component::Query, own.query, other.query),
        (Component::Fragment, own.fragment, other.fragment),
    ]
    .into_iter()
    .filter(|(_, own, other)| own != other)
    .map(|(component, own, other)| match (own, other) {
        (Some(own), Some(other)) => classify(component, own, other),
        // A part that is left out is not the same as an empty one.
        _ => Difference::Component(component),
    })
    .collect()
}

fn classify(component: Component, own: &str, other: &str) -> Difference {
    // Before the letter case: `%2F` and `%2f` differ in letters, but decode to the same.
    if percent_decode_str(own).eq(percent_decode_str(other)) {
        return Difference::PercentEncoding(component);
    }
    if own.eq_ignore_ascii_case(other) {
        return Difference::LetterCase(component);
    }
    let one_slash = own.strip_suffix('/') == Some(other) || other.strip_suffix('/') == Some(own);
    if component == Component::Path && one_slash {
        return Difference::TrailingSlash;
    }
    Difference::Component(component)
}

/// Another host is further away than everything else together.
fn weight(difference: Difference) -> u32 {
    match difference {
        Difference::Component(Component::Host) => 64,
        Difference::Component(Component::Scheme | Component::Path) => 16,
        Difference::Component(Component::Port) => 8,
        Difference::Component(Component::Query) => 4,
        Difference::Component(Component::Fragment) => 2,
        Difference::TrailingSlash | Difference::LetterCase(_) | Difference::PercentEncoding(_) => 1,
    }
}

fn common_prefix(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

/// A URL cut at its delimiters and nothing else (RFC 3986 appendix B), so that any text has parts.
struct Parts<'a> {
    scheme: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after)) if !scheme.contains('/') => (Some(scheme), after),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        let (host, port) = match authority.and_then(|authority| authority.rsplit_once(':')) {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (Some(host), Some(port)),
            _ => (authority, None),
        };
        Self { scheme, host, port, path, query, fragment }
    }
}

fn cut(text: &str, delimiter: char) -> (&str, Option<&str>) {
    match text.split_once(delimiter) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

impl Component {
    fn words(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Host => "host",
            Self::Port => "port",
            Self::Path => "path",
            Self::Query => "query",
            Self::Fragment => "fragment",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component(component) => formatter.write_str(component.words()),
            Self::TrailingSlash => formatter.write_str("trailing slash"),
            Self::LetterCase(component) => {
                write!(formatter, "letter case of the {}", component.words())
            }
            Self::PercentEncoding(component) => {
                write!(formatter, "percent-encoding of the {}", component.words())
            }
        }
    }
}

impl fmt::Display for ClosestDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingRegistered => formatter.write_str("No callback URL is registered."),
            Self::Same => formatter.write_str("This callback URL is registered."),
            Self::Differs { registered, differences, .. } => {
                match registered {
                    1 => formatter.write_str("1 URL is registered; it differs in: ")?,
                    many => write!(formatter, "{many} URLs are registered; the closest differs in: ")?,
                }
                for (index, difference) in differences.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str(", ")?;
                    }
                    difference.fmt(formatter)?;
                }
                formatter.write_str(".")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(texts: &[&str]) -> Vec<CallbackUrl> {
        texts.iter().map(|text| CallbackUrl::accepted(*text)).collect()
    }

    fn explained(texts: &[&str], presented: &str) -> String {
        closest_difference(&registered(texts), ApplicationKind::Native, presented).to_string()
    }

    #[test]
    fn each_part_is_named() {
        for (presented, words) in [
            ("http://app.example.com/a/cb?x=%2Fy", "scheme"),
            ("/a/cb?x=%2Fy", "scheme, host"),
            ("", "scheme, host, path, query"),
            ("http://evil.example:8080/cb?x=%2Fy#f", "scheme, host, port, path, fragment"),
            ("https://app.example.net/a/cb?x=%2Fy", "host"),
            ("https://app.example.com@evil.example.net/a/cb?x=%2Fy", "host"),
            ("https://app.example.com:443/a/cb?x=%2Fy", "port"),
            ("https://app.example.com:/a/cb?x=%2Fy", "port"),
            ("https://app.example.com/b/cb?x=%2Fy", "path"),
            ("https://app.example.com/a/cb//?x=%2Fy", "path"),
            ("https://app.example.com/a/cb/?x=%2Fy", "trailing slash"),
            ("https://app.example.com/a/cb", "query"),
            ("https://app.example.com/a/cb?x=%2Fz", "query"),
            ("https://app.example.com/a/cb?x=%2Fy#", "fragment"),
            ("https://app.example.com/A/cb?x=%2Fy", "letter case of the path"),
            ("https://App.example.com/a/cb?x=%2Fy", "letter case of the host"),
            ("HTTPS://app.example.com/a/cb?x=%2Fy", "letter case of the scheme"),
            ("https://app.example.com/%61/cb?x=%2Fy", "percent-encoding of the path"),
            ("https://app.example.com/a/cb?x=%2fy", "percent-encoding of the query"),
            ("https://app.example.com/a/cb?x=/y", "percent-encoding of the query"),
        ] {
            assert_eq!(
                explained(&["https://app.example.com/a/cb?x=%2Fy"], presented),
                format!("1 URL is registered; it differs in: {words}."),
                "{presented}"
            );
        }
    }

    #[test]
    fn the_closest_url_is_explained() {
        let texts =
            ["https://app.example.net/callback", "https://app.example.com/other", "https://app.example.com/callback/"];
        assert_eq!(
            closest_difference(&registered(&texts), ApplicationKind::Native, "https://app.example.com/callback"),
            ClosestDifference::Differs { registered: 3, closest: 2, differences: vec![Difference::TrailingSlash] }
        );
        assert_eq!(
            explained(&texts, "https://app.example.com/callback"),
            "3 URLs are registered; the closest differs in: trailing slash."
        );
    }

    #[test]
    fn of_two_as_close_the_more_alike_is_explained() {
        let texts = ["https://app.example.com/a/b", "https://app.example.com/callback"];
        let ClosestDifference::Differs { closest, .. } =
            closest_difference(&registered(&texts), ApplicationKind::Native, "https://app.example.com/callbacks")
        else {
            panic!("no URL matches");
        };
        assert_eq!(closest, 1);
    }

    #[test]
    fn another_host_is_further_away_than_everything_else() {
        let texts = ["https://app.example.net/cb", "http://app.example.com:8080/other?x"];
        assert_eq!(
            closest_difference(&registered(&texts), ApplicationKind::Native, "https://app.example.com/cb"),
            ClosestDifference::Differs {
                registered: 2,
                closest: 1,
                differences: [Component::Scheme, Component::Port, Component::Path, Component::Query]
                    .map(Difference::Component)
                    .to_vec(),
            }
        );
    }

    #[test]
    fn nothing_registered_and_a_match_are_said() {
        let url = "https://app.example.com/cb";
        assert_eq!(closest_difference(&[], ApplicationKind::Native, url), ClosestDifference::NothingRegistered);
        assert_eq!(closest_difference(&registered(&[url]), ApplicationKind::Native, url), ClosestDifference::Same);
    }

    #[test]
    fn the_free_port_of_a_loopback_address_is_no_difference() {
        let loopback = ["http://127.0.0.1:5000/cb"];
        assert!(explained(&loopback, "http://127.0.0.1:6000/cb/").contains("trailing slash"));
        assert!(explained(&loopback, "http://127.0.0.1:0/cb").contains("port"));
        assert!(explained(&loopback, "http://localhost:5000/cb").contains("host"));
        let private = ["com.example.app:/cb"];
        assert!(explained(&private, "com.example.other:/cb").contains("scheme"));
        assert!(explained(&private, "com.example.app:/cb2").contains("path"));
    }
}
