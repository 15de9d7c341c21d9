//! How long the operator's revocation lists still count: for metrics, and a warning before certificates are refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use certificates::{Crl, Trust};
use domain::Timestamp;

use super::gauges::{escaped, family};

/// A list that counts no longer than this is warned of.
const SOON: Duration = Duration::from_secs(24 * 60 * 60);

/// Until when the newest list of each issuer counts.
fn ends(trust: &Trust) -> BTreeMap<&str, Timestamp> {
    latest(trust, Crl::counts_until)
}

/// The latest of a time of its lists, by issuer.
fn latest(trust: &Trust, time: impl Fn(&Crl) -> Timestamp) -> BTreeMap<&str, Timestamp> {
    let mut latest = BTreeMap::new();
    for list in &trust.crls {
        let known = latest.entry(list.issuer()).or_insert_with(|| time(list));
        *known = (*known).max(time(list));
    }
    latest
}

/// The gauges: how many issuers have lists, the seconds that are left to the list that ends first, negative once its
/// issuer's certificates are refused, and when the next list of each issuer is due.
pub(super) fn metrics(trust: &Trust, now: Timestamp) -> String {
    let ends = ends(trust);
    let mut text = format!(
        "# TYPE countersign_revocation_list_issuers gauge\ncountersign_revocation_list_issuers {}\n",
        ends.len()
    );
    if let Some(first) = ends.values().min() {
        let left = (first.millis() - now.millis()).div_euclid(1000);
        let _ = write!(
            text,
            "# TYPE countersign_revocation_list_seconds_left gauge\ncountersign_revocation_list_seconds_left {left}\n"
        );
    }
    let due = latest(trust, Crl::next_update);
    let sample = |(issuer, due): (&str, Timestamp)| (format!("{{ca=\"{}\"}}", escaped(issuer)), due.seconds());
    family(&mut text, ("ca_crl_next_update_timestamp_seconds", "gauge"), due.into_iter().map(sample));
    text
}

/// Warns of lists that end soon or have ended.
pub(super) fn warn(trust: &Trust, now: Timestamp) {
    for (issuer, end) in ends(trust) {
        if end <= now {
            tracing::error!(issuer, %end, "a revocation list is out of date: certificates of its issuer are refused");
        } else if end <= now + SOON {
            tracing::warn!(issuer, %end, "a revocation list ends soon; certificates of its issuer are refused then");
        }
    }
}

#[cfg(test)]
mod tests {
    use certificates::Crl;
    use testkit::Authority;

    use super::*;

    /// 2026-11-18T11:06:40Z.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn list(authority: &Authority, year: i32, month: u8, day: u8) -> Vec<Crl> {
        let pem = authority.revocation_list(&[], |list| list.next_update = rcgen::date_time_ymd(year, month, day));
        Crl::read_all(pem.as_bytes(), Duration::ZERO).expect("it is a list")
    }

    #[test]
    fn the_newest_list_of_the_issuer_that_ends_first_is_told() {
        let [one, other] = ["One CA", "Other CA"].map(Authority::new);
        let none = metrics(&Trust::default(), NOW);
        assert!(none.contains("_issuers 0\n") && !none.contains("seconds_left"), "{none}");
        let crls = [list(&one, 2026, 11, 1), list(&one, 2026, 11, 20), list(&other, 2027, 1, 1)].concat();
        let both = metrics(&Trust { crls, ..Trust::default() }, NOW);
        assert!(both.contains("_issuers 2\n") && both.contains("seconds_left 132800\n"), "{both}");
        let ended = metrics(&Trust { crls: list(&one, 2026, 11, 18), ..Trust::default() }, NOW);
        assert!(ended.contains("seconds_left -40000\n"), "{ended}");
        let due: Vec<_> =
            ended.lines().filter(|line| line.starts_with("ca_crl_next_update_timestamp_seconds{")).collect();
        assert!(
            matches!(due.as_slice(), [line] if line.contains("One CA") && line.ends_with(" 1794960000")),
            "{ended}"
        );
    }
}
