//! A unit of work: changes, the log entries that make them known, the audit records that make them accountable, in
//! one transaction. No record, no change; no change that a replica does not hear of.

use async_trait::async_trait;
use domain::{
    AnchorId, Api, ApiCredential, ApiId, ApiKey, ApiSecret, App, AppId, AuditRecord, CertificateId, ClientId,
    Connection, ConnectionId, ConnectionRequest, Customer, CustomerId, EndedBy, Environment, EnvironmentName,
    Invitation, InvitationId, KeyState, Membership, NewLogEntry, Position, RegisteredCertificate, RequestId, SecretId,
    SecretState, Team, TeamId, TeamMember, Timestamp, TrustAnchor, User, UserId, Workspace, WorkspaceId,
};

use crate::{SigningKey, SigningKeyState, StoreError};

/// One change of stored state. Adding what exists (an id, an address, a `kid`) is [`StoreError::Exists`]; changing or
/// removing what does not exist is [`StoreError::Conflict`].
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds an environment.
    AddEnvironment(Environment),
    /// Adds an API.
    AddApi(Api),
    /// Replaces name, audience, scopes, token lifetime and default mark of the API with this id.
    ReplaceApi(Api),
    /// Adds a credential of an API.
    AddApiCredential(ApiCredential),
    /// Sets a credential's state.
    SetApiCredentialState(SecretId, ApiId, SecretState),
    /// Adds a developer team.
    AddTeam(Team),
    /// Gives a team another name.
    RenameTeam(TeamId, String),
    /// Sets a user's part in a team. The last member who manages members and can sign in goes on managing them
    /// ([`StoreError::Conflict`]).
    SetTeamMember(TeamMember),
    /// Takes a user's part in a team away, unless it is the last member who manages members and can sign in
    /// ([`StoreError::Conflict`]).
    RemoveTeamMember(UserId, TeamId),
    /// Adds an invitation into a team, which has none for that address ([`StoreError::Exists`]).
    AddInvitation(Invitation),
    /// Removes an invitation of a team: it was taken or withdrawn. Of two who do it at once, one does.
    RemoveInvitation(InvitationId, TeamId),
    /// Adds an app.
    AddApp(App),
    /// Replaces the app with this id; its `version` must be the stored one, and is counted up.
    ReplaceApp(App),
    /// Adds an API key.
    AddKey(ApiKey),
    /// Sets a key's state; a revoked key stays revoked ([`StoreError::Conflict`]).
    SetKeyState(ClientId, KeyState),
    /// Adds a secret.
    AddSecret(ApiSecret),
    /// Sets a secret's state; a revoked secret stays revoked ([`StoreError::Conflict`]).
    SetSecretState(SecretId, ClientId, SecretState),
    /// Adds a registered certificate. No two have the same thumbprint, and no two the same name under one anchor,
    /// whichever apps they are of ([`StoreError::Exists`]).
    AddCertificate(RegisteredCertificate),
    /// Removes a registered certificate; its thumbprint or name may be registered again.
    RemoveCertificate(CertificateId, AppId),
    /// Adds a trust anchor of an app, which has none with this public key. The names that the app registered under its
    /// own anchors are its own under this one too ([`StoreError::Exists`] when one is another app's there).
    AddAnchor(TrustAnchor),
    /// Removes a trust anchor.
    RemoveAnchor(AnchorId, AppId),
    /// Adds a customer.
    AddCustomer(Customer),
    /// Adds a workspace.
    AddWorkspace(Workspace),
    /// Removes a workspace; connections reach it no longer from the next issue on.
    RemoveWorkspace(WorkspaceId, CustomerId),
    /// Adds a user.
    AddUser(User),
    /// Sets a user's password hash.
    SetPassword(UserId, String),
    /// Lets a user in, or shuts it out.
    SetUserEnabled(UserId, bool),
    /// Sets a user's part in a customer.
    SetMembership(Membership),
    /// Takes a user's part in a customer away.
    RemoveMembership(UserId, CustomerId),
    /// Adds a connection (an unattended one; attended ones are opened by [`crate::Connections::open`]).
    AddConnection(Connection),
    /// Ends connections that were not ended before. Each gets a log entry of its own when `entry_until` is given;
    /// otherwise another entry of the same unit must cover them.
    EndConnections {
        /// Which.
        which: ConnectionFilter,
        /// By whom.
        by: EndedBy,
        /// When.
        at: Timestamp,
        /// Until when entries of their own are kept.
        entry_until: Option<Timestamp>,
    },
    /// Takes one workspace away from a connection that was not ended. Two such units at once take both away.
    RemoveConnectionWorkspace(ConnectionId, WorkspaceId),
    /// Lets a connection that was not ended end by age at this moment, if it would live longer.
    ShortenConnection(ConnectionId, Timestamp),
    /// Adds a request for an unattended connection.
    AddConnectionRequest(ConnectionRequest),
    /// Marks a request that was not answered before as answered.
    AnswerConnectionRequest(RequestId, ConnectionId),
    /// Removes a request that was not answered.
    RemoveConnectionRequest(RequestId),
    /// Adds a signing key; at most one per environment is in each of the states Next and Active
    /// ([`StoreError::Exists`] otherwise).
    AddSigningKey(SigningKey),
    /// Moves a signing key from one state to another, if it is in the first ([`StoreError::Conflict`] otherwise) and
    /// the other is free where only one may be in it ([`StoreError::Exists`] otherwise). Notes when it became Active
    /// and when Retiring.
    MoveSigningKey {
        /// Its key id.
        kid: String,
        /// The state it must be in.
        from: SigningKeyState,
        /// The state it goes to.
        to: SigningKeyState,
        /// When.
        at: Timestamp,
    },
}

/// Which connections.
#[derive(Clone, Debug)]
pub enum ConnectionFilter {
    /// This one.
    One(ConnectionId),
    /// Those that were got with this secret.
    ObtainedWith(SecretId),
    /// Those of this key.
    OfKey(ClientId),
    /// Those of this app.
    OfApp(AppId),
    /// Those that act as this user.
    OfUser(UserId),
    /// Those of this user at this customer.
    OfMembership(UserId, CustomerId),
    /// The unattended ones of this key at this customer.
    Unattended(ClientId, CustomerId),
    /// Those of this environment.
    OfEnvironment(EnvironmentName),
}

/// What is done together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// In this order.
    pub changes: Vec<Change>,
    /// Appended to the log.
    pub entries: Vec<NewLogEntry>,
    /// Written to the audit trail.
    pub audit: Vec<AuditRecord>,
}

/// What a committed unit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The log's head after it.
    pub position: Position,
    /// How many connections it ended.
    pub ended: u64,
}

/// Commits units.
#[async_trait]
pub trait Units: Send + Sync {
    /// Does everything in `unit` in one transaction. Takes the log's head first, so that nothing that the entries
    /// must end can be created unseen meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] or [`StoreError::Exists`] with nothing done, or [`StoreError::Unavailable`] when it
    /// is unknown whether it was done.
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError>;
}
