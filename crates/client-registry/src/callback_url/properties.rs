//! Properties that hold for every text, whoever wrote it.

use std::slice;

use domain::ApplicationKind::{Native, Web};
use domain::{ApplicationKind, CallbackUrl};
use proptest::prelude::*;
use url::Url;

use super::{
    CallbackPolicy, ClosestDifference, Outcome, append_answer, callback_for, checklist, closest_difference, matches,
    parse,
};

fn kinds() -> impl Strategy<Value = ApplicationKind> {
    prop_oneof![Just(Web), Just(Native)]
}

/// Texts made of what URL parsers trip over.
fn nearly_urls() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9.-]{1,6}",
        "https?:/{1,3}",
        prop::sample::select(vec![
            "https://app.example.com",
            "http://127.0.0.1",
            "http://[::1]",
            "com.example.app:/",
            "@",
            ":",
            "/",
            "\\",
            "?",
            "#",
            "%",
            "%2e",
            "%2F",
            "%00",
            "..",
            ";",
            "*",
            "{",
            "[",
            "]",
            "::ffff:",
            "xn--",
            ".",
            "。",
            "ａ",
            "ü",
            "\t",
            "\n",
            "\0",
            " ",
            ":443",
            ":0",
            ":99999",
            "0x7f",
            "localhost",
            "code=",
            "&state",
            "é\u{301}",
            "\u{202e}",
            "\u{ad}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        nearly_urls(),
        any::<String>(),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

/// Callback URLs that the policy takes, of every kind. The properties of matching take all of them
/// as a native app's, whose matching is the more lenient.
fn callbacks() -> impl Strategy<Value = CallbackUrl> {
    let path = "(/[a-zA-Z0-9_~-]{1,8}(%20|%C3%BC)?){1,3}/?";
    let query = "(\\?([a-d]=[a-zA-Z0-9+-]{0,5}&?){0,3})?";
    let beginning = prop_oneof![
        "https://[a-z]{1,8}[.]example[.](com|net)(:[1-9][0-9]{3})?".prop_map(|text| (Web, text)),
        "https://[a-z]{1,8}[.]example[.]org".prop_map(|text| (Native, text)),
        "http://(127[.]0[.]0[.]1|\\[::1\\])(:[1-9][0-9]{3})?".prop_map(|text| (Native, text)),
        "com[.][a-z]{1,8}[.][a-z]{1,8}:".prop_map(|text| (Native, text)),
    ];
    (beginning, path, query).prop_map(|((kind, beginning), path, query)| {
        let text = format!("{beginning}{path}{query}");
        parse(&text, kind, &CallbackPolicy::default()).unwrap_or_else(|violations| panic!("{text}: {violations:?}"))
    })
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop::sample::select(vec!["code", "state", "iss", "error"]).prop_map(str::to_owned);
    prop::collection::vec((name, any::<String>()), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_checklist_decides_as_the_parser_does(text in any_text(), kind in kinds()) {
        let policy = CallbackPolicy::default();
        let is_accepted = parse(&text, kind, &policy).is_ok();
        let has_failed = checklist(&text, kind, &policy)
            .iter()
            .any(|line| line.outcome == Outcome::Failed);
        prop_assert_eq!(is_accepted, !has_failed);
    }

    #[test]
    fn what_is_accepted_reads_back_as_itself_and_goes_to_a_safe_scheme(
        text in any_text(),
        kind in kinds(),
    ) {
        if let Ok(callback) = parse(&text, kind, &CallbackPolicy::default()) {
            let url = Url::parse(callback.as_str()).expect("an accepted URL parses");
            prop_assert_eq!(url.as_str(), text.as_str());
            let is_loopback = text.starts_with("http://127.0.0.1") || text.starts_with("http://[::1]");
            let is_native = (is_loopback || url.scheme().contains('.')) && kind == Native;
            prop_assert!(url.scheme() == "https" || is_native, "{}", text);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(matches(&callback, kind, &text));
        }
    }

    #[test]
    fn a_url_matches_itself(callback in callbacks()) {
        prop_assert!(matches(&callback, Native, callback.as_str()));
        prop_assert_eq!(callback_for(slice::from_ref(&callback), Native, callback.as_str()), Some(callback.clone()));
    }

    #[test]
    fn one_changed_byte_is_another_url(
        callback in callbacks(),
        place in any::<prop::sample::Index>(),
        byte in 0_u8..128,
        change in 0..3,
    ) {
        let original = callback.as_str();
        let mut bytes = original.as_bytes().to_vec();
        let at = place.index(bytes.len());
        match change {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => {
                bytes.remove(at);
            }
        }
        let presented = String::from_utf8(bytes).expect("ASCII stays ASCII");
        let differs_in_port_alone = presented.starts_with("http://") && {
            let url = Url::parse(&presented).ok().filter(|url| url.port() != Some(0));
            url.is_some_and(|mut url| {
                let port = Url::parse(original).expect("it parses").port();
                url.set_port(port).is_ok() && url.as_str() == original
            })
        };
        if presented == original {
            prop_assert!(matches(&callback, Native, &presented));
        } else if !differs_in_port_alone {
            prop_assert!(!matches(&callback, Native, &presented), "{} for {}", presented, original);
        }
    }

    #[test]
    fn an_answer_goes_only_to_what_was_presented_and_matches(
        callbacks in prop::collection::vec(callbacks(), 1..4),
        port in any::<u16>(),
        text in any_text(),
    ) {
        let with_port = format!("http://127.0.0.1:{port}/{text}");
        let longer = format!("{}{text}", callbacks[0].as_str());
        for presented in [text, with_port, longer, callbacks[0].as_str().to_owned()] {
            let is_registered = callbacks.iter().any(|callback| matches(callback, Native, &presented));
            let answered = callback_for(&callbacks, Native, &presented);
            prop_assert_eq!(answered.is_some(), is_registered);
            prop_assert!(answered.is_none_or(|answered| answered.as_str() == presented));
        }
    }

    #[test]
    fn every_mismatch_is_explained_without_the_registered_url(
        callbacks in prop::collection::vec(callbacks(), 1..4),
        text in any_text(),
        place in any::<prop::sample::Index>(),
    ) {
        let near = {
            let mut near = callbacks[0].as_str().to_owned();
            near.insert_str(place.index(near.len()), &text);
            near
        };
        for presented in [text, near] {
            let difference = closest_difference(&callbacks, Native, &presented);
            let is_registered = callbacks.iter().any(|callback| matches(callback, Native, &presented));
            match difference {
                ClosestDifference::Same => prop_assert!(is_registered),
                ClosestDifference::Differs { registered, closest, .. } => {
                    prop_assert!(!is_registered);
                    prop_assert_eq!(registered, callbacks.len());
                    prop_assert!(closest < callbacks.len());
                }
                ClosestDifference::NothingRegistered => prop_assert!(false, "{:?}", presented),
            }
            let words = difference.to_string();
            prop_assert!(!callbacks.iter().any(|callback| words.contains(callback.as_str())));
        }
    }

    #[test]
    fn an_answer_keeps_the_url_and_can_be_read(callback in callbacks(), parameters in parameters()) {
        let borrowed: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let location = append_answer(&callback, &borrowed);
        prop_assert!(location.starts_with(callback.as_str()));
        prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));

        let own = Url::parse(callback.as_str()).expect("a callback URL parses");
        let url = Url::parse(&location).expect("the location parses");
        prop_assert!(url.query().unwrap_or_default().starts_with(own.query().unwrap_or_default()));
        let mut expected: Vec<(String, String)> = own.query_pairs().into_owned().collect();
        expected.extend(parameters);
        let read: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(read, expected);
    }
}
