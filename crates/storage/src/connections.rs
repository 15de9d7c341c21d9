//! Connections: opened by codes, continued by refresh tokens, ended by many.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    AuditRecord, CertificateId, ClientId, Connection, ConnectionId, CustomerId, EnvironmentName, SecretId, Thumbprint,
    Timestamp, UserId,
};

use crate::{AsOf, StoreError};

/// What redeeming a code writes, in one transaction.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The row. Its id is derived from the code, so its INSERT is the second lock against a second redemption.
    pub connection: Connection,
    /// Written with it.
    pub audit: AuditRecord,
    /// At most this many connections of the same purpose that were not ended are kept per user and key.
    pub live_limit: u32,
    /// What happens when there are as many already.
    pub at_limit: AtLimit,
    /// Until when such log entries are kept.
    pub entry_until: Timestamp,
}

/// What opening one connection more than there may be does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// The longest idle end first, as [`domain::EndedBy::Replaced`], each with its log entry.
    EndLongestIdle,
    /// Nothing is written, and none ends. Those that have expired do not count.
    Refuse,
}

/// What opening a connection found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It was written.
    Created,
    /// There are as many as there may be, and none ends for this one.
    Full,
    /// A row with this id is there already, or the id was burned: the code was redeemed before.
    Taken,
}

/// What a rotating refresh token asks for (DESIGN, decision 2). Its tag has been checked before.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// The connection it names.
    pub connection: ConnectionId,
    /// The key that presented it.
    pub key: ClientId,
    /// The sequence it names.
    pub presented: u32,
    /// The present moment.
    pub now: Timestamp,
    /// How long the previous sequence is given the same successor.
    pub grace: Duration,
    /// How often.
    pub repeats: u32,
    /// The registered certificate that came with it: the connection is bound to it from now on. Without one, only a
    /// connection that is bound to none rotates.
    pub certificate: Option<Thumbprint>,
}

/// What a rotation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The presented sequence was the current one, or ahead of a row that had been rolled back; the row, as written,
    /// now stands one after it, last used now, with no grace uses. Its streak goes on if the rotation before needed the
    /// grace, and is zero otherwise.
    Advanced(Connection),
    /// The presented sequence was the previous one, in time and not too often: the row, as written, stands where it
    /// stood, and its current sequence is the answer again. It has one more grace use; with the first, the streak
    /// counts one more.
    Repeated(Connection),
    /// The presented sequence is older than the grace allows. Nothing was written.
    Reused(Connection),
    /// The connection is bound to a certificate and none came, whatever the sequence. Nothing was written.
    CertificateMissing(Connection),
    /// The connection has ended or expired, or belongs to another key. Nothing was written.
    Dead(Connection),
    /// No such connection.
    Unknown,
}

/// What a stable refresh token that comes with a certificate asks for: the connection is bound to that certificate
/// from now on. That it is a registered one has been checked before.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The connection.
    pub connection: ConnectionId,
    /// The key that presented the token.
    pub key: ClientId,
    /// The certificate.
    pub certificate: Thumbprint,
    /// The present moment.
    pub now: Timestamp,
}

/// What a binding found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The connection as it is now, bound to the certificate.
    Written(Connection),
    /// The connection has ended or expired, or belongs to another key. Nothing was written.
    Dead(Connection),
    /// No such connection.
    Unknown,
}

/// Moments at which something was last used, to be written in one batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastUses {
    /// Of connections.
    pub connections: Vec<(ConnectionId, Timestamp)>,
    /// Of secrets.
    pub secrets: Vec<(SecretId, Timestamp)>,
    /// Of registered certificates.
    pub certificates: Vec<(CertificateId, Timestamp)>,
}

impl LastUses {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.secrets.is_empty() && self.certificates.is_empty()
    }
}

/// A place in a list that is ordered by creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the last row that was seen was made.
    pub created_at: Timestamp,
    /// Its id.
    pub id: ConnectionId,
}

/// What may be forgotten.
#[derive(Clone, Copy, Debug)]
pub struct SweepPolicy {
    /// The present moment.
    pub now: Timestamp,
    /// Rows of connections go this long after they were ended, or ended by themselves: idle for too long, or too old.
    /// Rows of invitations go this long after they could last be taken.
    pub ended_for: Duration,
    /// Challenge and `redirect_uri` of a redeemed code go this long after its connection was made.
    pub code_details_for: Duration,
    /// Activity goes after this.
    pub activity_for: Duration,
}

/// Connections, by whole operations. Ends are changes of a [`crate::Unit`].
#[async_trait]
pub trait Connections: Send + Sync {
    /// Opens a connection. Excludes every append to the log while it commits, so that a revocation either sees the
    /// new row or is seen by this call's position.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn open(&self, opening: Opening) -> Result<AsOf<Opened>, StoreError>;

    /// Makes sure that no connection with this id can be opened any more, and remembers so for at least an hour.
    /// [`Opened::Created`]: it is so from here on; [`Opened::Taken`]: the row is there already.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn burn(&self, id: ConnectionId, now: Timestamp) -> Result<Opened, StoreError>;

    /// The connection `id`, ended or not.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn find(&self, id: ConnectionId) -> Result<AsOf<Option<Connection>>, StoreError>;

    /// Rotates a refresh token: one UPDATE with key, state and sequence in its condition, and a second look only when
    /// it changed nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the token was not used up, or its retry is given the same successor.
    async fn rotate(&self, rotation: Rotation) -> Result<AsOf<Rotated>, StoreError>;

    /// Binds a connection to a certificate: one UPDATE with key and state in its condition, and a second look only
    /// when it changed nothing. What it was bound to before does not matter.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn bind(&self, binding: Binding) -> Result<AsOf<Bound>, StoreError>;

    /// Connections of `key` in `environment`, oldest first, after `cursor`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn of_key(
        &self,
        key: ClientId,
        environment: &EnvironmentName,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Connection>, StoreError>;

    /// Connections that act as `user` or were granted by it and were not ended, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn of_user(&self, user: UserId, limit: u32) -> Result<Vec<Connection>, StoreError>;

    /// Connections of `customer` that were not ended, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
    async fn of_customer(&self, customer: CustomerId, limit: u32) -> Result<Vec<Connection>, StoreError>;

    /// How many different users have a connection with `key`'s app that was not ended, other than `except`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn users_of_app_of(&self, key: ClientId, except: UserId) -> Result<u64, StoreError>;

    /// Writes when things were last used; never moves a moment back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the caller keeps the batch.
    async fn touch(&self, uses: &LastUses) -> Result<(), StoreError>;

    /// Forgets what `policy` says may be forgotten, log entries past their time included; bounded work per call.
    /// Returns how many rows went; zero means that nothing is left that may go.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn sweep(&self, policy: SweepPolicy) -> Result<u64, StoreError>;
}
