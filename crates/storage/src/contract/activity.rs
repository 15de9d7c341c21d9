//! Activity and audit (DESIGN, decision 14).

use std::time::Duration;

use domain::{
    Activity, ActivityKind, Actor, AppId, AuditRecord, CertificateShown, ClientId, ConnectionId, Origin, Reason,
    RequestId, Timestamp,
};

use super::fixtures::{FreshBits, World, audit};
use super::{Durable, all_at_once, run_each};
use crate::{ActivityFilter, ActivityRow, CertificateUse, RefusalCount, SuccessCount};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_single_attempt_is_read_as_it_was_appended,
        counts_of_parallel_writers_are_added_up,
        counts_that_differ_in_one_thing_are_kept_apart,
        activity_is_listed_newest_first_up_to_the_limit,
        activity_is_filtered_by_app_key_and_request,
        activity_is_filtered_by_time,
        refusals_are_listed_alone,
        successes_tell_how_many_came_with_which_certificate,
        the_certificates_of_an_apps_clients_are_counted_per_key,
        an_audit_record_is_read_as_it_was_written,
        audit_is_listed_newest_first_by_target,
    );
}

/// Success or refusal.
pub async fn a_single_attempt_is_read_as_it_was_appended(store: &Durable) {
    let world = World::add(store).await;
    let refused = Activity { certificate: CertificateShown::Unregistered, ..attempt(&world, world.now) };
    let succeeded = Activity {
        grant: None,
        refusal: None,
        kind: ActivityKind::Authorize,
        connection: Some(ConnectionId::generate(&FreshBits)),
        customer: Some(world.customer.id),
        certificate: CertificateShown::Registered,
        ..attempt(&world, world.now - Duration::from_secs(1))
    };
    let appended = store.activity.append(&[refused.clone(), succeeded.clone()], &[], &[]).await;
    appended.expect("the store answers");
    let rows = activity_of(store, &of_app(&world), 10).await;
    assert_eq!(rows, [row_of(&refused, "token"), row_of(&succeeded, "authorize")]);
}

/// One row per key, endpoint, grant and hour, and none is lost: every replica writes its own share.
pub async fn counts_of_parallel_writers_are_added_up(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let (success, refusal) = (success(&world), refusal(&world));
    all_at_once(|number| {
        let activity = store.activity.clone();
        let mut successes = vec![(success.clone(), 3), (self::success(&other), 1)];
        let mut refusals = vec![(refusal.clone(), 2), (self::refusal(&other), 1)];
        // Batches that name the same rows in different orders must not wait for each other for ever.
        if number % 2 == 0 {
            successes.reverse();
            refusals.reverse();
        }
        async move { activity.append(&[], &successes, &refusals).await.expect("the store answers") }
    })
    .await;
    let mut rows = activity_of(store, &of_app(&world), 10).await;
    rows.sort_by_key(|row| row.count);
    let [refused, succeeded] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((refused.count, succeeded.count), (100, 150));
    assert_eq!((refused.at, succeeded.at), (refusal.minute, success.hour));
    assert_eq!(refused.refusal.as_deref(), Some(Reason::SecretWrong.code()));
    assert_eq!((refused.address.as_str(), succeeded.address.as_str()), ("192.0.2.0/24", ""));
    assert_eq!((succeeded.refusal.as_deref(), succeeded.grant.as_str()), (None, "client_credentials"));
    for row in [refused, succeeded] {
        assert_eq!((row.kind.as_str(), row.key, row.request), ("token", Some(world.key.id), None));
        assert_eq!(row.environment, world.environment.name);
    }
}

/// Another hour, another grant, another reason is another row.
pub async fn counts_that_differ_in_one_thing_are_kept_apart(store: &Durable) {
    let world = World::add(store).await;
    let (success, refusal) = (success(&world), refusal(&world));
    let successes = [
        (SuccessCount { hour: success.hour - Duration::from_hours(1), ..success.clone() }, 1),
        (SuccessCount { grant: "refresh_token".into(), ..success.clone() }, 1),
        (SuccessCount { kind: ActivityKind::Introspect, ..success.clone() }, 1),
        (success, 1),
    ];
    let refusals = [
        (RefusalCount { minute: refusal.minute - Duration::from_mins(1), ..refusal.clone() }, 1),
        (RefusalCount { reason: Reason::SecretRevoked, ..refusal.clone() }, 1),
        (RefusalCount { prefix: "2001:db8::/48".into(), ..refusal.clone() }, 1),
        (refusal, 1),
    ];
    store.activity.append(&[], &successes, &refusals).await.expect("the store answers");
    let rows = activity_of(store, &of_app(&world), 100).await;
    assert_eq!(rows.len(), successes.len() + refusals.len());
    assert!(rows.iter().all(|row| row.count == 1));
}

/// Single attempts and counts together.
pub async fn activity_is_listed_newest_first_up_to_the_limit(store: &Durable) {
    let world = World::add(store).await;
    let ago = |minutes| world.now - Duration::from_mins(minutes);
    let single = [attempt(&world, ago(5)), attempt(&world, ago(90)), attempt(&world, ago(1))];
    let successes = [(SuccessCount { hour: ago(60), ..success(&world) }, 7)];
    let refusals = [(RefusalCount { minute: ago(3), ..refusal(&world) }, 7)];
    store.activity.append(&single, &successes, &refusals).await.expect("the store answers");
    let moments = |rows: Vec<ActivityRow>| rows.into_iter().map(|row| row.at).collect::<Vec<_>>();
    let all = moments(activity_of(store, &of_app(&world), 10).await);
    assert_eq!(all, [1, 3, 5, 60, 90].map(ago));
    let newest = moments(activity_of(store, &of_app(&world), 2).await);
    assert_eq!(newest, [1, 3].map(ago));
}

/// Alone and together.
pub async fn activity_is_filtered_by_app_key_and_request(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let (first, second) = (attempt(&world, world.now), attempt(&world, world.now - Duration::from_secs(1)));
    let of_other = attempt(&other, world.now);
    let single = [first.clone(), second.clone(), of_other.clone()];
    store.activity.append(&single, &[], &[]).await.expect("the store answers");
    let key = ActivityFilter { key: Some(world.key.id), ..ActivityFilter::default() };
    assert_eq!(activity_of(store, &key, 10).await, [row_of(&first, "token"), row_of(&second, "token")]);
    let request = ActivityFilter { request: Some(second.request), ..ActivityFilter::default() };
    assert_eq!(activity_of(store, &request, 10).await, [row_of(&second, "token")]);
    let both = ActivityFilter { app: Some(world.app.id), request: Some(of_other.request), ..ActivityFilter::default() };
    assert_eq!(activity_of(store, &both, 10).await, []);
}

/// From the moment itself on; of merged attempts the start of their hour or minute counts.
pub async fn activity_is_filtered_by_time(store: &Durable) {
    let world = World::add(store).await;
    let ago = |minutes| world.now - Duration::from_mins(minutes);
    let single = [attempt(&world, ago(4)), attempt(&world, ago(6))];
    let successes = [5, 70].map(|minutes| (SuccessCount { hour: ago(minutes), ..success(&world) }, 1));
    let refusals = [3, 7].map(|minutes| (RefusalCount { minute: ago(minutes), ..refusal(&world) }, 1));
    store.activity.append(&single, &successes, &refusals).await.expect("the store answers");
    let filter = ActivityFilter { since: Some(ago(5)), ..of_app(&world) };
    let moments: Vec<_> = activity_of(store, &filter, 10).await.into_iter().map(|row| row.at).collect();
    assert_eq!(moments, [3, 4, 5].map(ago));
}

/// Single and merged ones.
pub async fn refusals_are_listed_alone(store: &Durable) {
    let world = World::add(store).await;
    let ago = |minutes| world.now - Duration::from_mins(minutes);
    let succeeded = Activity { refusal: None, ..attempt(&world, ago(2)) };
    let single = [attempt(&world, ago(1)), succeeded, attempt(&world, ago(4))];
    let refusals = [(RefusalCount { minute: ago(3), ..refusal(&world) }, 7)];
    store.activity.append(&single, &[(success(&world), 5)], &refusals).await.expect("the store answers");
    let filter = ActivityFilter { refused: true, ..of_app(&world) };
    let moments: Vec<_> = activity_of(store, &filter, 10).await.into_iter().map(|row| row.at).collect();
    assert_eq!(moments, [1, 3, 4].map(ago));
}

/// In one row: the certificate is no reason for another one.
pub async fn successes_tell_how_many_came_with_which_certificate(store: &Durable) {
    let world = World::add(store).await;
    let with = |certificate| SuccessCount { certificate, ..success(&world) };
    let [none, registered, unregistered] =
        [CertificateShown::None, CertificateShown::Registered, CertificateShown::Unregistered].map(with);
    for batch in
        [vec![(none.clone(), 1), (registered.clone(), 2)], vec![(unregistered, 4), (none, 8), (registered, 16)]]
    {
        store.activity.append(&[], &batch, &[]).await.expect("the store answers");
    }
    let rows = activity_of(store, &of_app(&world), 10).await;
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((row.count, row.registered, row.unregistered), (31, 18, 4));
}

/// Merged and single ones, since a moment; refusals and the authorize pages do not count.
pub async fn the_certificates_of_an_apps_clients_are_counted_per_key(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let since = Timestamp::from_seconds(world.now.seconds() / 3600 * 3600 - 24 * 3600);
    let second_key = ClientId::generate(&FreshBits);
    let merged = |certificate| SuccessCount { certificate, ..success(&world) };
    let successes = [
        (merged(CertificateShown::Registered), 5),
        (merged(CertificateShown::None), 7),
        (SuccessCount { kind: ActivityKind::Introspect, ..merged(CertificateShown::None) }, 1),
        (SuccessCount { key: second_key, hour: since, ..merged(CertificateShown::Unregistered) }, 2),
        (SuccessCount { hour: since - Duration::from_hours(1), ..merged(CertificateShown::None) }, 100),
        (SuccessCount { kind: ActivityKind::Authorize, ..merged(CertificateShown::None) }, 100),
        (success(&other), 100),
    ];
    let single = |certificate| Activity { certificate, refusal: None, ..attempt(&world, world.now) };
    let singles = [
        single(CertificateShown::Unregistered),
        single(CertificateShown::Registered),
        single(CertificateShown::None),
        Activity { refusal: Some(Reason::CodeExpired), ..single(CertificateShown::None) },
        Activity { kind: ActivityKind::Authorize, ..single(CertificateShown::None) },
        Activity { at: since - Duration::from_secs(1), ..single(CertificateShown::None) },
    ];
    store.activity.append(&singles, &successes, &[(refusal(&world), 100)]).await.expect("the store answers");
    let mut uses = store.activity.certificate_use(world.app.id, since).await.expect("the store answers");
    let mut expected = [
        (world.key.id, CertificateUse { registered: 6, unregistered: 1, without: 9 }),
        (second_key, CertificateUse { registered: 0, unregistered: 2, without: 0 }),
    ];
    uses.sort_by_key(|(key, _)| *key);
    expected.sort_by_key(|(key, _)| *key);
    assert_eq!(uses, expected);
}

/// Every field of it.
pub async fn an_audit_record_is_read_as_it_was_written(store: &Durable) {
    let world = World::add(store).await;
    let record = AuditRecord {
        actor: Actor::User(world.user.id),
        app: Some(world.app.id),
        customer: Some(world.customer.id),
        detail: r#"{"name":["old","néw"]}"#.into(),
        request: Some(RequestId::generate(&FreshBits)),
        ..audit(&world.app.id, world.now)
    };
    store.activity.record(&record).await.expect("the store answers");
    let rows = store.activity.audit(Some(&record.target), 10).await.expect("the store answers");
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((row.at, row.action.as_str(), row.target.as_str()), (record.at, record.action, record.target.as_str()));
    assert_eq!((row.detail.as_str(), row.request), (record.detail.as_str(), record.request));
    assert!(row.actor.contains(&world.user.id.to_string()), "{}", row.actor);
}

/// Or of all targets.
pub async fn audit_is_listed_newest_first_by_target(store: &Durable) {
    let (_, now) = store.head().await;
    let target = AppId::generate(&FreshBits).to_string();
    let moments = [2, 1, 3].map(|seconds| now + Duration::from_secs(seconds));
    for at in moments {
        store.activity.record(&audit(&target, at)).await.expect("the store answers");
    }
    let rows = store.activity.audit(Some(&target), 2).await.expect("the store answers");
    let listed: Vec<_> = rows.iter().map(|row| row.at).collect();
    assert_eq!(listed, [3, 2].map(|seconds| now + Duration::from_secs(seconds)));
    let all = store.activity.audit(None, 3).await.expect("the store answers");
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse(row.at)));
}

fn attempt(world: &World, at: Timestamp) -> Activity {
    Activity {
        at,
        request: RequestId::generate(&FreshBits),
        kind: ActivityKind::Token,
        grant: Some("authorization_code"),
        environment: world.environment.name.clone(),
        key: Some(world.key.id),
        app: Some(world.app.id),
        authenticated: true,
        certificate: CertificateShown::None,
        refusal: Some(Reason::CodeExpired),
        detail: "it expired 5 s ago".into(),
        connection: None,
        customer: None,
        origin: Origin { address: "192.0.2.7".into(), user_agent: "curl/8".into() },
    }
}

fn row_of(attempt: &Activity, kind: &str) -> ActivityRow {
    ActivityRow {
        at: attempt.at,
        count: 1,
        registered: (attempt.certificate == CertificateShown::Registered).into(),
        unregistered: (attempt.certificate == CertificateShown::Unregistered).into(),
        kind: kind.into(),
        grant: attempt.grant.unwrap_or_default().into(),
        refusal: attempt.refusal.map(|reason| reason.code().into()),
        detail: attempt.detail.clone(),
        environment: attempt.environment.clone(),
        key: attempt.key,
        connection: attempt.connection,
        customer: attempt.customer,
        request: Some(attempt.request),
        address: attempt.origin.address.clone(),
        user_agent: attempt.origin.user_agent.clone(),
    }
}

fn success(world: &World) -> SuccessCount {
    SuccessCount {
        key: world.key.id,
        app: world.app.id,
        environment: world.environment.name.clone(),
        kind: ActivityKind::Token,
        grant: "client_credentials".into(),
        hour: Timestamp::from_seconds(world.now.seconds() / 3600 * 3600),
        certificate: CertificateShown::None,
    }
}

fn refusal(world: &World) -> RefusalCount {
    RefusalCount {
        key: world.key.id,
        app: world.app.id,
        environment: world.environment.name.clone(),
        kind: ActivityKind::Token,
        reason: Reason::SecretWrong,
        prefix: "192.0.2.0/24".into(),
        minute: Timestamp::from_seconds(world.now.seconds() / 60 * 60),
    }
}

fn of_app(world: &World) -> ActivityFilter {
    ActivityFilter { app: Some(world.app.id), ..ActivityFilter::default() }
}

async fn activity_of(store: &Durable, filter: &ActivityFilter, limit: u32) -> Vec<ActivityRow> {
    store.activity.activity(filter, limit).await.expect("the store answers")
}
