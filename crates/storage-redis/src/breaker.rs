//! What answers while the store does not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After a failure, lets nobody through for a pause, then one caller alone; its success lets everybody through.
#[derive(Debug)]
pub(crate) struct Breaker {
    pause: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Counts the failures that were acted on, so that stragglers of the same outage do not prolong it.
    outages: u64,
}

#[derive(Debug)]
enum State {
    Closed,
    Open { until: Instant },
    Probing,
}

/// Leave to call the store; says in the end how it went.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    breaker: &'a Breaker,
    outages: u64,
    admitted: Instant,
    probe: bool,
}

impl Breaker {
    pub(crate) fn new(pause: Duration) -> Self {
        Self { pause, inner: Mutex::new(Inner { state: State::Closed, outages: 0 }) }
    }

    /// `None` means that the store has just failed and is not to be asked.
    pub(crate) fn admit(&self, now: Instant) -> Option<Pass<'_>> {
        let mut inner = self.lock();
        let probe = match inner.state {
            State::Closed => false,
            State::Open { until } if now >= until => true,
            State::Open { .. } | State::Probing => return None,
        };
        if probe {
            inner.state = State::Probing;
        }
        Some(Pass { breaker: self, outages: inner.outages, admitted: now, probe })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The store answered.
    pub(crate) fn succeeded(mut self) {
        if self.probe {
            self.probe = false;
            self.breaker.lock().state = State::Closed;
        }
    }

    /// The store did not answer, or cannot be used.
    pub(crate) fn failed(mut self, now: Instant) {
        self.probe = false;
        let mut inner = self.breaker.lock();
        if inner.outages == self.outages {
            inner.outages += 1;
            inner.state = State::Open { until: now + self.breaker.pause };
        }
    }
}

impl Drop for Pass<'_> {
    /// A probe whose caller went away leaves its place to the next.
    fn drop(&mut self) {
        if self.probe {
            self.breaker.lock().state = State::Open { until: self.admitted };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(100);

    /// A breaker that has just opened, and the end of its pause.
    fn opened() -> (Breaker, Instant) {
        let (breaker, now) = (Breaker::new(PAUSE), Instant::now());
        breaker.admit(now).expect("closed at first").failed(now);
        assert!(breaker.admit(now).is_none());
        (breaker, now + PAUSE)
    }

    #[test]
    fn a_failure_keeps_callers_away_for_a_pause() {
        let (breaker, later) = opened();
        assert!(breaker.admit(later.checked_sub(PAUSE / 2).expect("the clock runs")).is_none());
        assert!(breaker.admit(later).is_some());
    }

    #[test]
    fn after_the_pause_one_caller_tries_for_all() {
        let (breaker, later) = opened();
        let probe = breaker.admit(later).expect("the pause is over");
        assert!(breaker.admit(later).is_none());
        probe.succeeded();
        let _first = breaker.admit(later).expect("closed");
        assert!(breaker.admit(later).is_some());
    }

    #[test]
    fn a_failed_probe_begins_another_pause() {
        let (breaker, later) = opened();
        breaker.admit(later).expect("the pause is over").failed(later);
        assert!(breaker.admit(later).is_none());
        assert!(breaker.admit(later + PAUSE).is_some());
    }

    #[test]
    fn a_probe_that_went_away_leaves_its_place() {
        let (breaker, later) = opened();
        drop(breaker.admit(later).expect("the pause is over"));
        assert!(breaker.admit(later).is_some());
    }

    #[test]
    fn a_straggler_of_an_outage_does_not_prolong_it() {
        let (breaker, now) = (Breaker::new(PAUSE), Instant::now());
        let (first, straggler) = (breaker.admit(now).expect("closed"), breaker.admit(now).expect("closed"));
        first.failed(now);
        let later = now + PAUSE;
        breaker.admit(later).expect("the pause is over").succeeded();
        straggler.failed(later);
        assert!(breaker.admit(later).is_some());
    }
}
