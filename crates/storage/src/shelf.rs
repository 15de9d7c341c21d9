//! A bounded shelf of records, with one read per miss.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::StoreError;

/// A cache of so many values. Its hash is seeded anew by every process: strangers choose some of the keys.
pub type Bounded<K, V> = Cache<K, V, UnitWeighter, RandomState>;

/// A cache of up to `capacity` values.
#[must_use]
pub fn bounded<K: Hash + Eq, V: Clone>(capacity: usize) -> Bounded<K, V> {
    Cache::with(capacity, capacity as u64, UnitWeighter, RandomState::default(), DefaultLifecycle::default())
}

/// Records by their ids or names.
pub(crate) struct Shelf<K, V>(Bounded<K, Outcome<V>>);

/// How a read ended, for each of those who waited for it.
type Outcome<V> = Result<Arc<V>, Arc<StoreError>>;

impl<K: Hash + Eq + Clone, V> Shelf<K, V> {
    /// Holds up to `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(bounded(capacity))
    }

    /// What `key` names: what is there if that `is_good`, else what `load` reads. Who comes while it is read waits for it;
    /// if the reader goes away meanwhile, the next one reads.
    ///
    /// # Errors
    /// What the store said to the one who read.
    pub(crate) async fn get<F>(
        &self,
        key: &K,
        is_good: impl FnOnce(&V) -> bool,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<V>, StoreError>
    where
        F: Future<Output = Result<Arc<V>, StoreError>>,
    {
        if let Some(Ok(there)) = self.0.get(key) {
            if is_good(&there) {
                return Ok(there);
            }
            self.0.remove_if(key, |now| now.as_ref().is_ok_and(|now| Arc::ptr_eq(now, &there)));
        }
        self.read(key, load).await
    }

    async fn read<F>(&self, key: &K, load: impl FnOnce() -> F) -> Result<Arc<V>, StoreError>
    where
        F: Future<Output = Result<Arc<V>, StoreError>>,
    {
        let place = match self.0.get_value_or_guard_async(key).await {
            Ok(read) => return read.map_err(|error| StoreError::clone(&error)),
            Err(place) => place,
        };
        let read = load().await;
        // A place that was taken away meanwhile needs nothing in it.
        let _ = place.insert(read.clone().map_err(Arc::new));
        if read.is_err() {
            // Those who waited were told. Whoever comes later reads anew.
            self.0.remove_if(key, Result::is_err);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Poll;

    use tokio::sync::Notify;

    use super::*;

    /// What is read from: counts, and answers when it is let.
    #[derive(Default)]
    struct Source {
        reads: AtomicU32,
        let_go: Notify,
    }

    impl Source {
        async fn read(&self, fails: bool) -> Result<Arc<u32>, StoreError> {
            let read = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
            self.let_go.notified().await;
            let gone = StoreError::Unavailable { store: "database", cause: "gone".to_owned() };
            if fails { Err(gone) } else { Ok(Arc::new(read)) }
        }
    }

    #[tokio::test]
    async fn those_who_miss_together_wait_for_one_read() {
        let (shelf, source) = (Shelf::new(100), Source::default());
        let (first, second, ()) =
            tokio::join!(get(&shelf, &source, false), get(&shelf, &source, false), at_last(&source));
        assert_eq!((first.expect("read"), second.expect("read")), (1, 1));
        assert_eq!(get(&shelf, &source, true).await.expect("it is there"), 1);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_who_waited_and_to_nobody_else() {
        let (shelf, source) = (Shelf::new(100), Source::default());
        let (first, second, ()) =
            tokio::join!(get(&shelf, &source, true), get(&shelf, &source, true), at_last(&source));
        assert!(first.is_err() && second.is_err());
        assert_eq!(source.reads.load(Ordering::Relaxed), 1);
        let (anew, ()) = tokio::join!(get(&shelf, &source, false), at_last(&source));
        assert_eq!(anew.expect("read anew"), 2);
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_leaves_the_read_to_the_next() {
        let (shelf, source) = (Shelf::new(100), Source::default());
        {
            let mut leaves = pin!(get(&shelf, &source, false));
            let is_pending = poll_fn(|context| Poll::Ready(leaves.as_mut().poll(context).is_pending())).await;
            assert!(is_pending);
        }
        let (next, ()) = tokio::join!(get(&shelf, &source, false), at_last(&source));
        assert_eq!(next.expect("read"), 2);
    }

    #[tokio::test]
    async fn what_is_not_good_any_more_is_read_anew() {
        let (shelf, source) = (Shelf::new(100), Source::default());
        let (first, ()) = tokio::join!(get(&shelf, &source, false), at_last(&source));
        assert_eq!(first.expect("read"), 1);
        let (second, ()) = tokio::join!(shelf.get(&7, |_| false, || source.read(false)), at_last(&source));
        assert_eq!(*second.expect("read"), 2);
        assert_eq!(get(&shelf, &source, true).await.expect("it is there"), 2);
    }

    async fn get(shelf: &Shelf<u32, u32>, source: &Source, fails: bool) -> Result<u32, StoreError> {
        shelf.get(&7, |_| true, || source.read(fails)).await.map(|read| *read)
    }

    /// Lets one read go, when all others have come to wait.
    async fn at_last(source: &Source) {
        tokio::task::yield_now().await;
        source.let_go.notify_one();
    }
}
