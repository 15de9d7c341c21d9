//! Developer teams, their members and the invitations into them.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use domain::{Invitation, InvitationId, Permission, Permissions, Team, TeamId, TeamMember, UserId};
use storage::StoreError;

use super::super::Conn;
use crate::failure::{added, changed, failed};
use crate::rows::{InvitationRow, TeamMemberRow, TeamRow, folded, read};
use crate::schema::{team_invitations, team_members, teams, users};

pub(super) async fn add(conn: &mut Conn, team: &Team) -> Result<(), StoreError> {
    let done = diesel::insert_into(teams::table).values(TeamRow::from(team)).execute(conn).await;
    let what = || format!("team {}", team.id);
    added(done, what, what)
}

pub(super) async fn rename(conn: &mut Conn, id: TeamId, name: &str) -> Result<(), StoreError> {
    let done = diesel::update(teams::table)
        .filter(teams::id.eq(id.to_string()))
        .set((teams::name.eq(name.to_owned()), teams::name_folded.eq(folded(name))))
        .execute(conn)
        .await;
    changed(done, || format!("team {id}"))
}

pub(super) async fn set_member(conn: &mut Conn, member: &TeamMember) -> Result<(), StoreError> {
    if !member.permissions.allow(Permission::ManageMembers) {
        keep_the_last(conn, member.team, member.user).await?;
    }
    let done = diesel::insert_into(team_members::table)
        .values(TeamMemberRow::from(member))
        .on_conflict((team_members::team_id, team_members::user_id))
        .do_update()
        .set(team_members::permissions.eq(excluded(team_members::permissions)))
        .execute(conn)
        .await;
    let what = || format!("team {} or user {}", member.team, member.user);
    added(done, what, what)
}

pub(super) async fn remove_member(conn: &mut Conn, user: UserId, team: TeamId) -> Result<(), StoreError> {
    keep_the_last(conn, team, user).await?;
    let done = diesel::delete(team_members::table)
        .filter(team_members::team_id.eq(team.to_string()))
        .filter(team_members::user_id.eq(user.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("the part of user {user} in team {team}"))
}

pub(super) async fn invite(conn: &mut Conn, invitation: &Invitation) -> Result<(), StoreError> {
    let row = InvitationRow::from(invitation);
    let done = diesel::insert_into(team_invitations::table).values(row).execute(conn).await;
    let parents = || format!("team {} or user {}", invitation.team, invitation.invited_by);
    added(done, || format!("an invitation of this address into team {}", invitation.team), parents)
}

pub(super) async fn remove_invitation(conn: &mut Conn, id: InvitationId, team: TeamId) -> Result<(), StoreError> {
    let done = diesel::delete(team_invitations::table)
        .filter(team_invitations::id.eq(id.to_string()))
        .filter(team_invitations::team_id.eq(team.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("invitation {id}"))
}

/// Refuses when nobody but `user` manages the members of `team` and can sign in. Whoever commits a change of members
/// has the log's head, and is alone: two who take each other away at once cannot both succeed.
async fn keep_the_last(conn: &mut Conn, team: TeamId, user: UserId) -> Result<(), StoreError> {
    let members: Vec<(String, String)> = team_members::table
        .inner_join(users::table.on(users::id.eq(team_members::user_id)))
        .filter(team_members::team_id.eq(team.to_string()))
        .filter(users::enabled)
        .select((team_members::user_id, team_members::permissions))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut managing = Vec::new();
    for (member, permissions) in members {
        if read::<Permissions>(&permissions)?.allow(Permission::ManageMembers) {
            managing.push(member);
        }
    }
    if managing == [user.to_string()] {
        return Err(StoreError::Conflict { what: format!("who manages the members of team {team}") });
    }
    Ok(())
}
