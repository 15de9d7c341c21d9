//! What an app is, its API keys, and how it is called.

use askama::Template;
use domain::Publisher;
use oauth_endpoints::pages::Moment;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Head};

/// An app's first page.
#[derive(Clone, Debug, Template)]
#[template(path = "overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) description: String,
    pub(crate) publisher: Publisher,
    /// What is to be done with a new app; nothing once all of it is done.
    pub(crate) next: Option<NextSteps>,
    pub(crate) support_email: Option<String>,
    pub(crate) homepage_url: Option<String>,
    pub(crate) privacy_url: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) client_credentials: &'static str,
    pub(crate) mutual_tls: &'static str,
    pub(crate) rotation: &'static str,
    /// Until when old client libraries may send everything in the query.
    pub(crate) legacy_until: Option<Moment>,
    pub(crate) created_at: Moment,
    pub(crate) callback_urls: Vec<String>,
    /// Display names, with the names that are in paths.
    pub(crate) environments: Vec<(String, String)>,
    pub(crate) scopes: Vec<String>,
    pub(crate) keys: Vec<KeyLine>,
    /// Where one is made, for those who may.
    pub(crate) new_key_url: Option<String>,
    /// *Run test authorization*, for those who may.
    pub(crate) test_url: Option<String>,
    /// The keys that the examples can be for.
    pub(crate) key_choices: Vec<Choice>,
    /// The environments that they can be for.
    pub(crate) environment_choices: Vec<Choice>,
    pub(crate) examples: Vec<Example>,
    /// The same as programs.
    pub(crate) programs: Vec<Example>,
    /// Whether the examples send a secret.
    pub(crate) needs_secret: bool,
    /// Why there are none.
    pub(crate) no_examples: Option<&'static str>,
}

impl OverviewPage {
    fn has_choices(&self) -> bool {
        self.key_choices.len() > 1 || self.environment_choices.len() > 1
    }
}

/// One API key, in one line.
#[derive(Clone, Debug)]
pub(crate) struct KeyLine {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) state: &'static str,
    pub(crate) is_usable: bool,
}

/// How far an app has come.
#[derive(Clone, Debug)]
pub(crate) struct NextSteps {
    pub(crate) has_key: bool,
    /// Whether it got a token in the last 30 days.
    pub(crate) was_tried: bool,
    pub(crate) is_connected: bool,
    pub(crate) try_url: String,
}

/// One of several things to choose.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// Something to be pasted into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// Unique on the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) text: String,
}
