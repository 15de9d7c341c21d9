//! A form that a page posted: its fields, and the proof that it was our page in this browser.

use actix_web::http::header::{HeaderMap, ORIGIN};
use protocol::authorize::is_form_token;

use super::page::PageError;
use crate::pages::{Notice, field};

/// The hidden field that holds the form's token.
pub(crate) const FORM_TOKEN: &str = "form_token";

/// How many fields that come once a form may have; our largest has fewer.
const MOST_FIELDS: usize = 24;
/// How many values all fields together may have that come several times, where nothing larger is said for one.
const MOST_IN_LISTS: usize = 1000;

/// The fields that come several times. How many workspaces there are, only the size of the body says.
const LISTS: [&str; 6] =
    [field::WORKSPACE, field::CALLBACK_URL, field::SCOPE, field::PERMISSION, field::ENVIRONMENT, field::CUSTOMER];

/// The fields of a form. Each comes once, only what is ticked or listed comes several times.
pub struct PageForm {
    single: Vec<(String, String)>,
    listed: Vec<(&'static str, String)>,
}

impl PageForm {
    /// Reads a body. A repeated field, or too many of them, is refused: our pages never send that.
    pub(super) fn parse(body: &[u8]) -> Result<Self, PageError> {
        let mut form = Self { single: Vec::new(), listed: Vec::new() };
        let mut counted = 0;
        for (name, value) in form_urlencoded::parse(body) {
            if let Some(list) = LISTS.into_iter().find(|list| *list == name) {
                counted += usize::from(list != field::WORKSPACE);
                if counted > MOST_IN_LISTS {
                    return Err(refused());
                }
                form.listed.push((list, value.into_owned()));
            } else if form.single.len() == MOST_FIELDS || form.single.iter().any(|(seen, _)| *seen == name) {
                return Err(refused());
            } else {
                form.single.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(form)
    }

    /// The value of `name`, or nothing.
    #[must_use]
    pub fn one(&self, name: &str) -> &str {
        self.single.iter().find(|(seen, _)| seen == name).map_or("", |(_, value)| value.as_str())
    }

    /// The values of `name`, one of the fields that come several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.listed.iter().filter(move |(seen, _)| *seen == name).map(|(_, value)| value.as_str())
    }

    /// The ticked workspaces.
    pub(crate) fn workspaces(&self) -> impl Iterator<Item = &str> {
        self.all(field::WORKSPACE)
    }

    /// Whether Deny or Cancel was pressed.
    pub(crate) fn is_denial(&self) -> bool {
        self.one(field::DECISION) == field::DENY
    }

    /// Refuses a form that another site sent, or that was not made for this browser.
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        origin: &str,
        purpose: &str,
        secret: &str,
    ) -> Result<(), PageError> {
        if comes_from(headers, origin) && is_form_token(self.one(FORM_TOKEN), purpose, secret) {
            Ok(())
        } else {
            Err(refused())
        }
    }
}

pub(super) fn refused() -> PageError {
    PageError::notice(Notice::FormRefused)
}

/// Whether a browser says that a page of ours sent the form.
///
/// Our pages have `Referrer-Policy: no-referrer`, under which browsers send `Origin: null` (Fetch, "append a request
/// `Origin` header"); `Sec-Fetch-Site` speaks in its place. Where a browser sends neither, the token alone decides.
pub(super) fn comes_from(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    match text(ORIGIN.as_str()) {
        Some(origin) if origin != "null" => origin == own,
        _ => text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none")),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;
    use protocol::authorize::form_token;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let own = "https://login.example";
        assert!(comes_from(&headers(&[("origin", "https://login.example")]), own));
        assert!(comes_from(&headers(&[("origin", "null"), ("sec-fetch-site", "same-origin")]), own));
        assert!(comes_from(&headers(&[]), own));
        assert!(!comes_from(&headers(&[("origin", "https://evil.example")]), own));
        assert!(!comes_from(&headers(&[("origin", "null"), ("sec-fetch-site", "cross-site")]), own));
        assert!(!comes_from(&headers(&[("sec-fetch-site", "same-site")]), own));
    }

    #[test]
    fn a_form_without_its_token_is_refused() {
        let token = form_token("sign-in", "browser");
        let form = PageForm::parse(format!("{FORM_TOKEN}={token}").as_bytes()).unwrap();
        assert!(form.check(&headers(&[]), "", "sign-in", "browser").is_ok());
        assert!(form.check(&headers(&[]), "", "sign-in", "another").is_err());
        assert!(PageForm::parse(b"").unwrap().check(&headers(&[]), "", "sign-in", "browser").is_err());
    }

    #[test]
    fn only_lists_come_several_times() {
        let form = PageForm::parse(b"workspace=a&callback_url=x&workspace=b&label=c").unwrap();
        assert_eq!(form.workspaces().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(form.all(field::CALLBACK_URL).collect::<Vec<_>>(), ["x"]);
        assert_eq!((form.one("label"), form.all("label").count(), form.one(field::WORKSPACE)), ("c", 0, ""));
        assert!(PageForm::parse(b"decision=allow&decision=deny").is_err());
    }

    #[test]
    fn a_form_has_few_fields_and_bounded_lists() {
        let of = |name: &str, count: usize| -> String {
            let number = |at: usize| if LISTS.contains(&name) { String::new() } else { at.to_string() };
            let pairs: Vec<_> = (0..count).map(|at| format!("{name}{}=x", number(at))).collect();
            pairs.join("&")
        };
        assert!(PageForm::parse(of("f", MOST_FIELDS).as_bytes()).is_ok());
        assert!(PageForm::parse(of("f", MOST_FIELDS + 1).as_bytes()).is_err());
        assert!(PageForm::parse(of(field::SCOPE, MOST_IN_LISTS).as_bytes()).is_ok());
        assert!(PageForm::parse(of(field::SCOPE, MOST_IN_LISTS + 1).as_bytes()).is_err());
        assert_eq!(PageForm::parse(of(field::WORKSPACE, 10_000).as_bytes()).unwrap().workspaces().count(), 10_000);
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(form) = PageForm::parse(&body) {
                let _ = (form.one("a"), form.is_denial());
            }
        }
    }
}
