//! What browsers leave between two requests, rate counters, and the bell that makes log readers look sooner.

use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;

/// Small values with an end: sign-in sessions, authorize transactions, e-mailed codes. Safe to lose.
#[async_trait]
pub trait BrowserState: Send + Sync {
    /// What is kept under `key`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps `value` under `key` for `life`, in place of what was there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn write(&self, key: &str, value: &[u8], life: Duration) -> Result<(), StoreError>;

    /// Keeps `value` under `key` for `life`, if what is there is `was` (`None`: nothing), and says whether it did. Of
    /// several who change the same value at once, one succeeds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; whether it was replaced is then unknown.
    async fn replace(&self, key: &str, was: Option<&[u8]>, value: &[u8], life: Duration) -> Result<bool, StoreError>;

    /// Forgets `key`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn remove(&self, key: &str) -> Result<(), StoreError>;

    /// Whether this caller is the first to claim `key` within `life`: one winner over all replicas. Claims and values
    /// are apart: neither sees, hides or removes the other under the same key.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; whether it was claimed is then unknown.
    async fn claim(&self, key: &str, life: Duration) -> Result<bool, StoreError>;
}

/// Counters for rate limits, shared by all replicas. Safe to lose.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Adds one to `name` and gives the count within the current window of length `window`, which starts at the
    /// first addition.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn add(&self, name: &str, window: Duration) -> Result<u64, StoreError>;
}

/// A bell between replicas: rung after a commit to the log. It only makes readers look sooner; nothing depends on it.
#[async_trait]
pub trait WakeUp: Send + Sync {
    /// Rings it, without waiting for anybody to hear.
    async fn ring(&self);

    /// Waits for the next ring. May also return without one now and then, never again and again: a reader that calls
    /// it in a loop must not spin. A ring while nobody waits may be lost.
    async fn heard(&self);
}
