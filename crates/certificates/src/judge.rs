//! Whether a certificate that was shown counts now.

use std::cell::RefCell;
use std::time::Duration;

use domain::{PresentedCertificate, Timestamp};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, Cert, EndEntityCert, KeyUsage, VerifiedPath};

use crate::anchor::Anchor;
use crate::certificate::Certificate;
use crate::chain::MOST_CERTIFICATES;
use crate::crl::{self, Crl, Issuer};
use crate::fault::Fault;

/// A certificate for whose names an anchor stands.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// What was shown.
    pub certificate: Certificate,
    /// The key digest of the anchor that stands for it.
    pub anchor: [u8; 32],
    /// Until when, if nothing else changes: the end of the first certificate of the chain, or of a revocation list.
    pub until: Timestamp,
}

/// Whether one of `anchors` vouches now for the names of what was shown.
///
/// # Errors
/// What keeps it from counting.
pub fn judge(shown: &PresentedCertificate, anchors: &[Anchor], crls: &[Crl], now: Timestamp) -> Result<Vouched, Fault> {
    let certificate = read_own(shown, now)?;
    if certificate.is_authority {
        return Err(Fault::AuthorityShown);
    }
    let own = CertificateDer::from(certificate.der());
    let own = EndEntityCert::try_from(&own).map_err(|error| Fault::of(&error))?;
    let others: Vec<_> = others(shown).map(CertificateDer::from).collect();
    let living = || anchors.iter().filter(|anchor| anchor.is_valid(now));
    let trusted: Vec<_> = living().map(|anchor| anchor.trusted().clone()).collect();

    // A path that a list forbids is passed over for another; what the last one failed for is the answer.
    let forbidden = RefCell::new(None);
    let end_of_lists = RefCell::new(None);
    let anchor_of = |path: &VerifiedPath<'_>| living().find(|anchor| is(path.anchor(), anchor));
    let not_revoked = |path: &VerifiedPath<'_>| match lists_allow(path, anchor_of(path), crls, now) {
        Ok(until) => {
            end_of_lists.replace(until);
            Ok(())
        }
        Err(fault) => {
            forbidden.replace(Some(fault));
            Err(webpki::Error::CertRevoked)
        }
    };
    let time = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now.millis()).unwrap_or(0)));
    let path = own
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &trusted,
            &others,
            time,
            KeyUsage::client_auth(),
            None,
            Some(&not_revoked),
        )
        .map_err(|error| match (forbidden.take(), Fault::of(&error)) {
            (None, Fault::UnknownIssuer) if has_dead_issuer(&certificate, shown, anchors, now) => Fault::IssuerExpired,
            (Some(fault), _) | (None, fault) => fault,
        })?;
    let anchor = anchor_of(&path).ok_or(Fault::UnknownIssuer)?;

    let mut until = certificate.not_after.min(anchor.certificate().not_after);
    for between in path.intermediate_certificates() {
        until = until.min(Certificate::read(&between.der()).map_err(|_| Fault::Malformed)?.not_after);
    }
    let until = end_of_lists.take().map_or(until, |lists| until.min(lists));
    Ok(Vouched { anchor: anchor.key_digest(), certificate, until })
}

/// Whether a certificate that was registered itself counts now, whoever issued it; returns until when, if nothing else
/// changes. That it is the registered one is for the caller to see, by its thumbprint.
///
/// `known` are authorities by which revocation lists are known to be its issuer's; a list whose issuer is not among them
/// counts by its name.
///
/// # Errors
/// What keeps it from counting.
pub fn judge_exact(
    shown: &PresentedCertificate,
    known: &[Anchor],
    crls: &[Crl],
    now: Timestamp,
) -> Result<Timestamp, Fault> {
    let certificate = read_own(shown, now)?;
    let der = CertificateDer::from(certificate.der());
    let parsed = EndEntityCert::try_from(&der).map_err(|error| Fault::of(&error))?;
    let key = if crls.is_empty() { None } else { issuer_key(&certificate, shown, known) };
    let issuer = Issuer { name: parsed.issuer(), key: key.as_deref(), key_id: certificate.authority_key.as_deref() };
    let until = crl::standing(parsed.serial(), &issuer, crls, now)?;
    Ok(until.map_or(certificate.not_after, |until| until.min(certificate.not_after)))
}

fn read_own(shown: &PresentedCertificate, now: Timestamp) -> Result<Certificate, Fault> {
    let own = shown.chain.first().ok_or(Fault::Malformed)?;
    let certificate = Certificate::read(own).map_err(|_| Fault::Malformed)?;
    if now < certificate.not_before {
        return Err(Fault::NotYetValid);
    }
    if certificate.not_after <= now {
        return Err(Fault::Expired);
    }
    if certificate.is_for_clients { Ok(certificate) } else { Err(Fault::UsageWrong) }
}

fn others(shown: &PresentedCertificate) -> impl Iterator<Item = &[u8]> {
    shown.chain.iter().skip(1).take(MOST_CERTIFICATES - 1).map(Vec::as_slice)
}

/// Whether the lists of the issuers let every certificate of the path count, and until when.
fn lists_allow(
    path: &VerifiedPath<'_>,
    anchor: Option<&Anchor>,
    crls: &[Crl],
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    let anchor = anchor.ok_or(Fault::UnknownIssuer)?;
    if crls.is_empty() {
        return Ok(None);
    }
    let mut until = None;
    let mut below: &Cert<'_> = path.end_entity();
    for above in path.intermediate_certificates() {
        until = earlier(until, of_one(below, &above.subject_public_key_info(), crls, now)?);
        below = above;
    }
    Ok(earlier(until, of_one(below, &anchor.certificate().public_key(), crls, now)?))
}

fn of_one(below: &Cert<'_>, key: &[u8], crls: &[Crl], now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let issuer = Issuer { name: below.issuer(), key: Some(key), key_id: None };
    crl::standing(below.serial(), &issuer, crls, now)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

fn is(trusted: &TrustAnchor<'_>, anchor: &Anchor) -> bool {
    let other = anchor.trusted();
    trusted.subject == other.subject && trusted.subject_public_key_info == other.subject_public_key_info
}

fn has_dead_issuer(
    certificate: &Certificate,
    shown: &PresentedCertificate,
    anchors: &[Anchor],
    now: Timestamp,
) -> bool {
    let between: Vec<_> = others(shown).filter_map(|der| Certificate::read(der).ok()).collect();
    let dead = || anchors.iter().filter(|anchor| !anchor.is_valid(now)).map(Anchor::certificate);
    dead().any(|dead| std::iter::once(certificate).chain(&between).any(|below| below.is_signed_by(dead)))
}

/// The public key of who signed it, if that is itself, was shown along, or is known.
fn issuer_key(certificate: &Certificate, shown: &PresentedCertificate, known: &[Anchor]) -> Option<Vec<u8>> {
    if certificate.is_self_signed {
        return Some(certificate.public_key());
    }
    let along = others(shown).filter_map(|der| Certificate::read(der).ok());
    let mut candidates = known.iter().map(|anchor| anchor.certificate().clone()).chain(along);
    candidates.find(|candidate| certificate.is_signed_by(candidate)).map(|issuer| issuer.public_key())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, date_time_ymd,
    };
    use testkit::{Authority, Issued};

    use super::*;
    use crate::made::{Made, made};
    use crate::subject;

    /// 2026-11-18.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);
    const END: Timestamp = Timestamp::from_seconds(4_070_908_800);

    fn shown(chain: &[&[u8]]) -> PresentedCertificate {
        let own = Certificate::read(chain[0]).expect("it is a certificate");
        let chain: Vec<_> = chain.iter().map(|der| der.to_vec()).collect();
        PresentedCertificate { chain: Arc::from(chain), thumbprint: own.thumbprint }
    }

    fn anchor(authority: &Authority) -> Anchor {
        Anchor::read(authority.der()).expect("it is an authority")
    }

    fn list(authority: &Authority, revoked: &[&Issued]) -> Crl {
        lists(&authority.revocation_list(revoked, |_| {}))
    }

    fn stale(authority: &Authority, revoked: &[&Issued]) -> Crl {
        lists(&authority.revocation_list(revoked, |list| {
            list.this_update = date_time_ymd(2025, 1, 1);
            list.next_update = date_time_ymd(2025, 2, 1);
        }))
    }

    fn lists(pem: &str) -> Crl {
        Crl::read_all(pem.as_bytes(), Duration::ZERO).expect("it is a list").remove(0)
    }

    fn verdict(der: &[u8], anchors: &[&Authority], crls: &[Crl]) -> Result<Timestamp, Fault> {
        let anchors: Vec<_> = anchors.iter().map(|authority| anchor(authority)).collect();
        judge(&shown(&[der]), &anchors, crls, NOW).map(|vouched| vouched.until)
    }

    fn fault_after(change: impl FnOnce(&mut CertificateParams)) -> Option<Fault> {
        let authority = Authority::new("Example CA");
        let client = authority.client_with("Report Bot", change);
        let exact = judge_exact(&shown(&[client.der()]), &[], &[], NOW).err();
        let vouched = verdict(client.der(), &[&authority], &[]).err();
        assert_eq!(exact, vouched, "a registered certificate is judged by the same rules");
        vouched
    }

    #[test]
    fn an_anchor_vouches_for_what_it_signed() {
        let Made { authority, client } = made();
        let vouched = judge(&shown(&[client.der()]), &[anchor(&authority)], &[], NOW).expect("it counts");
        assert_eq!(vouched.anchor, anchor(&authority).key_digest());
        assert_eq!(vouched.until, END);
        assert_eq!(vouched.certificate.subject, "CN=Report Bot");
        assert_eq!(vouched.certificate.issuer, "CN=Example CA");
    }

    #[test]
    fn another_authority_of_the_same_name_vouches_for_nothing() {
        let Made { authority, client } = made();
        let other = Authority::new("Example CA");
        assert_eq!(verdict(client.der(), &[&other], &[]), Err(Fault::UnknownIssuer));
        assert_eq!(verdict(client.der(), &[&other, &authority], &[]), Ok(END), "the right one beside it does");
        assert_eq!(verdict(client.der(), &[], &[]), Err(Fault::UnknownIssuer));
        assert_eq!(verdict(Issued::self_signed("Report Bot").der(), &[&authority], &[]), Err(Fault::UnknownIssuer));
    }

    #[test]
    fn an_intermediate_authority_has_to_be_sent_along() {
        let root = Authority::new("Root");
        let between = root.intermediate("Between");
        let client = between.client("Report Bot");
        let anchors = [anchor(&root)];
        assert_eq!(judge(&shown(&[client.der()]), &anchors, &[], NOW).err(), Some(Fault::UnknownIssuer));
        assert!(judge(&shown(&[client.der(), between.der()]), &anchors, &[], NOW).is_ok());
        let crls = [list(&root, &[]), list(&between, &[&client])];
        assert_eq!(judge(&shown(&[client.der(), between.der()]), &anchors, &crls, NOW).err(), Some(Fault::Revoked));
    }

    #[test]
    fn time_decides_from_both_ends() {
        assert_eq!(fault_after(|params| params.not_after = date_time_ymd(2026, 11, 1)), Some(Fault::Expired));
        assert_eq!(fault_after(|params| params.not_before = date_time_ymd(2026, 12, 1)), Some(Fault::NotYetValid));
        let authority = Authority::new_with("Example CA", |params| params.not_after = date_time_ymd(2026, 11, 1));
        let client = authority.client("Report Bot");
        assert_eq!(verdict(client.der(), &[&authority], &[]), Err(Fault::IssuerExpired));
    }

    #[test]
    fn usages_that_are_there_must_have_those_of_clients() {
        assert_eq!(fault_after(|params| params.extended_key_usages.clear()), None);
        assert_eq!(
            fault_after(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            Some(Fault::UsageWrong)
        );
        assert_eq!(
            fault_after(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
            Some(Fault::UsageWrong)
        );
        assert_eq!(fault_after(|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]), None);
    }

    #[test]
    fn an_authoritys_own_certificate_counts_only_where_it_was_registered() {
        let authority = Authority::new("Example CA");
        let ca = authority.client_with("Report Bot", |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
        assert_eq!(verdict(ca.der(), &[&authority], &[]), Err(Fault::AuthorityShown));
        assert_eq!(judge_exact(&shown(&[ca.der()]), &[], &[], NOW), Ok(END));
        assert_eq!(judge_exact(&shown(&[Issued::self_signed("Bot").der()]), &[], &[], NOW), Ok(END));
    }

    #[test]
    fn a_revoked_certificate_is_refused_and_no_other() {
        let Made { authority, client } = made();
        let other = authority.client("Other Bot");
        let crls = [list(&authority, &[&other])];
        assert_eq!(verdict(client.der(), &[&authority], &crls), Ok(END));
        assert_eq!(verdict(other.der(), &[&authority], &crls), Err(Fault::Revoked));
        for known in [&[][..], &[anchor(&authority)]] {
            assert_eq!(judge_exact(&shown(&[other.der()]), known, &crls, NOW), Err(Fault::Revoked));
            assert_eq!(judge_exact(&shown(&[client.der()]), known, &crls, NOW), Ok(END));
        }
    }

    #[test]
    fn a_list_of_another_authority_of_the_same_name_takes_nothing_back() {
        let Made { authority, client } = made();
        let other = Authority::new("Example CA");
        let crls = [list(&other, &[&client])];
        assert_eq!(verdict(client.der(), &[&authority], &crls), Ok(END));
        assert_eq!(judge_exact(&shown(&[client.der()]), &[anchor(&authority)], &crls, NOW), Ok(END));
        assert_eq!(judge_exact(&shown(&[client.der()]), &[], &crls, NOW), Ok(END), "the key's id tells them apart");
    }

    #[test]
    fn a_list_that_is_out_of_date_is_not_no_list() {
        let Made { authority, client } = made();
        let revoked = authority.client("Other Bot");
        let old = stale(&authority, &[&revoked]);
        let shown = shown(&[client.der()]);
        assert_eq!(verdict(client.der(), &[&authority], std::slice::from_ref(&old)), Err(Fault::ListStale));
        assert_eq!(judge_exact(&shown, &[], std::slice::from_ref(&old), NOW), Err(Fault::ListStale));
        assert_eq!(verdict(revoked.der(), &[&authority], &[old]), Err(Fault::Revoked));
        let both = [
            stale(&authority, &[]),
            lists(&authority.revocation_list(&[], |list| {
                list.this_update = date_time_ymd(2026, 11, 1);
                list.next_update = date_time_ymd(2026, 12, 1);
            })),
        ];
        assert_eq!(verdict(client.der(), &[&authority], &both), Ok(Timestamp::from_seconds(1_796_083_200)));
    }

    #[test]
    fn the_operator_may_let_an_old_list_count_for_a_while() {
        let Made { authority, client } = made();
        let pem = authority.revocation_list(&[], |list| list.next_update = date_time_ymd(2026, 11, 18));
        let after = |grace| Crl::read_all(pem.as_bytes(), Duration::from_secs(grace)).expect("it is a list");
        assert_eq!(verdict(client.der(), &[&authority], &after(3600)), Err(Fault::ListStale));
        assert!(verdict(client.der(), &[&authority], &after(24 * 3600)).is_ok());
    }

    #[test]
    fn every_name_is_read_back() {
        let client = Authority::new("Example CA").client_with("a,b+\"c\"", |params| {
            params.distinguished_name.push(DnType::OrganizationName, " Exämple ");
            let names = ["bot.example.com", "192.0.2.1", "2001:db8::1"].map(str::to_owned);
            params.subject_alt_names = CertificateParams::new(names).expect("they are names").subject_alt_names;
            let uri = "spiffe://example.com/bot".try_into().expect("it is ASCII");
            params.subject_alt_names.push(rcgen::SanType::URI(uri));
            let mail = "Bot@Example.com".try_into().expect("it is ASCII");
            params.subject_alt_names.push(rcgen::SanType::Rfc822Name(mail));
        });
        let certificate = Certificate::read(client.der()).expect("it is a certificate");
        let names: Vec<_> = certificate.names().iter().map(|name| format!("{name:?}")).collect();
        assert_eq!(certificate.subject, "O=\\ Exämple\\ ,CN=a\\,b\\+\\\"c\\\"");
        assert_eq!(subject::normalised(&certificate.subject).as_ref(), Some(&certificate.subject));
        assert_eq!(
            names[1..],
            [
                "Dns(\"bot.example.com\")",
                "Ip(\"192.0.2.1\")",
                "Ip(\"2001:db8::1\")",
                "Uri(\"spiffe://example.com/bot\")",
                "Email(\"Bot@example.com\")"
            ]
        );
        assert_eq!(certificate.key, "EC P-256");
        assert_eq!(certificate.extended_usages, ["clientAuth"]);
        assert!(!certificate.is_self_signed && !certificate.is_authority);
    }

    #[test]
    fn only_an_authority_can_be_an_anchor() {
        let Made { client, .. } = made();
        assert_eq!(Anchor::read(client.der()).err(), Some(crate::ReadError::NotAnAuthority));
    }
}
