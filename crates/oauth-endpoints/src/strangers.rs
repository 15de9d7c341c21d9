//! How many failures of client authentication one network may cause: guessing is slowed, good credentials are not.

use std::num::NonZeroU32;

use domain::{ErrorCode, Origin, Reason};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::Refusal;

use crate::sign_in::address_prefix;

/// A token bucket per /24 or /48.
pub struct Strangers {
    failures: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Strangers {
    /// `per_minute` failures of one address, in bursts up to that many.
    #[must_use]
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self { failures: RateLimiter::keyed(Quota::per_minute(per_minute)), clock: DefaultClock::default() }
    }

    /// Counts a failure of authentication; once there were too many, it is answered by the time to wait.
    pub(crate) fn count(&self, origin: &Origin, refusal: Refusal) -> Refusal {
        if refusal.reason().error() != ErrorCode::InvalidClient || refusal.is_after_authentication() {
            return refusal;
        }
        match self.failures.check_key(&address_prefix(&origin.address)) {
            Ok(()) => refusal,
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now()).as_secs();
                Refusal::new(Reason::RateLimited)
                    .detail(refusal.reason().code())
                    .retry_after(u32::try_from(wait).unwrap_or(60) + 1)
            }
        }
    }

    /// Forgets addresses that have been quiet; call it now and then.
    pub fn forget_quiet(&self) {
        self.failures.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_guesses_is_told_to_wait() {
        let strangers = Strangers::new(NonZeroU32::MIN);
        let from = |address: &str| Origin { address: address.into(), user_agent: String::new() };
        let fail = |address| strangers.count(&from(address), Refusal::new(Reason::SecretWrong)).reason();
        assert_eq!(fail("203.0.113.9"), Reason::SecretWrong);
        assert_eq!(fail("203.0.113.9"), Reason::RateLimited);
        assert_eq!(fail("203.0.113.10"), Reason::RateLimited, "one network");
        assert_eq!(fail("198.51.100.10"), Reason::SecretWrong);
    }
}
