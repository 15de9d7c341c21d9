//! What the server keeps for a browser between two requests: sealed, under keys that do not tell the browser's secret.
//!
//! Whoever can read or write the store that may be lost learns no session id, and can neither read a note nor make one.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Random;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::{BrowserState, StoreError};

use crate::root_keys::{RootKeys, Sealed};

/// How often a change begins anew because somebody else's came between.
const CHANGES: usize = 50;

/// Sealed notes in the store of browser state.
#[derive(Clone)]
pub struct BrowserNotes {
    store: Arc<dyn BrowserState>,
    root_keys: Arc<RootKeys>,
    random: Arc<dyn Random>,
}

impl BrowserNotes {
    /// Notes in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn BrowserState>, root_keys: Arc<RootKeys>, random: Arc<dyn Random>) -> Self {
        Self { store, root_keys, random }
    }

    /// A new unguessable id: 256 bits as 43 characters.
    #[must_use]
    pub fn fresh_id(&self) -> String {
        let mut bits = [0; 32];
        self.random.fill(&mut bits);
        URL_SAFE_NO_PAD.encode(bits)
    }

    /// The note of this kind under `id`. One that cannot be opened counts as none: its root key is gone, or somebody
    /// else wrote it.
    ///
    /// # Errors
    /// What the store said.
    pub async fn read<T: DeserializeOwned>(&self, kind: &str, id: &str) -> Result<Option<T>, StoreError> {
        let place = place(kind, id);
        let Some(sealed) = self.store.read(&place).await? else { return Ok(None) };
        let plain = self.root_keys.open(Sealed::Transient, place.as_bytes(), &sealed);
        Ok(plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    /// Keeps `note` under `id` for `life`, in place of what was there.
    ///
    /// # Errors
    /// What the store said.
    pub async fn write<T: Serialize>(&self, kind: &str, id: &str, note: &T, life: Duration) -> Result<(), StoreError> {
        let place = place(kind, id);
        let plain = serde_json::to_vec(note).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let sealed = self.root_keys.seal(Sealed::Transient, place.as_bytes(), &plain, &*self.random);
        self.store.write(&place, &sealed, life).await
    }

    /// Changes the note of this kind under `id`, which nobody else changes meanwhile, and keeps it for `life`. `change`
    /// gets what is there, and may be asked several times; where it says nothing, what is there stays.
    ///
    /// # Errors
    /// What the store said; [`StoreError::Conflict`] when others came between again and again.
    pub async fn change<T: Serialize + DeserializeOwned>(
        &self,
        (kind, id): (&str, &str),
        life: Duration,
        change: impl Fn(Option<T>) -> Option<T>,
    ) -> Result<(), StoreError> {
        let place = place(kind, id);
        for _ in 0..CHANGES {
            let was = self.store.read(&place).await?;
            let plain =
                was.as_ref().and_then(|sealed| self.root_keys.open(Sealed::Transient, place.as_bytes(), sealed).ok());
            let Some(note) = change(plain.and_then(|plain| serde_json::from_slice(&plain).ok())) else { return Ok(()) };
            let plain = serde_json::to_vec(&note).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let sealed = self.root_keys.seal(Sealed::Transient, place.as_bytes(), &plain, &*self.random);
            if self.store.replace(&place, was.as_deref(), &sealed, life).await? {
                return Ok(());
            }
        }
        Err(StoreError::Conflict { what: format!("a note of the kind {kind}") })
    }

    /// Forgets the note of this kind under `id`.
    ///
    /// # Errors
    /// What the store said.
    pub async fn remove(&self, kind: &str, id: &str) -> Result<(), StoreError> {
        self.store.remove(&place(kind, id)).await
    }

    /// Whether this caller is the first to claim `id` within `life`, over all replicas.
    ///
    /// # Errors
    /// What the store said; whether it was claimed is then unknown.
    pub async fn claim(&self, kind: &str, id: &str, life: Duration) -> Result<bool, StoreError> {
        self.store.claim(&place(kind, id), life).await
    }
}

/// The token of a form: anybody who holds the browser's `secret` can make it, and nobody can read the secret from it.
/// `purpose` says which form it is for.
#[must_use]
pub fn form_token(purpose: &str, secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(&["form", purpose, secret]))
}

/// Whether `shown` is the token of this form, in constant time.
#[must_use]
pub fn is_form_token(shown: &str, purpose: &str, secret: &str) -> bool {
    let expected = form_token(purpose, secret);
    aws_lc_rs::constant_time::verify_slices_are_equal(shown.as_bytes(), expected.as_bytes()).is_ok()
}

fn place(kind: &str, id: &str) -> String {
    format!("{kind}:{}", URL_SAFE_NO_PAD.encode(hash(&["place", kind, id])))
}

/// Each part with its length before it, so that no two lists of parts are hashed alike.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in parts {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_token_is_for_one_form_of_one_browser() {
        let token = form_token("sign-in", "secret");
        assert!(is_form_token(&token, "sign-in", "secret"));
        assert!(!is_form_token(&token, "sign-out", "secret"));
        assert!(!is_form_token(&token, "sign-in", "another"));
        assert!(!is_form_token("", "sign-in", "secret"));
        assert!(!token.contains("secret"));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
        assert_ne!(place("session", "x"), place("transaction", "x"));
    }
}
