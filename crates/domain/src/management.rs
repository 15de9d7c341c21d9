//! The management API, as far as tokens know it: its scopes, and the rows of the operator's that its keys stand on.
//!
//! A management key is an API key like any other, which acts by client credentials on an unattended connection: at a
//! customer that is the operator itself, and whose workspaces are the developer teams. So nothing of what issues, binds,
//! revokes and checks tokens has to know of it. That only the operator makes such keys is for `client-registry` to see to.

use std::fmt;
use std::str::FromStr;

use crate::ids::{CustomerId, TeamId, UserId, WorkspaceId};
use crate::scope::{Scope, ScopeSet};
use crate::team::{Permission, Permissions};

const BITS: [u8; 16] = *b"management  keys";

/// The team that owns the apps of management keys. It has no members, and nobody but the operator reaches it.
pub const MANAGEMENT_TEAM: TeamId = TeamId::from_bytes(BITS);

/// The customer at which management keys are connected.
pub const MANAGEMENT_CUSTOMER: CustomerId = CustomerId::from_bytes(BITS);

/// The service user that management keys act as.
pub const MANAGEMENT_USER: UserId = UserId::from_bytes(BITS);

/// What the scopes of the management API begin with. No other API has such, and no app of a developer team may ask for
/// them.
const PREFIX: &str = "countersign.";

/// What a management key may do, one scope each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ManagementScope {
    /// Look at teams, apps and all that belongs to them.
    Read,
    /// Make, change and delete apps, their API keys, secrets, certificates and connections.
    WriteApps,
    /// Rename teams; say who is a member and what each may do.
    WriteTeams,
}

impl ManagementScope {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Read, Self::WriteApps, Self::WriteTeams];

    /// Its text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "countersign.read",
            Self::WriteApps => "countersign.apps.write",
            Self::WriteTeams => "countersign.teams.write",
        }
    }

    /// What it lets do, in a sentence that starts with a verb.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Read => "Look at teams, apps and all that belongs to them",
            Self::WriteApps => "Make, change and delete apps and all that belongs to them",
            Self::WriteTeams => "Rename teams and say who is a member of them",
        }
    }

    /// As a scope.
    ///
    /// # Panics
    /// Never: its text is a scope.
    #[must_use]
    pub fn scope(self) -> Scope {
        self.as_str().parse().expect("a constant scope")
    }

    /// Which one lets do what needs `permission`; tokens are made by hand by people only.
    #[must_use]
    pub const fn that_allows(permission: Permission) -> Option<Self> {
        match permission {
            Permission::View => Some(Self::Read),
            Permission::Create | Permission::Edit | Permission::Delete => Some(Self::WriteApps),
            Permission::ManageMembers => Some(Self::WriteTeams),
            Permission::GenerateToken => None,
        }
    }

    /// What a token with `scopes` may do; nothing, not even look, with none of these among them.
    #[must_use]
    pub fn permissions(scopes: &ScopeSet) -> Option<Permissions> {
        let has = |scope: Self| scopes.iter().any(|one| one.as_str() == scope.as_str());
        let allowed = |permission: &Permission| Self::that_allows(*permission).is_some_and(has);
        Self::ALL.into_iter().any(has).then(|| Permission::ALL.into_iter().filter(allowed).collect())
    }

    /// Whether `scope` is kept for the management API, now or later.
    #[must_use]
    pub fn is_reserved(scope: &Scope) -> bool {
        scope.as_str().starts_with(PREFIX)
    }
}

impl fmt::Display for ManagementScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Text that is not a scope of the management API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope of the management API is one of countersign.read, countersign.apps.write, countersign.teams.write")]
pub struct InvalidManagementScope;

impl FromStr for ManagementScope {
    type Err = InvalidManagementScope;

    fn from_str(text: &str) -> Result<Self, InvalidManagementScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(InvalidManagementScope)
    }
}

/// The teams that a management key reaches, as the workspaces of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedTeams {
    /// Every one.
    Every,
    /// This one.
    One(TeamId),
}

impl ManagedTeams {
    /// The workspace that stands for them: the one of the operator's team is every team.
    #[must_use]
    pub const fn workspace(self) -> WorkspaceId {
        match self {
            Self::Every => WorkspaceId::from_bytes(*crate::OPERATOR_TEAM.as_bytes()),
            Self::One(team) => WorkspaceId::from_bytes(*team.as_bytes()),
        }
    }

    /// What a workspace of [`MANAGEMENT_CUSTOMER`] stands for.
    #[must_use]
    pub fn of(workspace: WorkspaceId) -> Self {
        let team = TeamId::from_bytes(*workspace.as_bytes());
        if team == crate::OPERATOR_TEAM { Self::Every } else { Self::One(team) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(scopes: &str) -> Option<String> {
        ManagementScope::permissions(&scopes.parse().expect("scopes")).map(|permissions| permissions.to_string())
    }

    #[test]
    fn a_token_may_do_what_its_scopes_say_and_never_make_tokens() {
        assert_eq!(permissions("countersign.read").as_deref(), Some("view"));
        assert_eq!(permissions("countersign.apps.write").as_deref(), Some("view,create,edit,delete"));
        assert_eq!(permissions("countersign.teams.write").as_deref(), Some("view,manage_members"));
        let all = "countersign.read countersign.apps.write countersign.teams.write";
        assert_eq!(permissions(all).as_deref(), Some("view,create,edit,delete,manage_members"));
        for none in ["", "read", "countersign.planets.write"] {
            assert_eq!(permissions(none), None, "{none}");
        }
    }

    #[test]
    fn every_scope_is_reserved_and_read_as_it_was_written() {
        for scope in ManagementScope::ALL {
            assert!(ManagementScope::is_reserved(&scope.scope()));
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!(ManagementScope::is_reserved(&"countersign.later".parse().expect("a scope")));
        assert!(!ManagementScope::is_reserved(&"countersigned".parse().expect("a scope")));
    }

    #[test]
    fn a_workspace_stands_for_one_team_or_for_all() {
        let team = TeamId::from_bytes([7; 16]);
        for teams in [ManagedTeams::Every, ManagedTeams::One(team)] {
            assert_eq!(ManagedTeams::of(teams.workspace()), teams);
        }
    }
}
