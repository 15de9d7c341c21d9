//! The load: a closed loop of clients, each with a person who lets it in, and an operator beside them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::browser::{Browser, Way};
use crate::client::{Balancer, Client, Tokens};
use crate::installation::{Card, Installation};
use crate::operator::Operator;

/// After this long no replica may honour what was ended.
const PROMISE: Duration = Duration::from_millis(1_050);
/// Before a client tries again where it got no good answer.
const PAUSE: Duration = Duration::from_millis(25);
/// A hundred single tokens of a key in an hour are ended one by one, then more at once (DESIGN §4.1).
const SINGLE_REVOCATIONS: usize = 12;

pub(crate) struct Load {
    client: Client,
    pub(crate) balancer: Arc<Balancer>,
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Worker>>,
    operator: JoinHandle<Operator>,
}

/// A connection as its client holds it.
struct Held {
    card: Card,
    code: String,
    tokens: Tokens,
}

struct Worker {
    client: Client,
    balancer: Arc<Balancer>,
    browser: Browser,
    held: VecDeque<Held>,
    /// Codes of which nobody knows whether they were redeemed.
    unsure: VecDeque<(Card, String)>,
    /// Access tokens that must be out of force at the moment.
    due: VecDeque<(Instant, String)>,
    revoked: usize,
}

impl Load {
    /// Begins with all people but the last, who is the operator's.
    pub(crate) fn begin(installation: &Arc<Installation>) -> Self {
        let client = Client::of(installation);
        let balancer = Arc::new(Balancer::over(installation.replicas.len()));
        let stop = Arc::new(AtomicBool::new(false));
        let mut people = installation.people.clone();
        let last = people.pop().expect("the operator needs a person");
        let worker = |person| Worker {
            client: client.clone(),
            balancer: Arc::clone(&balancer),
            browser: Browser::new(installation, person),
            held: VecDeque::new(),
            unsure: VecDeque::new(),
            due: VecDeque::new(),
            revoked: 0,
        };
        let workers = people.into_iter().map(|person| tokio::spawn(worker(person).works(Arc::clone(&stop)))).collect();
        let operator = Operator::new(client.clone(), Arc::clone(&balancer), Browser::new(installation, last));
        let operator = tokio::spawn(operator.works(Arc::clone(&stop)));
        Self { client, balancer, stop, workers, operator }
    }

    /// Ends the load and looks at what everybody holds: every connection is refreshed at every replica, every token
    /// that was ended is introspected there, every thing that was made is looked for. Answers with how often a good
    /// answer was due and did not come.
    pub(crate) async fn ends(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let mut failures = 0;
        let replicas = self.client.installation.replicas.len();
        for worker in self.workers {
            let mut worker = worker.await.expect("a worker goes on until it is told to end");
            worker.looks_at_the_ended(PROMISE).await;
            for mut held in worker.held {
                for replica in 0..replicas {
                    let answer = self.client.refreshes(replica, &held.card, &held.tokens.refresh).await;
                    match answer.and_then(|answer| answer.tokens()) {
                        Some(tokens) => held.tokens = tokens,
                        None => failures += 1,
                    }
                }
            }
        }
        self.operator.await.expect("the operator goes on until told to end").looks_at_what_was_made().await;
        failures
    }
}

impl Worker {
    async fn works(mut self, stop: Arc<AtomicBool>) -> Self {
        let mut turn = 0_usize;
        while !stop.load(Ordering::Relaxed) {
            let replica = self.balancer.pick();
            let went_well = self.step(turn, replica).await;
            self.looks_at_the_ended(Duration::ZERO).await;
            if !went_well {
                tokio::time::sleep(PAUSE).await;
            }
            turn += 1;
        }
        self
    }

    /// One thing of the daily round; whether it got an answer other than "later".
    async fn step(&mut self, turn: usize, replica: usize) -> bool {
        let installation = Arc::clone(&self.client.installation);
        match turn % 12 {
            0 => self.connects(replica, &installation.app).await,
            6 => self.connects(replica, &installation.rotating).await,
            1 | 7 => match self.held.back() {
                Some(held) => is_answered(self.client.introspects(replica, &held.tokens.access).await.as_ref()),
                None => true,
            },
            5 => self.acts_alone(replica, &installation.app).await,
            9 if self.held.len() > 4 => self.revokes(replica).await,
            10 => match self.unsure.pop_front() {
                Some((card, code)) => self.redeems(replica, card, code).await,
                None => true,
            },
            11 if self.held.len() > 6 => self.replays(replica).await,
            _ => self.refreshes(replica).await,
        }
    }

    async fn connects(&mut self, replica: usize, card: &Card) -> bool {
        match self.browser.lets_in(replica, card).await {
            Way::Back(code) => self.redeems(self.balancer.pick(), card.clone(), code).await,
            Way::Stopped(status) => status < 500,
            Way::Lost => false,
        }
    }

    async fn redeems(&mut self, replica: usize, card: Card, code: String) -> bool {
        let answer = self.client.redeems(replica, &card, &code).await;
        let answered = is_answered(answer.as_ref());
        match answer.as_ref().and_then(crate::ledger::Answer::tokens) {
            Some(tokens) => self.held.push_back(Held { card, code, tokens }),
            None if !answered => self.unsure.push_back((card, code)),
            None => {}
        }
        answered
    }

    async fn refreshes(&mut self, replica: usize) -> bool {
        let Some(mut held) = self.held.pop_front() else { return true };
        let answer = self.client.refreshes(replica, &held.card, &held.tokens.refresh).await;
        let answered = is_answered(answer.as_ref());
        match answer.as_ref().and_then(crate::ledger::Answer::tokens) {
            Some(tokens) => held.tokens = tokens,
            // The ledger knows whether that was right.
            None if answered => return true,
            None => {}
        }
        self.held.push_back(held);
        answered
    }

    async fn acts_alone(&self, replica: usize, card: &Card) -> bool {
        let answer = self.client.acts_alone(replica, card).await;
        if let Some(tokens) = answer.as_ref().and_then(crate::ledger::Answer::tokens) {
            self.client.introspects(self.balancer.pick(), &tokens.access).await;
        }
        is_answered(answer.as_ref())
    }

    /// An access token alone, or a refresh token and with it the connection.
    async fn revokes(&mut self, replica: usize) -> bool {
        let Some(held) = self.held.pop_front() else { return true };
        let alone = self.revoked.is_multiple_of(2) && self.revoked < 2 * SINGLE_REVOCATIONS;
        self.revoked += 1;
        let token = if alone { &held.tokens.access } else { &held.tokens.refresh };
        let answer = self.client.revokes(replica, &held.card, token).await;
        self.due.push_back((Instant::now() + PROMISE, held.tokens.access.clone()));
        if alone {
            self.held.push_back(held);
        }
        is_answered(answer.as_ref())
    }

    /// A replay is refused and ends the connection.
    async fn replays(&mut self, replica: usize) -> bool {
        let Some(held) = self.held.pop_front() else { return true };
        let answer = self.client.redeems(replica, &held.card, &held.code).await;
        self.due.push_back((Instant::now() + PROMISE, held.tokens.access));
        is_answered(answer.as_ref())
    }

    /// Introspects what must be out of force by now, after waiting this long for the rest.
    async fn looks_at_the_ended(&mut self, patience: Duration) {
        let until = Instant::now() + patience;
        while let Some((moment, token)) = self.due.pop_front() {
            if moment > until {
                self.due.push_front((moment, token));
                return;
            }
            tokio::time::sleep(moment.saturating_duration_since(Instant::now())).await;
            self.client.introspects_everywhere(&self.balancer, &token).await;
        }
    }
}

/// Whether there is an answer, and another one than "later".
pub(crate) fn is_answered(answer: Option<&crate::ledger::Answer>) -> bool {
    answer.is_some_and(|answer| answer.status < 500)
}
