//! What pages show of the apps of developer teams: only to those whose [`Authority`] reaches them.

use std::time::Duration;

use domain::{ApiKey, ApiSecret, App, AppId, ClientId, Permission, Timestamp};
use storage::{ActivityFilter, ActivityRow, AppFacts, AppPage, AppUse, AuditRow, FactsAt};

use crate::{Authority, Permitted, Registry, RegistryError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many deleted apps are listed.
const DELETED: u32 = 50;

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

    /// What a list says of each of `apps`, in their order: attempts of the last 24 hours, and what has ended within the last
    /// 30 days or ends within the next 30.
    ///
    /// # Errors
    /// The store.
    pub async fn facts_of(&self, apps: &AppPage) -> Result<Vec<AppFacts>, RegistryError> {
        let now = self.clock.now();
        let at = FactsAt { now, ended_since: now - MONTH, ending_until: now + MONTH, attempts_since: now - DAY };
        let ids: Vec<AppId> = apps.apps.iter().map(|app| app.id).collect();
        Ok(self.stores.directory.app_facts(&ids, at).await?)
    }

    /// Who has used an app in the last 30 days, and which connections of it go on.
    ///
    /// # Errors
    /// The store.
    pub async fn use_of(&self, app: &Permitted<App>) -> Result<AppUse, RegistryError> {
        let now = self.clock.now();
        Ok(self.stores.directory.app_use(app.id, now, now - MONTH).await?)
    }

    /// The apps that `authority` can restore now, the last deleted one first, each with the end of that time.
    ///
    /// # Errors
    /// The store.
    pub async fn restorable_apps(&self, authority: &Authority) -> Result<Vec<(App, Timestamp)>, RegistryError> {
        let reached = self.teams_reached(authority).await?.into_iter();
        let may = reached.filter(|(_, permissions)| permissions.allow(Permission::Delete));
        let teams: Vec<_> = may.map(|(team, _)| team.id).collect();
        let kept = self.policy().deleted_apps_kept;
        let apps = self.stores.directory.deleted_apps(&teams, self.clock.now() - kept, DELETED).await?;
        Ok(apps.into_iter().filter_map(|app| app.deleted_at.map(|at| (app, at + kept))).collect())
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

    /// What was done to an app last.
    ///
    /// # Errors
    /// The store.
    pub async fn last_change(&self, app: &Permitted<App>) -> Result<Option<AuditRow>, RegistryError> {
        let records = self.stores.activity.audit(Some(&app.id.to_string()), 1).await?;
        Ok(records.into_iter().next())
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
