//! Rule 2: parts that a callback URL may not have, because a server, a browser or the reader of the
//! answer would take them for something else.

use percent_encoding::percent_decode_str;
use url::Url;

use super::Violation;

/// Names that an authorization answer carries (RFC 6749 §4.1.2, RFC 9207, JARM and `OpenID` Connect);
/// in the callback's own query they would let its owner read one value and an attacker another.
const ANSWER_PARAMETERS: [&str; 12] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "session_state",
    "state",
    "token_type",
];

/// Escapes that servers decode before or after they split the path.
const HIDDEN: [u8; 5] = [0x00, b'\n', b'\r', b'/', b'\\'];

/// `text` is what was typed, `url` its canonical form.
pub(super) fn check(text: &str, url: &Url, found: &mut Vec<Violation>) {
    if !url.username().is_empty() || url.password().is_some() {
        found.push(Violation::UserInfo);
    }
    // RFC 6749 §3.1.2: the endpoint URI MUST NOT include a fragment component.
    if url.fragment().is_some() {
        found.push(Violation::Fragment);
    }
    // Looked for in what was typed: the canonical form of `{tenant}` is `%7Btenant%7D`.
    if let Some(character) = text.chars().find(|c| "*{}<>".contains(*c)) {
        found.push(Violation::Placeholder { character });
    }
    check_characters(url, found);
    check_path(url.path(), found);
    check_query(url, found);
    if url.port() == Some(0) {
        found.push(Violation::PortZero);
    }
}

/// RFC 6749 §3.1.2: an absolute URI as RFC 3986 defines it; WHATWG parsers let more pass.
fn check_characters(url: &Url, found: &mut Vec<Violation>) {
    let part = [url.path(), url.query().unwrap_or_default()];
    let mut characters = part.iter().flat_map(|part| part.chars());
    let placeholders = "*{}<>";
    if let Some(character) = characters.find(|c| !is_uri_character(*c) && !placeholders.contains(*c)) {
        found.push(Violation::NotUriCharacter { character });
    }
    if part.iter().any(|part| escapes(part).any(|byte| byte.is_none())) {
        found.push(Violation::MalformedEscape);
    }
}

fn check_path(path: &str, found: &mut Vec<Violation>) {
    for (position, _) in path.match_indices('%') {
        let Some(escape) = path.get(position..position + 3) else {
            continue;
        };
        let hidden = percent_decode_str(escape).next().is_some_and(|byte| HIDDEN.contains(&byte));
        // `%25` and two digits: decoded twice, it hides anything.
        let doubled = escape == "%25"
            && path
                .as_bytes()
                .get(position + 3..position + 5)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if hidden || doubled {
            found.push(Violation::HiddenCharacter { escape: escape.to_owned() });
            break;
        }
    }
    // Rule 1 removed plain dot segments; servers that strip `;parameters` make new ones.
    let stepping = path.split('/').find(|segment| {
        let name = segment.split(';').next().unwrap_or_default();
        let name = name.to_ascii_lowercase().replace("%2e", ".");
        name == "." || name == ".."
    });
    if let Some(segment) = stepping {
        found.push(Violation::DotSegment { segment: segment.to_owned() });
    }
}

fn check_query(url: &Url, found: &mut Vec<Violation>) {
    // Without case, since some frameworks look parameters up without it.
    let taken =
        url.query_pairs().find(|(name, _)| ANSWER_PARAMETERS.iter().any(|taken| taken.eq_ignore_ascii_case(name)));
    if let Some((name, _)) = taken {
        found.push(Violation::AnswerParameter { name: name.into_owned() });
    }
}

/// RFC 3986 §2.2, §2.3 and the percent sign; brackets belong to the host alone.
fn is_uri_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?%".contains(character)
}

/// The bytes that the escapes of a part stand for; `None` for a `%` without two digits.
fn escapes(part: &str) -> impl Iterator<Item = Option<u8>> {
    part.split('%').skip(1).map(|after| {
        let digits = after.get(..2)?;
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u8::from_str_radix(digits, 16).ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        let url = Url::parse(text).expect("the test's URL parses");
        check(text, &url, &mut found);
        found.iter().map(Violation::code).collect()
    }

    #[test]
    fn every_escape_that_hides_a_character_is_found_in_either_case() {
        for escape in ["%00", "%0a", "%0A", "%0d", "%0D", "%2f", "%2F", "%5c", "%5C", "%252e", "%2500"] {
            let text = format!("https://app.example.com/a{escape}b");
            assert_eq!(codes(&text), ["hidden_character"], "{escape}");
        }
    }

    #[test]
    fn escapes_that_hide_nothing_pass() {
        for path in ["%C3%BC", "%20", "100%25", "a%25zz", "%41"] {
            let text = format!("https://app.example.com/{path}");
            assert_eq!(codes(&text), [""; 0], "{path}");
        }
    }

    #[test]
    fn every_name_of_an_answer_is_refused_however_it_is_written() {
        for name in ANSWER_PARAMETERS {
            for query in [format!("{name}=x"), format!("a=b&{}", name.to_uppercase())] {
                let text = format!("https://app.example.com/cb?{query}");
                assert_eq!(codes(&text), ["answer_parameter"], "{text}");
            }
        }
        assert_eq!(codes("https://app.example.com/cb?c%6Fde=x"), ["answer_parameter"]);
        assert_eq!(codes("https://app.example.com/cb?coder=x&st=1"), [""; 0]);
    }
}
