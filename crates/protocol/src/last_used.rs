//! When connections, secrets and certificates were last used: kept in memory, written in batches, never on the request path.

use std::sync::Mutex;

use domain::{CertificateId, ConnectionId, SecretId, Timestamp};
use foldhash::HashMap;
use storage::{Connections, LastUses, StoreError};

/// More than this many waiting moments of a kind are not kept: the next use will tell again.
const WAITING: usize = 100_000;

/// Moments that wait to be written.
#[derive(Default)]
pub struct LastUsed {
    connections: Mutex<HashMap<ConnectionId, Timestamp>>,
    secrets: Mutex<HashMap<SecretId, Timestamp>>,
    certificates: Mutex<HashMap<CertificateId, Timestamp>>,
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

    /// A certificate that `id` recognises was shown `now`.
    pub fn certificate(&self, id: CertificateId, now: Timestamp) {
        note(&self.certificates, id, now);
    }

    /// Writes what waits. What could not be written waits on.
    ///
    /// # Errors
    /// What the store said.
    pub async fn flush(&self, store: &dyn Connections) -> Result<(), StoreError> {
        let uses = LastUses {
            connections: taken(&self.connections),
            secrets: taken(&self.secrets),
            certificates: taken(&self.certificates),
        };
        if uses.is_empty() {
            return Ok(());
        }
        let written = store.touch(&uses).await;
        if written.is_err() {
            uses.connections.into_iter().for_each(|(id, at)| self.connection(id, at));
            uses.secrets.into_iter().for_each(|(id, at)| self.secret(id, at));
            uses.certificates.into_iter().for_each(|(id, at)| self.certificate(id, at));
        }
        written
    }
}

fn taken<K>(waiting: &Mutex<HashMap<K, Timestamp>>) -> Vec<(K, Timestamp)> {
    std::mem::take(&mut *waiting.lock().expect("no panic while held")).into_iter().collect()
}

fn note<K: std::hash::Hash + Eq>(waiting: &Mutex<HashMap<K, Timestamp>>, id: K, at: Timestamp) {
    let mut waiting = waiting.lock().expect("no panic while held");
    if waiting.len() < WAITING {
        let kept = waiting.entry(id).or_insert(at);
        *kept = at.max(*kept);
    }
}
