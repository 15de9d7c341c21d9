//! Activity costs no request: a bounded queue, written in batches (DESIGN, decision 14).
//!
//! Failures after authentication and whatever an owner should see are kept one by one. Failures before it are
//! counted per key, reason, address prefix and minute, the first three kept whole: a `client_id` is public, and
//! strangers must not fill its owner's log. Successes are merged per key, endpoint, grant and hour.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Activity, Reason, Timestamp};
use oauth_endpoints::ActivitySink;
use storage::{ActivityLog, RefusalCount, SuccessCount};
use tokio::sync::Notify;

/// Attempts that may wait; more are counted as lost.
const WAITING: usize = 20_000;
/// How many of a kind of failure before authentication are kept whole.
const KEPT_WHOLE: u64 = 3;

/// What waits to be written, merged as it comes.
#[derive(Default)]
pub(super) struct ActivityQueue {
    waiting: Mutex<Batch>,
    lost: AtomicU64,
    filled: Notify,
}

#[derive(Default)]
struct Batch {
    single: Vec<Activity>,
    successes: foldhash::HashMap<SuccessCount, u64>,
    refusals: HashMap<RefusalCount, u64>,
    /// How many of each kind were seen in its minute, over batches.
    seen: HashMap<RefusalCount, u64>,
}

impl ActivityQueue {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// How many attempts were lost because the queue was full.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until much is waiting, or for `interval`.
    pub(super) async fn wait(&self, interval: Duration) {
        let _ = tokio::time::timeout(interval, self.filled.notified()).await;
    }

    /// Writes what waits. What could not be written waits on, as far as there is room.
    pub(super) async fn flush(&self, store: &dyn ActivityLog) {
        let (single, successes, refusals) = {
            let mut batch = self.waiting.lock().expect("no panic while held");
            (
                std::mem::take(&mut batch.single),
                std::mem::take(&mut batch.successes).into_iter().collect::<Vec<_>>(),
                std::mem::take(&mut batch.refusals).into_iter().collect::<Vec<_>>(),
            )
        };
        if single.is_empty() && successes.is_empty() && refusals.is_empty() {
            return;
        }
        if let Err(error) = store.append(&single, &successes, &refusals).await {
            tracing::warn!(%error, attempts = single.len(), "activity could not be written; it waits");
            let mut batch = self.waiting.lock().expect("no panic while held");
            let room = WAITING.saturating_sub(batch.single.len());
            self.lost.fetch_add(single.len().saturating_sub(room) as u64, Ordering::Relaxed);
            batch.single.extend(single.into_iter().take(room));
            for (key, count) in successes {
                *batch.successes.entry(key).or_insert(0) += count;
            }
            for (key, count) in refusals {
                *batch.refusals.entry(key).or_insert(0) += count;
            }
        }
    }
}

impl ActivitySink for ActivityQueue {
    fn note(&self, activity: Activity) {
        let mut batch = self.waiting.lock().expect("no panic while held");
        let (Some(key), Some(app)) = (activity.key, activity.app) else { return };
        match activity.refusal {
            None if activity.detail.is_empty() => {
                let count = SuccessCount {
                    key,
                    app,
                    environment: activity.environment,
                    kind: activity.kind,
                    grant: activity.grant.unwrap_or_default().to_owned(),
                    hour: start_of(activity.at, 3_600_000),
                    certificate: activity.certificate,
                };
                *batch.successes.entry(count).or_insert(0) += 1;
                return;
            }
            Some(reason) if !activity.authenticated || reason == Reason::RateLimited => {
                let count = RefusalCount {
                    key,
                    app,
                    environment: activity.environment.clone(),
                    kind: activity.kind,
                    reason,
                    prefix: prefix_of(&activity.origin.address),
                    minute: start_of(activity.at, 60_000),
                };
                if !batch.is_among_the_first(&count) {
                    *batch.refusals.entry(count).or_insert(0) += 1;
                    return;
                }
            }
            None | Some(_) => {}
        }
        if batch.single.len() >= WAITING {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        batch.single.push(activity);
        if batch.single.len() >= WAITING / 20 {
            self.filled.notify_one();
        }
    }
}

impl Batch {
    fn is_among_the_first(&mut self, count: &RefusalCount) -> bool {
        if self.seen.len() > WAITING {
            self.seen.retain(|seen, _| seen.minute == count.minute);
        }
        let seen = self.seen.entry(count.clone()).or_insert(0);
        *seen += 1;
        *seen <= KEPT_WHOLE
    }
}

fn start_of(at: Timestamp, span: i64) -> Timestamp {
    Timestamp::from_millis(at.millis() - at.millis().rem_euclid(span))
}

/// The /24 or /48 of an address.
fn prefix_of(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{ActivityKind, AppId, CertificateShown, ClientId, EnvironmentName, Origin, RequestId};

    use super::*;

    fn attempt(refusal: Option<Reason>, authenticated: bool) -> Activity {
        Activity {
            at: Timestamp::from_seconds(7200),
            request: RequestId::from_bytes([1; 16]),
            kind: ActivityKind::Token,
            grant: Some("client_credentials"),
            environment: EnvironmentName::default_environment(),
            key: Some(ClientId::from_bytes([2; 16])),
            app: Some(AppId::from_bytes([3; 16])),
            authenticated,
            certificate: CertificateShown::None,
            refusal,
            detail: String::new(),
            connection: None,
            customer: None,
            origin: Origin { address: "203.0.113.9".into(), user_agent: String::new() },
        }
    }

    fn waiting(attempts: impl IntoIterator<Item = Activity>) -> (usize, u64, u64) {
        let queue = ActivityQueue::new();
        attempts.into_iter().for_each(|attempt| queue.note(attempt));
        let batch = queue.waiting.lock().expect("no panic while held");
        (batch.single.len(), batch.successes.values().sum(), batch.refusals.values().sum())
    }

    #[test]
    fn successes_are_merged() {
        assert_eq!(waiting((0..100).map(|_| attempt(None, true))), (0, 100, 0));
    }

    #[test]
    fn strangers_cannot_fill_a_victims_log() {
        assert_eq!(waiting((0..100).map(|_| attempt(Some(Reason::SecretWrong), false))), (3, 0, 97));
    }

    #[test]
    fn what_an_owner_should_see_is_kept_one_by_one() {
        assert_eq!(waiting((0..5).map(|_| attempt(Some(Reason::ScopeTooWide), true))), (5, 0, 0));
    }
}
