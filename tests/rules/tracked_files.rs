//! What no tracked file may hold: a private key, or a path of one machine.

use std::fs;
use std::path::Path;
use std::process::Command;

const KEY_BEGINS: &str = concat!("-----", "BEGIN ");
const KEY_HEADER_ENDS: &str = concat!("PRIVATE ", "KEY-----");
/// A header without a body is only spoken of.
const BODY_OF_A_KEY: usize = 32;
const KEY_FILES: [&str; 4] = ["key", "p12", "pfx", "jks"];
/// Folders in which somebody works on some machine; in pieces, so as not to find themselves.
const PLACES: [&str; 4] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// What is wrong with the files that git tracks, a sentence each.
pub(crate) fn broken() -> Vec<String> {
    let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(top).output();
    let listed = listed.unwrap_or_else(|e| panic!("git is needed to list the tracked files: {e}"));
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8_lossy(&listed.stdout).into_owned();
    names
        .split_terminator('\0')
        // One that is deleted and not yet committed cannot be read, and holds nothing.
        .filter_map(|name| Some((name, fs::read(top.join(name)).ok()?)))
        .flat_map(|(name, bytes)| broken_in(name, &String::from_utf8_lossy(&bytes)))
        .collect()
}

fn broken_in(name: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let extension = Path::new(name).extension().unwrap_or_default();
    if KEY_FILES.iter().any(|key| extension.eq_ignore_ascii_case(key)) {
        broken.push(format!("{name} is named like a private key: keys are made where they are used"));
    }
    for (at, _) in text.match_indices(KEY_BEGINS).filter(|(at, _)| begins_a_key(&text[*at..])) {
        let number = text[..at].matches('\n').count() + 1;
        broken.push(format!("{name}:{number} holds a private key: keys are made where they are used"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(place) = PLACES.iter().find(|place| names_a_place(line, place)) {
            broken.push(format!("{name}:{number} names a path of one machine ({place}…)"));
        }
    }
    broken
}

/// Whether the header is that of a private key, and a body follows: on lines, or as `\n` in a string.
fn begins_a_key(text: &str) -> bool {
    let Some((_, header)) = text.split_once(KEY_BEGINS) else { return false };
    let Some((label, body)) = header.split_once(KEY_HEADER_ENDS) else { return false };
    let body = body.replace("\\n", "\n").replace("\\r", "");
    let is_base64 = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
    let length = body.chars().filter(|c| !c.is_whitespace() && *c != '"' && *c != '\\').take_while(is_base64).count();
    label.chars().all(|c| c.is_ascii_uppercase() || c == ' ') && length >= BODY_OF_A_KEY
}

/// Whether the place stands at the beginning of a path, and not within a longer one or in a URL.
fn names_a_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_.-/~}>*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_private_key_is_found_on_lines_and_in_a_string() {
        for kind in ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "] {
            for (left, right) in [("\n", "\n"), ("\\n", "\\n"), ("\\n\" \\\n  \"", "\"")] {
                let key = format!("first line\n{KEY_BEGINS}{kind}{KEY_HEADER_ENDS}{left}{BODY}{right}");
                let broken = broken_in("certs/a.txt", &key);
                assert_eq!(broken.len(), 1, "{key}");
                assert!(broken[0].starts_with("certs/a.txt:2 holds a private key"), "{broken:?}");
            }
        }
    }

    #[test]
    fn a_certificate_and_a_header_that_is_only_spoken_of_are_not_private_keys() {
        let certificate = format!("{KEY_BEGINS}CERTIFICATE-----\n{BODY}\n");
        let spoken_of = format!("if text.contains(\"{KEY_BEGINS}{KEY_HEADER_ENDS}\") {{ refuse(); }}");
        assert!(broken_in("a", &certificate).is_empty());
        assert!(broken_in("a", &spoken_of).is_empty());
        assert!(broken_in("a", &(certificate + &spoken_of)).is_empty());
    }

    #[test]
    fn a_file_named_like_a_key_is_found() {
        assert_eq!(broken_in("certs/server.key", "").len(), 1);
        assert!(broken_in("crates/domain/src/key.rs", "").is_empty());
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for place in PLACES {
            let broken = broken_in("README.md", &format!("fine\nsee {place}someone/notes"));
            assert_eq!(broken, [format!("README.md:2 names a path of one machine ({place}…)")]);
        }
    }

    #[test]
    fn the_same_word_within_a_longer_path_or_a_url_is_fine() {
        for place in PLACES {
            for before in ["https://example.com", "..", "$FOLDER}", "/var", "~"] {
                let line = format!("{before}{place}someone");
                assert!(broken_in("README.md", &line).is_empty(), "{line}");
            }
        }
    }
}
