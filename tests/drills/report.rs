//! What a drill found, in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use crate::checker::{Exchange, Outcome, Replay, Verdict, check, name};
use crate::installation::Installation;

pub(crate) struct Report {
    pub(crate) replay: Replay,
    pub(crate) verdict: Verdict,
    text: String,
}

impl Report {
    /// Reads the ledger. Nothing may run any more.
    pub(crate) fn of(title: &str, installation: &Installation) -> Self {
        installation.note_audit();
        let entries = installation.ledger.entries();
        let (replay, verdict) = (Replay::of(&entries), check(&entries));
        let mut report = Self { replay, verdict, text: format!("\n{title}\n") };
        report.counts();
        let line = format!("invariants: {}", report.verdict);
        report.says(&line);
        report
    }

    pub(crate) fn says(&mut self, line: &str) {
        let _ = writeln!(self.text, "  {line}");
    }

    fn counts(&mut self) {
        let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for exchange in &self.replay.exchanges {
            let outcome = match &exchange.outcome {
                Outcome::Answered(answer) => answer.status.to_string(),
                Outcome::Broke(_) => "none".to_owned(),
            };
            *counts.entry((name(&exchange.question), outcome)).or_default() += 1;
        }
        let mut lines: BTreeMap<&str, String> = BTreeMap::new();
        for ((endpoint, outcome), count) in counts {
            let _ = write!(lines.entry(endpoint).or_default(), " {outcome}: {count}");
        }
        for (endpoint, line) in lines {
            self.says(&format!("{endpoint}:{line}"));
        }
    }

    /// Milliseconds from the end of the last outage to the last answer "later" of these endpoints.
    pub(crate) fn recovery(&self) -> u64 {
        let over = self.replay.outages.iter().map(|outage| outage.until).max().unwrap_or_default();
        let later = self.replay.exchanges.iter().filter(|exchange| exchange.status() == 503 && exchange.ended > over);
        later.map(|exchange| exchange.ended - over).max().unwrap_or_default()
    }

    /// Those that were asked within the last outage, from so many milliseconds after its beginning.
    pub(crate) fn during(&self, settled: u64) -> impl Iterator<Item = &Exchange> {
        let outage = self.replay.outages.last().cloned().expect("there was an outage");
        self.replay
            .exchanges
            .iter()
            .filter(move |exchange| exchange.asked > outage.from + settled && exchange.ended < outage.until)
    }

    /// How many of these were answered, by endpoint and whether the answer was "later".
    pub(crate) fn later(&self, settled: u64) -> BTreeMap<&'static str, (usize, usize)> {
        let mut found: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        for exchange in self.during(settled) {
            let (all, later) = found.entry(name(&exchange.question)).or_default();
            *all += 1;
            *later += usize::from(exchange.status() == 503);
        }
        found
    }

    /// Prints it; fails unless every invariant is zero.
    pub(crate) fn closes(&self) {
        // Whoever reads has the report; without a reader the assertion still holds.
        let _ = std::io::stdout().write_all(self.text.as_bytes());
        assert!(self.verdict.is_clean(), "{}", self.text);
    }
}
