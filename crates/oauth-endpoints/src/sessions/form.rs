//! A form that a page posted: its fields, and the proof that it was our page in this browser.

use actix_web::http::header::{HeaderMap, ORIGIN};
use protocol::authorize::is_form_token;

use super::page::PageError;
use crate::pages::{Notice, field};

/// The hidden field that holds the form's token.
pub(crate) const FORM_TOKEN: &str = "form_token";

/// The fields of a form. Each comes once, only the ticked workspaces come several times.
pub(crate) struct PageForm(Vec<(String, String)>);

impl PageForm {
    /// Reads a body. A repeated field is refused: our pages never send one.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, PageError> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if name != field::WORKSPACE && fields.iter().any(|(seen, _)| *seen == name) {
                return Err(refused());
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    /// The value of `name`, or nothing.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(seen, _)| seen == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(seen, _)| seen == name).map(|(_, value)| value.as_str())
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

fn refused() -> PageError {
    PageError::notice(Notice::FormRefused)
}

/// Whether a browser says that a page of ours sent the form.
///
/// Our pages have `Referrer-Policy: no-referrer`, under which browsers send `Origin: null` (Fetch, "append a request
/// `Origin` header"); `Sec-Fetch-Site` speaks in its place. Where a browser sends neither, the token alone decides.
fn comes_from(headers: &HeaderMap, own: &str) -> bool {
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
    fn only_workspaces_come_several_times() {
        let form = PageForm::parse(b"workspace=a&workspace=b").unwrap();
        assert_eq!(form.all(field::WORKSPACE).collect::<Vec<_>>(), ["a", "b"]);
        assert!(PageForm::parse(b"decision=allow&decision=deny").is_err());
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
