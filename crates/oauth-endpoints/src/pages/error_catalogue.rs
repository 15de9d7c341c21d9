//! The page behind every `error_uri`.

use askama::Template;
use domain::Reason;

use super::Frame;

/// All reasons, each with an anchor of its own.
#[derive(Clone, Debug, Template)]
#[template(path = "error_catalogue.html")]
pub struct ErrorCataloguePage {
    /// What surrounds the page.
    pub frame: Frame,
    /// The reasons.
    pub reasons: &'static [Reason],
}
