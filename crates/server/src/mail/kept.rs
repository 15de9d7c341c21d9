//! Development: mails are printed and kept in the mailbox instead of being sent.

use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Clock;
use oauth_endpoints::pages::SignInMail;
use oauth_endpoints::{MailFailure, Mailer};

use crate::dev::{Caught, Mailbox};

/// Keeps mails.
pub struct KeptMail {
    /// Where.
    pub mailbox: Arc<Mailbox>,
    /// When.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Mailer for KeptMail {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        let text = mail.text();
        let caught = Caught { to: to.to_owned(), subject: mail.subject(), text: text.clone(), at: self.clock.now() };
        // A closed standard output is no reason not to sign in: the mailbox has it too.
        let _ = writeln!(std::io::stdout(), "\n--- mail to {to}: {} ---\n{}\n---", caught.subject, text.trim());
        self.mailbox.keep(caught);
        Ok(())
    }
}
