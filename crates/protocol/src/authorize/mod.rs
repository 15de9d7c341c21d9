//! The authorize endpoint (RFC 6749 §4.1.1, §4.1.2) without its pages: is the request good, where does its answer go,
//! and what a person's consent is turned into.
//!
//! 1. [`crate::Protocol::check_authorization`] reads a request. What cannot be answered safely is a [`Stop`]: an error
//!    page, never a redirect. Every other fault is a [`CallbackAnswer`].
//! 2. The pages keep the [`AuthorizationRequest`] as a sealed note of the browser ([`BrowserNotes`]).
//! 3. [`crate::Protocol::consent`] checks everything again and makes the code.

mod answer;
mod callback;
mod consent;
mod notes;
mod request;
mod test;
#[cfg(test)]
mod tests;

use client_registry::callback_url::ClosestDifference;
use domain::{App, AppId, CallbackUrl, ClientId, EnvironmentName, ScopeSet};
use serde::{Deserialize, Serialize};

pub use answer::CallbackAnswer;
pub(crate) use callback::Caller;
pub use consent::{Consent, Given, NotGiven};
pub use notes::{BrowserNotes, form_token, is_form_token};
pub(crate) use request::allowed_scopes;
pub use test::{Pkce, TEST_LIFE, TestRequest, claims_of};

use crate::refusal::Refusal;

/// A request that may be put before a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The environment.
    pub environment: EnvironmentName,
    /// The API key that asks.
    pub client: ClientId,
    /// Its app.
    pub app: AppId,
    /// Where the answer goes.
    pub callback: CallbackUrl,
    /// `redirect_uri` as sent; `None` when it was left out.
    pub redirect_uri: Option<String>,
    /// What is asked for.
    pub scopes: ScopeSet,
    /// `state`, returned unchanged.
    pub state: Option<String>,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// What the person must be asked, or must not.
    pub prompt: Prompt,
    /// The address the app expects to sign in.
    pub login_hint: Option<String>,
    /// The domain whose single sign-on the app expects. There is none here yet, so it changes nothing.
    pub domain_name: Option<String>,
    /// Whether the console asks, and not the app: see `test`. Nothing else can make one.
    #[serde(default)]
    pub(super) test: bool,
}

impl AuthorizationRequest {
    /// Whether a developer only looks at what the app would get.
    #[must_use]
    pub const fn is_test(&self) -> bool {
        self.test
    }
}

/// How the answer travels to the callback URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In its query (OAuth 2.0 Multiple Response Type Encoding Practices §2.1).
    #[default]
    Query,
    /// In the body of a POST (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// `prompt` (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// `none`: show no page.
    pub none: bool,
    /// `login` or `select_account`: sign in even if somebody is signed in.
    pub login: bool,
    /// `consent`: show the app's page even to somebody who knows it.
    pub consent: bool,
}

/// A request that is answered by an error page and never by a redirect.
#[derive(Debug)]
pub struct Stop {
    /// Why.
    pub refusal: Refusal,
    /// The app, where the key is known.
    pub app: Option<Box<App>>,
    /// The callback URL that was received, and how it differs from the registered ones.
    pub callback: Option<Box<(String, ClosestDifference)>>,
}

/// Why a request was not put before a person.
#[derive(Debug)]
pub enum NotStarted {
    /// It is answered by an error page.
    Stop(Box<Stop>),
    /// It is answered at its callback URL.
    Callback(Box<CallbackAnswer>),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, app: None, callback: None }
    }
}

impl<E: Into<Stop>> From<E> for NotStarted {
    fn from(stop: E) -> Self {
        Self::Stop(Box::new(stop.into()))
    }
}
