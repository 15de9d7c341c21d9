//! The cookies of the pages. `__Host-` forbids a path of its own, so the environment is part of the name.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use domain::EnvironmentName;

/// How many characters an id of [`protocol::authorize::BrowserNotes::fresh_id`] has.
const ID_LENGTH: usize = 43;
/// How long a browser is remembered as one of somebody who signed in with it.
pub(super) const DEVICE_DAYS: i64 = 90;

/// What a cookie holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Which browser this is; what it began is bound to it.
    Browser,
    /// Who is signed in.
    Session,
    /// Whose sign-in succeeded here before (OWASP "device cookie").
    Device,
    /// That the last page showed a secret. It says nothing: that it changes is what keeps browsers from restoring that
    /// page (see [`Visitor::show_once`](super::Visitor::show_once)).
    Shown,
}

pub(super) fn name(kind: Kind, environment: &EnvironmentName, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    let kind = match kind {
        Kind::Browser => "browser",
        Kind::Session => "session",
        Kind::Device => "device",
        Kind::Shown => "shown",
    };
    format!("{prefix}countersign-{kind}-{environment}")
}

/// A cookie that lives as long as the browser runs, the device's longer; how long its value means something is for the
/// server to know.
pub(super) fn set(kind: Kind, environment: &EnvironmentName, secure: bool, value: &str) -> Cookie<'static> {
    let mut cookie = Cookie::build(name(kind, environment, secure), value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .finish();
    if kind == Kind::Device {
        cookie.set_max_age(Duration::days(DEVICE_DAYS));
    }
    cookie
}

/// Makes the browser forget the cookie.
pub(super) fn unset(kind: Kind, environment: &EnvironmentName, secure: bool) -> Cookie<'static> {
    let mut cookie = set(kind, environment, secure, "");
    cookie.make_removal();
    cookie
}

/// Whether `text` has the shape of an id of ours.
pub(crate) fn is_id(text: &str) -> bool {
    id(text).is_some()
}

/// An id as a cookie carries it. Anything else was not written by us.
pub(super) fn id(value: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (value.len() == ID_LENGTH && value.bytes().all(plain)).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn over_tls_a_cookie_belongs_to_this_host_alone() {
        let prod2 = "prod2".parse().unwrap();
        let cookie = set(Kind::Session, &prod2, true, "value").to_string();
        assert!(cookie.starts_with("__Host-countersign-session-prod2=value"), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
        assert!(!set(Kind::Session, &prod2, false, "value").to_string().contains("__Host-"));
    }

    proptest! {
        #[test]
        fn only_ids_of_ours_are_read(text in ".{0,60}") {
            if let Some(id) = id(&text) {
                prop_assert!(id.len() == ID_LENGTH && id.is_ascii());
            }
        }
    }
}
