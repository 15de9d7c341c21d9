//! API keys: creation, deactivation, revocation.

use domain::{
    ApiKey, App, AppId, ApplicationKind, ClientId, EndedBy, EnvironmentName, KeyKind, KeyState, Subject, Timestamp,
};
use storage::{Change, Committed, ConnectionFilter};

use crate::app_edit::listed;
use crate::certificates;
use crate::mutual_tls::check_kind;
use crate::secrets::NewSecret;
use crate::text::line;
use crate::work::Initiator;
use crate::{Registry, RegistryError};

/// What a new API key is made of.
#[derive(Clone, Debug)]
pub struct KeyDraft {
    /// The app it belongs to.
    pub app: AppId,
    /// What the team calls it; 1 to 60 characters.
    pub label: String,
    /// How it will authenticate. That is never changed later.
    pub kind: KeyKind,
    /// The environments it may be used in, where fewer than the app's.
    pub environments: Option<Vec<EnvironmentName>>,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Debug)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// Its first secret, where its kind has secrets; its text is never to be had again.
    pub secret: Option<NewSecret>,
}

impl Registry {
    /// Makes an API key, with its first secret where its kind has secrets.
    ///
    /// # Errors
    /// [`RegistryError::PublicKeyOfWebApp`], [`RegistryError::MutualTlsOff`], what else is wrong with the draft; the store.
    pub async fn create_key(&self, by: &Initiator, draft: KeyDraft) -> Result<NewKey, RegistryError> {
        let app = self.live_app(draft.app).await?;
        // RFC 8252 §8.4 and RFC 9700 §2.1.1: a client that cannot keep a secret is one that runs on a device.
        if draft.kind == KeyKind::Public && app.kind != ApplicationKind::Native {
            return Err(RegistryError::PublicKeyOfWebApp);
        }
        check_kind(draft.kind, &app)?;
        let keys = self.stores.directory.keys(app.id).await?;
        let limit = self.policy().keys_per_app;
        if keys.iter().filter(|key| key.state != KeyState::Revoked).count() >= limit {
            return Err(RegistryError::TooMany { what: "API keys", limit, remedy: "revoke one that is not used" });
        }
        let mut work = self.work(by);
        require_future("expiry", draft.expires_at, work.now)?;
        let key = ApiKey {
            id: ClientId::generate(&*self.random),
            app: app.id,
            label: line("label", &draft.label, 1, 60)?,
            kind: draft.kind,
            state: KeyState::Active,
            environments: draft.environments.map(|names| part_of(&app, names)).transpose()?,
            created_at: work.now,
            expires_at: draft.expires_at,
        };
        work.change(Change::AddKey(key.clone())).touch(Subject::Key(key.id));
        work.record("key.created", key.id, app.id, format!("label: {}; kind: {:?}", key.label, key.kind));
        let secret = key.kind.has_secrets().then(|| self.new_secret(&mut work, &key, None));
        work.commit().await?;
        Ok(NewKey { key, secret })
    }

    /// Makes a key inactive, or active again.
    ///
    /// A key that is deactivated is out of use at once: its older access tokens end too. Its connections stay, so
    /// that everything goes on when it is activated.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::KeyRevoked`], [`RegistryError::MutualTlsOff`]; the store.
    pub async fn set_key_active(&self, by: &Initiator, id: ClientId, active: bool) -> Result<(), RegistryError> {
        let key = self.unrevoked_key(id).await?;
        if active {
            check_kind(key.kind, &self.live_app(key.app).await?)?;
        }
        let mut work = self.work(by);
        if active {
            work.change(Change::SetKeyState(id, KeyState::Active)).touch(Subject::Key(id));
            work.record("key.activated", id, key.app, "");
        } else {
            work.change(Change::SetKeyState(id, KeyState::Inactive)).revoke(Subject::Key(id));
            work.record("key.deactivated", id, key.app, "");
        }
        work.commit().await.map(drop)
    }

    /// Revokes a key for good and ends its connections; certificates that were registered for it alone go with it.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::KeyRevoked`]; the store.
    pub async fn revoke_key(&self, by: &Initiator, id: ClientId) -> Result<Committed, RegistryError> {
        let key = self.unrevoked_key(id).await?;
        let certificates = self.stores.directory.certificates(key.app).await?;
        let mut work = self.work(by);
        let at = work.now;
        for its_own in certificates.iter().filter(|certificate| certificate.key == Some(id)) {
            certificates::take_away(&mut work, its_own);
        }
        // One entry for the key covers the connections: every token of theirs names the key.
        work.change(Change::SetKeyState(id, KeyState::Revoked))
            .change(Change::EndConnections {
                which: ConnectionFilter::OfKey(id),
                by: EndedBy::KeyRevoked,
                at,
                entry_until: None,
            })
            .revoke(Subject::Key(id))
            .record("key.revoked", id, key.app, format!("label: {}", key.label));
        work.commit().await
    }

    /// The key `id`, unless it was revoked.
    pub(crate) async fn unrevoked_key(&self, id: ClientId) -> Result<ApiKey, RegistryError> {
        let key = self.stores.directory.key(id).await?.ok_or_else(|| RegistryError::not_found("API key", id))?;
        if key.state == KeyState::Revoked { Err(RegistryError::KeyRevoked(id)) } else { Ok(key) }
    }
}

pub(crate) fn require_future(
    field: &'static str,
    moment: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), RegistryError> {
    match moment {
        Some(moment) if moment <= now => {
            Err(RegistryError::invalid(field, format!("is {moment}, which is past; choose a later moment")))
        }
        _ => Ok(()),
    }
}

fn part_of(app: &App, mut names: Vec<EnvironmentName>) -> Result<Vec<EnvironmentName>, RegistryError> {
    names.sort();
    names.dedup();
    if names.is_empty() || names.iter().any(|name| !app.environments.contains(name)) {
        let problem = format!("must be some of the app's: {}", listed(&app.environments));
        return Err(RegistryError::invalid("environments", problem));
    }
    Ok(names)
}
