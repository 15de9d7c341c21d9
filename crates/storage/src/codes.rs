//! Authorization codes: put once, taken once.

use std::time::Duration;

use async_trait::async_trait;

use crate::StoreError;

/// Where a code is kept: SHA-256 of environment, client id and code, so that another key's or environment's attempt
/// finds nothing and burns nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeKey(pub [u8; 32]);

/// What taking a code gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// This caller is the first and only one to get the payload.
    Fresh(Vec<u8>),
    /// Somebody has taken it before; a mark is kept for ten minutes.
    Replayed,
    /// No such code: never put, expired, or its mark is gone.
    Unknown,
}

/// Keeps codes. Holding them is the one thing asked of it; losing them costs a user a new start, nothing else.
#[async_trait]
pub trait Codes: Send + Sync {
    /// Keeps `sealed` under `key` for `life`. Never in place of another code or of its mark: what was taken once does
    /// not become fresh again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Exists`]; the code must then not be handed out.
    async fn put(&self, key: CodeKey, sealed: &[u8], life: Duration) -> Result<(), StoreError>;

    /// Takes what is kept under `key` and leaves a mark for ten minutes, in one atomic step.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; whether the code was taken is then unknown and it must not be tried again.
    async fn take(&self, key: CodeKey) -> Result<Taken, StoreError>;
}
