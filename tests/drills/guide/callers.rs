//! The app's clients, who call all the time, and whoever stole from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Identity};
use serde_json::Value;
use testkit::{Authority, Issued};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::installation::Card;

/// Between two laps of a client.
const PAUSE: Duration = Duration::from_millis(20);
/// Longer than a lap takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a client comes: to which addresses, one a replica, and with which certificate.
#[derive(Clone)]
pub(crate) struct Way {
    http: Client,
    urls: Vec<String>,
}

/// What a client calls for.
pub(crate) enum Errand {
    /// A token by client credentials.
    ActsAlone,
    /// A refresh of what a person let it have.
    Refreshes(String),
}

/// A client that calls until it is stopped: for a token, and whether the other replica knows that token.
pub(crate) struct Caller {
    ways: watch::Sender<(u64, Option<Way>)>,
    /// The number of the way that the last whole lap went.
    went: watch::Receiver<u64>,
    calls: Arc<AtomicU64>,
    task: JoinHandle<Vec<String>>,
}

impl Way {
    /// Over plain HTTP, as before.
    pub(crate) fn plain(urls: Vec<String>) -> Self {
        Self { http: testkit::http_client(&[]).build().expect("a client can be made"), urls }
    }

    /// Over TLS, with this certificate.
    pub(crate) fn with(authority: &Authority, certificate: &Issued, urls: Vec<String>) -> Self {
        let pem = certificate.pem() + &certificate.key_pem();
        let identity = Identity::from_pem(pem.as_bytes()).expect("a certificate with its key");
        let http = testkit::http_client(&[authority]).identity(identity).build().expect("a client can be made");
        Self { http, urls }
    }

    /// A form at an endpoint of a replica; its status and answer.
    pub(crate) async fn posts(
        &self,
        replica: usize,
        endpoint: &str,
        (id, secret): (&str, &str),
        form: &[(&str, &str)],
    ) -> Result<(u16, Value), String> {
        let url = self.urls.get(replica % self.urls.len()).expect("there is a replica");
        let request = self.http.post(format!("{url}/oauth/{endpoint}")).basic_auth(id, Some(secret)).form(form);
        let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.map_err(|error| format!("{error:?}"))?))
    }

    /// A token by client credentials.
    pub(crate) async fn acts_alone(&self, replica: usize, card: &Card) -> Result<(u16, Value), String> {
        self.posts(replica, "token", (&card.key, &card.secret), &[("grant_type", "client_credentials")]).await
    }
}

impl Caller {
    /// Begins to call.
    pub(crate) fn begins(card: Card, errand: Errand, way: Way) -> Self {
        let (ways, of_ways) = watch::channel((0, Some(way)));
        let (laps, went) = watch::channel(u64::MAX);
        let calls = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(calls_on(card, errand, of_ways, laps, Arc::clone(&calls)));
        Self { ways, went, calls, task }
    }

    /// Comes another way from its next lap on; returns after the first whole one.
    pub(crate) async fn moves(&mut self, way: Way) {
        self.ways.send_modify(|(number, current)| {
            *number += 1;
            *current = Some(way);
        });
        self.has_gone().await;
    }

    /// Returns after a whole lap from now.
    pub(crate) async fn goes_on(&mut self) {
        self.ways.send_modify(|(number, _)| *number += 1);
        self.has_gone().await;
    }

    async fn has_gone(&mut self) {
        let number = self.ways.borrow().0;
        let went = tokio::time::timeout(PATIENCE, self.went.wait_for(|went| *went == number)).await;
        drop(went.expect("a client calls on").expect("a client calls until it is stopped"));
    }

    /// Ends it; how often it called, and what failed.
    pub(crate) async fn stops(self) -> (u64, Vec<String>) {
        self.ways.send_modify(|(_, way)| *way = None);
        let failures = self.task.await.expect("a client does not panic");
        (self.calls.load(Ordering::Relaxed), failures)
    }
}

async fn calls_on(
    card: Card,
    errand: Errand,
    mut ways: watch::Receiver<(u64, Option<Way>)>,
    laps: watch::Sender<u64>,
    calls: Arc<AtomicU64>,
) -> Vec<String> {
    let (mut failures, mut turn) = (Vec::new(), 0);
    loop {
        let (number, way) = ways.borrow_and_update().clone();
        let Some(way) = way else { return failures };
        calls.fetch_add(2, Ordering::Relaxed);
        if let Err(failure) = lap(&card, &errand, &way, turn).await {
            failures.push(format!("{} after {number} moves: {failure}", card.key));
        }
        turn += 1;
        laps.send_replace(number);
        tokio::time::sleep(PAUSE).await;
    }
}

/// A token of one replica, which the next one says is good.
async fn lap(card: &Card, errand: &Errand, way: &Way, turn: usize) -> Result<(), String> {
    let (status, answer) = match errand {
        Errand::ActsAlone => way.acts_alone(turn, card).await?,
        Errand::Refreshes(token) => {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
            way.posts(turn, "token", (&card.key, &card.secret), &form).await?
        }
    };
    let Some(token) = answer["access_token"].as_str().filter(|_| status == 200) else {
        return Err(format!("{status} {answer}"));
    };
    let (status, answer) = way.posts(turn + 1, "introspect", (&card.key, &card.secret), &[("token", token)]).await?;
    if status == 200 && answer["active"] == true { Ok(()) } else { Err(format!("introspection: {status} {answer}")) }
}

/// Asks again and again until the answer is the one that is waited for; how long after `since` it was asked for.
pub(crate) async fn until<A: Future<Output = Result<(u16, Value), String>>>(
    since: Instant,
    asks: impl Fn() -> A,
    is_it: impl Fn(&(u16, Value)) -> bool,
) -> (Duration, Value) {
    loop {
        let asked = since.elapsed();
        let answer = asks().await.expect("a replica answers");
        if is_it(&answer) {
            return (asked, answer.1);
        }
        assert!(asked < PATIENCE, "still {answer:?}");
    }
}
