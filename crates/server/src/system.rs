//! Time and chance as a running program has them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use domain::{Clock, Random, Timestamp};
use storage::LearnTime;

/// The operating system's generator, through aws-lc-rs.
#[derive(Debug, Default)]
pub struct SystemChance(SystemRandom);

impl Random for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A monotonic clock that starts at the system's time and is corrected to the database's.
#[derive(Debug)]
pub struct DatabaseClock {
    started: Instant,
    started_at: Timestamp,
    /// What is added to the monotonic time, in milliseconds.
    correction: AtomicI64,
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self { started: Instant::now(), started_at: system_time(), correction: AtomicI64::new(0) }
    }
}

impl DatabaseClock {
    /// How far the system's own clock is from the database's time: more than 30 s is no readiness.
    #[must_use]
    pub fn apart_from_system(&self) -> Duration {
        let (here, there) = (system_time(), self.now());
        here.since(there).max(there.since(here))
    }

    fn uncorrected(&self) -> Timestamp {
        self.started_at + self.started.elapsed()
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.uncorrected().millis() + self.correction.load(Ordering::Relaxed))
    }
}

impl LearnTime for DatabaseClock {
    /// Moves by as little as what was learnt demands, so that time does not tremble with every answer's delay.
    fn learn(&self, now: Timestamp, uncertainty: Duration) {
        let believed = self.now();
        let nearest = believed.clamp(now, now + uncertainty);
        if nearest != believed {
            self.correction.store(nearest.millis() - self.uncorrected().millis(), Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
fn system_time() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0) + since_epoch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_database_and_not_its_delays() {
        let clock = DatabaseClock::default();
        let hour = Duration::from_secs(3600);
        clock.learn(clock.now() + hour, Duration::ZERO);
        assert!(clock.apart_from_system() + Duration::from_secs(1) >= hour);
        let before = clock.correction.load(Ordering::Relaxed);
        clock.learn(clock.now() - Duration::from_secs(5), Duration::from_secs(10));
        assert_eq!(clock.correction.load(Ordering::Relaxed), before, "within what the answer's delay explains");
    }
}
