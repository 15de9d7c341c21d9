//! The security headers of each kind of page.

use std::borrow::Cow;

/// Which policy a page needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind<'a> {
    /// Every page but the two that leave for the app.
    Page,
    /// [`ReturningPage`](super::ReturningPage).
    Interstitial,
    /// [`PostBackPage`](super::PostBackPage).
    FormPost {
        /// The callback URL's origin: `https://app.example.com`, with its port if it has one.
        callback_origin: &'a str,
    },
}

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const INTERSTITIAL_POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that every page carries whatever its kind. There is no `Cross-Origin-Opener-Policy`: it would break
/// integrations that open the flow in a pop-up, and `frame-ancestors 'none'` covers clickjacking.
pub const EVERY_PAGE: [(&str, &str); 4] = [
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    (
        "Permissions-Policy",
        "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// `Strict-Transport-Security`, for answers over TLS only.
pub const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

/// The value of `Content-Security-Policy`, or `None` for a callback origin that no policy can name (a custom scheme, or
/// characters that would end the directive): such a callback cannot be answered by `form_post`.
#[must_use]
pub fn content_security_policy(kind: PageKind<'_>) -> Option<Cow<'static, str>> {
    match kind {
        PageKind::Page => Some(Cow::Borrowed(PAGE_POLICY)),
        PageKind::Interstitial => Some(Cow::Borrowed(INTERSTITIAL_POLICY)),
        PageKind::FormPost { callback_origin } => source(callback_origin).map(|origin| {
            Cow::Owned(format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; form-action {origin}; base-uri 'none'; \
                 frame-ancestors 'none'; require-trusted-types-for 'script'"
            ))
        }),
    }
}

/// An origin as a CSP source expression.
fn source(origin: &str) -> Option<&str> {
    let (scheme, rest) = origin.split_once("://")?;
    if !matches!(scheme, "https" | "http") {
        return None;
    }
    // CSP3 §2.3.1: host-source has no form for an IPv6 address. The form's target is fixed by us, so its scheme is enough.
    if rest.starts_with("[::1]") {
        return Some(if scheme == "https" { "https:" } else { "http:" });
    }
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let host_is_plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let port_is_plain = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    (host_is_plain && port_is_plain).then_some(origin)
}
