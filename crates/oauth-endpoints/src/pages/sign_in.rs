//! Page 2: e-mail and password together, so that password managers fill both at once.

use askama::Template;

use super::{AppIdentity, FormPost, Frame, Moment};

/// Sign-in by password.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asks; `None` when someone signs in for their own pages.
    pub app: Option<AppIdentity>,
    /// What was typed before, or empty.
    pub email: String,
    /// Why the last try was refused.
    pub problem: Option<SignInProblem>,
    /// Posts `email`, `password`, `decision`.
    pub form: FormPost,
}

/// Why a sign-in was refused. One text for a wrong password and for an unknown address.
#[derive(Clone, Debug)]
pub enum SignInProblem {
    /// E-mail or password is wrong; which one is not said.
    Rejected,
    /// Too many failures for this account (said for unknown accounts too).
    LockedUntil(Moment),
    /// Too many tries from this address.
    TooManyTries {
        /// Seconds to wait, the same number as `Retry-After`.
        retry_seconds: u32,
    },
    /// The code could not be mailed; signing in cannot go on.
    MailFailed {
        /// What to tell the operator.
        reference: String,
    },
}
