//! Invitations into developer teams.

use std::fmt;

use crate::ids::{InvitationId, TeamId, UserId};
use crate::team::Permissions;
use crate::time::Timestamp;

/// A part in a team that waits for the owner of an e-mail address. The mail to it carries an
/// [`InvitationToken`](crate::InvitationToken); whoever has that and the address may take it, once.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where.
    pub team: TeamId,
    /// Whom, in lower case; a team has one for an address.
    pub email: String,
    /// What the member will be able to do, if whoever invites can still give that then.
    pub permissions: Permissions,
    /// By whom.
    pub invited_by: UserId,
    /// SHA-256 of the token in the mail.
    pub token_hash: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it cannot be taken.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Whether it can be taken at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

impl fmt::Debug for Invitation {
    /// Without the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("id", &self.id).field("team", &self.team).finish_non_exhaustive()
    }
}
