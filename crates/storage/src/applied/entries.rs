//! The latest entry of each kind per subject, forgotten when no token or record can be older.

use std::collections::HashMap;

use domain::{Effect, LogEntry, Position, Subject, Timestamp};

#[derive(Clone, Copy)]
struct Latest {
    revoked: Position,
    changed: Position,
    until: Timestamp,
}

#[derive(Default)]
pub(super) struct Entries {
    latest: HashMap<Subject, Latest>,
    forget_at: usize,
}

impl Entries {
    /// Takes `entries` in; forgets what is past its time once the map has doubled since the last time.
    pub(super) fn apply(&mut self, entries: &[LogEntry], now: Timestamp) {
        for entry in entries {
            let latest = self.latest.entry(entry.subject.clone()).or_insert(Latest {
                revoked: Position::default(),
                changed: Position::default(),
                until: entry.until,
            });
            let place = match entry.effect {
                Effect::Revoke => &mut latest.revoked,
                Effect::Change => &mut latest.changed,
            };
            *place = entry.position.max(*place);
            latest.until = entry.until.max(latest.until);
        }
        if self.latest.len() > self.forget_at.max(1_024) {
            self.latest.retain(|_, latest| latest.until > now);
            self.forget_at = self.latest.len() * 2;
        }
    }

    /// The position of the last entry for `subject` with one of `effects`; zero when there is none.
    pub(super) fn last(&self, subject: &Subject, effects: &[Effect]) -> Position {
        let Some(latest) = self.latest.get(subject) else { return Position::default() };
        effects
            .iter()
            .map(|effect| match effect {
                Effect::Revoke => latest.revoked,
                Effect::Change => latest.changed,
            })
            .max()
            .unwrap_or_default()
    }
}
