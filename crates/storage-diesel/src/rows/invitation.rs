//! Invitations into developer teams.

use diesel::prelude::*;
use domain::{Invitation, Timestamp};
use storage::StoreError;

use super::{read, read_hash};
use crate::schema::team_invitations;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = team_invitations)]
pub(crate) struct InvitationRow {
    id: String,
    team_id: String,
    email: String,
    permissions: String,
    invited_by: String,
    token_hash: Vec<u8>,
    created_at: i64,
    expires_at: i64,
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            team_id: invitation.team.to_string(),
            email: invitation.email.to_lowercase(),
            permissions: invitation.permissions.to_string(),
            invited_by: invitation.invited_by.to_string(),
            token_hash: invitation.token_hash.to_vec(),
            created_at: invitation.created_at.millis(),
            expires_at: invitation.expires_at.millis(),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            team: read(&row.team_id)?,
            email: row.email,
            permissions: read(&row.permissions)?,
            invited_by: read(&row.invited_by)?,
            token_hash: read_hash(row.token_hash)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}
