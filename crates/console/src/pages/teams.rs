//! Developer teams: members, what each may do, invitations.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Problem};

/// The teams of a person.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/list.html")]
pub(crate) struct TeamsPage {
    pub(crate) frame: Frame,
    pub(crate) apps_url: String,
    pub(crate) teams: Vec<TeamCard>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct TeamCard {
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// What the person may do there: the name of it all, where it has one.
    pub(crate) role: &'static str,
    pub(crate) permissions: Vec<&'static str>,
}

/// What the pages of a team begin with.
#[derive(Clone, Debug)]
pub(crate) struct TeamHead {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) teams_url: String,
    pub(crate) url: String,
}

/// A team.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/team.html")]
pub(crate) struct TeamPage {
    pub(crate) frame: Frame,
    pub(crate) head: TeamHead,
    /// What was just done, and whether something of it went wrong.
    pub(crate) done: Option<(&'static str, bool)>,
    /// The permissions, in the order of [`MemberRow::marks`].
    pub(crate) columns: [&'static str; 6],
    pub(crate) members: Vec<MemberRow>,
    pub(crate) invitations: Vec<InvitationRow>,
    pub(crate) may_manage: bool,
    pub(crate) rename_url: Option<String>,
    pub(crate) invite_url: Option<String>,
    pub(crate) leave_url: Option<String>,
}

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct MemberRow {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_you: bool,
    /// Whether the operator shut it out.
    pub(crate) is_shut_out: bool,
    pub(crate) role: &'static str,
    pub(crate) marks: [Mark; 6],
    pub(crate) change_url: Option<String>,
    pub(crate) remove_url: Option<String>,
}

/// Whether a member has a permission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) name: &'static str,
    pub(crate) has: bool,
}

/// An invitation that nobody has taken.
#[derive(Clone, Debug)]
pub(crate) struct InvitationRow {
    pub(crate) email: String,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) is_open: bool,
    pub(crate) expires_at: Moment,
    pub(crate) again_url: String,
    pub(crate) withdraw_url: String,
}

/// Gives a team another name.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/rename.html")]
pub(crate) struct RenamePage {
    pub(crate) frame: Frame,
    pub(crate) head: TeamHead,
    pub(crate) form: FormPost,
    pub(crate) name: String,
    pub(crate) problems: Vec<Problem>,
}

/// Says what a member may do.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/member.html")]
pub(crate) struct MemberPage {
    pub(crate) frame: Frame,
    pub(crate) head: TeamHead,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_you: bool,
    pub(crate) part: PartForm,
    pub(crate) form: FormPost,
    pub(crate) needs_password: bool,
    pub(crate) problems: Vec<Problem>,
    pub(crate) remove_url: String,
}

/// Invites somebody.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/invite.html")]
pub(crate) struct InvitePage {
    pub(crate) frame: Frame,
    pub(crate) head: TeamHead,
    pub(crate) email: String,
    pub(crate) part: PartForm,
    pub(crate) form: FormPost,
    pub(crate) needs_password: bool,
    pub(crate) problems: Vec<Problem>,
    /// How long the invitation can be taken.
    pub(crate) days: u64,
}

/// A role, or single permissions.
#[derive(Clone, Debug)]
pub(crate) struct PartForm {
    pub(crate) roles: [RoleChoice; 3],
    pub(crate) single_chosen: bool,
    /// The value that means single permissions.
    pub(crate) single: &'static str,
    pub(crate) boxes: [PermissionBox; 6],
}

impl PartForm {
    /// Whether something cannot be given or taken by whoever looks.
    fn has_limits(&self) -> bool {
        self.roles.iter().any(|role| !role.may_choose)
    }
}

/// A role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoleChoice {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) chosen: bool,
    pub(crate) may_choose: bool,
}

/// A permission to tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PermissionBox {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) ticked: bool,
    pub(crate) may_tick: bool,
}

/// Asks before something of a team is changed, and says what will happen.
#[derive(Clone, Debug, Template)]
#[template(path = "teams/confirm.html")]
pub(crate) struct TeamConfirmPage {
    pub(crate) frame: Frame,
    pub(crate) head: TeamHead,
    /// The question.
    pub(crate) title: &'static str,
    /// Whom it is about.
    pub(crate) what: Vec<String>,
    /// What will happen.
    pub(crate) sentences: Vec<String>,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    pub(crate) button: &'static str,
    pub(crate) is_dangerous: bool,
}
