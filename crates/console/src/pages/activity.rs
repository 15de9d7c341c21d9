//! Every attempt of an app.

use askama::Template;
use domain::Reason;
use oauth_endpoints::pages::Moment;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Frame, Head};

/// The attempts of an app, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "activity.html")]
pub(crate) struct ActivityPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) chosen: Chosen,
    pub(crate) keys: Vec<KeyChoice>,
    /// Why it was refused, the most frequent reason first; only beside the newest attempts.
    pub(crate) reasons: Vec<ReasonGroup>,
    /// How many refusals the reasons were counted over, if not over all.
    pub(crate) counted: Option<usize>,
    pub(crate) attempts: Vec<Attempt>,
    /// The number of the first one, counted from one.
    pub(crate) first: u32,
    pub(crate) newer_url: Option<String>,
    pub(crate) older_url: Option<String>,
    /// How many can be turned to at all, where there are more.
    pub(crate) most: Option<u32>,
    /// Why there is nothing.
    pub(crate) nothing: Option<Nothing>,
}

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    /// The text that was searched for as a request id.
    pub(crate) request: String,
    pub(crate) refused: bool,
}

/// An API key that attempts can be narrowed to.
#[derive(Clone, Debug)]
pub(crate) struct KeyChoice {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// Refusals for one reason.
#[derive(Clone, Debug)]
pub(crate) struct ReasonGroup {
    pub(crate) reason: Reason,
    pub(crate) count: u64,
    pub(crate) last: Moment,
    /// Where it is explained.
    pub(crate) docs_url: String,
}

/// Why no attempt is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// There was none.
    Yet,
    /// None that was asked for.
    Matches,
    /// No request has that id.
    Request,
    /// What was typed is no request id.
    NoRequestId,
}

/// One attempt, or several that were merged.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) at: Moment,
    /// `within this hour`, for merged ones.
    pub(crate) within: Option<&'static str>,
    pub(crate) count: u64,
    pub(crate) endpoint: &'static str,
    pub(crate) grant: String,
    /// The code of the reason; none for a success.
    pub(crate) refusal: Option<String>,
    /// What is known of it.
    pub(crate) reason: Option<Reason>,
    pub(crate) detail: String,
    pub(crate) environment: String,
    pub(crate) key: Option<(String, Option<String>)>,
    pub(crate) customer: Option<String>,
    pub(crate) connection: Option<String>,
    pub(crate) certificates: Option<String>,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    pub(crate) request: Option<String>,
}
