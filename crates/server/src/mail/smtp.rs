//! SMTP through lettre, over connections that are kept.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use oauth_endpoints::pages::{ApprovalMail, InvitationMail, SignInMail};
use oauth_endpoints::{MailFailure, Mailer};

use crate::config::Mail;

/// Sends mails.
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    patience: Duration,
}

/// The mail server's URL cannot be used. It is not repeated, and neither is what the library says of it: it may hold a
/// password.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "mail.smtp_url cannot be used; write smtps://USER:PASSWORD@HOST:PORT, with %XX for characters of USER and PASSWORD \
     that are neither letters nor digits"
)]
pub struct UnusableMail;

impl SmtpMail {
    /// Prepares to send as `mail` says; connects with the first mail.
    ///
    /// # Errors
    /// [`UnusableMail`].
    pub fn new(mail: &Mail) -> Result<Self, UnusableMail> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(mail.smtp_url.expose())
            .map_err(|_| UnusableMail)?
            .timeout(Some(mail.timeout))
            .build();
        Ok(Self { transport, from: mail.from.clone(), patience: mail.timeout })
    }

    async fn send(&self, to: &str, subject: String, parts: MultiPart) -> Result<(), MailFailure> {
        let failed = |cause: &dyn std::fmt::Display| MailFailure(cause.to_string());
        let to: Mailbox = to.parse().map_err(|_| failed(&"the address cannot be written to"))?;
        let message = Message::builder().from(self.from.clone()).to(to).subject(subject).multipart(parts);
        let message = message.map_err(|cause| failed(&cause))?;
        let sent = tokio::time::timeout(self.patience, self.transport.send(message)).await;
        sent.map_err(|_| failed(&"the mail server did not answer in time"))?.map(drop).map_err(|cause| failed(&cause))
    }
}

#[async_trait]
impl Mailer for SmtpMail {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        self.send(to, mail.subject(), MultiPart::alternative_plain_html(mail.text(), mail.html())).await
    }

    async fn send_approval(&self, to: &str, mail: &ApprovalMail) -> Result<(), MailFailure> {
        self.send(to, mail.subject(), MultiPart::alternative_plain_html(mail.text(), mail.html())).await
    }

    async fn send_invitation(&self, to: &str, mail: &InvitationMail) -> Result<(), MailFailure> {
        self.send(to, mail.subject(), MultiPart::alternative_plain_html(mail.text(), mail.html())).await
    }
}
