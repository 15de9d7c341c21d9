//! *Run test authorization*.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};
use oauth_endpoints::test_authorization::{Answer, Received};

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Frame, Head, Problem};

/// Asks with which key, and says what will happen.
#[derive(Clone, Debug, Template)]
#[template(path = "test.html")]
pub(crate) struct TestPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    /// The keys that can be tested here.
    pub(crate) keys: Vec<Choice>,
    /// The environment in which the test runs.
    pub(crate) environment: String,
    /// The app's other environments, with the same page of theirs.
    pub(crate) elsewhere: Vec<(String, String)>,
    /// Whether no token is given without a certificate.
    pub(crate) requires_certificate: bool,
    /// Where the answer goes.
    pub(crate) callback: String,
}

/// What came of it so far, step by step.
#[derive(Clone, Template)]
#[template(path = "test_result.html")]
pub(crate) struct TestResultPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) again_url: String,
    pub(crate) key: String,
    pub(crate) authorize_url: String,
    pub(crate) state: String,
    pub(crate) received: Option<Received>,
    pub(crate) token_url: String,
    /// The body of the exchange, without secrets.
    pub(crate) exchange: String,
    pub(crate) asks_secret: bool,
    pub(crate) can_be_exchanged: bool,
    pub(crate) answer: Option<Answer>,
    pub(crate) connection: Option<TestedConnection>,
}

/// The connection that a test made.
#[derive(Clone, Debug)]
pub(crate) struct TestedConnection {
    pub(crate) id: String,
    pub(crate) is_live: bool,
    pub(crate) ends_at: Moment,
}
