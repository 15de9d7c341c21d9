//! What a member may do, as a form asks for it: a role, or single permissions.

use domain::{Permission, Permissions, TeamRole};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::PageForm;

use crate::pages::{PartForm, PermissionBox, RoleChoice, words};

/// The field of the role.
pub(super) const ROLE: &str = "role";
/// Its value where single permissions are meant.
const SINGLE: &str = "single";

/// What was chosen, or `None` where the form names no role of ours.
///
/// What the person cannot give or take is no box to tick: there, a member keeps what it had `before`.
pub(super) fn read(form: &PageForm, before: Permissions, own: Permissions) -> Option<Permissions> {
    let chosen = form.one(ROLE);
    if chosen != SINGLE {
        return TeamRole::ALL.into_iter().find(|role| word(*role) == chosen).map(TeamRole::permissions);
    }
    let ticked = form.all(field::PERMISSION).filter_map(|word| word.parse().ok());
    let kept = before.iter().filter(|permission| !own.allow(*permission));
    Some(ticked.chain(kept).collect())
}

/// The part of the form, with `permissions` chosen, for somebody who has `own`.
pub(super) fn shown(permissions: Permissions, before: Permissions, own: Permissions) -> PartForm {
    let is_given = |wanted: Permissions| before.changed(wanted).all(|changed| own.allow(changed));
    let role = |role: TeamRole| RoleChoice {
        value: word(role),
        name: words::role_name(role),
        about: words::role_about(role),
        chosen: permissions.role() == Some(role),
        may_choose: is_given(role.permissions()),
    };
    let single = |permission: Permission| PermissionBox {
        value: permission.as_str(),
        name: words::permission(permission),
        about: words::permission_about(permission),
        ticked: permissions.allow(permission),
        may_tick: own.allow(permission) && permission != Permission::View,
    };
    PartForm {
        roles: TeamRole::ALL.map(role),
        single_chosen: permissions.role().is_none(),
        single: SINGLE,
        boxes: Permission::ALL.map(single),
    }
}

const fn word(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Viewer => "viewer",
        TeamRole::Developer => "developer",
        TeamRole::Admin => "admin",
    }
}
