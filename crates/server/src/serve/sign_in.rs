//! What signing in needs of the machine: mail, slow hashes on their own threads, and the configured limits.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Clock, Random};
use lettre::message::{Mailbox as Address, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use oauth_endpoints::pages::SignInMail;
use oauth_endpoints::{MailFailure, Mailer, PageConfig, PasswordsBusy, SignInLimits};
use zeroize::Zeroizing;

use super::StartFault;
use crate::config::{Config, Mail};
use crate::dev::{Caught, Mailbox};
use crate::passwords::{Password, Passwords};

/// How long a password may wait for a thread.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pages' lifetimes and limits, as configured.
pub(super) fn page_config(config: &Config) -> PageConfig {
    let (lifetimes, limits, rates) = (&config.lifetimes, &config.limits, &config.rates);
    PageConfig {
        secure: config.public_url.scheme() == "https",
        session: lifetimes.browser_session,
        session_idle: lifetimes.browser_session_idle,
        transaction: lifetimes.authorize_transaction,
        mailed_code: lifetimes.mailed_code,
        sign_in: SignInLimits {
            from_prefix_a_minute: rates.sign_ins_per_address_and_minute.into(),
            for_address: rates.sign_ins_per_account_and_ten_minutes.into(),
            pause: Duration::from_secs(10 * 60),
            failures_in_a_row: limits.failed_sign_ins,
            code_tries: limits.mailed_code_tries.into(),
            codes_an_hour: limits.mailed_codes_per_hour.into(),
            ..SignInLimits::default()
        },
        ..PageConfig::default()
    }
}

/// The configured mail server, or the mailbox of development.
pub(super) fn mailer(
    config: &Config,
    mailbox: &Arc<Mailbox>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Mailer>, StartFault> {
    Ok(match &config.mail {
        Some(mail) => Arc::new(SmtpMailer::new(mail)?),
        None => Arc::new(ToMailbox { mailbox: Arc::clone(mailbox), clock: Arc::clone(clock) }),
    })
}

/// As many hashes at once as there are cores: each keeps one busy.
pub(super) fn passwords(random: &dyn Random) -> Result<Arc<dyn oauth_endpoints::Passwords>, StartFault> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let passwords = Passwords::new(cores, random).map_err(|failed| StartFault::Passwords(failed.to_string()))?;
    Ok(Arc::new(OnThreads(passwords)))
}

struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    timeout: Duration,
}

impl SmtpMailer {
    fn new(mail: &Mail) -> Result<Self, StartFault> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(mail.smtp_url.expose());
        let builder = builder.map_err(|_| StartFault::Mail("mail.smtp_url is not an SMTP URL".to_owned()))?;
        let from = mail.from.parse().map_err(|error| StartFault::Mail(format!("mail.from: {error}")))?;
        Ok(Self { transport: builder.timeout(Some(mail.timeout)).build(), from, timeout: mail.timeout })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        // What a library says of an address or message may quote it, so it is not passed on.
        let to: Address = to.parse().map_err(|_| MailFailure("the user's address is not one".to_owned()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject())
            .multipart(MultiPart::alternative_plain_html(mail.text(), mail.html()))
            .map_err(|_| MailFailure("the message could not be written".to_owned()))?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Err(_) => Err(MailFailure("the mail server did not answer in time".to_owned())),
            Ok(Err(error)) if error.is_permanent() => Err(MailFailure("the mail server refused it".to_owned())),
            Ok(Err(_)) => Err(MailFailure("the mail server could not be reached".to_owned())),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

/// Development: mails are kept and printed, and sent nowhere.
struct ToMailbox {
    mailbox: Arc<Mailbox>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Mailer for ToMailbox {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        let text = mail.text();
        // A closed terminal is no reason to refuse a sign-in: the mailbox has it.
        let _ = writeln!(std::io::stdout(), "\nMail to {to}: {}\n{text}", mail.subject());
        self.mailbox.keep(Caught { to: to.to_owned(), subject: mail.subject(), text, at: self.clock.now() });
        Ok(())
    }
}

struct OnThreads(Passwords);

#[async_trait]
impl oauth_endpoints::Passwords for OnThreads {
    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordsBusy> {
        let password = Password::presented(Zeroizing::new(password));
        let verified = tokio::time::timeout(PATIENCE, self.0.verify(password, hash.as_deref())).await;
        match verified {
            Err(_) => Err(PasswordsBusy),
            Ok(Err(failed)) => {
                tracing::error!(%failed, "a password could not be verified");
                Ok(false)
            }
            Ok(Ok(matches)) => Ok(matches),
        }
    }
}
