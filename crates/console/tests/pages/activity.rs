//! Every attempt of an app.

use std::time::Duration;

use domain::{
    Activity, ActivityKind, App, AppId, CertificateShown, ClientId, Clock as _, EnvironmentName, KeyKind, Origin,
    Reason, RequestId, Timestamp,
};
use storage::{ActivityLog as _, RefusalCount, SuccessCount};

use crate::team::{ANA, HOSTILE, app, assert_escaped, assert_protected, draft, key, team, visits};
use crate::world::World;

/// An app of Ana's team with a key.
async fn own(world: &World) -> (App, ClientId) {
    let team = team(world, "Builders", Some(world.ana)).await;
    let own = app(world, draft(team, "Morning Post")).await;
    let key = key(world, &own, KeyKind::Secret).await.key.id;
    (own, key)
}

fn attempt(app: AppId, key: ClientId, number: u8, at: Timestamp) -> Activity {
    Activity {
        at,
        request: RequestId::from_bytes([number; 16]),
        kind: ActivityKind::Token,
        grant: Some("authorization_code"),
        environment: EnvironmentName::default_environment(),
        key: Some(key),
        app: Some(app),
        authenticated: true,
        certificate: CertificateShown::None,
        refusal: Some(Reason::CodeExpired),
        detail: String::new(),
        connection: None,
        customer: None,
        origin: Origin { address: "203.0.113.9".into(), user_agent: "curl/8".into() },
    }
}

async fn append(world: &World, single: &[Activity]) {
    world.store.append(single, &[], &[]).await.unwrap();
}

#[actix_web::test]
async fn an_app_that_nobody_called_says_so_and_where_calls_are() {
    let world = World::start().await;
    let (own, _) = own(&world).await;
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}/activity", own.id)).await;
    assert!(page.says("No attempt in the last 30 days") && page.says(&format!("/ui/apps/{}#call", own.id)));
    assert!(!page.says("Why calls were refused"));
    assert_protected(&page);
}

#[actix_web::test]
async fn an_attempt_is_shown_with_all_that_is_known_of_it() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let now = world.clock.now();
    let customer = Some(world.acme);
    let refused = Activity { customer, detail: "71 s old".into(), ..attempt(own.id, key, 1, now) };
    let request = refused.request;
    append(&world, &[refused]).await;
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}/activity", own.id)).await;
    let reason = Reason::CodeExpired;
    for shown in [
        "Token",
        "code exchange",
        reason.code(),
        reason.sentence(),
        reason.remedy(),
        "71 s old",
        "default",
        "Nightly",
        &key.to_string(),
        "Acme",
        "203.0.113.9",
        "curl/8",
        &request.to_string(),
        "https://login.example/docs/errors#code_expired",
    ] {
        assert!(page.says(&shown.replace('\'', "&#39;")), "{shown} is missing: {}", page.body);
    }
}

#[actix_web::test]
async fn reasons_are_counted_over_single_and_merged_refusals() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let now = world.clock.now();
    let environment = EnvironmentName::default_environment();
    let single = [attempt(own.id, key, 1, now), attempt(own.id, key, 2, now)];
    let (kind, prefix) = (ActivityKind::Token, "203.0.113.0/24".to_owned());
    let refusal = RefusalCount {
        key,
        app: own.id,
        environment: environment.clone(),
        kind,
        reason: Reason::SecretWrong,
        prefix,
        minute: now,
    };
    let success = SuccessCount {
        key,
        app: own.id,
        environment,
        kind,
        grant: "client_credentials".into(),
        hour: now,
        certificate: CertificateShown::Registered,
    };
    world.store.append(&single, &[(success, 31)], &[(refusal, 17)]).await.unwrap();
    let path = format!("/ui/apps/{}/activity", own.id);
    let (mut browser, page) = visits(&world, ANA, &path).await;
    let summary = page.body.split("</section>").next().unwrap();
    let wrong = summary.find("17 ×").expect("the merged ones are counted");
    assert!(summary.find("2 ×").expect("the single ones are counted") > wrong, "the most frequent comes first");
    assert!(page.says("31 ×") && page.says("within this hour") && page.says("31 registered"));
    assert!(page.says("within this minute") && page.says("203.0.113.0/24"));
    let refused = browser.get(&format!("{path}?refused=yes")).await;
    assert!(!refused.says("31 ×") && refused.says("17 ×") && refused.says("checked"));
}

#[actix_web::test]
async fn a_request_is_found_by_its_id_in_its_own_app_alone() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    let now = world.clock.now();
    let other = crate::team::key(&world, &foreign, KeyKind::Secret).await.key.id;
    let elsewhere = Activity { detail: "seen elsewhere".into(), ..attempt(foreign.id, other, 3, now) };
    append(&world, &[attempt(own.id, key, 1, now), attempt(own.id, key, 2, now), elsewhere]).await;
    let id = |number| RequestId::from_bytes([number; 16]).to_string();
    let path = format!("/ui/apps/{}/activity", own.id);
    let (mut browser, all) = visits(&world, ANA, &path).await;
    assert!(all.says(&id(1)) && all.says(&id(2)) && !all.says(&id(3)));
    let found = browser.get(&format!("{path}?request=%20{}+", id(1))).await;
    assert!(found.says(&id(1)) && !found.says(&id(2)));
    let foreign = browser.get(&format!("{path}?request={}", id(3))).await;
    assert!(foreign.says("This app has no attempt with that id") && !foreign.says("seen elsewhere"));
    let faulty = browser.get(&format!("{path}?request=req_1")).await;
    assert!(faulty.says("That is not a request id") && faulty.says("aria-invalid"));
    let of_other_key = browser.get(&format!("{path}?key={other}")).await;
    assert!(of_other_key.says("No attempt matches") && !of_other_key.says("seen elsewhere"));
    assert!(browser.get(&format!("{path}?key={key}")).await.says(&id(2)));
}

#[actix_web::test]
async fn older_attempts_are_on_further_pages_and_the_end_is_said() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let now = world.clock.now();
    let ago = |number: u16| now - Duration::from_secs(u64::from(number));
    let single: Vec<_> = (0..1051)
        .map(|number: u16| Activity { detail: format!("attempt {number:04}."), ..attempt(own.id, key, 1, ago(number)) })
        .collect();
    append(&world, &single).await;
    let path = format!("/ui/apps/{}/activity", own.id);
    let (mut browser, first) = visits(&world, ANA, &path).await;
    assert!(first.says("attempt 0000.") && first.says("attempt 0049.") && !first.says("attempt 0050."));
    assert!(first.says("Older attempts") && !first.says("Newer attempts"));
    assert!(first.says("1000 ×") && first.says("Counted over the newest 1000 entries"));
    let second = browser.get(&format!("{path}?page=1")).await;
    assert!(second.says("attempt 0050.") && second.says("start=\"51\"") && second.says("Newer attempts"));
    let last = browser.get(&format!("{path}?page=99999")).await;
    assert!(last.says("attempt 0999.") && !last.says("Older attempts") && last.says("These are the newest 1000."));
}

#[actix_web::test]
async fn what_is_older_than_thirty_days_is_not_shown() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let old = world.clock.now() - Duration::from_secs(31 * 24 * 3600);
    append(&world, &[attempt(own.id, key, 1, old)]).await;
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}/activity", own.id)).await;
    assert!(page.says("No attempt in the last 30 days"));
}

#[actix_web::test]
async fn what_a_client_sent_is_text() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let origin = Origin { address: "203.0.113.9".into(), user_agent: HOSTILE.into() };
    let hostile = Activity { origin, detail: HOSTILE.into(), ..attempt(own.id, key, 1, world.clock.now()) };
    append(&world, &[hostile]).await;
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}/activity", own.id)).await;
    assert_escaped(&page);
}
