//! The revocation log as one replica has applied it: what every check of a token or a cached record asks.
//!
//! 1. [`AppliedLog::follow`] reads the log by position every 250 ms (sooner when the bell rings) and applies it.
//! 2. [`AppliedLog::fresh`] gives the witness [`Fresh`] while the last complete read began less than a lease ago.
//!    Nothing is issued, introspected or verified without it (DESIGN, decision 1).
//! 3. [`AppliedLog::stands`] tells whether something that names subjects and a position is still good.
//! 4. [`AppliedLog::settle`] is what an issuer calls last: it waits until the log is applied up to everything the
//!    issuer read, checks that nothing of it was touched since, and gives the position to write into the token.

mod entries;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use domain::{Effect, Position, Subject, Timestamp};
use tokio::sync::Mutex;

use self::entries::Entries;
use crate::{RevocationLog, StoreError, WakeUp};

/// How many entries one read asks for.
const PAGE: u32 = 5_000;
/// How long an issuer waits for the log to catch up with what it has read.
const PATIENCE: Duration = Duration::from_millis(500);

/// Told the database's time at every read of the log.
pub trait LearnTime: Send + Sync {
    /// The database said that it is `now`, at most `uncertainty` ago.
    fn learn(&self, now: Timestamp, uncertainty: Duration);
}

/// Proof that this replica knew all revocations less than a lease ago. Only [`AppliedLog::fresh`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    position: Position,
}

impl Fresh {
    /// The position that was applied when the proof was given.
    #[must_use]
    pub fn position(self) -> Position {
        self.position
    }
}

/// Why an issuer must not go on with what it has read.
#[derive(Debug, thiserror::Error)]
pub enum Unsettled {
    /// This replica may not know the latest revocations.
    #[error("the revocation log was not read for longer than the lease")]
    Stale,
    /// Something it read has been touched since: read again.
    #[error("a record was changed while it was used")]
    Touched,
}

/// Something that is good until the log touches it: a cached record, a row, a token.
pub trait Dependent: Send + Sync {
    /// What it depends on.
    fn subjects(&self) -> &[Subject];
    /// The position up to which the log is reflected in it.
    fn position(&self) -> Position;
}

/// The log as applied by this replica.
pub struct AppliedLog {
    store: Arc<dyn RevocationLog>,
    time: Arc<dyn LearnTime>,
    lease: Duration,
    origin: Instant,
    entries: RwLock<Entries>,
    applied: AtomicI64,
    /// When the last complete read began, in milliseconds after `origin`, plus one; zero before the first.
    read_began: AtomicU64,
    rolled_back: AtomicBool,
    reading: Mutex<()>,
}

impl AppliedLog {
    /// A log that has applied nothing yet. `lease` is how old the last read may be (1 s by default).
    #[must_use]
    pub fn new(store: Arc<dyn RevocationLog>, time: Arc<dyn LearnTime>, lease: Duration) -> Self {
        Self {
            store,
            time,
            lease,
            origin: Instant::now(),
            entries: RwLock::default(),
            applied: AtomicI64::new(0),
            read_began: AtomicU64::new(0),
            rolled_back: AtomicBool::new(false),
            reading: Mutex::new(()),
        }
    }

    /// Reads and applies the log for ever, every `interval` (250 ms by default) or when the bell rings. Spawn it once
    /// per replica.
    pub async fn follow(self: Arc<Self>, bell: Arc<dyn WakeUp>, interval: Duration) {
        loop {
            if let Err(error) = self.read().await {
                tracing::warn!(%error, "the revocation log could not be read");
            }
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = bell.heard() => {}
            }
        }
    }

    /// Reads the log to its head once and applies it.
    ///
    /// # Errors
    /// What the store said; what was applied before stays applied.
    pub async fn read(&self) -> Result<Position, StoreError> {
        self.read_up_to(Position(i64::MAX)).await
    }

    /// As [`Self::read`], unless `enough` has been applied by the time it is this caller's turn.
    async fn read_up_to(&self, enough: Position) -> Result<Position, StoreError> {
        let _one_reader = self.reading.lock().await;
        if self.position() >= enough {
            return Ok(self.position());
        }
        loop {
            let began = Instant::now();
            let page = self.store.read_after(self.position(), PAGE).await?;
            self.time.learn(page.now, began.elapsed());
            if page.head < self.position() {
                self.rolled_back.store(true, Ordering::Release);
                return Err(StoreError::Corrupt(
                    "the revocation log is shorter than it was: the database was restored under a running server; \
                     restart every replica"
                        .into(),
                ));
            }
            let complete = page.entries.len() < PAGE as usize;
            let reached = match page.entries.last() {
                Some(last) if !complete => last.position,
                _ => page.head,
            };
            self.entries.write().expect("no panic while held").apply(&page.entries, page.now);
            self.applied.store(reached.0, Ordering::Release);
            if complete {
                let millis = u64::try_from((began - self.origin).as_millis()).unwrap_or(u64::MAX - 1);
                self.read_began.store(millis + 1, Ordering::Release);
                return Ok(reached);
            }
        }
    }

    /// Proof that the revocations known here are at most a lease old.
    ///
    /// # Errors
    /// [`Unsettled::Stale`]: answer 503 on token, introspection and verify (DESIGN §6).
    pub fn fresh(&self) -> Result<Fresh, Unsettled> {
        let position = self.position();
        let began = match self.read_began.load(Ordering::Acquire) {
            0 => return Err(Unsettled::Stale),
            millis => self.origin + Duration::from_millis(millis - 1),
        };
        if began.elapsed() >= self.lease || self.rolled_back.load(Ordering::Acquire) {
            return Err(Unsettled::Stale);
        }
        Ok(Fresh { position })
    }

    /// The position applied so far.
    #[must_use]
    pub fn position(&self) -> Position {
        Position(self.applied.load(Ordering::Acquire))
    }

    /// Whether no entry after `position` ends any of `subjects`.
    #[must_use]
    pub fn stands(&self, subjects: &[Subject], position: Position) -> bool {
        position >= self.position() || !self.touched(subjects, position, &[Effect::Revoke])
    }

    /// Whether no entry after its position touches `dependent` at all.
    #[must_use]
    pub fn untouched(&self, dependent: &dyn Dependent) -> bool {
        dependent.position() >= self.position()
            || !self.touched(dependent.subjects(), dependent.position(), &[Effect::Revoke, Effect::Change])
    }

    /// Waits until everything that `inputs` reflect is applied here, then checks that nothing has touched them since.
    /// The position it gives is right for a token made from them: no earlier entry can kill it, and every later one
    /// does.
    ///
    /// # Errors
    /// [`Unsettled::Touched`]: read the inputs again. [`Unsettled::Stale`]: this replica cannot know.
    pub async fn settle(&self, inputs: &[&dyn Dependent]) -> Result<Position, Unsettled> {
        let newest = inputs.iter().map(|input| input.position()).max().unwrap_or_default();
        if newest > self.position() {
            let caught_up = tokio::time::timeout(PATIENCE, self.read_up_to(newest)).await;
            if !matches!(caught_up, Ok(Ok(reached)) if reached >= newest) {
                return Err(Unsettled::Stale);
            }
        }
        let fresh = self.fresh()?;
        if inputs.iter().all(|input| self.untouched(*input)) { Ok(fresh.position) } else { Err(Unsettled::Touched) }
    }

    fn touched(&self, subjects: &[Subject], position: Position, effects: &[Effect]) -> bool {
        let entries = self.entries.read().expect("no panic while held");
        subjects.iter().any(|subject| entries.last(subject, effects) > position)
    }
}

#[cfg(test)]
mod tests;
