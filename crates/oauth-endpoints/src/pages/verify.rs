//! Page 3: the e-mailed code.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::{AppIdentity, FormPost, Frame, Moment};

/// One field for the code that was mailed.
#[derive(Clone, Debug, Template)]
#[template(path = "verify.html")]
pub struct VerifyPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asks; `None` when someone signs in for their own pages.
    pub app: Option<AppIdentity>,
    /// The address, masked: see [`mask_email`].
    pub masked_email: String,
    /// When the code was sent.
    pub sent_at: Moment,
    /// How long a code lives.
    pub valid_minutes: u32,
    /// Seconds until another may be asked for, by the server's clock; 0 is now.
    pub resend_in_seconds: u32,
    /// Whether the code was sent by "Send a new code".
    pub resent: bool,
    /// Why the last try was refused.
    pub problem: Option<VerifyProblem>,
    /// Posts `code`, `decision`.
    pub form: FormPost,
    /// Asks for a new code.
    pub resend: FormPost,
    /// The sign-in page that leads back to here: another address, another try.
    pub sign_in_url: String,
}

/// Why a code was refused, or never came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum VerifyProblem {
    /// What was typed cannot be a code; it was not counted as a try.
    NotACode,
    /// Not the code that was sent.
    Wrong {
        /// Tries left before this code is spent.
        tries_left: u32,
    },
    /// The code is too old.
    Expired,
    /// The last try was used; a new code is needed.
    NoTriesLeft,
    /// Another code was asked for too soon after the last one, which still works.
    TooSoon {
        /// Seconds to wait.
        retry_seconds: u32,
    },
    /// Too many codes were asked for.
    TooManyCodes {
        /// Seconds to wait, the same number as `Retry-After`.
        retry_seconds: u32,
    },
    /// The mail server refused or did not answer.
    MailFailed {
        /// What to tell the operator.
        reference: String,
    },
}

impl VerifyPage {
    /// Whether something failed, rather than has to wait.
    fn is_refusal(&self) -> bool {
        !matches!(self.problem, Some(VerifyProblem::TooSoon { .. }))
    }

    /// Whether what was typed is the fault.
    fn has_wrong_code(&self) -> bool {
        matches!(self.problem, Some(VerifyProblem::NotACode | VerifyProblem::Wrong { .. }))
    }

    /// Whether a code that could still be right exists.
    fn accepts_code(&self) -> bool {
        !matches!(
            self.problem,
            Some(VerifyProblem::MailFailed { .. } | VerifyProblem::NoTriesLeft | VerifyProblem::Expired)
        )
    }
}

/// `ana@example.com` as `a•••@example.com`: enough for its owner, too little for anyone else.
#[must_use]
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}•••@{domain}")
        }
        None => "•••".to_owned(),
    }
}
