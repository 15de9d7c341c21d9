//! Text that people read later on pages that ask for trust: length, and no character that changes what they see.

use url::{Host, Url};

use crate::RegistryError;

/// Characters that reorder or hide the text around them.
const INVISIBLE: &[char] = &[
    '\u{200b}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2060}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{feff}',
];

/// One line of `shortest` to `longest` characters, without space around it.
pub(crate) fn line(field: &'static str, text: &str, shortest: usize, longest: usize) -> Result<String, RegistryError> {
    let text = text.trim();
    let invalid = |problem: String| Err(RegistryError::Invalid { field, problem });
    let length = text.chars().count();
    if length < shortest || length > longest {
        let characters = if length == 1 { "character" } else { "characters" };
        return invalid(format!("has {length} {characters}; write {shortest} to {longest}"));
    }
    if text.chars().any(|character| character.is_control() || INVISIBLE.contains(&character)) {
        return invalid("has a line break or an invisible character; write it without".to_owned());
    }
    Ok(text.to_owned())
}

/// An e-mail address in the form in which it is compared: lower case.
///
/// Only what every mail address has is checked; whether it works is found out by sending mail to it.
pub(crate) fn email(field: &'static str, text: &str) -> Result<String, RegistryError> {
    let text = line(field, text, 3, 254)?.to_lowercase();
    let well_formed = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"'))
    });
    if well_formed {
        Ok(text)
    } else {
        Err(RegistryError::Invalid { field, problem: "is not an e-mail address; write name@host".to_owned() })
    }
}

/// The address of a web page that people are led to: `https` at a named host, in the form in which browsers write it.
pub(crate) fn web_page(field: &'static str, text: &str) -> Result<String, RegistryError> {
    const LONGEST: usize = 500;
    let text = line(field, text, 1, LONGEST)?;
    let url = Url::parse(&text).ok().filter(|url| {
        let is_named = matches!(url.host(), Some(Host::Domain(host)) if host.contains('.'));
        url.scheme() == "https" && is_named && url.username().is_empty() && url.password().is_none()
    });
    let problem = "is not the address of a web page; write it whole, as https://example.com/about";
    url.map(String::from).ok_or_else(|| RegistryError::invalid(field, problem))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_turn_the_words_around_it() {
        assert!(line("name", "Report \u{202e}toB", 3, 60).is_err());
        assert!(line("name", "Report\nBot", 3, 60).is_err());
        assert!(line("name", "  ab ", 3, 60).is_err(), "space around it does not count");
        let short = line("name", "a", 3, 60).map_err(|error| error.to_string());
        assert_eq!(short, Err("name has 1 character; write 3 to 60".to_owned()));
        assert_eq!(line("name", " Report Bot ", 3, 60).expect("a good name"), "Report Bot");
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(email("email", "Ana@Acme.Test").expect("an address"), "ana@acme.test");
        for wrong in ["ana", "@acme.test", "ana@", "a b@acme.test", "ana@b@c", "Ana <ana@acme.test>", "ana@.test"] {
            assert!(email("email", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn people_are_led_to_web_pages_of_named_hosts_alone() {
        assert_eq!(web_page("home page", " https://Bots.Test ").expect("a page"), "https://bots.test/");
        for wrong in [
            "bots.test",
            "http://bots.test/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@bots.test/",
            "https://bots.test@127.0.0.1/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://",
            "",
        ] {
            assert!(web_page("home page", wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text: String) {
            if let Ok(page) = web_page("home page", &text) {
                prop_assert!(page.starts_with("https://"));
            }
            let _ = line("name", &text, 3, 60);
            if let Ok(address) = email("email", &text) {
                prop_assert_eq!(email("email", &address).ok(), Some(address));
            }
        }
    }
}
