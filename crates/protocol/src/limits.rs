//! How much one API key, and one environment, may ask of this replica.
//!
//! A key's bucket is drawn from only once it has authenticated: its name is public, and a stranger must not empty it.

use std::hash::Hash;
use std::num::NonZeroU32;

use domain::{ClientId, EnvironmentName, Reason};
use foldhash::quality::RandomState;
use governor::clock::{Clock as _, DefaultClock, QuantaInstant};
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::refusal::Refusal;

type Buckets<K> = RateLimiter<K, DashMapStateStore<K, RandomState>, DefaultClock>;

/// Token buckets.
pub struct Limits {
    keys: Buckets<ClientId>,
    environments: Buckets<EnvironmentName>,
    legacy: Buckets<ClientId>,
    clock: DefaultClock,
}

impl Limits {
    /// `per_key` and `per_environment` requests a minute, in bursts up to that many; `legacy` of a key that sends its
    /// parameters in the query.
    #[must_use]
    pub fn new(per_key: NonZeroU32, per_environment: NonZeroU32, legacy: NonZeroU32) -> Self {
        Self {
            keys: buckets(per_key),
            environments: buckets(per_environment),
            legacy: buckets(legacy),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one request of `key`, which has authenticated, in `environment`.
    ///
    /// # Errors
    /// [`Reason::RateLimited`] with the seconds to wait.
    pub(crate) fn take(&self, environment: &EnvironmentName, key: ClientId) -> Result<(), Refusal> {
        let taken = self.keys.check_key(&key).and_then(|()| self.environments.check_key(environment));
        taken.map_err(|until| self.wait(&until))
    }

    /// Takes one request of `key` that came in the query.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(crate) fn take_legacy(&self, key: ClientId) -> Result<(), Refusal> {
        self.legacy.check_key(&key).map_err(|until| self.wait(&until))
    }

    fn wait(&self, until: &NotUntil<QuantaInstant>) -> Refusal {
        let wait = until.wait_time_from(self.clock.now());
        Refusal::new(Reason::RateLimited).retry_after(u32::try_from(wait.as_secs()).unwrap_or(60) + 1)
    }

    /// Forgets keys that have been quiet; call it now and then.
    pub fn forget_quiet(&self) {
        self.keys.retain_recent();
        self.environments.retain_recent();
        self.legacy.retain_recent();
    }
}

fn buckets<K: Hash + Eq + Clone>(per_minute: NonZeroU32) -> Buckets<K> {
    RateLimiter::dashmap_with_hasher(Quota::per_minute(per_minute), RandomState::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_asks_too_much_is_told_to_wait_and_others_are_not() {
        let two = NonZeroU32::MIN.saturating_add(1);
        let limits = Limits::new(two, NonZeroU32::MAX, NonZeroU32::MAX);
        let environment = EnvironmentName::default_environment();
        let (busy, other) = (ClientId::from_bytes([1; 16]), ClientId::from_bytes([2; 16]));
        let taken = (0..3).filter(|_| limits.take(&environment, busy).is_ok()).count();
        assert_eq!(taken, 2);
        assert!(limits.take(&environment, other).is_ok());
    }
}
