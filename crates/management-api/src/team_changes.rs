//! Renaming teams, and saying who is a member and what each may do.

use domain::{Permission, Permissions, TeamMember, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, absent};
use crate::me::permissions;
use crate::teams::{MemberView, TeamView};

/// Another name for a team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamChange {
    #[schema(min_length = 2, max_length = 60)]
    name: String,
}

/// What a member may do, in place of what it might before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// `view` is in every set.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

/// Give a team another name.
#[utoipa::path(patch, path = "/api/v1/teams/{team}", tag = "Teams", request_body = TeamChange, params(("team" = String, Path)), responses((status = 200, body = TeamView)))]
pub(crate) async fn rename(mut caller: Caller) -> Answer {
    let team = caller.team(Permission::ManageMembers).await?;
    let TeamChange { name } = caller.body().await?;
    let renamed = caller.state.registry.rename_team(&caller.authority, team.id, &name).await;
    let renamed = renamed.map_err(|error| caller.refused(error))?;
    let part = caller.authority.permissions(team.id).unwrap_or(Permissions::VIEW);
    Ok(caller.ok(&TeamView::of(&renamed, part)))
}

/// Set what a person may do in a team. Nobody gives or takes what it does not have itself.
#[utoipa::path(put, path = "/api/v1/teams/{team}/members/{user}", tag = "Teams", request_body = MemberChange, params(("team" = String, Path), ("user" = String, Path)), responses((status = 200, body = MemberView)))]
pub(crate) async fn set_member(mut caller: Caller) -> Answer {
    let team = caller.team(Permission::ManageMembers).await?;
    caller.confirmed()?;
    let user = caller.named("user")?;
    let MemberChange { permissions } = caller.body().await?;
    let member = TeamMember { team: team.id, user, permissions: permissions.into_iter().collect() };
    let registry = &caller.state.registry;
    registry.set_team_member(&caller.authority, member).await.map_err(|error| caller.refused(error))?;
    let members = registry.members_of(&team).await.map_err(|error| caller.refused(error))?;
    let set = members.into_iter().find(|(member, _)| member.id == user);
    Ok(caller.ok(&MemberView::of(set.ok_or_else(|| absent("member of this team", user))?)))
}

/// Take a person out of a team. Everybody may leave.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/members/{user}", tag = "Teams", params(("team" = String, Path), ("user" = String, Path)), responses((status = 204, description = "It is no member any more.")))]
pub(crate) async fn remove_member(caller: Caller) -> Answer {
    let user: UserId = caller.named("user")?;
    let leaves = caller.person().is_ok_and(|(_, session)| session.user.id == user);
    let needed = if leaves { Permission::View } else { Permission::ManageMembers };
    let team = caller.team(needed).await?;
    if !leaves {
        caller.confirmed()?;
    }
    let removed = caller.state.registry.remove_team_member(&caller.authority, team.id, user).await;
    removed.map_err(|error| caller.refused(error))?;
    Ok(caller.nothing())
}
