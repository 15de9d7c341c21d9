//! Developer teams: who is in them, what each member may do, and which apps they own.
//!
//! - Teams are made by the operator, who decides who may register. From then on the team looks after itself.
//! - *Nobody gives or takes what it does not have itself.* Whoever manages members and may not delete apps can let nobody
//!   else delete them, nor take that from somebody who may.
//! - One member who can sign in goes on managing the others, where one did. The store sees to it as well, for two who
//!   take each other away at once.
//! - Everybody may leave.

use domain::{App, AppId, Permission, Permissions, Subject, Team, TeamId, TeamMember, User, UserId, UserKind};
use storage::Change;

use crate::app_edit::record_publisher;
use crate::apps::require_open;
use crate::authority::{Authority, Permitted};
use crate::text::line;
use crate::work::{About, Initiator};
use crate::{Registry, RegistryError};

impl Registry {
    /// Makes a team. It has no members yet. For the operator only.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] for the name; the store.
    pub async fn create_team(&self, by: &Initiator, name: &str) -> Result<Team, RegistryError> {
        let mut work = self.work(by);
        let team = Team { id: TeamId::generate(&*self.random), name: named(name)?, created_at: work.now };
        let words = format!("name: {}", team.name);
        work.change(Change::AddTeam(team.clone())).record("team.created", team.id, About::default(), words);
        work.commit().await?;
        Ok(team)
    }

    /// Gives a team another name. Needs [`Permission::ManageMembers`].
    ///
    /// # Errors
    /// As [`Registry::permit_team`]; [`RegistryError::Invalid`] for the name.
    pub async fn rename_team(&self, authority: &Authority, id: TeamId, name: &str) -> Result<Team, RegistryError> {
        let team = self.permit_team(authority, id, Permission::ManageMembers).await?;
        let name = named(name)?;
        let mut work = self.work(team.by());
        let words = format!("name: {name}, before: {}", team.name);
        work.change(Change::RenameTeam(id, name.clone())).record("team.renamed", id, About::default(), words);
        work.commit().await?;
        Ok(Team { name, ..team.into_inner() })
    }

    /// Everybody's part in a team, with who they are, by address.
    ///
    /// # Errors
    /// The store.
    pub async fn members_of(&self, team: &Permitted<Team>) -> Result<Vec<(User, TeamMember)>, RegistryError> {
        Ok(self.stores.directory.team_members(team.id).await?)
    }

    /// Sets a person's part in a team, in place of the one it had. Needs [`Permission::ManageMembers`], and every
    /// permission that is given or taken.
    ///
    /// # Errors
    /// As [`Registry::permit_team`]; [`RegistryError::NotFound`] for the user; [`RegistryError::Invalid`] for a service
    /// user; [`RegistryError::TooMany`], [`RegistryError::LastManager`].
    pub async fn set_team_member(&self, authority: &Authority, member: TeamMember) -> Result<(), RegistryError> {
        let TeamMember { team, user, permissions } = member;
        let permitted = self.permit_team(authority, team, Permission::ManageMembers).await?;
        require_open(team)?;
        if self.user(user).await?.kind == UserKind::Service {
            return Err(RegistryError::invalid("user", "is a service user, as which nobody signs in; name a person"));
        }
        let members = self.stores.directory.team_members(team).await?;
        let before = part(&members, user);
        let limit = self.policy().members_per_team;
        if before.is_none() && members.len() >= limit {
            return Err(RegistryError::TooMany { what: "members", limit, remedy: "remove one first" });
        }
        self.require_changed(authority, team, before.unwrap_or(Permissions::VIEW), permissions).await?;
        if !permissions.allow(Permission::ManageMembers) {
            keep_the_last(&members, user)?;
        }
        let mut work = self.work(permitted.by());
        let words = format!("user: {user}; permissions: {permissions}");
        work.change(Change::SetTeamMember(member)).record("team.member_set", team, About::default(), words);
        work.commit().await.map(drop)
    }

    /// Takes a person's part in a team away. Needs [`Permission::ManageMembers`] and every permission that the member
    /// had; or nothing, to leave.
    ///
    /// # Errors
    /// As [`Registry::permit_team`]; [`RegistryError::NotFound`] for the member; [`RegistryError::LastManager`].
    pub async fn remove_team_member(
        &self,
        authority: &Authority,
        team: TeamId,
        user: UserId,
    ) -> Result<(), RegistryError> {
        let needed = if authority.is_of(user) { Permission::View } else { Permission::ManageMembers };
        let permitted = self.permit_team(authority, team, needed).await?;
        let members = self.stores.directory.team_members(team).await?;
        let before = part(&members, user).ok_or_else(|| RegistryError::not_found("member of this team", user))?;
        self.require_changed(authority, team, before, Permissions::VIEW).await?;
        keep_the_last(&members, user)?;
        let mut work = self.work(permitted.by());
        let words = format!("user: {user}; permissions before: {before}");
        work.change(Change::RemoveTeamMember(user, team)).record("team.member_removed", team, About::default(), words);
        work.commit().await.map(drop)
    }

    /// Gives an app to another team, with all that belongs to it; nothing stops working. Needs [`Permission::Delete`]
    /// where it is and [`Permission::Create`] where it goes.
    ///
    /// The operator verified the publisher for the team it knew: when a team gives the app away by itself, the
    /// verification is taken back.
    ///
    /// # Errors
    /// As [`Registry::permit_app`] and [`Registry::permit_team`]; [`RegistryError::AppDeleted`],
    /// [`RegistryError::Stale`]; [`RegistryError::Invalid`] when it is that team's already.
    pub async fn transfer_app(&self, authority: &Authority, id: AppId, to: TeamId) -> Result<App, RegistryError> {
        let app = self.permit_app(authority, id, Permission::Delete).await?;
        let to = self.permit_team(authority, to, Permission::Create).await?;
        if app.deleted_at.is_some() {
            return Err(RegistryError::AppDeleted);
        }
        require_open(app.team)?;
        require_open(to.id)?;
        if app.team == to.id {
            return Err(RegistryError::invalid("team", "owns this app already; name another"));
        }
        let mut work = self.work(app.by());
        let words = format!("from: {}; to: {}", app.team, to.id);
        let mut after = App { team: to.id, ..App::clone(&app) };
        after.publisher.verified &= authority.is_operators();
        work.change(Change::ReplaceApp(after.clone())).touch(Subject::App(id)).record("app.transferred", id, id, words);
        if app.publisher != after.publisher {
            record_publisher(&mut work, &app, &after);
        }
        work.commit().await?;
        Ok(App { version: after.version + 1, ..after })
    }

    /// Refuses to give or take what `authority` does not have.
    pub(crate) async fn require_changed(
        &self,
        authority: &Authority,
        team: TeamId,
        before: Permissions,
        after: Permissions,
    ) -> Result<(), RegistryError> {
        let own = authority.permissions(team).unwrap_or(Permissions::VIEW);
        match before.changed(after).find(|changed| !own.allow(*changed)) {
            Some(lacking) => self.require(own, team, lacking).await,
            None => Ok(()),
        }
    }
}

fn named(name: &str) -> Result<String, RegistryError> {
    line("name", name, 2, 60)
}

/// What `user` may do, if it is one of `members`.
fn part(members: &[(User, TeamMember)], user: UserId) -> Option<Permissions> {
    members.iter().find(|(member, _)| member.id == user).map(|(_, member)| member.permissions)
}

/// Refuses when nobody but `user` manages members and can sign in.
fn keep_the_last(members: &[(User, TeamMember)], user: UserId) -> Result<(), RegistryError> {
    let mut managing = members
        .iter()
        .filter(|(user, member)| user.enabled && member.permissions.allow(Permission::ManageMembers))
        .map(|(user, _)| user.id);
    if managing.next() == Some(user) && managing.next().is_none() { Err(RegistryError::LastManager) } else { Ok(()) }
}
