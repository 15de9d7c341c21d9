//! (a), (b), (c), (d), (f): what codes and tokens were good for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::replay::{Exchange, Issued, Outcome, Replay};
use crate::ledger::Question;

/// How soon every replica acts on a revocation (RELIABILITY S10).
const PROMISE: u64 = 1_000;

/// Where rotation is on, the same successor is given again for a minute, three times (DESIGN §4.2).
const GRACE: u64 = 60_000;
const REPEATS: usize = 3;

pub(super) fn codes_with_two_successes(replay: &Replay) -> Vec<String> {
    let mut successes: BTreeMap<&str, usize> = BTreeMap::new();
    for exchange in &replay.exchanges {
        if let (Question::Redeem { code, .. }, 200) = (&exchange.question, exchange.status()) {
            *successes.entry(code).or_default() += 1;
        }
    }
    let twice = successes.into_iter().filter(|(_, count)| *count > 1);
    twice.map(|(code, count)| format!("{} was redeemed {count} times", short(code))).collect()
}

pub(super) fn refresh_tokens_with_two_successors(replay: &Replay) -> Vec<String> {
    let mut successors: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for exchange in &replay.exchanges {
        let Question::Refresh { token, rotating, .. } = &exchange.question else { continue };
        if exchange.status() == 200 {
            let of_token = successors.entry(token).or_default();
            of_token.insert(exchange.text("refresh_token"));
            if !rotating {
                // A stable token is repeated in every answer.
                of_token.insert(token.clone());
            }
        }
    }
    let split = successors.into_iter().filter(|(_, of_token)| of_token.len() > 1);
    split.map(|(token, of_token)| format!("{} has {} successors", short(token), of_token.len())).collect()
}

pub(super) fn refresh_tokens_refused_without_cause(replay: &Replay) -> Vec<String> {
    let mut uses: HashMap<&str, Vec<&Exchange>> = HashMap::new();
    let mut found = Vec::new();
    for exchange in &replay.exchanges {
        let Question::Refresh { token, rotating, .. } = &exchange.question else { continue };
        let earlier = uses.entry(token).or_default();
        let refused = (400..500).contains(&exchange.status());
        if refused
            && let Some(issued) = replay.issuer_of(token)
            && !was_ended(replay, issued, exchange.ended)
            && !(*rotating && is_worn_out(earlier, exchange.asked))
        {
            let answer = exchange.answer().map_or("", |answer| answer.body.as_str());
            found.push(format!("{} at {} ms: {answer}", short(token), exchange.asked));
        }
        earlier.push(exchange);
    }
    found
}

/// Whether the client may no longer count on a rotating token: it has read the successor, or asked too often or too
/// late for the same one without learning it.
fn is_worn_out(earlier: &[&Exchange], now: u64) -> bool {
    let unknown: Vec<_> = earlier.iter().filter(|one| matches!(one.outcome, Outcome::Broke(_))).collect();
    let late = earlier.first().is_some_and(|first| now.saturating_sub(first.asked) > GRACE - 5_000);
    earlier.iter().any(|one| one.status() == 200) || unknown.len() > REPEATS || late
}

/// Whether something that concerns it was asked before `until`, whatever became of it.
fn was_ended(replay: &Replay, issued: &Issued, until: u64) -> bool {
    replay.ends.iter().any(|end| issued.is_ended_by(end) && end.asked <= until)
}

pub(super) fn active_after_their_end(replay: &Replay) -> Vec<String> {
    let by_access: HashMap<&str, &Issued> = replay.issued.iter().map(|one| (one.access.as_str(), one)).collect();
    let mut found = Vec::new();
    for exchange in replay.exchanges.iter().filter(|exchange| exchange.status() == 200) {
        let concerned = match &exchange.question {
            Question::Introspect { token } if exchange.is_told_active() == Some(true) => {
                by_access.get(token.as_str()).copied()
            }
            Question::Refresh { token, .. } => replay.issuer_of(token),
            _ => None,
        };
        let Some(issued) = concerned else { continue };
        let is_refresh = matches!(exchange.question, Question::Refresh { .. });
        let ended = replay.ends.iter().find(|end| {
            let reaches = match end.subject {
                // The end of one access token leaves its refresh token alone.
                super::replay::Ended::AccessToken(_) => !is_refresh,
                super::replay::Ended::ClientCredentials(_) => issued.answered <= end.asked,
                _ => true,
            };
            reaches && issued.is_ended_by(end) && end.acknowledged.is_some_and(|at| exchange.asked > at + PROMISE)
        });
        if let Some(end) = ended {
            let (at, replica) = (exchange.asked, exchange.replica);
            found.push(format!(
                "a token of {} was good at replica {replica} at {at} ms, ended at {:?}",
                issued.connection, end.acknowledged
            ));
        }
    }
    found
}

pub(super) fn unknown_to_introspection(replay: &Replay) -> Vec<String> {
    let by_access: HashMap<&str, &Issued> = replay.issued.iter().map(|one| (one.access.as_str(), one)).collect();
    let mut found = Vec::new();
    for exchange in replay.exchanges.iter().filter(|exchange| exchange.status() == 200) {
        let Question::Introspect { token } = &exchange.question else { continue };
        let Some(issued) = by_access.get(token.as_str()) else { continue };
        if exchange.is_told_active() == Some(false) && !was_ended(replay, issued, exchange.ended) {
            found.push(format!(
                "a token of {} from {} ms was unknown at replica {} at {} ms",
                issued.connection, issued.asked, exchange.replica, exchange.asked
            ));
        }
    }
    found
}

fn short(secret: &str) -> &str {
    secret.get(..12).unwrap_or(secret)
}
