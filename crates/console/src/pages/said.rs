//! A page of the console that says one thing.

use askama::Template;

use super::{Action, CONSOLE_STYLESHEET, Frame};

/// A heading, what there is to say, and the way back.
#[derive(Clone, Debug, Template)]
#[template(path = "said.html")]
pub(crate) struct SaidPage {
    pub(crate) frame: Frame,
    /// Whether something was done, rather than not.
    pub(crate) is_good: bool,
    pub(crate) title: &'static str,
    pub(crate) sentences: Vec<String>,
    /// Names under the last sentence.
    pub(crate) list: Vec<String>,
    /// What can be done now.
    pub(crate) actions: Vec<Action>,
    pub(crate) back_url: String,
    /// What the way back is called.
    pub(crate) back: &'static str,
}
