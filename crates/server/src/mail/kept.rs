//! Development: mails are printed and kept in the mailbox instead of being sent.

use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Clock;
use oauth_endpoints::pages::{ApprovalMail, InvitationMail, SignInMail};
use oauth_endpoints::{MailFailure, Mailer};

use crate::dev::{Caught, Mailbox};

/// Keeps mails.
pub struct KeptMail {
    /// Where.
    pub mailbox: Arc<Mailbox>,
    /// When.
    pub clock: Arc<dyn Clock>,
}

impl KeptMail {
    fn keep(&self, to: &str, subject: String, text: String) {
        // A closed standard output is no reason not to sign in: the mailbox has it too.
        let _ = writeln!(std::io::stdout(), "\n--- mail to {to}: {subject} ---\n{}\n---", text.trim());
        self.mailbox.keep(Caught { to: to.to_owned(), subject, text, at: self.clock.now() });
    }
}

#[async_trait]
impl Mailer for KeptMail {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        self.keep(to, mail.subject(), mail.text());
        Ok(())
    }

    async fn send_approval(&self, to: &str, mail: &ApprovalMail) -> Result<(), MailFailure> {
        self.keep(to, mail.subject(), mail.text());
        Ok(())
    }

    async fn send_invitation(&self, to: &str, mail: &InvitationMail) -> Result<(), MailFailure> {
        self.keep(to, mail.subject(), mail.text());
        Ok(())
    }
}
