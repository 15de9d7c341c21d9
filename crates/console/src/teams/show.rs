//! The list of a person's teams, and a team with its members and invitations.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::Permitted;
use domain::{Invitation, Permission, Team, TeamMember, User};
use oauth_endpoints::sessions::{PageError, PageResult, Visitor};
use serde::Deserialize;

use super::{Done, Named, head, manages};
use crate::developer::{Developer, answer, refused};
use crate::pages::{InvitationRow, Mark, MemberRow, TeamCard, TeamPage, TeamsPage, moment, words};
use crate::place::Place;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// The word of a [`Done`].
    #[serde(default)]
    done: String,
}

pub(super) async fn list(visitor: Visitor) -> HttpResponse {
    let result = show_all(&visitor).await;
    answer(visitor, result)
}

pub(super) async fn one(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let done = asked.and_then(|asked| Done::read(&asked.done));
    let result = show_one(&visitor, &named, done).await;
    answer(visitor, result)
}

async fn show_all(visitor: &Visitor) -> PageResult {
    let developer = Developer::at(visitor, &Place::Teams).await?;
    let card = |(team, permissions): (&Team, domain::Permissions)| TeamCard {
        url: visitor.path(&Place::team(team.id).path()),
        id: team.id.to_string(),
        name: team.name.clone(),
        role: words::role(permissions),
        permissions: permissions.iter().map(words::permission).collect(),
    };
    let page = TeamsPage {
        frame: visitor.frame(),
        apps_url: visitor.path(&Place::all_apps().path()),
        teams: developer.authority.teams().map(card).collect(),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn show_one(visitor: &Visitor, named: &Named, done: Option<Done>) -> PageResult {
    let place = named.team().map_or(Place::Teams, |team| Place::Team(team, done));
    let developer = Developer::at(visitor, &place).await?;
    let team = developer.team_for(named.team(), Permission::View).await?;
    let members = visitor.state.registry.members_of(&team).await.map_err(refused)?;
    let may_manage = manages(&developer, team.id);
    let invitations = if may_manage { invitations(&developer, &team).await? } else { Vec::new() };
    let own = developer.session.user.id;
    let under = |path: &str| visitor.path(&format!("{}{path}", Place::team(team.id).path()));
    let page = TeamPage {
        frame: visitor.frame(),
        head: head(&developer, &team),
        done: done.map(|done| (done.words(), done == Done::Unsent)),
        columns: Permission::ALL.map(words::permission),
        members: members.iter().map(|member| row(&developer, member, may_manage)).collect(),
        invitations,
        may_manage,
        rename_url: may_manage.then(|| under("/rename")),
        invite_url: may_manage.then(|| under("/invite")),
        leave_url: members.iter().any(|(user, _)| user.id == own).then(|| under(&format!("/members/{own}/remove"))),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

fn row(developer: &Developer<'_>, (user, member): &(User, TeamMember), may_manage: bool) -> MemberRow {
    let under = |path: &str| {
        let path = format!("{}/members/{}{path}", Place::team(member.team).path(), user.id);
        developer.visitor.path(&path)
    };
    let is_you = user.id == developer.session.user.id;
    let mark = |permission| Mark { name: words::permission(permission), has: member.permissions.allow(permission) };
    MemberRow {
        name: user.name.clone(),
        email: user.email.clone(),
        is_you,
        is_shut_out: !user.enabled,
        role: words::role(member.permissions),
        marks: Permission::ALL.map(mark),
        change_url: may_manage.then(|| under("")),
        remove_url: (may_manage && !is_you).then(|| under("/remove")),
    }
}

async fn invitations(developer: &Developer<'_>, team: &Permitted<Team>) -> Result<Vec<InvitationRow>, PageError> {
    let visitor = developer.visitor;
    let listed = visitor.state.registry.invitations_of(team).await.map_err(refused)?;
    let row = |invitation: &Invitation| {
        let under = |path: &str| {
            let path = format!("{}/invitations/{}{path}", Place::team(team.id).path(), invitation.id);
            visitor.path(&path)
        };
        InvitationRow {
            email: invitation.email.clone(),
            permissions: invitation.permissions.iter().map(words::permission).collect(),
            is_open: invitation.is_open(visitor.now()),
            expires_at: moment(invitation.expires_at),
            again_url: under("/again"),
            withdraw_url: under("/withdraw"),
        }
    };
    Ok(listed.iter().map(row).collect())
}
