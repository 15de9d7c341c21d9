//! Rule 1: refuse what WHATWG parsing does not serialise back to the same bytes.
//!
//! This one comparison stops upper case, default ports, dot segments, backslashes, tabs, octal, hex
//! and short addresses, U-labels, full-width forms and missing slashes: everything that two parsers
//! could read as two hosts.

use url::{ParseError, Url};

use super::Violation;

/// The parsed URL, if the text is one; differences from its canonical form are found violations.
pub(super) fn check(text: &str, found: &mut Vec<Violation>) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) => {
            if url.as_str() != text {
                found.push(Violation::NotCanonical { canonical: url.as_str().to_owned() });
            }
            Some(url)
        }
        Err(error) => {
            found.push(explain(error));
            None
        }
    }
}

fn explain(error: ParseError) -> Violation {
    let reason = match error {
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            return Violation::InternationalName;
        }
        ParseError::RelativeUrlWithoutBase => "it has no scheme. Begin with `https://`",
        ParseError::EmptyHost => "it names no host. Write `https://`, your host and a path",
        ParseError::InvalidPort => "the port must be a number from 1 to 65535",
        ParseError::InvalidIpv4Address => "the host ends in a number but is no IPv4 address. Use a public host name",
        ParseError::InvalidIpv6Address => {
            "what stands in brackets is no IPv6 address (zones such as `%eth0` are not taken)"
        }
        _ => "it cannot be read. Write `https://`, your host and a path",
    };
    Violation::NotAbsoluteUrl { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_of(text: &str) -> Option<String> {
        let mut found = Vec::new();
        check(text, &mut found);
        match found.pop() {
            Some(Violation::NotCanonical { canonical }) => Some(canonical),
            _ => None,
        }
    }

    #[test]
    fn what_is_not_written_as_browsers_write_it_is_shown_as_they_do() {
        for (text, canonical) in [
            ("HTTPS://App.Example.COM/Cb", "https://app.example.com/Cb"),
            ("https://app.example.com", "https://app.example.com/"),
            ("https://app.example.com:443/cb", "https://app.example.com/cb"),
            ("https://app.example.com/a/../cb", "https://app.example.com/cb"),
            ("https://app.example.com/a/%2e%2E/cb", "https://app.example.com/cb"),
            ("https://app.example.com\\@evil.example.net/", "https://app.example.com/@evil.example.net/"),
            ("https://app.exa\tmple.com/cb", "https://app.example.com/cb"),
            (" https://app.example.com/cb\n", "https://app.example.com/cb"),
            ("https://bücher.example.com/cb", "https://xn--bcher-kva.example.com/cb"),
            ("https://ａpp．example。com/cb", "https://app.example.com/cb"),
            ("https://0x7f.1/cb", "https://127.0.0.1/cb"),
            ("https://app.example.com/ü", "https://app.example.com/%C3%BC"),
        ] {
            assert_eq!(canonical_of(text).as_deref(), Some(canonical), "{text:?}");
        }
    }

    #[test]
    fn a_text_in_canonical_form_passes() {
        let mut found = Vec::new();
        assert!(check("https://app.example.com/cb?x=%2F", &mut found).is_some());
        assert_eq!(found, []);
    }
}
