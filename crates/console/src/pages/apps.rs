//! The list of apps.

use askama::Template;
use domain::Publisher;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Range};

/// The apps of a person's teams.
#[derive(Clone, Debug, Template)]
#[template(path = "apps.html")]
pub(crate) struct AppsPage {
    pub(crate) frame: Frame,
    pub(crate) url: String,
    /// The teams that the person is in.
    pub(crate) teams: Vec<TeamName>,
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
    pub(crate) id: String,
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
    pub(crate) client_credentials: &'static str,
    pub(crate) mutual_tls: &'static str,
}
