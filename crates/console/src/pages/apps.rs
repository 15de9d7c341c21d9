//! The list of apps.

use askama::Template;
use domain::Publisher;
use oauth_endpoints::pages::Moment;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Range};

/// The apps of a person's teams.
#[derive(Clone, Debug, Template)]
#[template(path = "apps.html")]
pub(crate) struct AppsPage {
    pub(crate) frame: Frame,
    pub(crate) url: String,
    /// The teams that the person is in.
    pub(crate) teams: Vec<TeamName>,
    /// *Create App*, for those who may.
    pub(crate) new_app_url: Option<String>,
    /// Apps that can be restored, for those who may.
    pub(crate) deleted_url: Option<String>,
    pub(crate) apps: Vec<AppCard>,
    pub(crate) range: Range,
    pub(crate) newer_url: Option<String>,
    pub(crate) older_url: Option<String>,
    /// What was searched for; empty for all.
    pub(crate) search: String,
}

/// A team.
#[derive(Clone, Debug)]
pub(crate) struct TeamName {
    pub(crate) name: String,
}

/// One app.
#[derive(Clone, Debug)]
pub(crate) struct AppCard {
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) team: String,
    pub(crate) publisher: Publisher,
    /// How many API keys can be used.
    pub(crate) keys: u64,
    pub(crate) client_credentials: &'static str,
    pub(crate) mutual_tls: &'static str,
    /// The hour in which its last token was given.
    pub(crate) last_token: Option<Moment>,
    pub(crate) problems: Vec<Badge>,
    pub(crate) keys_url: String,
    pub(crate) edit_url: Option<String>,
    pub(crate) delete_url: Option<String>,
}

/// Something to look after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Whether something fails already.
    pub(crate) is_bad: bool,
    pub(crate) words: String,
}
