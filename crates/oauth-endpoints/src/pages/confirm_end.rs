//! Asks before a connection ends or a workspace is removed.

use askama::Template;

use super::{FormPost, Frame, Moment};

/// The second of the two clicks.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_end.html")]
pub struct ConfirmEndPage {
    /// What surrounds the page; someone is signed in.
    pub frame: Frame,
    /// The app's name.
    pub app_name: String,
    /// Name of the customer.
    pub customer: String,
    /// When the connection was made, which tells it from another of the same app and customer.
    pub authorized_on: Moment,
    /// What would end.
    pub ending: Ending,
    /// Does it.
    pub form: FormPost,
    /// Where Cancel goes.
    pub back_url: String,
}

/// What would end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The whole connection, with this many workspaces.
    Connection {
        /// How many workspaces it reaches.
        workspaces: usize,
    },
    /// One workspace of it.
    Workspace {
        /// Name of the workspace.
        name: String,
    },
}
