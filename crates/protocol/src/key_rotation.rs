//! When signing keys change: publish, wait for caches, sign, retire after the longest token life (DESIGN, decision 15).
//!
//! [`plan`] looks at what is stored and says what is to be changed now. Every replica may run it at any time: each
//! step is one conditional change, so two replicas that plan the same step do it once.

use std::time::Duration;

use domain::{Actor, AuditRecord, EnvironmentName, Random, Timestamp};
use storage::{Change, SigningKey, SigningKeyState, Unit};

use crate::key_ring::generate;
use crate::root_keys::{RootKeys, Sealed};
use crate::settings::LONGEST_ACCESS_TOKEN;

/// When keys change.
#[derive(Clone, Copy, Debug)]
pub struct RotationPolicy {
    /// How long a key signs before the next one is published; 90 days.
    pub period: Duration,
    /// How long verifiers may keep a JWKS; 5 min.
    pub cache: Duration,
}

impl RotationPolicy {
    /// How long a key is published before it signs: the cache time, twice, so that a replica that learned of it a
    /// cache time late has still served it for a cache time.
    fn published_ahead(&self) -> Duration {
        self.cache * 2
    }

    /// When `key` stops signing at the latest, or, where it signs no more, leaves the JWKS. A key that is to sign next
    /// has no end yet.
    #[must_use]
    pub fn end(&self, key: &SigningKey) -> Option<Timestamp> {
        let published_for = LONGEST_ACCESS_TOKEN + self.published_ahead();
        match key.state {
            SigningKeyState::Active => Some(signing_since(key) + self.period + self.published_ahead()),
            SigningKeyState::Retiring => key.retired_at.map(|since| since + published_for),
            SigningKeyState::Next | SigningKeyState::Removed => None,
        }
    }
}

/// The next step for the keys of one `environment`, if one is due `now`.
#[must_use]
pub fn plan(
    environment: &EnvironmentName,
    keys: &[SigningKey],
    policy: RotationPolicy,
    now: Timestamp,
    make: &dyn Fn(SigningKeyState) -> SigningKey,
) -> Option<Unit> {
    let of = |state| keys.iter().find(move |key| key.environment == *environment && key.state == state);
    let (next, active) = (of(SigningKeyState::Next), of(SigningKeyState::Active));
    let Some(active) = active else {
        if let Some(next) = next {
            return Some(step(vec![moved(next, SigningKeyState::Active, now)], now, "signs", &next.kid));
        }
        let first = make(SigningKeyState::Active);
        let kid = first.kid.clone();
        return Some(step(vec![Change::AddSigningKey(first)], now, "made", &kid));
    };
    if let Some(next) = next.filter(|next| now.since(next.published_at) >= policy.published_ahead()) {
        let changes = vec![moved(active, SigningKeyState::Retiring, now), moved(next, SigningKeyState::Active, now)];
        return Some(step(changes, now, "signs", &next.kid));
    }
    if next.is_none() && now.since(signing_since(active)) >= policy.period {
        let next = make(SigningKeyState::Next);
        let kid = next.kid.clone();
        return Some(step(vec![Change::AddSigningKey(next)], now, "published", &kid));
    }
    let retired = keys.iter().find(|key| {
        let is_over = || policy.end(key).is_some_and(|end| now >= end);
        key.environment == *environment && key.state == SigningKeyState::Retiring && is_over()
    })?;
    Some(step(vec![moved(retired, SigningKeyState::Removed, now)], now, "removed", &retired.kid))
}

fn signing_since(key: &SigningKey) -> Timestamp {
    key.activated_at.unwrap_or(key.published_at)
}

/// A new signing key for `environment`, sealed under the newest root key.
#[must_use]
pub fn new_key(
    environment: &EnvironmentName,
    state: SigningKeyState,
    roots: &RootKeys,
    random: &dyn Random,
    now: Timestamp,
) -> SigningKey {
    let (private, public_point) = generate();
    let kid = domain::TokenId::generate(random).to_string().replacen("jti_", "key_", 1);
    SigningKey {
        sealed_private: roots.seal(Sealed::AtRest, kid.as_bytes(), &private, random),
        kid,
        environment: environment.clone(),
        state,
        public_point,
        root_key: roots.newest(),
        published_at: now,
        activated_at: (state == SigningKeyState::Active).then_some(now),
        retired_at: None,
    }
}

fn moved(key: &SigningKey, to: SigningKeyState, at: Timestamp) -> Change {
    Change::MoveSigningKey { kid: key.kid.clone(), from: key.state, to, at }
}

fn step(changes: Vec<Change>, at: Timestamp, done: &str, kid: &str) -> Unit {
    let audit = AuditRecord {
        at,
        actor: Actor::Server,
        action: "signing_key.changed",
        target: kid.to_owned(),
        app: None,
        customer: None,
        detail: done.to_owned(),
        request: None,
    };
    Unit { changes, entries: Vec::new(), audit: vec![audit] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RotationPolicy =
        RotationPolicy { period: Duration::from_secs(90 * 86_400), cache: Duration::from_secs(300) };

    fn here() -> EnvironmentName {
        EnvironmentName::default_environment()
    }

    fn key(kid: &str, state: SigningKeyState, since: i64) -> SigningKey {
        let since = Timestamp::from_seconds(since);
        SigningKey {
            kid: kid.into(),
            environment: here(),
            state,
            public_point: vec![],
            sealed_private: vec![],
            root_key: domain::RootKeyId(1),
            published_at: since,
            activated_at: (state != SigningKeyState::Next).then_some(since),
            retired_at: (state == SigningKeyState::Retiring).then_some(since),
        }
    }

    fn steps(keys: &[SigningKey], now: i64) -> Vec<String> {
        let make = |state| key("new", state, now);
        let unit = plan(&here(), keys, POLICY, Timestamp::from_seconds(now), &make);
        let name = |change: &Change| match change {
            Change::AddSigningKey(key) => format!("add {} {:?}", key.kid, key.state),
            Change::MoveSigningKey { kid, to, .. } => format!("{kid} {to:?}"),
            other => panic!("no change of signing keys: {other:?}"),
        };
        unit.iter().flat_map(|unit| unit.changes.iter().map(name)).collect()
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(steps(&[], 0), ["add new Active"]);
    }

    #[test]
    fn a_key_is_published_before_it_signs() {
        let old = key("old", SigningKeyState::Active, 0);
        assert!(steps(std::slice::from_ref(&old), 90 * 86_400 - 1).is_empty());
        assert_eq!(steps(std::slice::from_ref(&old), 90 * 86_400), ["add new Next"]);
        let next = key("next", SigningKeyState::Next, 1000);
        assert!(steps(&[old.clone(), next.clone()], 1599).is_empty());
        assert_eq!(steps(&[old, next], 1600), ["old Retiring", "next Active"]);
    }

    #[test]
    fn a_retired_key_stays_published_for_the_longest_token() {
        let keys = [key("new", SigningKeyState::Active, 1000), key("old", SigningKeyState::Retiring, 1000)];
        assert!(steps(&keys, 1000 + 86_400 + 599).is_empty());
        assert_eq!(steps(&keys, 1000 + 86_400 + 600), ["old Removed"]);
    }
}
