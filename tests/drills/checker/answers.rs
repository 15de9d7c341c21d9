//! (g): every answer is a good one, or an error that says what to do, in time.

use serde_json::Value;

use super::replay::{Exchange, Outcome, Replay};
use crate::ledger::{Answer, Question};

/// A store that is down may hold a request for 500 ms; the rest is room for a busy machine, in milliseconds.
const BOUND: u64 = 5_000;

pub(super) fn malformed(replay: &Replay) -> Vec<String> {
    let faults = replay.exchanges.iter().filter_map(|exchange| fault(replay, exchange).map(|fault| (exchange, fault)));
    let sentence = |(exchange, fault): (&Exchange, String)| {
        let (replica, asked) = (exchange.replica, exchange.asked);
        format!("{fault}: {} at replica {replica}, {asked} ms", name(&exchange.question))
    };
    faults.map(sentence).collect()
}

/// What the question is called in reports.
pub(crate) fn name(question: &Question) -> &'static str {
    match question {
        Question::Redeem { .. } => "code",
        Question::Refresh { .. } => "refresh",
        Question::ClientCredentials { .. } => "client credentials",
        Question::Introspect { .. } => "introspection",
        Question::Revoke { .. } => "revocation",
        Question::Page { .. } => "pages",
        Question::Command { .. } | Question::Show { .. } => "commands",
    }
}

fn fault(replay: &Replay, exchange: &Exchange) -> Option<String> {
    if matches!(exchange.question, Question::Command { .. } | Question::Show { .. }) {
        return None;
    }
    let answer = match &exchange.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Broke(_) if replica_was_down(replay, exchange) => return None,
        Outcome::Broke(why) => return Some(format!("no answer ({why})")),
    };
    if exchange.ended - exchange.asked > BOUND {
        return Some(format!("an answer after {} ms", exchange.ended - exchange.asked));
    }
    let good = match answer.status {
        200 => is_success(&exchange.question, answer),
        302 | 303 => matches!(exchange.question, Question::Page { .. }),
        503 => is_unavailable(&exchange.question, answer),
        // A session or transaction may have been lost with a store that may lose it.
        400..=499 => is_error(&exchange.question, answer),
        _ => false,
    };
    (!good).then(|| format!("status {} with {:?}", answer.status, answer.body))
}

/// Whether the exchange overlaps a time in which its replica was killed.
fn replica_was_down(replay: &Replay, exchange: &Exchange) -> bool {
    let what = format!("replica {}", exchange.replica);
    replay.outages.iter().any(|o| o.what == what && exchange.asked <= o.until && o.from <= exchange.ended)
}

fn json(answer: &Answer) -> Value {
    let is_json = answer.content_type.starts_with("application/json");
    if is_json { serde_json::from_str(&answer.body).unwrap_or_default() } else { Value::Null }
}

fn is_success(question: &Question, answer: &Answer) -> bool {
    let body = json(answer);
    match question {
        Question::Page { .. } => answer.content_type.starts_with("text/html"),
        Question::Introspect { .. } => has(&body, "active", Value::is_boolean),
        Question::Revoke { .. } => body.is_object(),
        Question::ClientCredentials { .. } => is_token(&body) && body.get("refresh_token").is_none(),
        _ => is_token(&body) && has(&body, "refresh_token", Value::is_string),
    }
}

fn has(body: &Value, member: &str, is: impl FnOnce(&Value) -> bool) -> bool {
    body.get(member).is_some_and(is)
}

/// RFC 6749 §5.1.
fn is_token(body: &Value) -> bool {
    ["access_token", "token_type"].iter().all(|name| has(body, name, Value::is_string))
        && has(body, "expires_in", Value::is_u64)
}

fn is_error(question: &Question, answer: &Answer) -> bool {
    match question {
        Question::Page { .. } => answer.content_type.starts_with("text/html"),
        // RFC 6749 §5.2.
        _ => ["error", "error_description"].iter().all(|name| has(&json(answer), name, Value::is_string)),
    }
}

/// DESIGN §6: `temporarily_unavailable` with `Retry-After`.
fn is_unavailable(question: &Question, answer: &Answer) -> bool {
    let says_when = answer.retry_after.as_deref().is_some_and(|seconds| seconds.parse::<u32>().is_ok());
    let says_what = matches!(question, Question::Page { .. })
        || has(&json(answer), "error", |error| error == "temporarily_unavailable");
    says_when && says_what && is_error(question, answer)
}
