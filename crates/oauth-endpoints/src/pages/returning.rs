//! Page 5: back to the app. A form post answered by a redirect would be cancelled by `form-action 'self'`, so the answer is
//! a page that refreshes at once to the callback URL and shows the same as a link.

use askama::Template;

use super::{Frame, Hidden, ReturnTarget};

/// Goes to the callback URL by itself. Needs [`PageKind::Interstitial`](super::headers::PageKind::Interstitial).
#[derive(Clone, Template)]
#[template(path = "returning.html")]
pub struct ReturningPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// The app's name.
    pub app_name: String,
    /// Where it goes, in words.
    pub returns_to: ReturnTarget,
    /// The registered callback URL with the answer in its query.
    pub url: String,
    /// What was decided.
    pub outcome: ReturnOutcome,
}

impl std::fmt::Debug for ReturningPage {
    /// Without the address, which may hold a code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturningPage")
            .field("app_name", &self.app_name)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// The same for `response_mode=form_post`: a form with a visible button, sent at once where scripts run.
/// Needs [`PageKind::FormPost`](super::headers::PageKind::FormPost) with the callback's origin.
#[derive(Clone, Debug, Template)]
#[template(path = "post_back.html")]
pub struct PostBackPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// The app's name.
    pub app_name: String,
    /// Where it goes, in words.
    pub returns_to: ReturnTarget,
    /// The registered callback URL.
    pub callback: String,
    /// The answer: `code`, `state`, `iss`, or `error` and what belongs to it.
    pub fields: Vec<Hidden>,
    /// What was decided.
    pub outcome: ReturnOutcome,
}

/// What the page says about the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnOutcome {
    /// The app was let in.
    Allowed,
    /// The person said no.
    Denied,
    /// Neither: the request itself was wrong, and the app is told.
    Failed,
    /// Neither: the app may have no further user. Whoever came for it is told why, and goes back by itself.
    Full,
}

impl ReturnOutcome {
    fn sentence(self) -> &'static str {
        match self {
            Self::Allowed => "Your choice is saved.",
            Self::Denied => "Nothing was shared.",
            Self::Failed => "The app’s request could not be answered. Nothing was shared.",
            Self::Full => {
                "Nobody has checked yet who publishes it, and until then only a few people may connect it. Nothing was shared. Its publisher can ask to be verified."
            }
        }
    }

    /// Whether the page stays until it was read.
    pub(super) fn waits(self) -> bool {
        self == Self::Full
    }
}
