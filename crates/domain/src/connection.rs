//! The durable fact: *this user let this API key into these workspaces of this customer, with these scopes*.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::certificate::Thumbprint;
use crate::environment::EnvironmentName;
use crate::ids::{AppId, ClientId, ConnectionId, CustomerId, RequestId, SecretId, UserId, WorkspaceId};
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The user authorized the app and it got a code (RFC 6749 §4.1).
    Attended,
    /// The app acts on its own by client credentials (RFC 6749 §4.4), as this connection's user.
    Unattended,
    /// Somebody of the app's team made its tokens by hand, to act as that person.
    Generated,
    /// A developer of the app looked in the console at what it gets, as its own user, and for minutes only.
    Test,
}

/// Who or what ended a connection before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The user who made it.
    User,
    /// An admin of the customer.
    CustomerAdmin,
    /// The developer, by ending this connection or revoking its refresh token (RFC 7009).
    Developer,
    /// The developer, by revoking the API key.
    KeyRevoked,
    /// The developer, by revoking the secret it was got with.
    SecretRevoked,
    /// The developer, by deleting the app.
    AppDeleted,
    /// The operator.
    Operator,
    /// An old refresh token came back (RFC 9700 §4.14.2).
    Reuse,
    /// Its authorization code came back (RFC 6749 §4.1.2).
    CodeReplayed,
    /// Its user may connect none of its workspaces any more.
    AccessLost,
    /// A newer connection took its place: more than the allowed number, or a new unattended one.
    Replaced,
}

/// Where a connection's refresh lineage stands (DESIGN, decision 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationState {
    /// The sequence of the refresh token that is good now.
    pub sequence: u32,
    /// When it became that.
    pub rotated_at: Timestamp,
    /// How often its predecessor came back in time and was given the same successor.
    pub grace_uses: u32,
    /// How many rotations in a row needed that.
    pub grace_streak: u32,
}

impl RotationState {
    /// That of the first refresh token, which is good from `now` on.
    #[must_use]
    pub fn first(now: Timestamp) -> Self {
        Self { sequence: 0, rotated_at: now, grace_uses: 0, grace_streak: 0 }
    }
}

/// A connection, one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The environment.
    pub environment: EnvironmentName,
    /// The app of the key.
    pub app: AppId,
    /// The API key that was let in.
    pub key: ClientId,
    /// The secret whose holder redeemed the code, where the key has secrets.
    pub obtained_with: Option<SecretId>,
    /// The customer.
    pub customer: CustomerId,
    /// The user it acts as.
    pub user: UserId,
    /// Who gave it: the user, or the admin who spoke for a service user.
    pub granted_by: UserId,
    /// What it is for.
    pub purpose: Purpose,
    /// What whoever made it by hand calls it.
    pub label: Option<String>,
    /// The workspaces that were ticked. What it reaches is their intersection with the user's access today.
    pub workspaces: Vec<WorkspaceId>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// Its refresh lineage.
    pub rotation: RotationState,
    /// The code's challenge, kept while a replay of the code can come.
    pub code_challenge: Option<String>,
    /// The code's `redirect_uri` as sent at authorize, kept while a replay of the code can come.
    pub redirect_uri: Option<String>,
    /// The certificate it is bound to. A connection that was bound once stays bound, to this or another certificate
    /// that its app registered: its refresh token is of no use without one.
    pub bound_to: Option<Thumbprint>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used; written in batches for stable refresh tokens.
    pub last_used_at: Timestamp,
    /// How long it may stay unused.
    pub idle: Duration,
    /// When it ends by age.
    pub expires_at: Timestamp,
    /// When and by whom it was ended.
    pub ended: Option<(Timestamp, EndedBy)>,
}

/// The state a connection is in at a moment: the one state machine of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It can be used.
    Active,
    /// Nobody used it for too long.
    IdleExpired,
    /// It reached its absolute age.
    TooOld,
    /// It was ended.
    Ended(EndedBy),
}

impl Connection {
    /// When it was last used; `None` until it is.
    #[must_use]
    pub fn used_at(&self) -> Option<Timestamp> {
        (self.last_used_at > self.created_at).then_some(self.last_used_at)
    }

    /// The state at `now`. An end that was written wins over one that time brought.
    #[must_use]
    pub fn liveness(&self, now: Timestamp) -> Liveness {
        match self.ended {
            Some((_, by)) => Liveness::Ended(by),
            None if now >= self.expires_at => Liveness::TooOld,
            None if now >= self.last_used_at + self.idle => Liveness::IdleExpired,
            None => Liveness::Active,
        }
    }
}

/// A developer's request that a customer lets a key act unattended: answered on the authorize pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRequest {
    /// Its id, part of the link that is sent to the customer.
    pub id: RequestId,
    /// The environment.
    pub environment: EnvironmentName,
    /// The key that wants in.
    pub key: ClientId,
    /// The customer that is asked.
    pub customer: CustomerId,
    /// What it wants to do.
    pub scopes: ScopeSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// The connection that answered it.
    pub answered_by: Option<ConnectionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let made = Timestamp::from_seconds(1_000_000);
        Connection {
            id: ConnectionId::from_bytes([1; 16]),
            environment: EnvironmentName::default_environment(),
            app: AppId::from_bytes([2; 16]),
            key: ClientId::from_bytes([3; 16]),
            obtained_with: None,
            customer: CustomerId::from_bytes([4; 16]),
            user: UserId::from_bytes([5; 16]),
            granted_by: UserId::from_bytes([5; 16]),
            purpose: Purpose::Attended,
            label: None,
            workspaces: vec![],
            scopes: ScopeSet::default(),
            rotation: RotationState::first(made),
            code_challenge: None,
            redirect_uri: None,
            bound_to: None,
            created_at: made,
            last_used_at: made,
            idle: Duration::from_secs(100),
            expires_at: made + Duration::from_secs(250),
            ended: None,
        }
    }

    #[test]
    fn a_connection_lives_while_it_is_used_and_not_too_old() {
        let mut connection = connection();
        let after = |seconds: i64| Timestamp::from_seconds(1_000_000 + seconds);
        assert_eq!(connection.liveness(after(99)), Liveness::Active);
        assert_eq!(connection.liveness(after(100)), Liveness::IdleExpired);
        connection.last_used_at = after(200);
        assert_eq!(connection.liveness(after(249)), Liveness::Active);
        assert_eq!(connection.liveness(after(250)), Liveness::TooOld);
        connection.ended = Some((after(5), EndedBy::User));
        assert_eq!(connection.liveness(after(250)), Liveness::Ended(EndedBy::User));
    }
}
