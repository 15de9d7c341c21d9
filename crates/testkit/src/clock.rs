//! Time that stands still.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::{Clock, Timestamp};

/// A clock that moves only when the test moves it.
#[derive(Debug)]
pub struct FrozenClock {
    millis: AtomicI64,
}

impl FrozenClock {
    /// Stopped at this moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self { millis: AtomicI64::new(moment.millis()) }
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }

    /// Moves it to any moment, back too.
    pub fn set(&self, moment: Timestamp) {
        self.millis.store(moment.millis(), Ordering::SeqCst);
    }
}

impl Default for FrozenClock {
    /// Stopped at 2026-11-18T11:06:40Z.
    fn default() -> Self {
        Self::at(Timestamp::from_seconds(1_795_000_000))
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_by_hand() {
        let clock = FrozenClock::default();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().since(before), Duration::from_secs(90));
        clock.set(before);
        assert_eq!(clock.now(), before);
    }
}
