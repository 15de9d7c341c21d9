//! Developer teams: who may do what to the apps that a team owns.
//!
//! What a member may do is a set of [`Permission`]s, and nothing else is stored or asked. A [`TeamRole`] is only the name
//! of a set that is used often.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::ids::{TeamId, UserId};
use crate::time::Timestamp;

/// The operator's own team: the owner of apps that are made at the command line for nobody else. Every installation
/// has it; it needs no members, because the operator may do everything anyway.
pub const OPERATOR_TEAM: TeamId = TeamId::from_bytes([0; 16]);

/// A group of developers that owns apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What people call it; not unique.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A user's part in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamMember {
    /// Where.
    pub team: TeamId,
    /// Who.
    pub user: UserId,
    /// What it may do there.
    pub permissions: Permissions,
}

/// One thing that a member of a team may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Look at the team, its apps and all that belongs to them. Every member may.
    View,
    /// Make apps.
    Create,
    /// Change apps, their API keys, secrets and certificates.
    Edit,
    /// Delete apps, or give them to another team.
    Delete,
    /// Make tokens by hand.
    GenerateToken,
    /// Rename the team; say who is a member and what each may do.
    ManageMembers,
}

impl Permission {
    /// Every one, in the order in which they are written.
    pub const ALL: [Self; 6] =
        [Self::View, Self::Create, Self::Edit, Self::Delete, Self::GenerateToken, Self::ManageMembers];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::GenerateToken => "generate_token",
            Self::ManageMembers => "manage_members",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Create => "Create",
            Self::Edit => "Edit",
            Self::Delete => "Delete",
            Self::GenerateToken => "Generate Token",
            Self::ManageMembers => "Manage Members",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Text that is not a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a permission is one of view, create, edit, delete, generate_token, manage_members")]
pub struct InvalidPermission;

impl FromStr for Permission {
    type Err = InvalidPermission;

    /// Reads its word, also with `-` in place of `_`.
    fn from_str(text: &str) -> Result<Self, InvalidPermission> {
        let word = text.replace('-', "_");
        Self::ALL.into_iter().find(|permission| permission.as_str() == word).ok_or(InvalidPermission)
    }
}

/// What a member of a team may do. Whoever may do anything may look at it, so [`Permission::View`] is in every set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// To look, and no more.
    pub const VIEW: Self = Self(Permission::View.bit());

    /// Everything.
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    /// Whether the set has `permission`.
    #[must_use]
    pub const fn allow(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// The permissions of the set, in the order in which they are written.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.allow(*permission))
    }

    /// Those that only one of the two sets has: what changes between them.
    pub fn changed(self, other: Self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.allow(*permission) != other.allow(*permission))
    }

    /// The role that has exactly these, if one has.
    #[must_use]
    pub fn role(self) -> Option<TeamRole> {
        TeamRole::ALL.into_iter().find(|role| role.permissions() == self)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::VIEW, |set, permission| Self(set.0 | permission.bit()))
    }
}

impl fmt::Display for Permissions {
    /// As words with commas between, always in the same order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.iter().map(Permission::as_str).collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Permissions {
    type Err = InvalidPermission;

    /// Reads words with commas between, in any order; at least one.
    fn from_str(text: &str) -> Result<Self, InvalidPermission> {
        text.split(',').map(|word| word.trim().parse()).collect()
    }
}

impl Serialize for Permissions {
    /// As a list of words.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The name of a set of permissions that is used often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Looks.
    Viewer,
    /// Makes apps and changes them.
    Developer,
    /// May do everything, and says who else may do what.
    Admin,
}

impl TeamRole {
    /// Every one, the one that may do least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Developer, Self::Admin];

    /// What it may do.
    #[must_use]
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Viewer => Permissions::VIEW,
            Self::Developer => Permissions(Permissions::VIEW.0 | Permission::Create.bit() | Permission::Edit.bit()),
            Self::Admin => Permissions::ALL,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whoever_may_do_anything_may_look() {
        for permission in Permission::ALL {
            let set: Permissions = [permission].into_iter().collect();
            assert!(set.allow(Permission::View) && set.allow(permission), "{set}");
            assert_eq!(permission.as_str().parse(), Ok(set));
        }
    }

    #[test]
    fn a_role_is_the_name_of_its_permissions() {
        assert_eq!(TeamRole::Viewer.permissions().to_string(), "view");
        assert_eq!(TeamRole::Developer.permissions().to_string(), "view,create,edit");
        assert!(Permission::ALL.into_iter().all(|permission| TeamRole::Admin.permissions().allow(permission)));
        for role in TeamRole::ALL {
            assert_eq!(role.permissions().role(), Some(role));
        }
        assert_eq!("edit,delete".parse().map(Permissions::role), Ok(None));
    }

    #[test]
    fn text_that_names_no_permission_is_none() {
        for text in ["", ",", "view,", "view edit", "View", "all", "generate token"] {
            assert_eq!(text.parse::<Permissions>(), Err(InvalidPermission), "{text}");
        }
        assert_eq!("generate-token".parse(), Ok(Permission::GenerateToken));
    }

    #[test]
    fn a_permission_is_serialized_as_it_is_written() {
        for permission in Permission::ALL {
            assert_eq!(serde_json::json!(permission), permission.as_str());
        }
        assert_eq!(serde_json::json!(TeamRole::Developer.permissions()), serde_json::json!(["view", "create", "edit"]));
    }

    fn permissions() -> impl Strategy<Value = Vec<Permission>> {
        prop::collection::vec(prop::sample::select(&Permission::ALL[..]), 0..8)
    }

    proptest! {
        #[test]
        fn a_set_is_read_as_it_was_written(listed in permissions()) {
            let set: Permissions = listed.iter().copied().collect();
            prop_assert_eq!(set.to_string().parse(), Ok(set));
            prop_assert_eq!(set.iter().collect::<Permissions>(), set);
            prop_assert!(Permission::ALL.into_iter().all(
                |one| set.allow(one) == (one == Permission::View || listed.contains(&one))
            ));
        }

        #[test]
        fn the_order_and_number_of_words_do_not_matter(mut listed in permissions()) {
            listed.push(Permission::View);
            let text = |listed: &[Permission]| listed.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
            let forwards: Permissions = text(&listed).parse().expect("words of permissions");
            listed.reverse();
            prop_assert_eq!(text(&listed).parse(), Ok(forwards));
        }

        #[test]
        fn what_changes_between_two_sets_leads_from_one_to_the_other(from in permissions(), to in permissions()) {
            let (from, to): (Permissions, Permissions) = (from.into_iter().collect(), to.into_iter().collect());
            let changed: Vec<Permission> = from.changed(to).collect();
            prop_assert!(!changed.contains(&Permission::View));
            for one in Permission::ALL {
                prop_assert_eq!(from.allow(one) != changed.contains(&one), to.allow(one));
            }
        }

        #[test]
        fn any_text_is_judged_without_panic(text: String) {
            let _ = text.parse::<Permissions>();
        }
    }
}
