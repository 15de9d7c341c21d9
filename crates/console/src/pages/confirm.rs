//! Asks before something is changed, and says what will happen.

use askama::Template;
use oauth_endpoints::pages::FormPost;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Head, Problem};

/// The second of two clicks.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    /// The question.
    pub(crate) title: &'static str,
    /// What it is about: a name, and an id or the like.
    pub(crate) what: Vec<String>,
    /// What will happen.
    pub(crate) sentences: Vec<String>,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    /// Something to choose with it.
    pub(crate) tick: Option<Tick>,
    pub(crate) needs_password: bool,
    pub(crate) button: &'static str,
    pub(crate) is_dangerous: bool,
    pub(crate) back_url: String,
}

/// A box to tick.
#[derive(Clone, Debug)]
pub(crate) struct Tick {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) about: &'static str,
    pub(crate) ticked: bool,
}
