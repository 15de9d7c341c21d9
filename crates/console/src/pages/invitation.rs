//! An invitation into a developer team, as whoever has its link sees it.

use askama::Template;
use oauth_endpoints::pages::assets::PASSWORD_SCRIPT;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{CONSOLE_STYLESHEET, Frame, Problem};

/// What is offered, by whom, and what the person can do about it.
#[derive(Clone, Debug, Template)]
#[template(path = "invitation.html")]
pub(crate) struct InvitationPage {
    pub(crate) frame: Frame,
    pub(crate) team: String,
    /// Name and address of whoever invites.
    pub(crate) invited_by: (String, String),
    /// The address that is invited.
    pub(crate) email: String,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) expires_at: Moment,
    pub(crate) guest: GuestForm,
    pub(crate) problems: Vec<Problem>,
}

/// Who looks at it.
#[derive(Clone, Debug)]
pub(crate) enum GuestForm {
    /// The owner of the address, signed in.
    Invited {
        /// Accepts.
        form: FormPost,
    },
    /// Somebody else, signed in.
    Another {
        /// The address of that person.
        email: String,
        /// Signs out.
        sign_out: FormPost,
    },
    /// Nobody is signed in, and the address has an account.
    Member {
        /// The sign-in page, which leads back.
        sign_in_url: String,
    },
    /// Nobody is signed in, and the address has no account.
    Newcomer {
        /// Accepts with a name and a password.
        form: FormPost,
        /// What was typed before.
        name: String,
    },
}
