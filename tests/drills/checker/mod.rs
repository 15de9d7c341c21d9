//! Replays a ledger and counts what may never be: the invariants (a) to (h).

mod answers;
#[cfg(test)]
mod doctored;
mod records;
mod replay;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;

use crate::ledger::Entry;

pub(crate) use answers::name;
pub(crate) use replay::{CODES, Exchange, Outcome, Replay};

/// What was found, with a sentence for each finding.
pub(crate) struct Verdict(BTreeMap<Invariant, Vec<String>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// (a) A code with two 200s.
    CodeTwice,
    /// (b) A refresh token with two successors.
    TwoSuccessors,
    /// (c) A refresh token of an answer that was read, refused without cause.
    RefusedWithoutCause,
    /// (d) A token in force more than a second after an acknowledged revocation.
    ActiveAfterEnd,
    /// (e) An app, key or secret acknowledged and later missing.
    Missing,
    /// (f) A 200 whose token is unknown to introspection.
    Unknown,
    /// (g) An answer that is neither a good one nor a well-formed error in time.
    Malformed,
    /// (h) An acknowledged change without its audit record.
    Unrecorded,
}

const ALL: [(Invariant, char); 8] = [
    (Invariant::CodeTwice, 'a'),
    (Invariant::TwoSuccessors, 'b'),
    (Invariant::RefusedWithoutCause, 'c'),
    (Invariant::ActiveAfterEnd, 'd'),
    (Invariant::Missing, 'e'),
    (Invariant::Unknown, 'f'),
    (Invariant::Malformed, 'g'),
    (Invariant::Unrecorded, 'h'),
];

/// Counts every invariant over the ledger.
pub(crate) fn check(entries: &[Entry]) -> Verdict {
    let replay = Replay::of(entries);
    let found = ALL.map(|(invariant, _)| {
        let findings = match invariant {
            Invariant::CodeTwice => tokens::codes_with_two_successes(&replay),
            Invariant::TwoSuccessors => tokens::refresh_tokens_with_two_successors(&replay),
            Invariant::RefusedWithoutCause => tokens::refresh_tokens_refused_without_cause(&replay),
            Invariant::ActiveAfterEnd => tokens::active_after_their_end(&replay),
            Invariant::Missing => records::missing(&replay),
            Invariant::Unknown => tokens::unknown_to_introspection(&replay),
            Invariant::Malformed => answers::malformed(&replay),
            Invariant::Unrecorded => records::unrecorded(&replay),
        };
        (invariant, findings)
    });
    Verdict(BTreeMap::from(found))
}

impl Verdict {
    pub(crate) fn count(&self, invariant: Invariant) -> usize {
        self.0.get(&invariant).map_or(0, Vec::len)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = ALL.map(|(invariant, letter)| format!("({letter}) {}", self.count(invariant)));
        write!(f, "{}", counts.join("  "))?;
        for (invariant, findings) in &self.0 {
            for finding in findings.iter().take(5) {
                write!(f, "\n    {invariant:?}: {finding}")?;
            }
        }
        Ok(())
    }
}
