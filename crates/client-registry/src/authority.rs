//! Who may do what with teams and their apps: the one place that decides.
//!
//! An [`Authority`] is in whose name something is asked for: a user's, with what its teams let it do, a management key's,
//! or the operator's. It is read from the store for each request and kept by nobody, so that a part in a team that was
//! taken away is gone with the next request. A decision is a [`Permitted`] app or team, which only this file makes.
//!
//! What a user is no member of looks like what does not exist. A member who may not do what it asks for is told who can
//! grant it.

use std::ops::Deref;

use domain::{
    Actor, App, AppId, ClientId, MANAGEMENT_TEAM, ManagedTeams, Permission, Permissions, RequestId, Team, TeamId,
    TeamMember, User, UserId, UserKind,
};

use crate::work::Initiator;
use crate::{Registry, RegistryError};

/// In whose name something is asked for, and what may be done in it.
#[derive(Clone, Debug)]
pub struct Authority {
    by: Initiator,
    reach: Reach,
}

#[derive(Clone, Debug)]
enum Reach {
    /// Every team: the operator's, and that of a management key for all of them.
    Every(Permissions),
    /// Those that a user is a member of, by name, or the one of a management key.
    Teams(Vec<(Team, Permissions)>),
}

impl Authority {
    /// The operator's, at the command line: everything may be done in it.
    #[must_use]
    pub const fn operator() -> Self {
        Self { by: Initiator::operator(), reach: Reach::Every(Permissions::ALL) }
    }

    /// Who asks.
    #[must_use]
    pub const fn by(&self) -> &Initiator {
        &self.by
    }

    /// The teams that the user is a member of, by name, with what it may do there; or the one of a management key. Who
    /// reaches every team is a member of none.
    pub fn teams(&self) -> impl Iterator<Item = (&Team, Permissions)> {
        let teams = match &self.reach {
            Reach::Every(_) => &[],
            Reach::Teams(teams) => teams.as_slice(),
        };
        teams.iter().map(|(team, permissions)| (team, *permissions))
    }

    /// What may be done in every team, where all of them are reached.
    #[must_use]
    pub const fn in_every_team(&self) -> Option<Permissions> {
        match self.reach {
            Reach::Every(permissions) => Some(permissions),
            Reach::Teams(_) => None,
        }
    }

    /// What may be done in this team, for pages that show no more than that; `None` is what must not be seen at all.
    #[must_use]
    pub fn permissions(&self, team: TeamId) -> Option<Permissions> {
        match self.reach {
            // Whoever could make a management key could do all that it can, and for longer.
            _ if team == MANAGEMENT_TEAM && !self.is_operators() => None,
            Reach::Every(permissions) => Some(permissions),
            Reach::Teams(_) => self.teams().find(|(its, _)| its.id == team).map(|(_, permissions)| permissions),
        }
    }

    /// Whether it is this user's own.
    pub(crate) fn is_of(&self, user: UserId) -> bool {
        self.by.actor == Actor::User(user)
    }

    /// Whether it is the operator's.
    pub(crate) const fn is_operators(&self) -> bool {
        matches!(self.by.actor, Actor::Operator)
    }
}

/// An app or team with which what was asked for may be done, and who does it.
#[derive(Clone, Debug)]
pub struct Permitted<T> {
    what: T,
    by: Initiator,
}

impl<T> Permitted<T> {
    /// Who does it: what the operations of [`Registry`] want to know.
    #[must_use]
    pub const fn by(&self) -> &Initiator {
        &self.by
    }

    /// The app or team itself.
    pub fn into_inner(self) -> T {
        self.what
    }
}

impl<T> Deref for Permitted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.what
    }
}

impl Registry {
    /// What `user` may do now, on behalf of the signed-in session that asks in `request`. A user who was shut out may
    /// do nothing.
    ///
    /// # Errors
    /// The store.
    pub async fn authority(&self, user: UserId, request: Option<RequestId>) -> Result<Authority, RegistryError> {
        let directory = &self.stores.directory;
        let signs_in = directory.user(user).await?.is_some_and(|user| user.enabled && user.kind == UserKind::Person);
        let teams = if signs_in { directory.teams_of(user).await? } else { Vec::new() };
        let teams = teams.into_iter().map(|(team, member)| (team, member.permissions)).collect();
        Ok(Authority { by: Initiator { actor: Actor::User(user), request }, reach: Reach::Teams(teams) })
    }

    /// What a management key may do, which reaches `teams` and has a token that allows `permissions` there.
    ///
    /// # Errors
    /// The store.
    pub async fn authority_of_key(
        &self,
        key: ClientId,
        teams: ManagedTeams,
        permissions: Permissions,
        request: Option<RequestId>,
    ) -> Result<Authority, RegistryError> {
        let reach = match teams {
            ManagedTeams::Every => Reach::Every(permissions),
            ManagedTeams::One(id) => {
                let team = self.stores.directory.team(id).await?;
                Reach::Teams(team.into_iter().map(|team| (team, permissions)).collect())
            }
        };
        Ok(Authority { by: Initiator { actor: Actor::Key(key), request }, reach })
    }

    /// The app `id`, deleted or not, if `authority` has `permission` in its team.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for those who are no members of its team, as if there were no such app;
    /// [`RegistryError::NotPermitted`] for members; the store.
    pub async fn permit_app(
        &self,
        authority: &Authority,
        id: AppId,
        permission: Permission,
    ) -> Result<Permitted<App>, RegistryError> {
        let absent = || RegistryError::not_found("app", id);
        let app = self.stores.directory.app(id).await?.ok_or_else(absent)?;
        let permissions = authority.permissions(app.team).ok_or_else(absent)?;
        self.require(permissions, app.team, permission).await?;
        Ok(Permitted { what: app, by: authority.by.clone() })
    }

    /// The team `id`, if `authority` has `permission` in it.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for those who are no members of it, as if there were no such team;
    /// [`RegistryError::NotPermitted`] for members; the store.
    pub async fn permit_team(
        &self,
        authority: &Authority,
        id: TeamId,
        permission: Permission,
    ) -> Result<Permitted<Team>, RegistryError> {
        let permissions = authority.permissions(id).ok_or_else(|| RegistryError::not_found("team", id))?;
        let team = self.team(id).await?;
        self.require(permissions, id, permission).await?;
        Ok(Permitted { what: team, by: authority.by.clone() })
    }

    /// Nothing, if `permission` is among `permissions`, and otherwise who can grant it.
    pub(crate) async fn require(
        &self,
        permissions: Permissions,
        team: TeamId,
        permission: Permission,
    ) -> Result<(), RegistryError> {
        if permissions.allow(permission) {
            return Ok(());
        }
        let members = self.stores.directory.team_members(team).await?;
        let grantors = members.iter().filter(|(user, member)| grants(user, member, permission));
        Err(RegistryError::NotPermitted {
            permission,
            team: self.team(team).await?.name,
            grantors: grantors.map(|(user, _)| format!("{} ({})", user.name, user.email)).collect(),
        })
    }

    pub(crate) async fn team(&self, id: TeamId) -> Result<Team, RegistryError> {
        self.stores.directory.team(id).await?.ok_or_else(|| RegistryError::not_found("team", id))
    }
}

/// Whether a member can give `permission` to others: nobody gives what it does not have.
fn grants(user: &User, member: &TeamMember, permission: Permission) -> bool {
    user.enabled && member.permissions.allow(Permission::ManageMembers) && member.permissions.allow(permission)
}
