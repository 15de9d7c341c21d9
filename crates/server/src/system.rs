//! Time and chance as a running program has them.

use std::cell::RefCell;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use domain::{Clock, Random, Timestamp};
use storage::LearnTime;
use zeroize::{Zeroize, Zeroizing};

/// The operating system's generator, through aws-lc-rs. What is as short as an id comes from bytes that each thread
/// draws ahead: a draw costs as much as all else that an id needs, and every request has two.
#[derive(Debug, Default)]
pub struct SystemChance(SystemRandom);

/// The longest piece of what was drawn ahead, in bytes. Secrets are longer, and drawn when they are needed.
const SHORT: usize = 16;

thread_local! {
    static AHEAD: RefCell<Zeroizing<Vec<u8>>> = RefCell::default();
}

impl SystemChance {
    fn draw(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random bytes");
    }

    fn take(&self, ahead: &mut Vec<u8>, bytes: &mut [u8]) {
        if ahead.len() < bytes.len() {
            ahead.resize(64 * SHORT, 0);
            self.draw(ahead);
        }
        let left = ahead.len() - bytes.len();
        if let Some(taken) = ahead.get_mut(left..) {
            bytes.copy_from_slice(taken);
            taken.zeroize();
        }
        ahead.truncate(left);
    }
}

impl Random for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > SHORT {
            return self.draw(bytes);
        }
        AHEAD.with_borrow_mut(|ahead| self.take(ahead, bytes));
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
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_that_was_drawn_ahead_is_given_twice() {
        let chance = SystemChance::default();
        let mut seen = HashSet::new();
        for length in (1..=2000).map(|at| [SHORT, 8, SHORT + 1, 32][at % 4]) {
            let mut bytes = vec![0; length];
            chance.fill(&mut bytes);
            assert!(seen.insert(bytes), "64 random bits or more came twice");
        }
    }

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
