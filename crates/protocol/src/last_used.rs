//! When connections and secrets were last used: kept in memory, written in batches, never on the request path.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::{ConnectionId, SecretId, Timestamp};
use storage::{Connections, StoreError};

/// More than this many waiting moments of a kind are not kept: the next use will tell again.
const WAITING: usize = 100_000;

/// Moments that wait to be written.
#[derive(Default)]
pub struct LastUsed {
    connections: Mutex<HashMap<ConnectionId, Timestamp>>,
    secrets: Mutex<HashMap<SecretId, Timestamp>>,
}

impl LastUsed {
    /// `id` was used `now`.
    pub fn connection(&self, id: ConnectionId, now: Timestamp) {
        note(&self.connections, id, now);
    }

    /// `id` was used `now`.
    pub fn secret(&self, id: SecretId, now: Timestamp) {
        note(&self.secrets, id, now);
    }

    /// Writes what waits. What could not be written waits on.
    ///
    /// # Errors
    /// What the store said.
    pub async fn flush(&self, store: &dyn Connections) -> Result<(), StoreError> {
        let connections: Vec<_> =
            std::mem::take(&mut *self.connections.lock().expect("no panic while held")).into_iter().collect();
        let secrets: Vec<_> =
            std::mem::take(&mut *self.secrets.lock().expect("no panic while held")).into_iter().collect();
        if connections.is_empty() && secrets.is_empty() {
            return Ok(());
        }
        let written = store.touch(&connections, &secrets).await;
        if written.is_err() {
            for (id, at) in connections {
                note(&self.connections, id, at);
            }
            for (id, at) in secrets {
                note(&self.secrets, id, at);
            }
        }
        written
    }
}

fn note<K: std::hash::Hash + Eq>(waiting: &Mutex<HashMap<K, Timestamp>>, id: K, at: Timestamp) {
    let mut waiting = waiting.lock().expect("no panic while held");
    if waiting.len() < WAITING {
        let kept = waiting.entry(id).or_insert(at);
        *kept = at.max(*kept);
    }
}
