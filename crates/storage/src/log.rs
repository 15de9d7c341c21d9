//! The revocation log as stored.

use async_trait::async_trait;
use domain::{LogEntry, Position, Timestamp};

use crate::StoreError;

/// What one read of the log gave.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Entries after the asked position, in order, at most as many as asked.
    pub entries: Vec<LogEntry>,
    /// The last position given out when the read was made. Reached when `entries` is not full.
    pub head: Position,
    /// The database's time.
    pub now: Timestamp,
}

/// Reads the log. Only [`crate::Units`] and [`crate::Connections`] append to it, with the change it belongs to.
#[async_trait]
pub trait RevocationLog: Send + Sync {
    /// Entries after `position` that are still to be kept at the database's time, the head, and that time, in one
    /// statement. Every entry up to the returned head that was not purged is seen: none commits late below it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn read_after(&self, position: Position, limit: u32) -> Result<LogPage, StoreError>;
}
