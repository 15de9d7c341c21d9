//! Customers, their workspaces, and who may let apps into them.

use serde::{Deserialize, Serialize};

use crate::environment::EnvironmentName;
use crate::ids::{CustomerId, UserId, WorkspaceId};
use crate::time::Timestamp;

/// A tenant inside an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The environment it lives in.
    pub environment: EnvironmentName,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A part of a customer that an app can be let into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The customer it is part of.
    pub customer: CustomerId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a user is somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// A person, who can sign in.
    Person,
    /// A service user: integrations act as it; nobody can sign in as it.
    Service,
}

/// A person or service user.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Its id: the `sub` of its tokens.
    pub id: UserId,
    /// The address it signs in with, in lower case; unique.
    pub email: String,
    /// What people call it.
    pub name: String,
    /// Person or service.
    pub kind: UserKind,
    /// The password's PHC string (argon2id), once one was set.
    pub password_hash: Option<String>,
    /// Whether it may sign in and its connections may be used.
    pub enabled: bool,
    /// How many sign-ins in a row have failed (SP 800-63B-4 §3.2.2 allows at most 100).
    pub failed_logins: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// What a user may do at a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Belongs to it; lets no app in.
    Member,
    /// May let apps into the listed workspaces.
    Connector,
    /// May let apps into every workspace, and speak for its service users.
    Admin,
}

/// A user's part in a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// Where.
    pub customer: CustomerId,
    /// As what.
    pub role: Role,
    /// The workspaces a [`Role::Connector`] may let apps into.
    pub workspaces: Vec<WorkspaceId>,
}

impl Membership {
    /// Whether this user may let apps into `workspace` (which is one of this customer's).
    #[must_use]
    pub fn may_connect(&self, workspace: WorkspaceId) -> bool {
        match self.role {
            Role::Member => false,
            Role::Connector => self.workspaces.contains(&workspace),
            Role::Admin => true,
        }
    }
}

/// What a user may reach at a customer today: the input of every issue of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceAccess {
    /// The customer.
    pub customer: Customer,
    /// The user.
    pub user: User,
    /// The user's part in it, if any is left.
    pub membership: Option<Membership>,
    /// All workspaces of the customer, sorted by name.
    pub workspaces: Vec<Workspace>,
}

impl WorkspaceAccess {
    /// The workspaces of `ticked` that the user may connect today, sorted by name. Empty means that access was lost.
    #[must_use]
    pub fn reachable(&self, ticked: &[WorkspaceId]) -> Vec<&Workspace> {
        self.connectable().filter(|workspace| ticked.contains(&workspace.id)).collect()
    }

    /// The workspaces the user may connect today, sorted by name.
    pub fn connectable(&self) -> impl Iterator<Item = &Workspace> {
        let membership = self.membership.as_ref().filter(|_| self.user.enabled);
        self.workspaces
            .iter()
            .filter(move |workspace| membership.is_some_and(|membership| membership.may_connect(workspace.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(role: Role, listed: &[u8]) -> WorkspaceAccess {
        let now = Timestamp::from_seconds(0);
        let id = |n| WorkspaceId::from_bytes([n; 16]);
        let customer = CustomerId::from_bytes([9; 16]);
        let user = UserId::from_bytes([8; 16]);
        WorkspaceAccess {
            customer: Customer {
                id: customer,
                environment: EnvironmentName::default_environment(),
                name: "Acme".into(),
                created_at: now,
            },
            user: User {
                id: user,
                email: "ana@acme.test".into(),
                name: "Ana".into(),
                kind: UserKind::Person,
                password_hash: None,
                enabled: true,
                failed_logins: 0,
                created_at: now,
            },
            membership: Some(Membership { user, customer, role, workspaces: listed.iter().copied().map(id).collect() }),
            workspaces: (1..=3)
                .map(|n| Workspace { id: id(n), customer, name: format!("W{n}"), created_at: now })
                .collect(),
        }
    }

    fn names(access: &WorkspaceAccess, ticked: &[u8]) -> Vec<String> {
        let ticked: Vec<_> = ticked.iter().map(|n| WorkspaceId::from_bytes([*n; 16])).collect();
        access.reachable(&ticked).into_iter().map(|workspace| workspace.name.clone()).collect()
    }

    #[test]
    fn a_connection_reaches_what_was_ticked_and_may_still_be_connected() {
        assert_eq!(names(&access(Role::Admin, &[]), &[1, 3, 7]), ["W1", "W3"]);
        assert_eq!(names(&access(Role::Connector, &[3]), &[1, 3]), ["W3"]);
        assert!(names(&access(Role::Member, &[1]), &[1]).is_empty());
    }

    #[test]
    fn a_disabled_user_reaches_nothing() {
        let mut access = access(Role::Admin, &[]);
        access.user.enabled = false;
        assert!(names(&access, &[1]).is_empty());
    }
}
