//! Developer teams and their members.

use diesel::prelude::*;
use domain::{Team, TeamMember, Timestamp};
use storage::StoreError;

use super::{folded, read};
use crate::schema::{team_members, teams};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = teams)]
pub(crate) struct TeamRow {
    id: String,
    name: String,
    name_folded: String,
    created_at: i64,
}

impl From<&Team> for TeamRow {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.to_string(),
            name: team.name.clone(),
            name_folded: folded(&team.name),
            created_at: team.created_at.millis(),
        }
    }
}

impl TryFrom<TeamRow> for Team {
    type Error = StoreError;

    fn try_from(row: TeamRow) -> Result<Self, StoreError> {
        Ok(Self { id: read(&row.id)?, name: row.name, created_at: Timestamp::from_millis(row.created_at) })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = team_members)]
pub(crate) struct TeamMemberRow {
    team_id: String,
    user_id: String,
    permissions: String,
}

impl From<&TeamMember> for TeamMemberRow {
    fn from(member: &TeamMember) -> Self {
        Self {
            team_id: member.team.to_string(),
            user_id: member.user.to_string(),
            permissions: member.permissions.to_string(),
        }
    }
}

impl TryFrom<TeamMemberRow> for TeamMember {
    type Error = StoreError;

    fn try_from(row: TeamMemberRow) -> Result<Self, StoreError> {
        Ok(Self { team: read(&row.team_id)?, user: read(&row.user_id)?, permissions: read(&row.permissions)? })
    }
}
