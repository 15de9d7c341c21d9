//! Connections as the developers of their app see and end them: only those of an app that was permitted.

use domain::{App, Connection, ConnectionId, ConnectionRequest, EndedBy, RequestId, Subject, Timestamp};
use storage::{Change, ConnectionsOfApp, Cursor, NamedConnection, NamedCustomer, OpenRequest};

use crate::work::About;
use crate::{ConnectionRequestDraft, Ended, Permitted, Registry, RegistryError, text};

/// The longest label of a token made by hand, in characters.
pub const LONGEST_TOKEN_LABEL: usize = 60;
/// How many open requests are listed.
const OPEN_REQUESTS: u32 = 200;

/// What a token made by hand may be called.
///
/// # Errors
/// [`RegistryError::Invalid`].
pub fn token_label(label: &str) -> Result<String, RegistryError> {
    text::line("label", label, 1, LONGEST_TOKEN_LABEL)
}

impl Registry {
    /// The connections of an app, newest first; `which` can name no other app.
    ///
    /// # Errors
    /// The store.
    pub async fn connections_of_app(
        &self,
        app: &Permitted<App>,
        which: ConnectionsOfApp,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<NamedConnection>, RegistryError> {
        let which = ConnectionsOfApp { app: app.id, ..which };
        Ok(self.stores.directory.connections_of_app(&which, cursor, limit).await?)
    }

    /// The customers that an app has connections with, by name.
    ///
    /// # Errors
    /// The store.
    pub async fn customers_of_app(
        &self,
        app: &Permitted<App>,
        limit: u32,
    ) -> Result<Vec<NamedCustomer>, RegistryError> {
        Ok(self.stores.directory.customers_of_app(app.id, limit).await?)
    }

    /// One connection of an app.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for another app's; the store.
    pub async fn connection_of_app(&self, app: &Permitted<App>, id: ConnectionId) -> Result<Connection, RegistryError> {
        let found = self.stores.connections.find(id).await?.value.filter(|found| found.app == app.id);
        found.ok_or_else(|| RegistryError::not_found("connection", id))
    }

    /// Ends a connection from the developers' side.
    ///
    /// # Errors
    /// As [`Self::connection_of_app`].
    pub async fn end_connection_of_app(
        &self,
        app: &Permitted<App>,
        id: ConnectionId,
        ended_by: EndedBy,
    ) -> Result<Ended, RegistryError> {
        let connection = self.connection_of_app(app, id).await?;
        self.end_connection(app.by(), connection.id, ended_by).await
    }

    /// Lets a connection live until `end` and no longer: another one takes its place.
    ///
    /// # Errors
    /// As [`Self::connection_of_app`]; [`RegistryError::Stale`] for one that has ended.
    pub async fn phase_out_connection(
        &self,
        app: &Permitted<App>,
        id: ConnectionId,
        end: Timestamp,
    ) -> Result<(), RegistryError> {
        let connection = self.connection_of_app(app, id).await?;
        let mut work = self.work(app.by());
        let about = About { app: Some(app.id), customer: Some(connection.customer) };
        work.change(Change::ShortenConnection(id, end))
            // Access tokens live on, and those that are being made meanwhile end with the connection.
            .touch(Subject::Connection(id))
            .record("connection.phased_out", id, about, format!("until {}", end.min(connection.expires_at)));
        work.commit().await?;
        Ok(())
    }

    /// The requests of an app for unattended connections that can still be answered, newest first.
    ///
    /// # Errors
    /// The store.
    pub async fn open_requests_of_app(&self, app: &Permitted<App>) -> Result<Vec<OpenRequest>, RegistryError> {
        Ok(self.stores.directory.open_requests_of_app(app.id, self.clock.now(), OPEN_REQUESTS).await?)
    }

    /// As [`Self::request_connection`], for a key of this app.
    ///
    /// # Errors
    /// As [`Self::request_connection`]; [`RegistryError::NotFound`] for another app's key.
    pub async fn request_connection_for_app(
        &self,
        app: &Permitted<App>,
        draft: ConnectionRequestDraft,
    ) -> Result<ConnectionRequest, RegistryError> {
        self.key_of_app(app, draft.key).await?;
        self.request_connection(app.by(), draft).await
    }

    /// Takes a request back: its link works no more.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for another app's; [`RegistryError::RequestAnswered`]; the store.
    pub async fn withdraw_connection_request(
        &self,
        app: &Permitted<App>,
        id: RequestId,
    ) -> Result<ConnectionRequest, RegistryError> {
        let request = self.request_of_app(app, id).await?;
        if request.answered_by.is_some() {
            return Err(RegistryError::RequestAnswered);
        }
        let mut work = self.work(app.by());
        let about = About { app: Some(app.id), customer: Some(request.customer) };
        work.change(Change::RemoveConnectionRequest(id)).record(
            "connection.request_withdrawn",
            id,
            about,
            format!("key: {}", request.key),
        );
        work.commit().await?;
        Ok(request)
    }

    /// One request of an app.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for another app's; the store.
    pub async fn request_of_app(
        &self,
        app: &Permitted<App>,
        id: RequestId,
    ) -> Result<ConnectionRequest, RegistryError> {
        let absent = || RegistryError::not_found("request for a connection", id);
        let request = self.stores.directory.connection_request(id).await?.ok_or_else(absent)?;
        self.key_of_app(app, request.key).await.map_err(|error| match error {
            RegistryError::NotFound { .. } => absent(),
            other => other,
        })?;
        Ok(request)
    }

    async fn key_of_app(&self, app: &Permitted<App>, id: domain::ClientId) -> Result<domain::ApiKey, RegistryError> {
        let key = self.stores.directory.key(id).await?.filter(|key| key.app == app.id);
        key.ok_or_else(|| RegistryError::not_found("API key", id))
    }
}
