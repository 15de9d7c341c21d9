//! What is shown after an unattended connection was made and there is no callback to go back to.

use askama::Template;

use super::Frame;

/// The connection that now exists, and where to undo it.
#[derive(Clone, Debug, Template)]
#[template(path = "unattended_done.html")]
pub struct UnattendedDonePage {
    /// What surrounds the page.
    pub frame: Frame,
    /// The app's name.
    pub app_name: String,
    /// Name of the customer.
    pub customer: String,
    /// Names of the workspaces.
    pub workspaces: Vec<String>,
    /// Whom the app acts as.
    pub acts_as: String,
    /// Where *Connected apps* lives.
    pub connected_apps_url: String,
}
