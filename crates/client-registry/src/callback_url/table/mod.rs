//! The table of accepted and refused URLs, each with its rule: known attacks on URL parsers, on
//! redirect matching and on address filters, beside what honest developers write.

mod form_and_parts;
mod scheme_and_host;

use domain::ApplicationKind;
use domain::ApplicationKind::{Native, Web};

use super::{CallbackPolicy, Outcome, Violation, checklist, parse};

fn policy() -> CallbackPolicy {
    let own = "https://id.platform.example.com/".parse().expect("it parses");
    CallbackPolicy::for_server(&[own]).with_exceptions(
        ["dev.corp", "http://build.dev.corp:8080", "http://10.8.0.0/16"]
            .into_iter()
            .map(|exception| exception.parse().expect("the test's exception parses"))
            .collect(),
    )
}

fn codes(text: &str, kind: ApplicationKind) -> Vec<&'static str> {
    match parse(text, kind, &policy()) {
        Ok(callback) => {
            assert_eq!(callback.as_str(), text, "the bytes are kept");
            Vec::new()
        }
        Err(violations) => violations.iter().map(Violation::code).collect(),
    }
}

const ACCEPTED: [(ApplicationKind, &str); 26] = [
    (Web, "https://app.example.com/"),
    (Web, "https://app.example.com/oauth/callback"),
    (Web, "https://app.example.com/callback/"),
    (Web, "https://app.example.com:8443/callback"),
    (Web, "https://app.example.com/callback?customer=42&x=%2Fy"),
    (Web, "https://app.example.com/callback?"),
    (Web, "https://app.example.com/A/b;v=1/c.d/~e/100%25"),
    (Web, "https://app.example.com//callback"),
    (Web, "https://xn--bcher-kva.example.com/cb"),
    (Web, "https://myapp.github.io/cb"),
    (Web, "https://r3---sn-abc.example.com/cb"),
    (Web, "https://example.co.uk/cb"),
    (Web, "https://xn--fiqs8s.example.com/cb"),
    (Web, "https://1.1.1.1/cb"),
    (Web, "https://[2606:4700:4700::1111]/cb"),
    (Web, "https://dev.corp/cb"),
    (Web, "http://build.dev.corp:8080/cb"),
    (Web, "http://10.8.3.4:3000/cb"),
    (Native, "https://app.example.com/callback"),
    (Native, "http://127.0.0.1/cb"),
    (Native, "http://127.0.0.1:49152/cb"),
    (Native, "http://[::1]/cb"),
    (Native, "http://[::1]:8080/"),
    (Native, "com.example.app:/oauth2redirect"),
    (Native, "com.example.app:/"),
    (Native, "com.googleusercontent.apps.1234-abc:/cb"),
];

#[test]
fn what_the_policy_allows_is_accepted_with_its_bytes() {
    for (kind, text) in ACCEPTED {
        assert_eq!(codes(text, kind), [""; 0], "{text}");
    }
}

fn refused(kind: ApplicationKind, table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(codes(text, kind), *expected, "{text:?}");
        let failed = checklist(text, kind, &policy()).iter().filter(|line| line.outcome == Outcome::Failed).count();
        assert_eq!(failed, expected.len(), "the checklist agrees on {text:?}");
    }
}

#[test]
fn an_exception_lifts_no_rule_on_form_or_parts() {
    refused(
        Web,
        &[
            ("https://u@dev.corp/cb", &["user_info"]),
            ("https://DEV.corp/cb", &["not_canonical"]),
            ("https://dev.corp./cb", &["trailing_dot", "special_use_name"]),
            ("https://[::ffff:a08:1]/cb", &["special_purpose_address"]),
            ("https://dev.corp/%2f", &["hidden_character"]),
        ],
    );
}

#[test]
fn every_message_shows_the_fix() {
    for (text, kind, words) in [
        ("https://App.example.com:443", Web, "Write `https://app.example.com/`."),
        ("http://app.example.com/cb", Web, "Use `https://`."),
        ("http://localhost/cb", Native, "`http://127.0.0.1`"),
        ("myapp:/cb", Native, "`com.example.app:/callback`"),
        ("com.example.app://cb", Native, "Write `com.example.app:/callback`."),
        ("https://app.example.com./cb", Web, "Write `app.example.com`."),
        ("https://[::ffff:7f00:1]/cb", Web, "IPv4-mapped, carrying 127.0.0.1"),
        ("https://app.example.com/cb?a[]=1", Web, "Write `%5B`."),
        ("https://github.io/cb", Web, "such as app.github.io"),
        ("app.example.com/cb", Web, "Begin with `https://`."),
    ] {
        let violations = parse(text, kind, &policy()).expect_err("it is refused");
        let messages: Vec<String> = violations.iter().map(Violation::to_string).collect();
        assert!(messages.concat().contains(words), "{text}: {messages:?}");
    }
}
