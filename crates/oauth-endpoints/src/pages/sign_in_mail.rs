//! The mail that carries a sign-in code.

use askama::Template;

use super::Moment;

/// What the mail says. [`SignInMail::subject`], [`SignInMail::text`] and [`SignInMail::html`] are its three parts.
#[derive(Clone)]
pub struct SignInMail {
    /// The operator's name for its platform.
    pub operator: String,
    /// The code.
    pub code: String,
    /// The app that is being connected, if any.
    pub app_name: Option<String>,
    /// When the code was asked for.
    pub at: Moment,
    /// The address it was asked for from, where it is known.
    pub from: Option<String>,
    /// How long it lives.
    pub valid_minutes: u32,
    /// The page where somebody who did not ask for it ends the sign-in.
    pub not_me_url: String,
}

impl std::fmt::Debug for SignInMail {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInMail").field("valid_minutes", &self.valid_minutes).finish_non_exhaustive()
    }
}

/// The text part.
#[derive(Template)]
#[template(path = "mail/sign_in.txt", escape = "none")]
struct SignInMailText<'a> {
    mail: &'a SignInMail,
}

/// The HTML part.
#[derive(Template)]
#[template(path = "mail/sign_in.html")]
struct SignInMailHtml<'a> {
    mail: &'a SignInMail,
}

impl SignInMail {
    /// The subject. The code is not in it: subjects show on locked screens.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("Your sign-in code for {}", self.sender())
    }

    /// The text part; the code is its first line.
    #[must_use]
    pub fn text(&self) -> String {
        super::render(&SignInMailText { mail: self })
    }

    /// The HTML part.
    #[must_use]
    pub fn html(&self) -> String {
        super::render(&SignInMailHtml { mail: self })
    }

    fn sender(&self) -> String {
        one_line(&self.operator)
    }

    fn purpose(&self) -> String {
        match &self.app_name {
            Some(app) => format!("connect “{}” to {}", one_line(app), self.sender()),
            None => format!("sign in to {}", self.sender()),
        }
    }
}

/// A name on one line: it must not be able to add lines or headers to a mail.
pub(super) fn one_line(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
