//! (e), (h): what was acknowledged is there, and is on record.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::replay::{Ended, Exchange, Replay};
use crate::ledger::{Effect, Question};

pub(super) fn missing(replay: &Replay) -> Vec<String> {
    let shown = |id: &str, status: u16| {
        replay.exchanges.iter().any(|exchange| {
            matches!(&exchange.question, Question::Show { id: shown } if shown == id) && exchange.status() == status
        })
    };
    let made = made(replay).into_iter().filter(|id| !shown(id, 200));
    let mut found: Vec<String> = made.map(|id| format!("{id} was made and is not there")).collect();
    let ended: HashSet<&str> = replay.ends.iter().filter_map(|end| ended_key(&end.subject)).collect();
    for exchange in replay.exchanges.iter().filter(|exchange| exchange.status() == 401) {
        if let Some(key) = key_of(&exchange.question).filter(|key| !ended.contains(key)) {
            found.push(format!("the secret of {key} was refused at {} ms", exchange.asked));
        }
    }
    found
}

fn made(replay: &Replay) -> Vec<String> {
    let new_id = |exchange: &Exchange| match &exchange.question {
        Question::Command { effect: Effect::Makes, .. } if exchange.status() == 200 => Some(exchange.text("id")),
        _ => None,
    };
    replay.exchanges.iter().filter_map(new_id).collect()
}

fn ended_key(ended: &Ended) -> Option<&str> {
    match ended {
        Ended::Key(key) => Some(key),
        _ => None,
    }
}

fn key_of(question: &Question) -> Option<&str> {
    match question {
        Question::Redeem { key, .. }
        | Question::Refresh { key, .. }
        | Question::ClientCredentials { key }
        | Question::Revoke { key, .. } => Some(key),
        _ => None,
    }
}

pub(super) fn unrecorded(replay: &Replay) -> Vec<String> {
    let recorded: HashSet<(&str, &str)> =
        replay.audit.iter().map(|(action, target)| (action.as_str(), target.as_str())).collect();
    let mut due: Vec<(&str, String)> = Vec::new();
    for exchange in replay.exchanges.iter().filter(|exchange| exchange.status() == 200) {
        match &exchange.question {
            Question::Redeem { .. } => due.push(("connection.made", exchange.text("connection_id"))),
            Question::Command { words, effect: Effect::Makes } => {
                let action = if words.starts_with("key ") { "key.created" } else { "app.created" };
                due.push((action, exchange.text("id")));
            }
            Question::Command { words, effect: Effect::EndsKey { key } } => {
                due.push(match words.strip_prefix("app delete ") {
                    Some(app) => ("app.deleted", app.to_owned()),
                    None => ("key.revoked", key.clone()),
                });
            }
            _ => {}
        }
    }
    for end in replay.ends.iter().filter(|end| end.acknowledged.is_some()) {
        match &end.subject {
            Ended::AccessToken(token) => due.push(("token.revoked", token_id(token))),
            Ended::Connection(connection) => due.push(("connection.ended", connection.clone())),
            // The first is told by its command; the second is an edit of an app among others.
            Ended::Key(_) | Ended::ClientCredentials(_) => {}
        }
    }
    let missing = due.into_iter().filter(|(action, target)| !recorded.contains(&(*action, target.as_str())));
    missing.map(|(action, target)| format!("{action} of {target} is not on record")).collect()
}

/// The claim `jti`.
fn token_id(token: &str) -> String {
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = claims.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    claims.get("jti").and_then(Value::as_str).unwrap_or_default().to_owned()
}
