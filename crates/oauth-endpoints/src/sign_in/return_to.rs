//! Where a sign-in goes back to: a page of ours and nothing else.

use domain::EnvironmentName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The longest path that is taken.
const LONGEST: usize = 500;
/// What a parameter's value need not escape.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of a page of ours, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnTo(String);

impl ReturnTo {
    /// Reads `returnTo`. It must be a path under this environment's pages, in plain characters: no host, no dot
    /// segments, no backslash, nothing escaped but in the query.
    pub(crate) fn parse(text: &str, environment: &EnvironmentName) -> Option<Self> {
        let rest = text.strip_prefix(environment.prefix().as_str())?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.' | b'/');
        let in_query = |byte: u8| plain(byte) || matches!(byte, b'=' | b'&' | b'%' | b'+' | b':');
        let ours = path.starts_with("/ui/") || path.starts_with("/oauth/");
        let straight = !path.contains("//") && !path.split('/').any(|segment| segment == "." || segment == "..");
        (ours && straight && text.len() <= LONGEST && path.bytes().all(plain) && query.bytes().all(in_query))
            .then(|| Self(text.to_owned()))
    }

    /// The page of the environment that lists what the person connected.
    pub(crate) fn connected_apps(environment: &EnvironmentName) -> Self {
        Self(format!("{}/ui/connected-apps", environment.prefix()))
    }

    /// The workspace page of a transaction.
    pub(crate) fn workspaces(environment: &EnvironmentName, transaction: &str) -> Self {
        Self(format!("{}/ui/oauth/pre_authorized?transaction={transaction}", environment.prefix()))
    }

    /// The path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The sign-in page that goes back here.
    pub(crate) fn sign_in_path(&self) -> String {
        format!("/ui/login?returnTo={}", utf8_percent_encode(&self.0, VALUE))
    }

    /// The transaction that the page is about.
    pub(crate) fn transaction(&self) -> Option<String> {
        let (_, query) = self.0.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == "transaction").map(|(_, value)| value.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<ReturnTo> {
        ReturnTo::parse(text, &EnvironmentName::default_environment())
    }

    #[test]
    fn only_pages_of_ours_are_returned_to() {
        for good in [
            "/ui/connected-apps",
            "/ui/apps",
            "/ui/apps/app_1/activity?request=req_1&refused=yes",
            "/ui/oauth/pre_authorized?transaction=ab-_c",
            "/oauth/authorize?transaction=x",
        ] {
            assert!(read(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "/",
            "//evil.example/ui/",
            "/\\evil.example",
            "https://evil.example/ui/",
            "/ui//evil.example",
            "/ui/../../evil",
            "/ui/%2e%2e/",
            "/ui/\r\nX: y",
            "ui/login",
            "/uix",
            "/ui/a\tb",
            "/prod2/ui/connected-apps",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
        let prod2 = "prod2".parse().unwrap();
        assert!(ReturnTo::parse("/prod2/ui/connected-apps", &prod2).is_some());
        assert!(ReturnTo::parse("/ui/connected-apps", &prod2).is_none());
    }

    #[test]
    fn the_transaction_survives_the_way_through_the_sign_in_page() {
        let workspaces = ReturnTo::workspaces(&EnvironmentName::default_environment(), "abc");
        assert_eq!(workspaces.sign_in_path(), "/ui/login?returnTo=%2Fui%2Foauth%2Fpre_authorized%3Ftransaction%3Dabc");
        assert_eq!(workspaces.transaction().as_deref(), Some("abc"));
        assert_eq!(ReturnTo::connected_apps(&EnvironmentName::default_environment()).transaction(), None);
    }

    proptest! {
        #[test]
        fn whatever_is_taken_stays_on_this_host(text in "\\PC{0,80}|/ui/[a-z/.?=%\\\\]{0,40}") {
            if let Some(taken) = read(&text) {
                let base = url::Url::parse("https://login.example/").unwrap();
                let joined = base.join(taken.as_str()).unwrap();
                prop_assert_eq!(joined.host_str(), Some("login.example"));
                prop_assert!(joined.path().starts_with("/ui/") || joined.path().starts_with("/oauth/"));
            }
        }
    }
}
