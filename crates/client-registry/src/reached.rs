//! What programs are shown of developer teams and their apps, page by page: only what their [`Authority`] reaches.

use domain::{
    ApiKey, App, Connection, ConnectionId, ConnectionRequest, EnvironmentName, MANAGEMENT_TEAM, Permissions,
    RegisteredCertificate, Team, TrustAnchor,
};
use storage::{AppPlace, Cursor};

use crate::{Authority, Permitted, Registry, RegistryError};

/// How many teams are read at once.
const TEAMS: u32 = 500;

impl Registry {
    /// The teams that `authority` reaches, by name, with what may be done in each.
    ///
    /// # Errors
    /// The store.
    pub async fn teams_reached(&self, authority: &Authority) -> Result<Vec<(Team, Permissions)>, RegistryError> {
        let Some(permissions) = authority.in_every_team() else {
            return Ok(authority.teams().map(|(team, permissions)| (team.clone(), permissions)).collect());
        };
        let mut teams = Vec::new();
        for offset in (0..).step_by(TEAMS as usize) {
            let page = self.stores.directory.teams("", offset, TEAMS).await?;
            let is_last = page.len() < TEAMS as usize;
            teams.extend(page.into_iter().filter(|team| team.id != MANAGEMENT_TEAM).map(|team| (team, permissions)));
            if is_last {
                break;
            }
        }
        Ok(teams)
    }

    /// Apps of the teams that `authority` reaches, as [`storage::Directory::apps_after`] finds them.
    ///
    /// # Errors
    /// The store.
    pub async fn apps_after(
        &self,
        authority: &Authority,
        search: &str,
        after: Option<&AppPlace>,
        limit: u32,
    ) -> Result<Vec<App>, RegistryError> {
        let teams: Vec<_> = authority.teams().map(|(team, _)| team.id).collect();
        let teams = authority.in_every_team().is_none().then_some(teams);
        Ok(self.stores.directory.apps_after(teams.as_deref(), search, after, limit).await?)
    }

    /// The certificates and names that an app registered, oldest first, and its trust anchors.
    ///
    /// # Errors
    /// The store.
    pub async fn certificates_of(
        &self,
        app: &Permitted<App>,
    ) -> Result<(Vec<RegisteredCertificate>, Vec<TrustAnchor>), RegistryError> {
        let directory = &self.stores.directory;
        Ok((directory.certificates(app.id).await?, directory.anchors(app.id).await?))
    }

    /// Connections of a key in an environment, oldest first.
    ///
    /// # Errors
    /// The store.
    pub async fn connections_of(
        &self,
        key: &ApiKey,
        environment: &EnvironmentName,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Connection>, RegistryError> {
        Ok(self.stores.connections.of_key(key.id, environment, after, limit).await?)
    }

    /// A connection of an app.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for one of another app; the store.
    pub async fn connection_of(&self, app: &Permitted<App>, id: ConnectionId) -> Result<Connection, RegistryError> {
        let found = self.stores.connections.find(id).await?.value.filter(|found| found.app == app.id);
        found.ok_or_else(|| RegistryError::not_found("connection", id))
    }

    /// The requests of a key for unattended connections, newest first.
    ///
    /// # Errors
    /// The store.
    pub async fn connection_requests_of(&self, key: &ApiKey) -> Result<Vec<ConnectionRequest>, RegistryError> {
        Ok(self.stores.directory.connection_requests(key.id).await?)
    }
}
