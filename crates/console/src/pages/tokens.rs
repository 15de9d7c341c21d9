//! Tokens made by hand: the list, the form, the code, and what is shown once.

use askama::Template;
use oauth_endpoints::pages::assets::PICKER_SCRIPT;
use oauth_endpoints::pages::{CustomerGroup, FormPost, Moment, is_long, wants_filter};

use super::{
    CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, ConnectionCard, Example, Frame, Head, NoConnection, Problem, ShownValue,
};

/// The tokens of an app that were made by hand, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "tokens.html")]
pub(crate) struct TokensPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) url: String,
    pub(crate) stages: Vec<Choice>,
    pub(crate) connections: Vec<ConnectionCard>,
    /// Why there is none.
    pub(crate) nothing: Option<NoConnection>,
    /// The first page, if this is another.
    pub(crate) first_url: Option<String>,
    pub(crate) next_url: Option<String>,
    /// Where they are made, for those who may.
    pub(crate) new_url: Option<String>,
}

/// *Generate Token*.
#[derive(Clone, Debug, Template)]
#[template(path = "new_token.html")]
pub(crate) struct NewTokenPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) title: &'static str,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    /// The address of whoever is signed in, as whom the tokens act.
    pub(crate) you: String,
    /// What the environment is called.
    pub(crate) environment: String,
    /// Why nothing can be made.
    pub(crate) obstacle: Option<String>,
    pub(crate) label: String,
    pub(crate) keys: Vec<Choice>,
    pub(crate) has_public_key: bool,
    pub(crate) customers: Vec<CustomerGroup>,
    pub(crate) scopes: Vec<ScopeChoice>,
    pub(crate) lifetimes: Vec<Choice>,
    /// What the older tokens are called whose place these take.
    pub(crate) replaces: Option<String>,
    pub(crate) stops_now: bool,
    pub(crate) back_url: String,
}

impl NewTokenPage {
    fn is_long(&self) -> bool {
        is_long(&self.customers)
    }

    fn wants_filter(&self) -> bool {
        wants_filter(&self.customers)
    }
}

/// A scope with its words.
#[derive(Clone, Debug)]
pub(crate) struct ScopeChoice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// Asks for the code that was mailed, and says what it approves.
#[derive(Clone, Debug, Template)]
#[template(path = "token_code.html")]
pub(crate) struct TokenCodePage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) masked_email: String,
    pub(crate) sent_at: Moment,
    pub(crate) minutes: u32,
    pub(crate) form: FormPost,
    /// Asks for another code.
    pub(crate) resend: FormPost,
    pub(crate) resend_in_seconds: u32,
    /// Whether this is not the first code.
    pub(crate) resent: bool,
    pub(crate) problems: Vec<Problem>,
    /// The form again, filled in.
    pub(crate) change_url: String,
    pub(crate) back_url: String,
}

/// Tokens that were just made, shown once.
#[derive(Clone, Template)]
#[template(path = "new_tokens.html")]
pub(crate) struct NewTokensPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) label: String,
    /// What became of the older ones.
    pub(crate) old: Option<&'static str>,
    pub(crate) access_ends: Moment,
    pub(crate) refresh_ends: Moment,
    pub(crate) values: Vec<ShownValue>,
    pub(crate) example: Example,
    pub(crate) after_url: String,
}
