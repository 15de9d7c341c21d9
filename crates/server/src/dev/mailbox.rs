//! The mailbox of `serve --dev`: mails stay in memory, are printed, and can be read behind a token.

use std::collections::VecDeque;
use std::sync::Mutex;

use domain::Timestamp;

/// More mails than this are not kept; the oldest go.
const KEPT: usize = 50;

/// One mail.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Whom it was for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it came.
    pub at: Timestamp,
}

/// Mails that were not sent.
#[derive(Default)]
pub struct Mailbox(Mutex<VecDeque<Caught>>);

impl Mailbox {
    /// Keeps a mail.
    pub fn keep(&self, mail: Caught) {
        let mut kept = self.0.lock().expect("no panic while held");
        if kept.len() == KEPT {
            kept.pop_back();
        }
        kept.push_front(mail);
    }

    /// The mails, newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Caught> {
        self.0.lock().expect("no panic while held").iter().cloned().collect()
    }
}
