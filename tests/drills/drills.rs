//! The drills: each installs the product, begins the load, breaks something, and has the ledger read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::browser::{Browser, Way};
use crate::checker::CODES;
use crate::client::Client;
use crate::installation::{Installation, Stores};
use crate::ledger::{Effect, Event};
use crate::load::Load;
use crate::report::Report;

/// How much of it.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// Clients in the closed loop.
    pub(crate) clients: usize,
    /// Of the server, in F1.
    pub(crate) kills: u32,
    /// Between kills, and before and after an outage.
    pub(crate) calm: Duration,
    /// How long a store stays away.
    pub(crate) outage: Duration,
}

/// What fits into CI.
#[cfg(test)]
pub(crate) const SHORT: Scale =
    Scale { clients: 3, kills: 4, calm: Duration::from_millis(1_200), outage: Duration::from_millis(2_500) };
/// What RELIABILITY states.
#[cfg_attr(test, expect(dead_code, reason = "the tests are the short ones"))]
pub(crate) const LONG: Scale =
    Scale { clients: 8, kills: 50, calm: Duration::from_millis(1_500), outage: Duration::from_secs(10) };

/// F1: the server is killed under load, at moments that differ.
pub(crate) async fn server_killed(scale: Scale, stores: Stores, replicas: usize) {
    let installation = installed(scale, stores, replicas).await;
    let load = Load::begin(&installation);
    sleep(scale.calm).await;
    let mut slowest = Duration::ZERO;
    for kill in 0..scale.kills {
        sleep(scale.calm * (kill * 7 % 10) / 10).await;
        let number = usize::try_from(kill).unwrap_or_default() % replicas;
        let what = format!("replica {number}");
        blocking(&installation, move |installation| {
            let replica = installation.replicas.get(number).expect("a replica's number");
            let lost = matches!(installation.stores, Stores::Embedded).then(|| CODES.to_owned());
            for what in lost.iter().chain([&what]) {
                installation.ledger.write(Event::Fault { what: what.clone() });
            }
            replica.kill9();
            replica.restart();
            for what in lost.iter().chain([&what]) {
                installation.ledger.write(Event::Over { what: what.clone() });
            }
        })
        .await;
        slowest =
            slowest.max(installation.replicas.get(number).map_or(Duration::ZERO, testkit::ServerProcess::ready_after));
    }
    sleep(scale.calm).await;
    let failures = load.ends().await;
    let title = if replicas == 1 { "F1, SQLite: server killed" } else { "F1, PostgreSQL and Redis: server killed" };
    let mut report = Report::of(title, &installation);
    report.says(&format!("{} kills; ready again after {slowest:?} at most", scale.kills));
    report.says(&format!("not refreshed at the end: {failures}"));
    report.closes();
    assert_eq!(failures, 0, "every connection that was read can be refreshed");
    assert!(slowest < Duration::from_secs(10), "a replica was ready only after {slowest:?}");
}

/// F2: three replicas are restarted one after the other behind a balancer that looks at their readiness.
pub(crate) async fn rolling_restart(scale: Scale) {
    let installation = installed(scale, Stores::shared(), 3).await;
    let load = Load::begin(&installation);
    let balancer = Arc::clone(&load.balancer);
    let looks = Client::of(&installation);
    let looking = tokio::spawn(async move {
        loop {
            balancer.look(&looks).await;
            sleep(Duration::from_millis(100)).await;
        }
    });
    sleep(scale.calm).await;
    let mut slowest = Duration::ZERO;
    for number in 0..3 {
        let began = Instant::now();
        blocking(&installation, move |installation| {
            installation.replicas.get(number).expect("a replica's number").restart();
        })
        .await;
        slowest = slowest.max(began.elapsed());
        while !load.balancer.has(3) {
            sleep(Duration::from_millis(50)).await;
        }
    }
    sleep(scale.calm).await;
    let failures = load.ends().await;
    looking.abort();
    let mut report = Report::of("F2: three replicas restarted in turn", &installation);
    let failed = report.replay.exchanges.iter().filter(|one| one.answer().is_none() || one.status() >= 500).count();
    report.says(&format!("failed requests: {failed}; slowest replica {slowest:?}"));
    report.closes();
    assert_eq!((failed, failures), (0, 0), "no request fails");
    assert!(slowest < Duration::from_secs(30), "a replica took {slowest:?}");
}

/// F3: Redis is killed, and comes back with what it had written.
pub(crate) async fn redis_killed(scale: Scale) {
    let installation = installed(scale, Stores::shared(), 2).await;
    let load = Load::begin(&installation);
    let client = Client::of(&installation);
    let person = installation.people.first().expect("there is a person").clone();
    let browser = Browser::new(&installation, person);
    sleep(scale.calm).await;
    let (spent, outstanding) = (code(&browser, &installation).await, code(&browser, &installation).await);
    client.redeems(0, &installation.app, &spent).await;
    out(&installation, "redis", |installation| installation.stores.redis().kill9()).await;
    client.redeems(0, &installation.app, &outstanding).await;
    sleep(scale.outage).await;
    client.redeems(1, &installation.app, &outstanding).await;
    back(&installation, "redis", |installation| installation.stores.redis().restart()).await;
    sleep(scale.calm * 2).await;
    for replica in 0..2 {
        client.redeems(replica, &installation.app, &spent).await;
        client.redeems(replica, &installation.app, &outstanding).await;
    }
    let failures = load.ends().await;
    let mut report = Report::of("F3: Redis killed", &installation);
    let (recovery, later) = (report.recovery(), report.later(50));
    report.says(&format!("while it was away, requests and those answered 503: {later:?}"));
    report.says(&format!("last 503 {recovery} ms after it was back"));
    report.closes();
    // DESIGN §6: pages and codes need it, nothing else does.
    for (endpoint, (all, later)) in later {
        match endpoint {
            "code" | "pages" => assert_eq!(all, later, "{endpoint} cannot work without Redis"),
            "commands" => {}
            _ => assert_eq!(later, 0, "{endpoint} works without Redis"),
        }
    }
    assert_eq!(failures, 0, "every connection that was read can be refreshed");
    assert!(recovery < 3_000, "the last 503 came {recovery} ms after Redis was back");
}

/// F8: PostgreSQL is killed, and recovers from its log.
pub(crate) async fn postgres_killed(scale: Scale) {
    let installation = installed(scale, Stores::shared(), 2).await;
    let load = Load::begin(&installation);
    sleep(scale.calm).await;
    out(&installation, "postgres", |installation| installation.stores.postgres().kill9()).await;
    sleep(scale.outage).await;
    back(&installation, "postgres", |installation| installation.stores.postgres().restart()).await;
    sleep(scale.calm * 3).await;
    let failures = load.ends().await;
    let mut report = Report::of("F8: PostgreSQL killed", &installation);
    let (recovery, later) = (report.recovery(), report.later(1_600));
    report.says(&format!("while it was away for more than the lease, requests and those answered 503: {later:?}"));
    report.says(&format!("last 503 {recovery} ms after it answered again"));
    report.closes();
    for (endpoint, (all, later)) in later {
        assert!(all == later || matches!(endpoint, "commands" | "pages"), "{endpoint} went on without its database");
    }
    assert_eq!(failures, 0, "every connection that was read can be refreshed");
    assert!(recovery < 5_000, "the last 503 came {recovery} ms after PostgreSQL was back");
}

/// With people for the clients and the operator, and keys that may act on their own.
async fn installed(scale: Scale, stores: Stores, replicas: usize) -> Arc<Installation> {
    let people = scale.clients + 1;
    let start = move || Installation::start(stores, replicas, people);
    let installation = tokio::task::spawn_blocking(start).await.expect("the product can be installed");
    let browser = Browser::new(&installation, installation.people.first().expect("there is a person").clone());
    for key in [installation.app.key.clone(), installation.toggled.key.clone()] {
        let request = blocking(&installation, move |installation| {
            let words = ["connection", "request", "--key", &key, "--customer", &installation.customer];
            installation.commands(&words, Effect::None).expect("the request is made")
        })
        .await;
        let request = crate::installation::text(&request, "id");
        assert!(matches!(browser.lets_act_alone(0, &request).await, Way::Stopped(200)), "the request is granted");
    }
    installation
}

async fn code(browser: &Browser, installation: &Installation) -> String {
    match browser.lets_in(0, &installation.app).await {
        Way::Back(code) => code,
        Way::Stopped(status) => panic!("the way through the pages ended with {status}"),
        Way::Lost => panic!("a page did not come"),
    }
}

async fn out(installation: &Arc<Installation>, what: &'static str, kill: fn(&Installation)) {
    blocking(installation, move |installation| {
        installation.ledger.write(Event::Fault { what: what.to_owned() });
        kill(installation);
    })
    .await;
}

async fn back(installation: &Arc<Installation>, what: &'static str, restart: fn(&Installation)) {
    blocking(installation, move |installation| {
        restart(installation);
        installation.ledger.write(Event::Over { what: what.to_owned() });
    })
    .await;
}

async fn blocking<T: Send + 'static>(
    installation: &Arc<Installation>,
    work: impl FnOnce(&Installation) -> T + Send + 'static,
) -> T {
    let installation = Arc::clone(installation);
    tokio::task::spawn_blocking(move || work(&installation)).await.expect("nothing panics")
}
