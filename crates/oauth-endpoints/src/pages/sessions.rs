//! Where a person is signed in.

use askama::Template;

use super::{FormPost, Frame, Moment};

/// The sessions of a person.
#[derive(Clone, Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// This one among them, the newest first.
    pub sessions: Vec<SessionCard>,
    /// Ends all but this one, where there are others.
    pub end_others: Option<FormPost>,
    /// Whether something was just ended.
    pub done: bool,
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionCard {
    /// The browser, in plain words.
    pub browser: String,
    /// The network it began in.
    pub network: String,
    /// When it began.
    pub signed_in_at: Moment,
    /// When a page was opened with it last, to a minute.
    pub seen_at: Moment,
    /// Ends it; the one that looks has none.
    pub end: Option<FormPost>,
}
