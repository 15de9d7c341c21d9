//! What pages show of the apps of developer teams: only to those whose [`Authority`] reaches them.

use domain::{ApiKey, ApiSecret, App, ClientId};
use storage::{ActivityFilter, ActivityRow, AppPage};

use crate::{Authority, Permitted, Registry, RegistryError};

impl Registry {
    /// Apps of the teams that `authority` is a member of, as [`storage::Directory::apps_of`] finds them.
    ///
    /// # Errors
    /// The store.
    pub async fn apps_of(
        &self,
        authority: &Authority,
        search: &str,
        offset: u32,
        limit: u32,
    ) -> Result<AppPage, RegistryError> {
        let teams: Vec<_> = authority.teams().map(|(team, _)| team.id).collect();
        Ok(self.stores.directory.apps_of(&teams, search, offset, limit).await?)
    }

    /// The keys of an app, oldest first, each with its secrets, newest first.
    ///
    /// # Errors
    /// The store.
    pub async fn keys_of(&self, app: &Permitted<App>) -> Result<Vec<(ApiKey, Vec<ApiSecret>)>, RegistryError> {
        let directory = &self.stores.directory;
        let mut keys = Vec::new();
        for key in directory.keys(app.id).await? {
            let secrets = if key.kind.has_secrets() { directory.secrets(key.id).await? } else { Vec::new() };
            keys.push((key, secrets));
        }
        Ok(keys)
    }

    /// A key of an app, revoked or not, with its secrets, newest first.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for a key of another app; the store.
    pub async fn key_of(&self, app: &Permitted<App>, id: ClientId) -> Result<(ApiKey, Vec<ApiSecret>), RegistryError> {
        let directory = &self.stores.directory;
        let found = directory.key(id).await?.filter(|key| key.app == app.id);
        let key = found.ok_or_else(|| RegistryError::not_found("API key", id))?;
        let secrets = if key.kind.has_secrets() { directory.secrets(key.id).await? } else { Vec::new() };
        Ok((key, secrets))
    }

    /// The attempts of an app, newest first; `filter` can name no other app.
    ///
    /// # Errors
    /// The store.
    pub async fn activity_of(
        &self,
        app: &Permitted<App>,
        filter: ActivityFilter,
        limit: u32,
    ) -> Result<Vec<ActivityRow>, RegistryError> {
        let filter = ActivityFilter { app: Some(app.id), ..filter };
        Ok(self.stores.activity.activity(&filter, limit).await?)
    }
}
