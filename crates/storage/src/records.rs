//! What is read on the request path: whole records, each with the log position it was read at.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Api, ApiCredential, ApiId, ApiKey, ApiSecret, App, ClientId, Connection, CustomerId, Environment, EnvironmentName,
    Position, RegisteredCertificate, TrustAnchor, UserId, WorkspaceAccess,
};

use crate::StoreError;

/// A value and the head of the log in the very snapshot it was read from.
#[derive(Clone, Debug)]
pub struct AsOf<T> {
    /// What was read.
    pub value: T,
    /// The log's head when it was read: every entry up to it is reflected in `value`.
    pub position: Position,
}

/// An API key with all that decides what it may do.
#[derive(Clone, Debug)]
pub struct ClientRecord {
    /// The app.
    pub app: App,
    /// The key.
    pub key: ApiKey,
    /// All of the key's secrets that are not revoked, newest first.
    pub secrets: Vec<ApiSecret>,
    /// The app's registered certificates that count for the key, valid now or not, oldest first; none while the app's
    /// mutual TLS is off.
    pub certificates: Vec<RegisteredCertificate>,
    /// The app's trust anchors, oldest first; none while the app's mutual TLS is off.
    pub anchors: Vec<TrustAnchor>,
}

/// An API with its credentials.
#[derive(Clone, Debug)]
pub struct ApiRecord {
    /// The API.
    pub api: Api,
    /// Its credentials that are not revoked.
    pub credentials: Vec<ApiCredential>,
}

/// An environment with its APIs.
#[derive(Clone, Debug)]
pub struct EnvironmentRecord {
    /// The environment.
    pub environment: Environment,
    /// Its APIs, the default one first.
    pub apis: Vec<Arc<Api>>,
}

/// Reads of one statement each, for the request path.
#[async_trait]
pub trait Records: Send + Sync {
    /// The key named `id`, with its app, secrets, certificates and anchors.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn client(&self, id: ClientId) -> Result<AsOf<Option<ClientRecord>>, StoreError>;

    /// The environment named `name`, with its APIs.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn environment(&self, name: &EnvironmentName) -> Result<AsOf<Option<EnvironmentRecord>>, StoreError>;

    /// The API named `id`, with its credentials.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn api(&self, id: ApiId) -> Result<AsOf<Option<ApiRecord>>, StoreError>;

    /// What `user` may reach at `customer` today; `None` when either does not exist.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn access(&self, user: UserId, customer: CustomerId) -> Result<AsOf<Option<WorkspaceAccess>>, StoreError>;

    /// The unattended connections of `key` that were not ended, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn unattended(&self, key: ClientId) -> Result<AsOf<Vec<Connection>>, StoreError>;
}
