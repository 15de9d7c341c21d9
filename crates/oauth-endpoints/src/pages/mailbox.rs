//! The mailbox of `serve --dev`: mails are shown here, not sent.

use askama::Template;

use super::{Frame, Moment};

/// The mails caught so far, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "mailbox.html")]
pub struct MailboxPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// The mails.
    pub messages: Vec<MailboxMessage>,
}

/// One mail.
#[derive(Clone, Debug)]
pub struct MailboxMessage {
    /// Whom it was for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was caught.
    pub at: Moment,
    /// Its text; a first line that is a code is shown large.
    pub text: String,
}

impl MailboxMessage {
    /// Whether the first line is a code to type.
    fn has_code(&self) -> bool {
        let line = self.first_line();
        !line.is_empty() && line.chars().all(|letter| letter.is_ascii_digit() || letter == ' ')
    }

    fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    fn rest(&self) -> &str {
        self.text.split_once('\n').map_or("", |(_, rest)| rest.trim())
    }
}
