//! *Create App*.

use askama::Template;
use oauth_endpoints::pages::FormPost;

use super::{APP_FORM_SCRIPT, AppFields, CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Frame};

/// The form that makes an app.
#[derive(Clone, Debug, Template)]
#[template(path = "new_app.html")]
pub(crate) struct NewAppPage {
    pub(crate) frame: Frame,
    pub(crate) apps_url: String,
    pub(crate) form: FormPost,
    /// The teams that it can be for; none to choose where there is one.
    pub(crate) teams: Vec<Choice>,
    pub(crate) fields: AppFields,
}
