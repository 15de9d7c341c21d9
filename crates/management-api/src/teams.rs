//! `/teams`: developer teams and their members.

use domain::{Permission, Permissions, Team, TeamId, TeamMember, User, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::Caller;
use crate::lists::{Page, Paging};
use crate::me::permissions;
use crate::schemas::{self, moment};

/// A developer team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
pub(crate) struct TeamView {
    #[schema(value_type = String)]
    id: TeamId,
    name: String,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    /// What the caller may do in it.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

/// A person's part in a team.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView {
    #[schema(value_type = String)]
    user: UserId,
    name: String,
    email: String,
    /// What it may do there.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

impl TeamView {
    pub(crate) fn of(team: &Team, permissions: Permissions) -> Self {
        let Team { id, name, created_at } = team;
        Self { id: *id, name: name.clone(), created_at: moment(*created_at), permissions: permissions.iter().collect() }
    }
}

impl MemberView {
    pub(crate) fn of((user, member): (User, TeamMember)) -> Self {
        Self { user: user.id, name: user.name, email: user.email, permissions: member.permissions.iter().collect() }
    }
}

/// The teams that the caller reaches, by name.
#[utoipa::path(get, path = "/api/v1/teams", tag = "Teams", params(Paging), responses((status = 200, body = Page<TeamView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let paging: Paging = caller.query()?;
    let teams = caller.state.registry.teams_reached(&caller.authority).await;
    let teams = teams.map_err(|error| caller.refused(error))?;
    let page = paging.of(teams, |(team, _)| team.id.to_string(), |(team, part)| TeamView::of(&team, part))?;
    Ok(caller.ok(&page))
}

/// A team.
#[utoipa::path(get, path = "/api/v1/teams/{team}", tag = "Teams", params(("team" = String, Path)), responses((status = 200, body = TeamView)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let team = caller.team(Permission::View).await?;
    let part = caller.authority.permissions(team.id).unwrap_or(Permissions::VIEW);
    Ok(caller.ok(&TeamView::of(&team, part)))
}

/// The members of a team, by address.
#[utoipa::path(get, path = "/api/v1/teams/{team}/members", tag = "Teams", params(("team" = String, Path), Paging), responses((status = 200, body = Page<MemberView>)))]
pub(crate) async fn members(caller: Caller) -> Answer {
    let team = caller.team(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let members = caller.state.registry.members_of(&team).await.map_err(|error| caller.refused(error))?;
    let page = paging.of(members, |(user, _)| user.id.to_string(), MemberView::of)?;
    Ok(caller.ok(&page))
}
