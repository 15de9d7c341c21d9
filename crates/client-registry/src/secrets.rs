//! Secrets of API keys: several per key while they are changed, each shown once and kept as a keyed hash.

use std::time::Duration;

use domain::{
    ApiKey, ApiSecret, ApiSecretText, ClientId, EndedBy, RootKeyId, SecretId, SecretState, Subject, Timestamp,
};
use storage::{Change, Committed, ConnectionFilter};

use crate::keys::require_future;
use crate::work::{Initiator, Work};
use crate::{Registry, RegistryError};

/// Hashes secrets under the pepper of the newest root key. `protocol` implements it, and compares with it.
pub trait SecretHasher: Send + Sync {
    /// The root key whose pepper was used, and HMAC-SHA-256 of the secret under it.
    fn hash(&self, secret: &ApiSecretText) -> (RootKeyId, [u8; 32]);
}

/// A secret that was just made.
#[derive(Debug)]
pub struct NewSecret {
    /// As stored.
    pub secret: ApiSecret,
    /// The text, to be shown once and never to be had again.
    pub text: ApiSecretText,
}

impl Registry {
    /// Adds a secret to a key; the others go on working.
    ///
    /// # Errors
    /// [`RegistryError::KeyRevoked`], [`RegistryError::KeyWithoutSecrets`], [`RegistryError::TooMany`]; the store.
    pub async fn add_secret(
        &self,
        by: &Initiator,
        key: ClientId,
        expires_at: Option<Timestamp>,
    ) -> Result<NewSecret, RegistryError> {
        let key = self.key_with_secrets(key).await?;
        let mut work = self.work(by);
        require_future("expiry", expires_at, work.now)?;
        self.require_room(&self.stores.directory.secrets(key.id).await?, work.now)?;
        let secret = self.new_secret(&mut work, &key, expires_at);
        work.commit().await?;
        Ok(secret)
    }

    /// Adds a secret to a key and lets every other one that works go on for `overlap` (the policy's, if `None`; zero
    /// ends them at once). What the older ones obtained lives on: a rotation is routine, no alarm.
    ///
    /// # Errors
    /// As [`Self::add_secret`], and [`RegistryError::Invalid`] for an overlap that is too long.
    pub async fn rotate_secret(
        &self,
        by: &Initiator,
        key: ClientId,
        overlap: Option<Duration>,
    ) -> Result<NewSecret, RegistryError> {
        let overlap = overlap.unwrap_or(self.policy().rotation_overlap);
        let longest = self.policy().longest_rotation_overlap;
        if overlap > longest {
            let problem = format!("is longer than {} hours; choose a shorter one", longest.as_secs() / 3600);
            return Err(RegistryError::invalid("overlap", problem));
        }
        let key = self.key_with_secrets(key).await?;
        let secrets = self.stores.directory.secrets(key.id).await?;
        let mut work = self.work(by);
        self.require_room(&secrets, work.now)?;
        let now = work.now;
        let end = now + overlap;
        for secret in secrets.iter().filter(|secret| secret.is_usable(now)) {
            let until = match secret.state {
                SecretState::RotatingUntil(earlier) => earlier.min(end),
                _ => end,
            };
            work.change(Change::SetSecretState(secret.id, key.id, SecretState::RotatingUntil(until)));
            work.record("secret.rotated", secret.id, key.app, format!("key: {}; works until {until}", key.id));
        }
        let secret = self.new_secret(&mut work, &key, None);
        work.commit().await?;
        Ok(secret)
    }

    /// Makes a secret inactive, or active again (which also takes back its rotation).
    ///
    /// What it obtained lives on: deactivating is how one finds out whether a secret is still used.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::SecretRevoked`], [`RegistryError::KeyRevoked`]; the store.
    pub async fn set_secret_active(
        &self,
        by: &Initiator,
        key: ClientId,
        id: SecretId,
        active: bool,
    ) -> Result<(), RegistryError> {
        let (key, _) = self.unrevoked_secret(key, id).await?;
        let (state, action) = if active {
            (SecretState::Active, "secret.activated")
        } else {
            (SecretState::Inactive, "secret.deactivated")
        };
        let mut work = self.work(by);
        work.change(Change::SetSecretState(id, key.id, state)).touch(Subject::Key(key.id)).record(
            action,
            id,
            key.app,
            format!("key: {}", key.id),
        );
        work.commit().await.map(drop)
    }

    /// Revokes a secret for good. With `end_what_it_obtained` (what to choose unless it surely never leaked), also
    /// the access tokens and connections that were obtained with it. That can also be asked for later.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::SecretRevoked`] when nothing is left to do;
    /// [`RegistryError::KeyRevoked`]; the store.
    pub async fn revoke_secret(
        &self,
        by: &Initiator,
        key: ClientId,
        id: SecretId,
        end_what_it_obtained: bool,
    ) -> Result<Committed, RegistryError> {
        let (key, secret) = self.secret_of(key, id).await?;
        let mut work = self.work(by);
        let (at, until) = (work.now, work.revoked_until());
        if secret.state != SecretState::Revoked {
            work.change(Change::SetSecretState(id, key.id, SecretState::Revoked)).touch(Subject::Key(key.id));
        } else if !end_what_it_obtained {
            return Err(RegistryError::SecretRevoked);
        }
        if end_what_it_obtained {
            // The connections get entries of their own: one that was obtained with this secret may have been
            // refreshed with another since, and its access tokens name that other.
            work.change(Change::EndConnections {
                which: ConnectionFilter::ObtainedWith(id),
                by: EndedBy::SecretRevoked,
                at,
                entry_until: Some(until),
            })
            .revoke(Subject::Secret(id));
        }
        let words = format!("key: {}; also what it obtained: {end_what_it_obtained}", key.id);
        work.record("secret.revoked", id, key.app, words);
        work.commit().await
    }

    /// Draws a secret and puts it into `work`.
    pub(crate) fn new_secret(&self, work: &mut Work<'_>, key: &ApiKey, expires_at: Option<Timestamp>) -> NewSecret {
        let text = ApiSecretText::generate(&*self.random);
        let (root_key, hash) = self.hasher.hash(&text);
        let secret = ApiSecret {
            id: SecretId::generate(&*self.random),
            key: key.id,
            root_key,
            hash,
            last_four: last_four(&text),
            state: SecretState::Active,
            created_at: work.now,
            expires_at,
            last_used_at: None,
        };
        work.change(Change::AddSecret(secret.clone())).touch(Subject::Key(key.id)).record(
            "secret.created",
            secret.id,
            key.app,
            format!("key: {}; ends in {}", key.id, secret.last_four),
        );
        NewSecret { secret, text }
    }

    async fn key_with_secrets(&self, id: ClientId) -> Result<ApiKey, RegistryError> {
        let key = self.unrevoked_key(id).await?;
        if key.kind.has_secrets() { Ok(key) } else { Err(RegistryError::KeyWithoutSecrets(id)) }
    }

    async fn unrevoked_secret(&self, key: ClientId, id: SecretId) -> Result<(ApiKey, ApiSecret), RegistryError> {
        let (key, secret) = self.secret_of(key, id).await?;
        if secret.state == SecretState::Revoked { Err(RegistryError::SecretRevoked) } else { Ok((key, secret)) }
    }

    async fn secret_of(&self, key: ClientId, id: SecretId) -> Result<(ApiKey, ApiSecret), RegistryError> {
        let key = self.key_with_secrets(key).await?;
        let secrets = self.stores.directory.secrets(key.id).await?;
        let secret = secrets.into_iter().find(|secret| secret.id == id);
        Ok((key, secret.ok_or_else(|| RegistryError::not_found("secret of this API key", id))?))
    }

    /// Each secret of a key costs a comparison at every authentication, so their number is bounded; those that time
    /// has ended do not count.
    fn require_room(&self, secrets: &[ApiSecret], now: Timestamp) -> Result<(), RegistryError> {
        let counts = |secret: &&ApiSecret| secret.state == SecretState::Inactive || secret.is_usable(now);
        let limit = self.policy().secrets_per_key;
        if secrets.iter().filter(counts).count() < limit {
            Ok(())
        } else {
            Err(RegistryError::TooMany { what: "secrets of this API key", limit, remedy: "revoke one first" })
        }
    }
}

pub(crate) fn last_four(text: &ApiSecretText) -> String {
    let printed = text.reveal();
    printed.get(printed.len().saturating_sub(4)..).unwrap_or_default().to_owned()
}
