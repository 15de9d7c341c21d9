//! How often may be tried. Counters live in the store that all replicas share.

use std::net::IpAddr;
use std::time::Duration;

use protocol::authorize::form_token;
use storage::StoreError;
use tokio::time::Instant;

use crate::sessions::Visitor;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The network an address is part of: /24 of IPv4, /48 of IPv6. People change the rest at will.
pub(crate) fn address_prefix(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => "unknown".to_owned(),
    }
}

/// Whether this network has tried too often in this minute.
pub(super) async fn network_is_over(visitor: &Visitor) -> Result<bool, StoreError> {
    let name = format!("sign-in-from:{}", address_prefix(&visitor.origin.address));
    let count = visitor.state.counters.add(&name, MINUTE).await?;
    Ok(count > visitor.config().sign_in.from_prefix_a_minute)
}

/// Whether this address, known or not, was tried too often: in this browser if it signed in with it before, in all
/// others together if not.
pub(super) async fn address_is_over(visitor: &Visitor, email: &str) -> Result<bool, StoreError> {
    let limits = &visitor.config().sign_in;
    // Hashed: counters are no place for addresses.
    let name = match visitor.device_of(email).await? {
        Some(device) => format!("sign-in-with:{device}"),
        None => format!("sign-in-for:{}", form_token("counter", email)),
    };
    Ok(visitor.state.counters.add(&name, limits.pause).await? > limits.for_address)
}

/// Whether this user was sent too many codes in this hour.
pub(super) async fn codes_are_over(visitor: &Visitor, user: domain::UserId) -> Result<bool, StoreError> {
    let count = visitor.state.counters.add(&format!("codes-to:{user}"), HOUR).await?;
    Ok(count > visitor.config().sign_in.codes_an_hour)
}

/// Which try of a mailed code this is, counting from one.
pub(super) async fn try_of_code(visitor: &Visitor, attempt: &str) -> Result<u64, StoreError> {
    let name = format!("code-tries:{}", form_token("counter", attempt));
    visitor.state.counters.add(&name, visitor.config().mailed_code).await
}

/// Waits until a whole number of `step`s has passed since `began`. A known account's count is written to disk and
/// nobody's is not; that difference, and every other one, is smaller than a step.
pub(super) async fn even_out(began: Instant, step: Duration) {
    if step.is_zero() {
        return;
    }
    let passed = began.elapsed().as_millis() / step.as_millis().max(1);
    let steps = u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(1);
    tokio::time::sleep_until(began + step.saturating_mul(steps)).await;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_who_change_their_address_stay_in_one_network() {
        assert_eq!(address_prefix("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(address_prefix("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(address_prefix("2001:db8:7:1::5"), address_prefix("2001:db8:7:ffff::1"));
        assert_eq!(address_prefix("nonsense"), "unknown");
    }

    #[actix_web::test]
    async fn quick_and_slow_refusals_take_whole_steps() {
        let step = Duration::from_millis(40);
        let began = Instant::now();
        even_out(began, step).await;
        assert!(began.elapsed() >= step);
        even_out(began, step).await;
        assert!(began.elapsed() >= step * 2);
    }

    proptest! {
        #[test]
        fn no_address_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = address_prefix(&text);
        }
    }
}
