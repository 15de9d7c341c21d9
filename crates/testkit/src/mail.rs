//! An SMTP server that keeps what it is sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use mailparse::{MailHeaderMap as _, ParsedMail};
use tempfile::TempDir;

use crate::authority::Issued;
use crate::port::Port;
use crate::process::{Process, Start, tail, within};
use crate::{program, scratch};

const PATIENCE: Duration = Duration::from_secs(20);

/// aiosmtpd, a real SMTP server, delivering into a folder from which the test takes its mail.
pub struct MailCatcher {
    process: Mutex<Option<Process>>,
    flags: Vec<String>,
    taking: Mutex<()>,
    port: Port,
    folder: TempDir,
}

/// A message as it was delivered.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's recipients.
    pub recipients: Vec<String>,
    /// The header `Subject`, decoded.
    pub subject: String,
    /// The part `text/plain`, decoded; empty where there is none.
    pub text: String,
    /// The part `text/html`, decoded; empty where there is none.
    pub html: String,
    /// All of it, undecoded.
    pub raw: String,
}

impl MailCatcher {
    /// Starts one that speaks plain SMTP, and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        Self::with_flags(scratch::folder_for("mail"), Vec::new())
    }

    /// Starts one that takes mail only after STARTTLS, with this certificate.
    #[must_use]
    pub fn with_starttls(certificate: &Issued) -> Self {
        let folder = scratch::folder_for("mail");
        let (certificate, key) = certificate.write_into(folder.path());
        let flag = |name: &str, file: &Path| [name.to_owned(), file.display().to_string()];
        let flags = [flag("--tlscert", &certificate), flag("--tlskey", &key)].concat();
        Self::with_flags(folder, flags)
    }

    fn with_flags(folder: TempDir, flags: Vec<String>) -> Self {
        let (process, taking) = (Mutex::new(None), Mutex::new(()));
        let catcher = Self { process, flags, taking, port: Port::claim(), folder };
        catcher.restart();
        catcher
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `127.0.0.1:<port>`
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    /// Ends it: connections are refused from now on. Mail that was delivered stays.
    pub fn stop(&self) {
        *self.process.lock().expect("no test panics while it holds the process") = None;
    }

    /// Starts it again on its port and mailbox, and waits until it answers.
    pub fn restart(&self) {
        self.stop();
        let mut process = Start::of(&program::python())
            .args(["-m", "aiosmtpd", "--nosetuid", "--listen", &self.address()])
            .args(&self.flags)
            .args(["--class", "aiosmtpd.handlers.Mailbox", &self.mailbox().display().to_string()])
            .folder(self.folder.path())
            .log_to(&self.log())
            .spawn();
        let ready = within(PATIENCE, || {
            if let Some(status) = process.ended() {
                panic!("aiosmtpd ended with {status}:\n{}", tail(&self.log()));
            }
            greets(&self.address()).then_some(())
        });
        assert!(ready.is_some(), "aiosmtpd did not answer within {PATIENCE:?}:\n{}", tail(&self.log()));
        *self.process.lock().expect("no test panics while it holds the process") = Some(process);
    }

    /// Takes the oldest mail to this address that was not taken yet, waiting for it if need be.
    ///
    /// # Panics
    /// After 20 s, with what arrived instead.
    pub async fn next_to(&self, address: &str) -> Mail {
        for _ in 0..PATIENCE.as_millis() / 10 {
            if let Some(mail) = self.take_to(address) {
                return mail;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let others: Vec<_> =
            self.untaken().iter().map(|mail| format!("    {:?}: {}", mail.recipients, mail.subject)).collect();
        panic!("no mail to {address} within {PATIENCE:?}; untaken are:\n{}", others.join("\n"))
    }

    /// Takes the oldest mail to this address that was not taken yet, if there is one.
    #[must_use]
    pub fn take_to(&self, address: &str) -> Option<Mail> {
        let _one_at_a_time = self.taking.lock().expect("no test panics while it takes a mail");
        let (file, mail) = self.delivered().into_iter().find(|(_, mail)| mail.is_to(address))?;
        let name = file.file_name().expect("a delivered mail has a file name");
        fs::rename(&file, self.mailbox().join("cur").join(name)).expect("the mailbox is writable");
        Some(mail)
    }

    /// All mail that was delivered and not taken, oldest first.
    #[must_use]
    pub fn untaken(&self) -> Vec<Mail> {
        self.delivered().into_iter().map(|(_, mail)| mail).collect()
    }

    /// A maildir: each message appears in `new` at once and whole.
    fn delivered(&self) -> Vec<(PathBuf, Mail)> {
        let mut files: Vec<_> = fs::read_dir(self.mailbox().join("new"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        files
            .into_iter()
            .filter_map(|(_, file)| Some((Mail::parse(&fs::read(&file).ok()?), file)))
            .map(|(m, f)| (f, m))
            .collect()
    }

    fn mailbox(&self) -> PathBuf {
        self.folder.path().join("mailbox")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Mail {
    fn parse(bytes: &[u8]) -> Self {
        let parsed = mailparse::parse_mail(bytes).unwrap_or_else(|e| panic!("a mail that cannot be read: {e}"));
        let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
        Self {
            sender: header("X-MailFrom"),
            recipients: header("X-RcptTo").split(", ").map(str::to_owned).collect(),
            subject: header("Subject"),
            text: part(&parsed, "text/plain"),
            html: part(&parsed, "text/html"),
            raw: String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    fn is_to(&self, address: &str) -> bool {
        self.recipients.iter().any(|recipient| recipient.eq_ignore_ascii_case(address))
    }
}

fn part(mail: &ParsedMail, mime_type: &str) -> String {
    let part = mail.parts().find(|part| part.ctype.mimetype == mime_type);
    part.and_then(|part| part.get_body().ok()).unwrap_or_default()
}

/// Whether an SMTP server says who it is.
fn greets(address: &str) -> bool {
    use std::io::Read as _;
    let Ok(mut stream) = std::net::TcpStream::connect(address) else {
        return false;
    };
    let mut greeting = [0; 3];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.read_exact(&mut greeting).is_ok()
        && &greeting == b"220"
}
