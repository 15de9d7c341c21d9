//! Page 1: what the app says it is for and what it asks; Submit or Deny.

use askama::Template;

use super::app::web_link;
use super::{AppIdentity, FormPost, Frame, Permissions, Purpose};

/// The app's own page. Its title is the app's description when the publisher is verified, else a fixed one.
#[derive(Clone, Debug, Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asks.
    pub app: AppIdentity,
    /// The app's description of itself.
    pub description: String,
    /// What it asks for.
    pub permissions: Permissions,
    /// What the connection is for.
    pub purpose: Purpose,
    /// The app's privacy page; shown only if it is `https`.
    pub privacy_url: Option<String>,
    /// Where the app's users get help; shown as text.
    pub support_email: Option<String>,
    /// Posts `decision`.
    pub form: FormPost,
}

impl ReviewPage {
    /// The heading. An unverified publisher's words must not speak with the page's voice.
    #[must_use]
    pub fn title(&self) -> String {
        if self.app.is_unverified() {
            format!("{} (unverified) asks to connect", self.app.name)
        } else {
            self.description.clone()
        }
    }

    fn title_is_long(&self) -> bool {
        self.title().chars().count() > 70
    }

    fn privacy_link(&self) -> Option<&str> {
        web_link(self.privacy_url.as_ref())
    }
}
