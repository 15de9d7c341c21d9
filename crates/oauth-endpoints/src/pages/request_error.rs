//! The page for a request that cannot be answered safely. It never redirects and never links to what was received.

use askama::Template;

use super::Frame;

/// A refused authorize request: a part for the person and a part for the app's developer.
#[derive(Clone, Debug, Template)]
#[template(path = "request_error.html")]
pub struct RequestErrorPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// What was wrong.
    pub problem: RequestProblem,
    /// The app's name, when the key is known.
    pub app_name: Option<String>,
    /// The app's support address, shown as text.
    pub support_email: Option<String>,
    /// The request's id, the same as in the activity page.
    pub reference: String,
    /// What helps the developer.
    pub developer: DeveloperDetail,
}

/// What was wrong, for the person.
#[derive(Clone, Debug)]
pub enum RequestProblem {
    /// No such API key, or none was sent.
    UnknownKey,
    /// The callback URL is not registered.
    UnknownCallback,
    /// No callback URL was sent and there is not exactly one to fall back on.
    MissingCallback,
    /// The app or its key does not work any more.
    AppStopped,
    /// The key belongs to another environment.
    WrongEnvironment,
    /// A pushed request that is unknown, expired or used.
    RequestGone,
    /// Anything else, as a sentence.
    Malformed(String),
}

impl RequestProblem {
    fn sentence(&self, app: &str) -> String {
        match self {
            Self::UnknownKey => "The link that brought you here names an app that we do not know.".to_owned(),
            Self::UnknownCallback => format!("{app} asked us to send you to an address that is not registered."),
            Self::MissingCallback => format!("{app} did not say where to send you afterwards."),
            Self::AppStopped => format!("{app} cannot be connected at the moment."),
            Self::WrongEnvironment => format!("{app} is registered in another environment than this one."),
            Self::RequestGone => format!("The request of {app} has expired or was already used."),
            Self::Malformed(sentence) => sentence.clone(),
        }
    }
}

/// The part for the developer.
#[derive(Clone, Debug)]
pub struct DeveloperDetail {
    /// Stable reason code: `redirect_uri_mismatch`.
    pub code: String,
    /// What happened and what to do, as a sentence.
    pub sentence: String,
    /// The received callback URL against the closest registered one.
    pub callback: Option<CallbackDifference>,
    /// Other received parameters as name and value; never a secret.
    pub received: Vec<(String, String)>,
    /// Where the code is explained.
    pub docs_url: Option<String>,
}

/// A callback URL that is not registered, taken apart. The registered ones are not shown here.
#[derive(Clone, Debug)]
pub struct CallbackDifference {
    /// The received URL in order; put together, the parts are what was received, byte for byte.
    pub received: Vec<UrlPart>,
    /// How many URLs are registered.
    pub registered_count: usize,
    /// Components in which the closest one differs: "trailing slash", "letter case".
    pub differs_in: Vec<String>,
}

/// A piece of a received URL.
#[derive(Clone, Debug)]
pub struct UrlPart {
    /// The piece as received.
    pub text: String,
    /// Whether it differs from the closest registered URL.
    pub differs: bool,
}

impl RequestErrorPage {
    fn sentence(&self) -> String {
        self.problem.sentence(self.app_name.as_deref().unwrap_or("The app"))
    }
}
