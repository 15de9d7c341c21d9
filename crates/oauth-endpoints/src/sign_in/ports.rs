//! What signing in needs of the server: mail, and a slow hash on threads of its own.

use async_trait::async_trait;

use domain::Random;

use crate::pages::{ApprovalMail, InvitationMail, SignInMail};

/// The mail could not be handed over.
#[derive(Debug, thiserror::Error)]
#[error("the mail was not sent: {0}")]
pub struct MailFailure(pub String);

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a sign-in code, in bounded time.
    ///
    /// # Errors
    /// [`MailFailure`]: the mail server refused it or did not answer.
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure>;

    /// Sends a code that approves something, in bounded time.
    ///
    /// # Errors
    /// [`MailFailure`]: the mail server refused it or did not answer.
    async fn send_approval(&self, to: &str, mail: &ApprovalMail) -> Result<(), MailFailure>;

    /// Sends an invitation into a developer team, in bounded time.
    ///
    /// # Errors
    /// [`MailFailure`]: the mail server refused it or did not answer.
    async fn send_invitation(&self, to: &str, mail: &InvitationMail) -> Result<(), MailFailure>;
}

/// More passwords wait to be verified than threads can do in time.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords wait to be verified")]
pub struct PasswordsBusy;

/// Why a password that somebody chose was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum NotHashed {
    /// It cannot be a password; the words say what can.
    #[error("{0}")]
    Unfit(String),
    /// Too many wait.
    #[error(transparent)]
    Busy(#[from] PasswordsBusy),
}

/// Hashes and verifies passwords by argon2id, on a bounded number of threads.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Whether `password` is the one that `hash` (a PHC string) was made from. Without a hash it does the same work
    /// on one of its own and says no.
    ///
    /// # Errors
    /// [`PasswordsBusy`]: nothing was verified.
    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordsBusy>;

    /// The PHC string of a password that somebody chooses, under the rules for passwords.
    ///
    /// # Errors
    /// [`NotHashed`].
    async fn hash(&self, password: String, random: &dyn Random) -> Result<String, NotHashed>;
}
