//! The in-process store: for one replica, for development and for tests. What it keeps is lost with the process.
//!
//! Memory is bounded by [`InProcessLimits`]; when a part is full, it refuses new values and never drops a live one.
//! What has expired goes while new values come: no thread, no timer.

mod bell;
mod shelf;

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::Clock;

pub use bell::Bell;
use shelf::{Full, Shelf, Weight};

use crate::{BrowserState, CodeKey, Codes, Counters, StoreError, Taken, WakeUp};

/// How long the mark of a taken code is kept.
const MARK_LIFE: Duration = Duration::from_mins(10);

/// How many bytes each part may hold: keys, values and an estimate of what keeping them costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InProcessLimits {
    /// Authorization codes and the marks of taken ones. Default: 64 MiB, some 60,000 codes of 1 kB, or 200,000 marks.
    pub codes: usize,
    /// Sign-in sessions, authorize transactions, e-mailed codes; and claims, which have half of it. Default: 128 MiB.
    pub browser_state: usize,
    /// Rate counters. Default: 32 MiB, some 100,000 counters.
    pub counters: usize,
}

impl Default for InProcessLimits {
    fn default() -> Self {
        Self { codes: 64 << 20, browser_state: 128 << 20, counters: 32 << 20 }
    }
}

/// Everything that may be lost, kept in this process.
pub struct InProcess {
    clock: Arc<dyn Clock>,
    codes: Part<CodeKey, Code>,
    values: Part<Arc<str>, Box<[u8]>>,
    claims: Part<Arc<str>, ()>,
    counters: Part<Arc<str>, u64>,
    bell: Bell,
}

impl InProcess {
    /// An empty store that reads the time from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, limits: InProcessLimits) -> Self {
        Self {
            clock,
            codes: Part::new("authorization codes", limits.codes),
            values: Part::new("browser state", limits.browser_state / 2),
            claims: Part::new("claims", limits.browser_state / 2),
            counters: Part::new("rate counters", limits.counters),
            bell: Bell::default(),
        }
    }
}

#[async_trait]
impl Codes for InProcess {
    async fn put(&self, key: CodeKey, sealed: &[u8], life: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut codes = self.codes.lock();
        if codes.find(&key, now).is_some() {
            return Err(StoreError::Exists { what: "an authorization code under this key".into() });
        }
        let kept = codes.keep(key, Code::Sealed(sealed.into()), now, now + life);
        kept.map_err(|full| self.codes.refuse(full))
    }

    async fn take(&self, key: CodeKey) -> Result<Taken, StoreError> {
        let now = self.clock.now();
        let mut codes = self.codes.lock();
        match codes.remove(&key, now) {
            None => Ok(Taken::Unknown),
            Some((Code::Mark, until)) => {
                codes.replace(key, Code::Mark, until);
                Ok(Taken::Replayed)
            }
            Some((Code::Sealed(sealed), _)) => {
                codes.replace(key, Code::Mark, now + MARK_LIFE);
                Ok(Taken::Fresh(sealed.into_vec()))
            }
        }
    }
}

#[async_trait]
impl BrowserState for InProcess {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.values.lock().find(key, self.clock.now()).map(|value| value.to_vec()))
    }

    async fn write(&self, key: &str, value: &[u8], life: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        let kept = self.values.lock().keep(key.into(), value.into(), now, now + life);
        kept.map_err(|full| self.values.refuse(full))
    }

    async fn replace(&self, key: &str, was: Option<&[u8]>, value: &[u8], life: Duration) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut values = self.values.lock();
        if values.find(key, now).map(|value| &**value) != was {
            return Ok(false);
        }
        let kept = values.keep(key.into(), value.into(), now, now + life);
        kept.map(|()| true).map_err(|full| self.values.refuse(full))
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        self.values.lock().remove(key, self.clock.now());
        Ok(())
    }

    async fn claim(&self, key: &str, life: Duration) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut claims = self.claims.lock();
        if claims.find(key, now).is_some() {
            return Ok(false);
        }
        let kept = claims.keep(key.into(), (), now, now + life);
        kept.map(|()| true).map_err(|full| self.claims.refuse(full))
    }
}

#[async_trait]
impl Counters for InProcess {
    async fn add(&self, name: &str, window: Duration) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut counters = self.counters.lock();
        if let Some(count) = counters.find_mut(name, now) {
            *count += 1;
            return Ok(*count);
        }
        let kept = counters.keep(name.into(), 1, now, now + window);
        kept.map(|()| 1).map_err(|full| self.counters.refuse(full))
    }
}

#[async_trait]
impl WakeUp for InProcess {
    async fn ring(&self) {
        self.bell.strike();
    }

    async fn heard(&self) {
        self.bell.struck().await;
    }
}

/// One shelf, its lock, and its name for errors.
struct Part<K, V> {
    name: &'static str,
    shelf: Mutex<Shelf<K, V>>,
}

impl<K: Clone + Ord + Hash + Weight, V: Weight> Part<K, V> {
    fn new(name: &'static str, limit: usize) -> Self {
        Self { name, shelf: Mutex::new(Shelf::new(limit)) }
    }

    /// A caller that panicked cannot have left a shelf half changed in a way that matters: what it keeps may be lost.
    fn lock(&self) -> MutexGuard<'_, Shelf<K, V>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, full: Full) -> StoreError {
        let cause = format!("it holds as many {} as it may ({} bytes)", self.name, full.limit);
        StoreError::Unavailable { store: "in-process store", cause }
    }
}

/// What is kept for a code.
enum Code {
    Sealed(Box<[u8]>),
    Mark,
}

impl Weight for Code {
    fn weight(&self) -> usize {
        match self {
            Self::Sealed(sealed) => sealed.len(),
            Self::Mark => 0,
        }
    }
}

impl Weight for CodeKey {
    fn weight(&self) -> usize {
        // Lies in the map and in the order of deadlines.
        2 * self.0.len()
    }
}

#[cfg(test)]
mod tests;
