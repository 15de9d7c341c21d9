//! What a store of codes, browser state, counters and the wake-up bell must do.

use std::time::Duration;

use super::fixtures::fresh_bytes;
use super::{CROWD, Ephemeral, PATIENCE, all_at_once, count, run_each};
use crate::{CodeKey, StoreError, Taken};

/// A life that does not end within a test.
const LONG: Duration = Duration::from_mins(1);

/// A life whose end a test waits for; long enough for the few calls that come before it.
const SHORT: Duration = Duration::from_millis(400);

/// Every one of them.
pub async fn run_all(store: &Ephemeral) {
    run_each!(store;
        a_code_is_given_once_and_then_known_as_replayed,
        fifty_tasks_take_one_code_and_one_gets_it,
        a_code_that_was_never_put_is_unknown,
        an_expired_code_is_unknown,
        the_mark_of_a_taken_code_outlives_the_code,
        a_taken_code_cannot_be_put_again,
        a_code_is_not_put_in_place_of_another,
        codes_do_not_see_each_other,
        a_code_is_given_byte_for_byte,
        a_value_is_read_as_it_was_written,
        a_later_value_takes_the_earlier_ones_place,
        a_removed_value_is_gone,
        a_value_ends_with_its_life,
        a_value_is_replaced_only_if_it_is_the_one_that_was_read,
        of_fifty_who_replace_a_value_none_undoes_another,
        a_claim_has_one_winner_among_fifty,
        a_claim_can_be_made_again_after_its_life,
        claims_and_values_are_apart,
        a_counter_counts_every_addition_once,
        a_counter_starts_again_after_its_window,
        a_window_starts_at_the_first_addition,
        counters_do_not_see_each_other,
        a_ring_wakes_those_who_wait,
        a_bell_that_nobody_rings_is_quiet,
    );
}

/// DESIGN, decision 3.
pub async fn a_code_is_given_once_and_then_known_as_replayed(store: &Ephemeral) {
    let key = put(store, b"sealed", LONG).await;
    assert_eq!(take(store, key).await, Taken::Fresh(b"sealed".to_vec()));
    assert_eq!(take(store, key).await, Taken::Replayed);
    assert_eq!(take(store, key).await, Taken::Replayed);
}

/// The one race that must never have two winners.
pub async fn fifty_tasks_take_one_code_and_one_gets_it(store: &Ephemeral) {
    for _ in 0..5 {
        let key = put(store, b"sealed", LONG).await;
        let all = all_at_once(|_| {
            let codes = store.codes.clone();
            async move { codes.take(key).await.expect("the store answers") }
        })
        .await;
        assert_eq!(count(&all, |taken| matches!(taken, Taken::Fresh(_))), 1);
        assert_eq!(count(&all, |taken| *taken == Taken::Replayed), CROWD - 1);
    }
}

/// Nothing is found, and looking for it leaves no mark.
pub async fn a_code_that_was_never_put_is_unknown(store: &Ephemeral) {
    let key = CodeKey(fresh_bytes());
    assert_eq!(take(store, key).await, Taken::Unknown);
    assert_eq!(take(store, key).await, Taken::Unknown);
    store.codes.put(key, b"sealed", LONG).await.expect("the store keeps it");
    assert_eq!(take(store, key).await, Taken::Fresh(b"sealed".to_vec()));
}

/// Expiry leaves no mark.
pub async fn an_expired_code_is_unknown(store: &Ephemeral) {
    let key = put(store, b"sealed", SHORT).await;
    store.passage.pass(SHORT * 2).await;
    assert_eq!(take(store, key).await, Taken::Unknown);
}

/// The mark's ten minutes start when the code is taken, whatever was left of its life.
pub async fn the_mark_of_a_taken_code_outlives_the_code(store: &Ephemeral) {
    let key = put(store, b"sealed", SHORT).await;
    assert_eq!(take(store, key).await, Taken::Fresh(b"sealed".to_vec()));
    store.passage.pass(SHORT * 2).await;
    assert_eq!(take(store, key).await, Taken::Replayed);
}

/// What was taken once does not become fresh.
pub async fn a_taken_code_cannot_be_put_again(store: &Ephemeral) {
    let key = put(store, b"sealed", LONG).await;
    take(store, key).await;
    let again = store.codes.put(key, b"sealed", LONG).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    assert_eq!(take(store, key).await, Taken::Replayed);
}

/// Nobody can exchange the payload of a code that is still to be taken.
pub async fn a_code_is_not_put_in_place_of_another(store: &Ephemeral) {
    let key = put(store, b"first", LONG).await;
    let again = store.codes.put(key, b"second", LONG).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    assert_eq!(take(store, key).await, Taken::Fresh(b"first".to_vec()));
}

/// A key is the whole 256 bits.
pub async fn codes_do_not_see_each_other(store: &Ephemeral) {
    let first = CodeKey(fresh_bytes());
    let mut second = first;
    if let Some(last) = second.0.last_mut() {
        *last ^= 1;
    }
    store.codes.put(first, b"first", LONG).await.expect("the store keeps it");
    assert_eq!(take(store, second).await, Taken::Unknown);
    assert_eq!(take(store, first).await, Taken::Fresh(b"first".to_vec()));
}

/// Payloads are sealed bytes, not text, and of any length, the store's own mark among them.
pub async fn a_code_is_given_byte_for_byte(store: &Ephemeral) {
    let every_byte: Vec<u8> = (0..=255).collect();
    for payload in [vec![], vec![0], b"T".to_vec(), b"\r\n$-1\r\n".to_vec(), every_byte, vec![0xfe; 20_000]] {
        let key = put(store, &payload, LONG).await;
        assert!(take(store, key).await == Taken::Fresh(payload.clone()), "{} bytes", payload.len());
        assert_eq!(take(store, key).await, Taken::Replayed);
    }
}

/// Values are bytes.
pub async fn a_value_is_read_as_it_was_written(store: &Ephemeral) {
    let key = fresh_key();
    assert_eq!(read(store, &key).await, None);
    for value in [vec![], (0..=255).collect()] {
        write(store, &key, &value, LONG).await;
        assert_eq!(read(store, &key).await, Some(value));
    }
}

/// Value and life are the later one's.
pub async fn a_later_value_takes_the_earlier_ones_place(store: &Ephemeral) {
    let key = fresh_key();
    write(store, &key, b"first", SHORT).await;
    write(store, &key, b"second", LONG).await;
    store.passage.pass(SHORT * 2).await;
    assert_eq!(read(store, &key).await, Some(b"second".to_vec()));
}

/// Removing what is not there is no error.
pub async fn a_removed_value_is_gone(store: &Ephemeral) {
    let key = fresh_key();
    write(store, &key, b"value", LONG).await;
    for _ in 0..2 {
        store.browser.remove(&key).await.expect("the store answers");
        assert_eq!(read(store, &key).await, None);
    }
}

/// Nothing outlives what was asked for it.
pub async fn a_value_ends_with_its_life(store: &Ephemeral) {
    let key = fresh_key();
    write(store, &key, b"value", SHORT).await;
    assert!(read(store, &key).await.is_some());
    store.passage.pass(SHORT * 2).await;
    assert_eq!(read(store, &key).await, None);
}

/// Nothing is a value to compare with too, and apart from an empty one. The life is the later value's.
pub async fn a_value_is_replaced_only_if_it_is_the_one_that_was_read(store: &Ephemeral) {
    let key = fresh_key();
    assert!(!replace(store, &key, Some(b"other"), b"x").await);
    assert!(!replace(store, &key, Some(b""), b"x").await);
    assert!(replace(store, &key, None, b"").await);
    assert!(!replace(store, &key, None, b"x").await);
    let every_byte: Vec<u8> = (0..=255).collect();
    assert!(replace(store, &key, Some(b""), &every_byte).await);
    assert!(!replace(store, &key, Some(b"other"), b"x").await);
    assert_eq!(read(store, &key).await.as_deref(), Some(&*every_byte));
    write(store, &key, b"short", SHORT).await;
    assert!(replace(store, &key, Some(b"short"), b"long").await);
    store.passage.pass(SHORT * 2).await;
    assert_eq!(read(store, &key).await.as_deref(), Some(&b"long"[..]));
    write(store, &key, b"short", SHORT).await;
    store.passage.pass(SHORT * 2).await;
    assert!(!replace(store, &key, Some(b"short"), b"x").await && replace(store, &key, None, b"x").await);
}

/// Each reads, adds, and tries again until nobody came between.
pub async fn of_fifty_who_replace_a_value_none_undoes_another(store: &Ephemeral) {
    let key = fresh_key();
    all_at_once(|number| {
        let (browser, key) = (store.browser.clone(), key.clone());
        async move {
            loop {
                let was = browser.read(&key).await.expect("the store answers");
                let mut value = was.clone().unwrap_or_default();
                value.push(u8::try_from(number).expect("fifty"));
                if browser.replace(&key, was.as_deref(), &value, LONG).await.expect("the store answers") {
                    return;
                }
            }
        }
    })
    .await;
    let mut all = read(store, &key).await.expect("it is there");
    all.sort_unstable();
    assert!(all.into_iter().eq(0..50));
}

/// One winner over all replicas.
pub async fn a_claim_has_one_winner_among_fifty(store: &Ephemeral) {
    let key = fresh_key();
    let all = all_at_once(|_| {
        let (browser, key) = (store.browser.clone(), key.clone());
        async move { browser.claim(&key, LONG).await.expect("the store answers") }
    })
    .await;
    assert_eq!(count(&all, |won| *won), 1);
}

/// And losing does not make it longer.
pub async fn a_claim_can_be_made_again_after_its_life(store: &Ephemeral) {
    let key = fresh_key();
    assert!(claim(store, &key, SHORT).await);
    store.passage.pass(SHORT / 2).await;
    assert!(!claim(store, &key, LONG).await);
    store.passage.pass(SHORT).await;
    assert!(claim(store, &key, LONG).await);
}

/// Neither sees, hides or removes the other.
pub async fn claims_and_values_are_apart(store: &Ephemeral) {
    let key = fresh_key();
    write(store, &key, b"value", LONG).await;
    assert!(claim(store, &key, LONG).await);
    assert_eq!(read(store, &key).await, Some(b"value".to_vec()));
    store.browser.remove(&key).await.expect("the store answers");
    assert!(!claim(store, &key, LONG).await);
}

/// None is lost and none is counted twice, whoever adds.
pub async fn a_counter_counts_every_addition_once(store: &Ephemeral) {
    let name = fresh_key();
    let mut all = all_at_once(|_| {
        let (counters, name) = (store.counters.clone(), name.clone());
        async move { counters.add(&name, LONG).await.expect("the store answers") }
    })
    .await;
    all.sort_unstable();
    assert!(all.into_iter().eq(1..=50));
}

/// A rate limit ends.
pub async fn a_counter_starts_again_after_its_window(store: &Ephemeral) {
    let name = fresh_key();
    assert_eq!(add(store, &name, SHORT).await, 1);
    assert_eq!(add(store, &name, SHORT).await, 2);
    store.passage.pass(SHORT * 2).await;
    assert_eq!(add(store, &name, SHORT).await, 1);
}

/// Later additions do not push its end away: who keeps trying is let in again all the same.
pub async fn a_window_starts_at_the_first_addition(store: &Ephemeral) {
    let name = fresh_key();
    let mut counts = Vec::new();
    for _ in 0..4 {
        counts.push(add(store, &name, SHORT).await);
        store.passage.pass(SHORT.mul_f32(0.4)).await;
    }
    assert!(counts.iter().skip(1).any(|count| *count == 1), "{counts:?}");
}

/// One name, one counter.
pub async fn counters_do_not_see_each_other(store: &Ephemeral) {
    let (first, second) = (fresh_key(), fresh_key());
    add(store, &first, LONG).await;
    assert_eq!(add(store, &second, LONG).await, 1);
    assert_eq!(add(store, &first, LONG).await, 2);
}

/// Everyone, not only one.
pub async fn a_ring_wakes_those_who_wait(store: &Ephemeral) {
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let wake_up = store.wake_up.clone();
        waiting.spawn(async move { wake_up.heard().await });
    }
    let rings = async {
        while !waiting.is_empty() {
            store.wake_up.ring().await;
            let _ = tokio::time::timeout(Duration::from_millis(20), waiting.join_next()).await;
        }
    };
    tokio::time::timeout(PATIENCE, rings).await.expect("everyone hears a ring");
}

/// A reader that waits for it in a loop must not spin.
pub async fn a_bell_that_nobody_rings_is_quiet(store: &Ephemeral) {
    let quiet = async {
        while tokio::time::timeout(Duration::from_millis(50), store.wake_up.heard()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, quiet).await.expect("it becomes quiet");
}

async fn put(store: &Ephemeral, sealed: &[u8], life: Duration) -> CodeKey {
    let key = CodeKey(fresh_bytes());
    store.codes.put(key, sealed, life).await.expect("the store keeps it");
    key
}

async fn take(store: &Ephemeral, key: CodeKey) -> Taken {
    store.codes.take(key).await.expect("the store answers")
}

async fn read(store: &Ephemeral, key: &str) -> Option<Vec<u8>> {
    store.browser.read(key).await.expect("the store answers")
}

async fn write(store: &Ephemeral, key: &str, value: &[u8], life: Duration) {
    store.browser.write(key, value, life).await.expect("the store keeps it");
}

async fn replace(store: &Ephemeral, key: &str, was: Option<&[u8]>, value: &[u8]) -> bool {
    store.browser.replace(key, was, value, LONG).await.expect("the store answers")
}

async fn claim(store: &Ephemeral, key: &str, life: Duration) -> bool {
    store.browser.claim(key, life).await.expect("the store answers")
}

async fn add(store: &Ephemeral, name: &str, window: Duration) -> u64 {
    store.counters.add(name, window).await.expect("the store answers")
}

fn fresh_key() -> String {
    let bytes: [u8; 8] = fresh_bytes();
    format!("contract:{:016x}", u64::from_be_bytes(bytes))
}
