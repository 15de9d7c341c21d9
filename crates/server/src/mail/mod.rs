//! Mail: through SMTP, or kept in the mailbox of development.

mod kept;
mod smtp;

pub use kept::KeptMail;
pub use smtp::{SmtpMail, UnusableMail};
