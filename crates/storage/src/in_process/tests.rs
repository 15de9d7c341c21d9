//! The contract, and what is the in-process store's own: its bounds.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;

use super::*;
use crate::contract::{self, Ephemeral, Passage};

/// A clock that stands still until a test moves it.
struct StoppedClock(AtomicI64);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Passage for StoppedClock {
    async fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).expect("tests wait for short times");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

fn store(limits: InProcessLimits) -> (Arc<InProcess>, Arc<StoppedClock>) {
    let clock = Arc::new(StoppedClock(AtomicI64::new(1_795_000_000_000)));
    (Arc::new(InProcess::new(clock.clone(), limits)), clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_in_process_store_keeps_the_contract() {
    let (store, clock) = store(InProcessLimits::default());
    contract::ephemeral::run_all(&Ephemeral {
        codes: store.clone(),
        browser: store.clone(),
        counters: store.clone(),
        wake_up: store,
        passage: clock,
    })
    .await;
}

#[tokio::test]
async fn a_mark_is_kept_ten_minutes_and_no_longer() {
    let (store, clock) = store(InProcessLimits::default());
    let key = CodeKey([1; 32]);
    store.put(key, b"sealed", Duration::from_mins(1)).await.expect("room");
    assert_eq!(store.take(key).await.expect("answers"), Taken::Fresh(b"sealed".to_vec()));
    clock.pass(Duration::from_millis(599_999)).await;
    assert_eq!(store.take(key).await.expect("answers"), Taken::Replayed);
    clock.pass(Duration::from_millis(1)).await;
    assert_eq!(store.take(key).await.expect("answers"), Taken::Unknown);
}

#[tokio::test]
async fn a_full_store_refuses_new_codes_and_gives_out_old_ones() {
    let (store, clock) = store(InProcessLimits { codes: 1000, ..InProcessLimits::default() });
    let life = Duration::from_mins(1);
    let kept = CodeKey([1; 32]);
    store.put(kept, &[0; 500], life).await.expect("room for one");
    let refused = store.put(CodeKey([2; 32]), &[0; 500], life).await.expect_err("no room for two");
    assert!(matches!(refused, StoreError::Unavailable { store: "in-process store", .. }), "{refused}");
    assert!(matches!(store.take(kept).await, Ok(Taken::Fresh(_))));
    clock.pass(life).await;
    store.put(CodeKey([3; 32]), &[0; 400], life).await.expect("the mark is smaller than the code was");
}

#[tokio::test]
async fn full_counters_and_browser_state_say_so() {
    let (store, _clock) = store(InProcessLimits { codes: 0, browser_state: 600, counters: 300 });
    let life = Duration::from_mins(1);
    assert_eq!(store.add("first", life).await.expect("room"), 1);
    store.add("second", life).await.expect_err("full");
    assert_eq!(store.add("first", life).await.expect("counts on"), 2);
    store.write("first", b"value", life).await.expect("room");
    store.write("second", b"value", life).await.expect_err("full");
    assert!(store.claim("first", life).await.expect("room"));
    store.claim("second", life).await.expect_err("full");
}
