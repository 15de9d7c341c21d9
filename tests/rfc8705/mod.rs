//! RFC 8705, OAuth 2.0 Mutual-TLS Client Authentication and Certificate-Bound Access Tokens, and what Countersign
//! promises around it: Off, Optional and Required, the check of gateways, the mirror. All over real TLS.

mod gateway;
mod mirror;
mod required;
mod section_2;
mod section_3;
mod section_4;
mod section_5;

use certificates::{Anchor, Certificate, Crl, NameKind, Trust};
use client_registry::{AppEdit, CertificateDraft, Holder, KeyDraft};
use domain::{CertificateId, KeyKind, MutualTls, Voucher};
use storage::{ActivityFilter, ActivityLog as _, ActivityRow};
use testkit::{Authority, Issued};

use crate::world::{Card, Client, World, operator};

/// Sets the mutual TLS of the client's app.
async fn set(world: &World, client: &Client<'_>, mutual_tls: MutualTls) {
    let edits = vec![AppEdit::MutualTls(mutual_tls)];
    world.registry().edit_app(&operator(), client.card.app, None, edits).await.expect("the edit is good");
    world.knows().await;
}

/// Registers this very certificate for the client's app.
async fn register(world: &World, client: &Client<'_>, certificate: &Issued) -> CertificateId {
    let draft = CertificateDraft { holder: Holder::App(client.card.app), label: None };
    let made = world.registry().add_certificate(&operator(), draft, certificate.pem().as_bytes()).await;
    world.knows().await;
    made.expect("the certificate is good").id
}

/// Registers a name for the client's app, under its own anchors.
async fn register_name(world: &World, client: &Client<'_>, kind: NameKind, name: &str) -> CertificateId {
    let draft = CertificateDraft { holder: Holder::App(client.card.app), label: None };
    let made = world.registry().add_certificate_name(&operator(), draft, (kind, name), Voucher::App).await;
    world.knows().await;
    made.expect("the name is good").id
}

/// Makes this authority an anchor of the client's app.
async fn trust(world: &World, client: &Client<'_>, authority: &Authority) {
    let made = world.registry().add_anchor(&operator(), client.card.app, None, authority.pem().as_bytes()).await;
    made.expect("the authority is good");
    world.knows().await;
}

async fn remove(world: &World, certificate: CertificateId) {
    world.registry().remove_certificate(&operator(), certificate, true).await.expect("it is registered");
    world.knows().await;
}

/// Another key of the client's app, of this kind.
async fn key<'w>(world: &'w World, client: &Client<'_>, kind: KeyKind) -> Client<'w> {
    let label = "Second".to_owned();
    let draft = KeyDraft { app: client.card.app, label, kind, environments: None, expires_at: None };
    let made = world.registry().create_key(&operator(), draft).await.expect("the draft is good");
    world.knows().await;
    world.client(Card {
        id: made.key.id,
        secret_id: made.secret.as_ref().map(|new| new.secret.id),
        secret: made.secret.map(|new| new.text.reveal()),
        ..client.card.clone()
    })
}

/// The operator learns that this authority took these back.
fn take_back(world: &World, authority: &Authority, revoked: &[&Issued]) {
    let crls = Crl::read_all(authority.revocation_list(revoked, |_| {}).as_bytes(), std::time::Duration::ZERO);
    let anchors = vec![Anchor::read(authority.der()).expect("it is an authority")];
    let trust = Trust { anchors, crls: crls.expect("it is a list"), ..Trust::default() };
    world.replica(0).trust.replace(&trust);
}

fn thumbprint(certificate: &Issued) -> String {
    Certificate::read(certificate.der()).expect("it is a certificate").thumbprint.to_string()
}

async fn activity_of(world: &World, client: &Client<'_>) -> Vec<ActivityRow> {
    world.writes_what_waits().await;
    let filter = ActivityFilter { key: Some(client.card.id), ..ActivityFilter::default() };
    world.replica(0).store.activity(&filter, 1000).await.expect("the database answers")
}

/// Whether the app's activity has this refusal.
async fn is_noted(world: &World, client: &Client<'_>, reason: &str) -> bool {
    activity_of(world, client).await.iter().any(|row| row.refusal.as_deref() == Some(reason))
}
