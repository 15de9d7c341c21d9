//! The page that the link in a sign-in mail leads to.

use askama::Template;

use super::{FormPost, Frame};

/// Asks before a sign-in ends: programs that look at mails follow links, but press no button.
#[derive(Clone, Debug, Template)]
#[template(path = "not_me.html")]
pub struct NotMePage {
    /// What surrounds the page.
    pub frame: Frame,
    /// Ends the sign-in.
    pub form: FormPost,
}
