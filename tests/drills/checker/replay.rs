//! The ledger, put together again: questions with their answers, and what they say of tokens.

use std::collections::HashMap;

use serde_json::Value;

use crate::ledger::{Answer, Effect, Entry, Event, Question};

/// What an outage is called in which the codes were lost that nobody had redeemed, and the marks of the others.
pub(crate) const CODES: &str = "codes";

/// One question and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) replica: usize,
    pub(crate) question: Question,
    pub(crate) asked: u64,
    pub(crate) ended: u64,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    Broke(String),
}

/// From the kill until it answers again.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) what: String,
    pub(crate) from: u64,
    pub(crate) until: u64,
}

/// Tokens of an answer that was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) connection: String,
    pub(crate) key: String,
    pub(crate) by_client_credentials: bool,
    pub(crate) asked: u64,
    pub(crate) answered: u64,
}

/// Something that takes tokens out of force.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) subject: Ended,
    pub(crate) asked: u64,
    /// When it was acknowledged; `None` when nobody knows whether it was done.
    pub(crate) acknowledged: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    AccessToken(String),
    Connection(String),
    Key(String),
    ClientCredentials(String),
}

pub(crate) struct Replay {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) outages: Vec<Outage>,
    /// Action and target.
    pub(crate) audit: Vec<(String, String)>,
    pub(crate) issued: Vec<Issued>,
    pub(crate) ends: Vec<End>,
    by_refresh: HashMap<String, usize>,
}

impl Exchange {
    pub(crate) fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Broke(_) => None,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.answer().map_or(0, |answer| answer.status)
    }

    /// The body, where it is JSON.
    pub(crate) fn json(&self) -> Value {
        self.answer().and_then(|answer| serde_json::from_str(&answer.body).ok()).unwrap_or_default()
    }

    /// What an introspection says.
    pub(crate) fn is_told_active(&self) -> Option<bool> {
        self.json().get("active").and_then(Value::as_bool)
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json().get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl Issued {
    /// Whether `end` concerns it.
    pub(crate) fn is_ended_by(&self, end: &End) -> bool {
        match &end.subject {
            Ended::AccessToken(token) => *token == self.access,
            Ended::Connection(connection) => *connection == self.connection,
            Ended::Key(key) => *key == self.key,
            // The switch may be on again when it was issued: then only what is surely older counts.
            Ended::ClientCredentials(key) => self.by_client_credentials && *key == self.key,
        }
    }
}

impl Replay {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut replay = Self {
            exchanges: vec![],
            outages: vec![],
            audit: vec![],
            issued: vec![],
            ends: vec![],
            by_refresh: HashMap::new(),
        };
        let mut open: HashMap<u64, (u64, usize, Question)> = HashMap::new();
        for Entry { at, event } in entries {
            match event {
                Event::Asked { request, replica, question } => {
                    open.insert(*request, (*at, *replica, question.clone()));
                }
                Event::Answered { request, answer } => {
                    replay.close(open.remove(request), *at, Outcome::Answered(answer.clone()));
                }
                Event::Broke { request, why } => replay.close(open.remove(request), *at, Outcome::Broke(why.clone())),
                Event::Fault { what } => {
                    replay.outages.push(Outage { what: what.clone(), from: *at, until: u64::MAX });
                }
                Event::Over { what } => {
                    let outage = replay.outages.iter_mut().rev().find(|outage| outage.what == *what);
                    outage.expect("what is over has begun").until = *at;
                }
                Event::Audit { action, target } => replay.audit.push((action.clone(), target.clone())),
            }
        }
        let last = entries.last().map_or(0, |entry| entry.at);
        for (_, abandoned) in open {
            replay.close(Some(abandoned), last, Outcome::Broke("never answered".to_owned()));
        }
        replay.issued = replay.exchanges.iter().filter_map(issued).collect();
        for (number, one) in replay.issued.iter().enumerate() {
            replay.by_refresh.extend(one.refresh.clone().map(|token| (token, number)));
        }
        replay.ends = replay.ends_told();
        replay
    }

    fn close(&mut self, opened: Option<(u64, usize, Question)>, ended: u64, outcome: Outcome) {
        let (asked, replica, question) = opened.expect("what is answered was asked");
        self.exchanges.push(Exchange { replica, question, asked, ended, outcome });
    }

    /// The connection and key of a refresh token that was read.
    pub(crate) fn issuer_of(&self, refresh: &str) -> Option<&Issued> {
        self.by_refresh.get(refresh).and_then(|number| self.issued.get(*number))
    }

    /// Codes that the killed process kept for itself: a replay is then refused as unknown, and ends nothing.
    fn codes_were_lost(&self, from: u64, until: u64) -> bool {
        self.outages.iter().any(|outage| outage.what == CODES && outage.from <= until && outage.until >= from)
    }

    fn ends_told(&self) -> Vec<End> {
        let by_access: HashMap<&str, &Issued> = self.issued.iter().map(|one| (one.access.as_str(), one)).collect();
        let mut redeemed: HashMap<&str, &Exchange> = HashMap::new();
        let mut ends = Vec::new();
        for exchange in &self.exchanges {
            let mut end = |subject, acknowledged: bool| {
                let acknowledged = acknowledged.then_some(exchange.ended);
                ends.push(End { subject, asked: exchange.asked, acknowledged });
            };
            match &exchange.question {
                Question::Revoke { token, .. } => {
                    let connection = self.issuer_of(token).map(|one| one.connection.clone());
                    let access = by_access.get(token.as_str()).map(|one| one.access.clone());
                    let subject = connection.map(Ended::Connection).or(access.map(Ended::AccessToken));
                    end(subject.expect("only tokens that were read are revoked"), exchange.status() == 200);
                }
                Question::Redeem { code, .. } => {
                    if let Some(first) = redeemed.get(code.as_str()) {
                        let refused = exchange.status() == 400 && !self.codes_were_lost(first.ended, exchange.asked);
                        end(Ended::Connection(first.text("connection_id")), refused);
                    } else if exchange.status() == 200 {
                        redeemed.insert(code, exchange);
                    }
                }
                Question::Command { effect, .. } => {
                    let acknowledged = exchange.status() == 200;
                    match effect {
                        Effect::EndsKey { key } => end(Ended::Key(key.clone()), acknowledged),
                        Effect::EndsClientCredentials { key } => {
                            end(Ended::ClientCredentials(key.clone()), acknowledged);
                        }
                        Effect::EndsConnection { connection } => {
                            end(Ended::Connection(connection.clone()), acknowledged);
                        }
                        Effect::Makes | Effect::None => {}
                    }
                }
                _ => {}
            }
        }
        ends
    }
}

fn issued(exchange: &Exchange) -> Option<Issued> {
    let (key, by_client_credentials) = match &exchange.question {
        Question::Redeem { key, .. } | Question::Refresh { key, .. } => (key, false),
        Question::ClientCredentials { key } => (key, true),
        _ => return None,
    };
    (exchange.status() == 200).then(|| Issued {
        access: exchange.text("access_token"),
        refresh: Some(exchange.text("refresh_token")).filter(|token| !token.is_empty()),
        connection: exchange.text("connection_id"),
        key: key.clone(),
        by_client_credentials,
        asked: exchange.asked,
        answered: exchange.ended,
    })
}
