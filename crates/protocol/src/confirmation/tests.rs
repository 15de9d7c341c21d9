use certificates::{NameKind, name};
use domain::{
    AnchorId, ApiKey, App, AppId, ApplicationKind, KeyKind, KeyState, Lifetimes, Publisher, ScopeSet, TeamId,
    TrustAnchor,
};
use testkit::{Authority, Issued};

use super::*;

/// 2026-11-18.
const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

fn shown(issued: &Issued) -> PresentedCertificate {
    let own = Certificate::read(issued.der()).expect("it is a certificate");
    PresentedCertificate { chain: Arc::from([issued.der().to_vec()]), thumbprint: own.thumbprint }
}

fn registered(number: u8, recognition: Recognition) -> RegisteredCertificate {
    RegisteredCertificate {
        id: CertificateId::from_bytes([number; 16]),
        app: AppId::from_bytes([1; 16]),
        key: None,
        label: "production".into(),
        recognition,
        added_at: NOW,
        last_used_at: None,
    }
}

fn exact(number: u8, issued: &Issued) -> RegisteredCertificate {
    let own = Certificate::read(issued.der()).expect("it is a certificate");
    let (thumbprint, not_before, not_after) = (own.thumbprint, own.not_before, own.not_after);
    registered(number, Recognition::Exact { thumbprint, der: issued.der().to_vec(), not_before, not_after })
}

fn named(number: u8, subject: &str, voucher: Voucher) -> RegisteredCertificate {
    let name = name(NameKind::Subject, subject).expect("it is a subject");
    registered(number, Recognition::Named { name, voucher })
}

fn anchor(authority: &Authority) -> TrustAnchor {
    let certificate = Certificate::read(authority.der()).expect("it is a certificate");
    TrustAnchor {
        id: AnchorId::from_bytes([1; 16]),
        app: AppId::from_bytes([1; 16]),
        label: "ours".into(),
        der: authority.der().to_vec(),
        key_digest: certificate.key_digest,
        added_at: NOW,
    }
}

fn client(certificates: Vec<RegisteredCertificate>, anchors: Vec<TrustAnchor>) -> ClientRecord {
    ClientRecord {
        app: App {
            id: AppId::from_bytes([1; 16]),
            team: TeamId::from_bytes([2; 16]),
            name: "Report Bot".into(),
            description: "Reports".into(),
            publisher: Publisher { name: "Example".into(), verified: true },
            support_email: None,
            homepage_url: None,
            privacy_url: None,
            kind: ApplicationKind::Web,
            callback_urls: vec![],
            client_credentials: true,
            mutual_tls: MutualTls::Optional,
            rotate_refresh_tokens: false,
            legacy_parameters_until: None,
            environments: vec![],
            scopes: ScopeSet::default(),
            lifetimes: Lifetimes::default(),
            created_at: NOW,
            deleted_at: None,
            version: 1,
        },
        key: ApiKey {
            id: ClientId::from_bytes([3; 16]),
            app: AppId::from_bytes([1; 16]),
            label: "production".into(),
            kind: KeyKind::Secret,
            state: KeyState::Active,
            environments: None,
            created_at: NOW,
            expires_at: None,
        },
        secrets: vec![],
        certificates,
        anchors,
    }
}

fn found(client: &ClientRecord, issued: &Issued, trust: &Trust) -> Result<u8, Reason> {
    let (finding, _) = examine(client, &shown(issued), trust, NOW);
    finding
        .map(|certificate| certificate.registration().as_bytes().first().copied().unwrap_or_default())
        .map_err(|doubt| doubt.reason)
}

#[test]
fn a_registered_certificate_is_recognised_whoever_issued_it() {
    let (first, second) = (Issued::self_signed("Report Bot"), Authority::new("Example CA").client("Report Bot"));
    let client = client(vec![exact(1, &first), exact(2, &second)], vec![]);
    let nobody = Trust::default();
    assert_eq!(found(&client, &first, &nobody), Ok(1));
    assert_eq!(found(&client, &second, &nobody), Ok(2));
    assert_eq!(
        found(&client, &Issued::self_signed("Report Bot"), &nobody),
        Err(Reason::CertificateUnregistered),
        "the same name with another key"
    );
}

#[test]
fn a_name_counts_under_an_anchor_of_the_app_and_no_other() {
    let (ours, theirs) = (Authority::new("Example CA"), Authority::new("Example CA"));
    let client = client(vec![named(1, "CN=Report Bot", Voucher::App)], vec![anchor(&ours)]);
    let operators = Trust {
        anchors: vec![],
        vouching: vec![Anchor::read(theirs.der()).expect("it is an authority")],
        ..Trust::default()
    };
    assert_eq!(found(&client, &ours.client("Report Bot"), &operators), Ok(1));
    assert_eq!(found(&client, &theirs.client("Report Bot"), &operators), Err(Reason::CertificateIssuerUnknown));
    assert_eq!(found(&client, &ours.client("Other Bot"), &operators), Err(Reason::CertificateUnregistered));
}

#[test]
fn the_operators_anchors_count_where_the_registration_says_so() {
    let (operators, ours) = (Authority::new("Example CA"), Authority::new("Own CA"));
    let client = client(vec![named(1, "CN=Report Bot", Voucher::Operator)], vec![anchor(&ours)]);
    let trust =
        Trust { vouching: vec![Anchor::read(operators.der()).expect("it is an authority")], ..Trust::default() };
    assert_eq!(found(&client, &operators.client("Report Bot"), &trust), Ok(1));
    assert_eq!(found(&client, &ours.client("Report Bot"), &trust), Err(Reason::CertificateIssuerUnknown));
}

#[test]
fn what_is_wrong_with_a_registered_certificate_is_told_to_its_holder_alone() {
    let authority = Authority::new("Example CA");
    let over = authority.client_with("Report Bot", |params| params.not_after = rcgen::date_time_ymd(2026, 11, 1));
    let told = |client: &ClientRecord| {
        let (finding, _) = examine(client, &shown(&over), &Trust::default(), NOW);
        let standing = Standing::Doubted { doubt: finding.expect_err("it has expired"), news: true };
        let public = standing.refusal(None).expect("it is refused").public();
        (public.error, public.reason)
    };
    let (code, own) = told(&client(vec![exact(1, &over)], vec![]));
    assert_eq!((code, own), (domain::ErrorCode::InvalidClient, Reason::CertificateExpired));
    let named = client(vec![named(1, "CN=Report Bot", Voucher::App)], vec![anchor(&authority)]);
    assert_eq!(told(&named), (domain::ErrorCode::InvalidClient, Reason::AuthenticationFailed));
}

#[test]
fn a_verdict_holds_for_its_record_trust_time_and_chain() {
    let issued = Issued::self_signed("Report Bot");
    let shown = shown(&issued);
    let (record, again) = (Arc::new("a record"), Arc::new("a record"));
    let verdict = Verdict {
        record: Arc::downgrade(&record),
        chain: Arc::clone(&shown.chain),
        generation: 4,
        until: NOW + Duration::from_secs(10),
        finding: Err(Doubt::new(Reason::CertificateUnregistered)),
    };
    assert!(verdict.holds(&record, &shown, 4, NOW));
    assert!(!verdict.holds(&again, &shown, 4, NOW), "the record was read again");
    assert!(!verdict.holds(&record, &shown, 5, NOW), "the operator trusts something else");
    assert!(!verdict.holds(&record, &shown, 4, NOW + Duration::from_secs(10)), "its time is over");
    let chain = Arc::from([issued.der().to_vec(), Issued::self_signed("Between").der().to_vec()]);
    let longer = PresentedCertificate { chain, thumbprint: shown.thumbprint };
    assert!(!verdict.holds(&record, &longer, 4, NOW), "another chain came with it");
}
