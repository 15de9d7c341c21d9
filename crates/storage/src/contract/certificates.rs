//! Registered certificates and trust anchors: whose they are, and that no two apps have the same.

use std::time::Duration;

use domain::CertificateName::{Dns, Email, Ip, Subject, Uri};
use domain::{
    AnchorId, App, AppId, CertificateId, CertificateName, ClientId, MutualTls, Recognition, RegisteredCertificate,
    Timestamp, TrustAnchor, Voucher,
};

use super::fixtures::{self, FreshBits, World, commit};
use super::units::{conflicts, exists};
use super::{Durable, all_at_once, count, run_each};
use crate::{Change, ClientRecord, LastUses, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        certificates_and_anchors_are_read_as_they_were_written,
        a_clients_record_has_what_counts_for_it_and_each_once,
        a_clients_record_has_none_while_mutual_tls_is_off,
        a_certificate_is_registered_once_over_all_apps,
        a_name_is_registered_once_under_one_anchor,
        a_name_may_be_registered_under_two_anchors_by_two_apps,
        an_anchor_takes_the_names_of_its_app_under_it,
        a_removed_anchor_gives_names_back,
        an_app_has_an_anchor_once,
        of_fifty_registrations_of_one_name_one_is_made,
        only_its_own_app_removes_a_certificate_or_an_anchor,
        certificates_that_end_are_found_the_first_to_end_first,
        the_last_use_of_a_certificate_never_moves_back,
    );
}

/// Every field, of every kind.
pub async fn certificates_and_anchors_are_read_as_they_were_written(store: &Durable) {
    let world = World::add(store).await;
    let later = |seconds| world.now + Duration::from_secs(seconds);
    let exact = RegisteredCertificate { key: Some(world.key.id), ..exact_certificate(world.app.id, later(1)) };
    let mut all = vec![exact, named_certificate(world.app.id, Voucher::Operator, later(2))];
    let names = [Subject, Dns, Uri, Ip, Email].map(|kind| kind(format!("CN={}\\, Söhne", fixtures::fresh_word())));
    for (name, seconds) in names.into_iter().zip(3..) {
        let recognition = Recognition::Named { name, voucher: Voucher::App };
        all.push(RegisteredCertificate { recognition, ..exact_certificate(world.app.id, later(seconds)) });
    }
    let anchors = [anchor(world.app.id, later(1)), anchor(world.app.id, later(2))];
    add(store, &all, &anchors).await;
    assert_eq!(store.directory.certificates(world.app.id).await.expect("the store answers"), all);
    assert_eq!(store.directory.anchors(world.app.id).await.expect("the store answers"), anchors);
    for one in &all {
        assert_eq!(store.directory.certificate(one.id).await.expect("the store answers").as_ref(), Some(one));
    }
    for one in &anchors {
        assert_eq!(store.directory.anchor(one.id).await.expect("the store answers").as_ref(), Some(one));
    }
}

/// For this key or for every key of the app; not another key's, nor another app's.
pub async fn a_clients_record_has_what_counts_for_it_and_each_once(store: &Durable) {
    let world = World::add(store).await;
    let stranger = World::add(store).await;
    let second_key = fixtures::key(world.app.id, world.now);
    let secrets = [1, 2].map(|seconds| fixtures::secret(world.key.id, world.now + Duration::from_secs(seconds)));
    let mut changes = vec![Change::AddKey(second_key.clone())];
    changes.extend(secrets.iter().cloned().map(Change::AddSecret));
    commit(store, changes).await;
    let later = |seconds| world.now + Duration::from_secs(seconds);
    let of_app = exact_certificate(world.app.id, later(1));
    let of_key =
        RegisteredCertificate { key: Some(world.key.id), ..named_certificate(world.app.id, Voucher::App, later(2)) };
    let of_second = RegisteredCertificate { key: Some(second_key.id), ..exact_certificate(world.app.id, later(3)) };
    let anchors = [anchor(world.app.id, later(1)), anchor(world.app.id, later(2))];
    add(store, &[of_app.clone(), of_key.clone(), of_second.clone()], &anchors).await;
    add(store, &[exact_certificate(stranger.app.id, later(1))], &[anchor(stranger.app.id, later(1))]).await;
    let record = record(store, world.key.id).await;
    let [older, newer] = secrets;
    assert_eq!(record.secrets, [newer, older, world.secret]);
    assert_eq!(record.certificates, [of_app.clone(), of_key]);
    assert_eq!(record.anchors, anchors);
    assert_eq!(self::record(store, second_key.id).await.certificates, [of_app, of_second]);
}

/// Certificates are ignored then, so that none is read.
pub async fn a_clients_record_has_none_while_mutual_tls_is_off(store: &Durable) {
    let world = World::add(store).await;
    add(store, &[exact_certificate(world.app.id, world.now)], &[anchor(world.app.id, world.now)]).await;
    for (version, mode, expected) in [(1, MutualTls::Off, 0), (2, MutualTls::Optional, 1), (3, MutualTls::Required, 1)]
    {
        let app = App { version, mutual_tls: mode, ..world.app.clone() };
        commit(store, vec![Change::ReplaceApp(app)]).await;
        let record = record(store, world.key.id).await;
        assert_eq!(record.app.mutual_tls, mode);
        assert_eq!((record.certificates.len(), record.anchors.len()), (expected, expected), "{mode:?}");
        assert_eq!(record.secrets.len(), 1);
    }
}

/// Until it is removed.
pub async fn a_certificate_is_registered_once_over_all_apps(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    let registered = exact_certificate(world.app.id, world.now);
    let same = RegisteredCertificate {
        recognition: registered.recognition.clone(),
        ..exact_certificate(stranger.app.id, world.now)
    };
    add(store, std::slice::from_ref(&registered), &[]).await;
    exists(store, Change::AddCertificate(same.clone())).await;
    let Recognition::Exact { thumbprint, .. } = &registered.recognition else { panic!("a very certificate") };
    assert!(store.directory.is_certificate_registered(thumbprint).await.expect("the store answers"));
    commit(store, vec![Change::RemoveCertificate(registered.id, world.app.id)]).await;
    assert!(!store.directory.is_certificate_registered(thumbprint).await.expect("the store answers"));
    assert_eq!(store.directory.certificate(registered.id).await.expect("the store answers"), None);
    add(store, &[same], &[]).await;
}

/// Whether it is an anchor that two apps have or one of the operator's.
pub async fn a_name_is_registered_once_under_one_anchor(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    let shared = anchor(world.app.id, world.now);
    add(store, &[], &[shared.clone(), anchor_like(&shared, &stranger)]).await;
    for voucher in [Voucher::App, Voucher::Operator] {
        let registered = named_certificate(world.app.id, voucher, world.now);
        let same = RegisteredCertificate {
            recognition: registered.recognition.clone(),
            ..exact_certificate(stranger.app.id, world.now)
        };
        add(store, std::slice::from_ref(&registered), &[]).await;
        exists(store, Change::AddCertificate(same.clone())).await;
        assert!(store.directory.certificates(stranger.app.id).await.expect("the store answers").is_empty());
        commit(store, vec![Change::RemoveCertificate(registered.id, world.app.id)]).await;
        add(store, std::slice::from_ref(&same), &[]).await;
        commit(store, vec![Change::RemoveCertificate(same.id, stranger.app.id)]).await;
    }
}

/// One authority's word says nothing of another's clients.
pub async fn a_name_may_be_registered_under_two_anchors_by_two_apps(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    add(store, &[], &[anchor(world.app.id, world.now), anchor(stranger.app.id, world.now)]).await;
    let registered = named_certificate(world.app.id, Voucher::App, world.now);
    let same = RegisteredCertificate {
        recognition: registered.recognition.clone(),
        ..exact_certificate(stranger.app.id, world.now)
    };
    add(store, &[registered, same], &[]).await;
}

/// So that it cannot be got around by adding the name first and the anchor after it.
pub async fn an_anchor_takes_the_names_of_its_app_under_it(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    let registered = named_certificate(world.app.id, Voucher::App, world.now);
    let same = RegisteredCertificate {
        recognition: registered.recognition.clone(),
        ..exact_certificate(stranger.app.id, world.now)
    };
    let first = anchor(world.app.id, world.now);
    add(store, &[registered, same], &[]).await;
    add(store, &[], std::slice::from_ref(&first)).await;
    exists(store, Change::AddAnchor(anchor_like(&first, &stranger))).await;
    assert!(store.directory.anchors(stranger.app.id).await.expect("the store answers").is_empty());
}

/// Another app may have them under the same anchor then; the certificate stays and counts under the others.
pub async fn a_removed_anchor_gives_names_back(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    let shared = anchor(world.app.id, world.now);
    let theirs = anchor_like(&shared, &stranger);
    let registered = named_certificate(world.app.id, Voucher::App, world.now);
    let same = RegisteredCertificate {
        recognition: registered.recognition.clone(),
        ..exact_certificate(stranger.app.id, world.now)
    };
    add(store, std::slice::from_ref(&registered), &[shared.clone(), theirs]).await;
    commit(store, vec![Change::RemoveAnchor(shared.id, world.app.id)]).await;
    assert_eq!(store.directory.anchor(shared.id).await.expect("the store answers"), None);
    assert_eq!(store.directory.certificates(world.app.id).await.expect("the store answers"), [registered]);
    add(store, &[same], &[]).await;
}

/// Anchors are told apart by their key.
pub async fn an_app_has_an_anchor_once(store: &Durable) {
    let world = World::add(store).await;
    let first = anchor(world.app.id, world.now);
    add(store, &[], std::slice::from_ref(&first)).await;
    exists(store, Change::AddAnchor(anchor_like(&first, &world))).await;
}

/// Each from an app of its own, that brings the anchor with it.
pub async fn of_fifty_registrations_of_one_name_one_is_made(store: &Durable) {
    let world = World::add(store).await;
    let first = anchor(world.app.id, world.now);
    let name = named_certificate(world.app.id, Voucher::App, world.now).recognition;
    let all = all_at_once(|_| {
        let (units, now) = (store.units.clone(), world.now);
        let app = fixtures::app(&world.environment.name, now);
        let anchor = TrustAnchor { app: app.id, ..anchor_like(&first, &world) };
        let certificate = RegisteredCertificate { recognition: name.clone(), ..exact_certificate(app.id, now) };
        let changes = vec![Change::AddApp(app), Change::AddAnchor(anchor), Change::AddCertificate(certificate)];
        async move { units.commit(Unit { changes, ..Unit::default() }).await }
    })
    .await;
    assert_eq!(count(&all, Result::is_ok), 1);
    assert_eq!(count(&all, |done| matches!(done, Err(crate::StoreError::Exists { .. }))), all.len() - 1);
}

/// An id alone gives no power over what is another's.
pub async fn only_its_own_app_removes_a_certificate_or_an_anchor(store: &Durable) {
    let (world, stranger) = (World::add(store).await, World::add(store).await);
    let registered = named_certificate(world.app.id, Voucher::App, world.now);
    let first = anchor(world.app.id, world.now);
    add(store, std::slice::from_ref(&registered), std::slice::from_ref(&first)).await;
    conflicts(store, Change::RemoveCertificate(registered.id, stranger.app.id)).await;
    conflicts(store, Change::RemoveAnchor(first.id, stranger.app.id)).await;
    let theirs =
        RegisteredCertificate { recognition: registered.recognition, ..exact_certificate(stranger.app.id, world.now) };
    add(store, &[theirs], &[]).await;
    exists(store, Change::AddAnchor(anchor_like(&first, &stranger))).await;
}

/// Of all apps; names never end.
pub async fn certificates_that_end_are_found_the_first_to_end_first(store: &Durable) {
    let world = World::add(store).await;
    // Far from what other tests register.
    let start = world.now + fixtures::ABSOLUTE * 7;
    let ends = [3, 1, 2, 4].map(|seconds| ending(&world, start + Duration::from_secs(seconds)));
    add(store, &ends, &[]).await;
    add(store, &[named_certificate(world.app.id, Voucher::Operator, world.now)], &[]).await;
    let [third, first, second, _] = ends;
    let until = start + Duration::from_secs(3);
    let found = store.directory.certificates_ending(start, until, 10).await.expect("the store answers");
    assert_eq!(found, [first.clone(), second.clone(), third.clone()]);
    let found = store.directory.certificates_ending(start, until, 2).await.expect("the store answers");
    assert_eq!(found, [first, second.clone()]);
    let from = start + Duration::from_secs(1);
    let found = store.directory.certificates_ending(from, until, 10).await.expect("the store answers");
    assert_eq!(found, [second, third]);
}

/// Batches of two replicas arrive in any order.
pub async fn the_last_use_of_a_certificate_never_moves_back(store: &Durable) {
    let world = World::add(store).await;
    let [used, other] = [(); 2].map(|()| exact_certificate(world.app.id, world.now));
    add(store, &[used.clone(), other.clone()], &[]).await;
    let later = world.now + Duration::from_secs(60);
    for at in [later, later - Duration::from_secs(1)] {
        let uses = LastUses { certificates: vec![(used.id, at)], ..LastUses::default() };
        store.connections.touch(&uses).await.expect("the store answers");
        let seen = store.directory.certificate(used.id).await.expect("the store answers");
        assert_eq!(seen, Some(RegisteredCertificate { last_used_at: Some(later), ..used.clone() }));
    }
    assert_eq!(store.directory.certificate(other.id).await.expect("the store answers"), Some(other));
}

/// A certificate that is registered for all keys of an app, valid around `now`.
fn exact_certificate(app: AppId, now: Timestamp) -> RegisteredCertificate {
    let recognition = Recognition::Exact {
        thumbprint: fixtures::thumbprint(),
        der: fixtures::fresh_bytes::<64>().to_vec(),
        not_before: now - fixtures::ENTRY_LIFE,
        not_after: now + fixtures::ABSOLUTE,
    };
    RegisteredCertificate {
        id: CertificateId::generate(&FreshBits),
        app,
        key: None,
        label: "Night-time sheets".into(),
        recognition,
        added_at: now,
        last_used_at: None,
    }
}

/// A name that is registered for all keys of an app.
fn named_certificate(app: AppId, voucher: Voucher, now: Timestamp) -> RegisteredCertificate {
    let name = CertificateName::Dns(format!("{}.bots.test", fixtures::fresh_word()));
    RegisteredCertificate { recognition: Recognition::Named { name, voucher }, ..exact_certificate(app, now) }
}

/// A trust anchor of an app.
fn anchor(app: AppId, now: Timestamp) -> TrustAnchor {
    TrustAnchor {
        id: AnchorId::generate(&FreshBits),
        app,
        label: "Bots CA".into(),
        der: fixtures::fresh_bytes::<64>().to_vec(),
        key_digest: fixtures::fresh_bytes(),
        added_at: now,
    }
}

async fn add(store: &Durable, certificates: &[RegisteredCertificate], anchors: &[TrustAnchor]) {
    let certificates = certificates.iter().cloned().map(Change::AddCertificate);
    commit(store, certificates.chain(anchors.iter().cloned().map(Change::AddAnchor)).collect()).await;
}

async fn record(store: &Durable, key: ClientId) -> ClientRecord {
    store.records.client(key).await.expect("the store answers").value.expect("it exists")
}

/// The same authority, as an anchor of `world`'s app.
fn anchor_like(other: &TrustAnchor, world: &World) -> TrustAnchor {
    TrustAnchor { key_digest: other.key_digest, ..anchor(world.app.id, world.now) }
}

pub(super) fn ending(world: &World, end: Timestamp) -> RegisteredCertificate {
    let mut certificate = exact_certificate(world.app.id, world.now);
    if let Recognition::Exact { not_after, .. } = &mut certificate.recognition {
        *not_after = end;
    }
    certificate
}
