//! Certificates as pages show them.

use std::time::Duration;

use client_registry::Certificate;
use domain::{ApiKey, CertificateName, Recognition, RegisteredCertificate, Timestamp, TrustAnchor, Voucher};

use crate::pages::{Action, CertificateCard, CertificateView, Standing, moment};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// From how many days before its end on a certificate is shown as one that ends.
const SOON: u32 = 30;

/// Something that clients of the app show.
pub(super) fn certificate(
    registered: &RegisteredCertificate,
    keys: &[ApiKey],
    remove: Option<Action>,
    now: Timestamp,
) -> CertificateCard {
    let read = match &registered.recognition {
        Recognition::Exact { der, .. } => Certificate::read(der).ok(),
        Recognition::Named { .. } => None,
    };
    let name = match &registered.recognition {
        Recognition::Named { name, voucher } => {
            let (kind, value) = name_words(name);
            Some((
                kind,
                value.to_owned(),
                match voucher {
                    Voucher::App => "Under the app’s trust anchors",
                    Voucher::Operator => "Under the operator’s trust anchors",
                },
            ))
        }
        Recognition::Exact { .. } => None,
    };
    CertificateCard {
        id: registered.id.to_string(),
        label: registered.label.clone(),
        standing: match &registered.recognition {
            Recognition::Exact { not_before, not_after, .. } => standing((*not_before, *not_after), now),
            Recognition::Named { .. } => Standing { tone: "good", words: "By name".to_owned() },
        },
        key: registered.key.map(|id| label_of(keys, id)),
        added_at: moment(registered.added_at),
        last_used_at: registered.last_used_at.map(moment),
        name,
        view: read.as_ref().map(view),
        remove,
        is_anchor: false,
    }
}

/// An authority.
pub(super) fn anchor(anchor: &TrustAnchor, remove: Option<Action>, now: Timestamp) -> CertificateCard {
    let read = Certificate::read(&anchor.der).ok();
    let unreadable = || Standing { tone: "bad", words: "Cannot be read".to_owned() };
    CertificateCard {
        id: anchor.id.to_string(),
        label: anchor.label.clone(),
        standing: read.as_ref().map_or_else(unreadable, |one| standing((one.not_before, one.not_after), now)),
        key: None,
        added_at: moment(anchor.added_at),
        last_used_at: None,
        name: None,
        view: read.as_ref().map(view),
        remove,
        is_anchor: true,
    }
}

/// What a certificate says.
pub(super) fn view(certificate: &Certificate) -> CertificateView {
    let usages: Vec<&str> =
        certificate.usages.iter().copied().chain(certificate.extended_usages.iter().map(String::as_str)).collect();
    let names = certificate.alternative_names.iter().map(name_words);
    CertificateView {
        subject: certificate.subject.clone(),
        issuer: if certificate.is_self_signed { "Itself (self-signed)".to_owned() } else { certificate.issuer.clone() },
        serial: certificate.serial.clone(),
        fingerprint: certificate.fingerprint(),
        thumbprint: certificate.thumbprint.to_string(),
        key: certificate.key.clone(),
        usages: if usages.is_empty() { "Says nothing of it".to_owned() } else { usages.join(", ") },
        names: names.map(|(kind, value)| (kind, value.to_owned())).collect(),
        from: moment(certificate.not_before),
        until: moment(certificate.not_after),
    }
}

/// Whether something counts at `now` that is valid in between.
pub(super) fn standing((from, until): (Timestamp, Timestamp), now: Timestamp) -> Standing {
    let (tone, words) = if until <= now {
        ("bad", "Expired".to_owned())
    } else if now < from {
        ("warn", "Not valid yet".to_owned())
    } else if until <= now + DAY * SOON {
        // Rounded, as the page's script does beside it.
        let days = (until.since(now) + DAY / 2).as_secs() / DAY.as_secs();
        (
            "warn",
            match days {
                0 => "Ends within a day".to_owned(),
                1 => "Ends in 1 day".to_owned(),
                days => format!("Ends in {days} days"),
            },
        )
    } else {
        ("good", "Valid".to_owned())
    };
    Standing { tone, words }
}

/// The kind of a name, for people, and its value.
pub(super) fn name_words(name: &CertificateName) -> (&'static str, &str) {
    match name {
        CertificateName::Subject(value) => ("Subject", value),
        CertificateName::Dns(value) => ("DNS name", value),
        CertificateName::Uri(value) => ("URI", value),
        CertificateName::Ip(value) => ("IP address", value),
        CertificateName::Email(value) => ("E-mail address", value),
    }
}

fn label_of(keys: &[ApiKey], id: domain::ClientId) -> String {
    keys.iter().find(|key| key.id == id).map_or_else(|| id.to_string(), |key| key.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_near_is_said() {
        let now = Timestamp::from_seconds(1_000_000_000);
        let within = |days: u32, hours: u32| {
            let until = now + DAY * days + Duration::from_secs(3600) * hours;
            standing((now, until), now).words
        };
        assert_eq!(within(31, 0), "Valid");
        assert_eq!(within(14, 5), "Ends in 14 days");
        assert_eq!(within(13, 20), "Ends in 14 days");
        assert_eq!(within(1, 0), "Ends in 1 day");
        assert_eq!(within(0, 5), "Ends within a day");
        assert_eq!(within(0, 0), "Expired");
        assert_eq!(standing((now + DAY, now + DAY * 90), now).words, "Not valid yet");
    }
}
