//! The names by which a client may be registered, each in one spelling.

use std::net::IpAddr;

use domain::CertificateName;

use crate::subject;

/// The kinds of names (RFC 8705 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// The whole subject.
    Subject,
    /// A DNS name.
    Dns,
    /// A URI.
    Uri,
    /// An IP address.
    Ip,
    /// A mail address.
    Email,
}

/// What was typed is no name of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// As a subject.
    #[error("a subject is written as RFC 4514 has it, most specific part first: CN=Report Bot,O=Example,C=DE")]
    Subject,
    /// As a DNS name.
    #[error("a DNS name is letters, digits, hyphens and dots, without wildcard: bot.example.com")]
    Dns,
    /// As a URI.
    #[error("a URI begins with its scheme and has no spaces: spiffe://example.com/bot")]
    Uri,
    /// As an IP address.
    #[error("an IP address is written 192.0.2.1 or 2001:db8::1")]
    Ip,
    /// As a mail address.
    #[error("a mail address is written bot@example.com")]
    Email,
}

/// The name that somebody typed, in the spelling in which certificates' names are compared.
///
/// # Errors
/// It is no name of that kind.
pub fn name(kind: NameKind, text: &str) -> Result<CertificateName, InvalidName> {
    let text = text.trim();
    match kind {
        NameKind::Subject => subject::normalised(text).map(CertificateName::Subject).ok_or(InvalidName::Subject),
        NameKind::Dns => dns(text).map(CertificateName::Dns).ok_or(InvalidName::Dns),
        NameKind::Uri => uri(text).map(CertificateName::Uri).ok_or(InvalidName::Uri),
        NameKind::Ip => text.parse().map(ip).map_err(|_| InvalidName::Ip),
        NameKind::Email => email(text).map(CertificateName::Email).ok_or(InvalidName::Email),
    }
}

/// In lower case (RFC 5280 §7.2). A wildcard is no name: nobody is called so.
pub(crate) fn dns(text: &str) -> Option<String> {
    let right = (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        });
    right.then(|| text.to_ascii_lowercase())
}

/// As it is: URIs are compared byte by byte.
pub(crate) fn uri(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let right = text.len() <= 2048
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic());
    right.then(|| text.to_owned())
}

/// Its canonical text.
pub(crate) fn ip(address: IpAddr) -> CertificateName {
    CertificateName::Ip(address.to_string())
}

/// RFC 5280 §7.5: the host's case does not matter, that of the local part does.
pub(crate) fn email(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let right = (1..=64).contains(&local.len()) && local.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    Some(format!("{local}@{}", dns(host).filter(|_| right)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        for (kind, typed, expected) in [
            (NameKind::Dns, " Bot.Example.COM ", CertificateName::Dns("bot.example.com".into())),
            (NameKind::Uri, "spiffe://Example/Bot", CertificateName::Uri("spiffe://Example/Bot".into())),
            (NameKind::Ip, "2001:DB8:0::1", CertificateName::Ip("2001:db8::1".into())),
            (NameKind::Email, "Bot@Example.com", CertificateName::Email("Bot@example.com".into())),
            (NameKind::Subject, "cn=Bot, O=Example", CertificateName::Subject("CN=Bot,O=Example".into())),
        ] {
            assert_eq!(name(kind, typed), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (kind, wrong) in [
            (NameKind::Dns, "*.example.com"),
            (NameKind::Dns, "example.com."),
            (NameKind::Dns, "ex ample.com"),
            (NameKind::Dns, ""),
            (NameKind::Uri, "example.com"),
            (NameKind::Uri, "a: b"),
            (NameKind::Ip, "192.0.2.256"),
            (NameKind::Ip, "192.0.2.0/24"),
            (NameKind::Email, "example.com"),
            (NameKind::Email, "a@b@example.com"),
            (NameKind::Subject, "Bot"),
        ] {
            assert!(name(kind, wrong).is_err(), "{wrong}");
        }
    }
}
