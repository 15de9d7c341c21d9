//! A sign-in whose password was right and whose code is on its way.

use domain::{Random, Timestamp, User, UserId};
use protocol::authorize::{form_token, is_form_token};
use serde::{Deserialize, Serialize};
use storage::StoreError;

use super::return_to::ReturnTo;
use super::{failures::may_sign_in, limits, not_me, ports::MailFailure};
use crate::pages::{Moment, SignInMail, VerifyProblem};
use crate::sessions::{Visitor, password_mark};

const KIND: &str = "sign-in";
/// What the last try of a code came to, beside the attempt: tries side by side must not put an older code back.
const REFUSED: &str = "code-refused";
/// How many digits a mailed code has.
const DIGITS: usize = 6;
/// How many lives of a code an attempt lasts, however many codes are mailed.
const LIVES: u32 = 3;

/// What is kept for the browser that tries. It never holds the code, only its hash.
#[derive(Serialize, Deserialize)]
pub(super) struct Attempt {
    /// Names this code among all that are mailed.
    id: String,
    /// Whose password was right.
    pub(super) user: UserId,
    password: String,
    /// When the password was given: a code that is mailed again does not move it.
    pub(super) begun_at: Timestamp,
    code_hash: String,
    /// When the code was mailed.
    pub(super) sent_at: Timestamp,
    return_to: String,
}

/// Why no code was mailed.
pub(super) enum NotSent {
    /// Too many were, in this hour.
    TooMany,
    /// The mail server did not take it.
    Mail(MailFailure),
    /// A store is down.
    Store(StoreError),
}

impl From<StoreError> for NotSent {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Attempt {
    /// Mails a new code to `user`; an earlier one of this browser is void from here on.
    pub(super) async fn begin(
        visitor: &Visitor,
        user: &User,
        return_to: &ReturnTo,
        (app_name, begun_at): (Option<String>, Timestamp),
    ) -> Result<(), NotSent> {
        if limits::codes_are_over(visitor, user.id).await? {
            return Err(NotSent::TooMany);
        }
        let (id, now) = (visitor.notes.fresh_id(), visitor.now());
        let code = digits(&*visitor.state.protocol.random);
        let attempt = Self {
            code_hash: form_token(&id, &code),
            id,
            user: user.id,
            password: password_mark(user),
            begun_at,
            sent_at: now,
            return_to: return_to.as_str().to_owned(),
        };
        let mail = SignInMail {
            operator: visitor.state.operator.clone(),
            code,
            app_name,
            at: Moment::at_unix_seconds(now.seconds()),
            from: Some(visitor.origin.address.clone()).filter(|address| !address.is_empty()),
            valid_minutes: minutes(visitor.config().mailed_code),
            not_me_url: not_me::url(visitor, &attempt.id),
        };
        not_me::remember(visitor, &attempt.id, user.id).await?;
        let sent = visitor.state.mailer.send_code(&user.email, &mail).await;
        visitor.state.metrics.mail(sent.is_ok());
        sent.map_err(NotSent::Mail)?;
        // Kept a while beyond its life, so that a late code is told to be late.
        let kept = visitor.config().mailed_code * 2;
        visitor.notes.write(KIND, &visitor.browser, &attempt, kept).await?;
        Ok(())
    }

    /// The attempt of this browser. It ends for good when its password was given too long ago, or when who was mailed
    /// the code says that somebody else asked for it.
    pub(super) async fn find(visitor: &Visitor) -> Result<Option<Self>, StoreError> {
        let found: Option<Self> = visitor.notes.read(KIND, &visitor.browser).await?;
        let longest = visitor.config().mailed_code * LIVES;
        match found.filter(|attempt| visitor.now() < attempt.begun_at + longest) {
            Some(attempt) if !not_me::was_said(visitor, &attempt.id).await? => Ok(Some(attempt)),
            _ => Ok(None),
        }
    }

    /// Whose password was right, if that user may still sign in.
    pub(super) async fn user(&self, visitor: &Visitor) -> Result<Option<User>, StoreError> {
        let found = visitor.state.protocol.directory.user(self.user).await?;
        Ok(found.filter(|user| may_sign_in(visitor, user) && password_mark(user) == self.password))
    }

    /// Forgets it, and says whether this caller is the one whose code counts.
    pub(super) async fn spend(&self, visitor: &Visitor) -> Result<bool, StoreError> {
        let first = claim(visitor, &self.id).await?;
        visitor.notes.remove(KIND, &visitor.browser).await?;
        Ok(first)
    }

    pub(super) async fn count_try(&self, visitor: &Visitor) -> Result<u64, StoreError> {
        limits::try_of_code(visitor, &self.id).await
    }

    /// Why the last try of this code was refused.
    pub(super) async fn problem(&self, visitor: &Visitor) -> Result<Option<VerifyProblem>, StoreError> {
        if self.is_late(visitor) {
            return Ok(Some(VerifyProblem::Expired));
        }
        visitor.notes.read(REFUSED, &self.id).await
    }

    /// Keeps `problem` for the page that comes next. A code that was tried too often stays so.
    pub(super) async fn refuse(&self, visitor: &Visitor, problem: &VerifyProblem) -> Result<(), StoreError> {
        match self.problem(visitor).await? {
            Some(VerifyProblem::NoTriesLeft) => Ok(()),
            _ => visitor.notes.write(REFUSED, &self.id, problem, visitor.config().mailed_code).await,
        }
    }

    /// Whether the code is not the first of this sign-in.
    pub(super) fn was_sent_again(&self) -> bool {
        self.sent_at > self.begun_at
    }

    pub(super) fn is_late(&self, visitor: &Visitor) -> bool {
        visitor.now() >= self.sent_at + visitor.config().mailed_code
    }

    /// Whether these are the digits of the code, in constant time.
    pub(super) fn has_code(&self, digits: &str) -> bool {
        is_form_token(&self.code_hash, &self.id, digits)
    }

    pub(super) fn return_to(&self, visitor: &Visitor) -> ReturnTo {
        ReturnTo::parse(&self.return_to, &visitor.at.name).unwrap_or_else(|| ReturnTo::connected_apps(&visitor.at.name))
    }
}

/// Whether this caller decides what becomes of the code `id`: it is used, or it is never. Kept as long as what a use
/// of it gave can last.
pub(super) async fn claim(visitor: &Visitor, id: &str) -> Result<bool, StoreError> {
    visitor.notes.claim("code-used", id, visitor.config().session).await
}

pub(super) fn minutes(life: std::time::Duration) -> u32 {
    u32::try_from(life.as_secs() / 60).unwrap_or(u32::MAX)
}

/// The digits in what was typed, if it can be a code at all. People type blanks and hyphens between them.
pub(super) fn typed_digits(text: &str) -> Option<String> {
    let code: String =
        text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').take(DIGITS + 1).collect();
    (code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// Six digits, each code as likely as every other.
pub(super) fn digits(random: &dyn Random) -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bits = [0; 4];
        random.fill(&mut bits);
        let drawn = u32::from_be_bytes(bits);
        if drawn < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", drawn % CODES);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Fixed(std::sync::Mutex<Vec<u32>>);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            let next = self.0.lock().unwrap().pop().expect("another number");
            bytes.copy_from_slice(&next.to_be_bytes());
        }
    }

    #[test]
    fn a_code_has_six_digits_and_no_bias() {
        // The last stretch of numbers does not hold every code: it is drawn again.
        let random = Fixed(std::sync::Mutex::new(vec![42, u32::MAX]));
        assert_eq!(digits(&random), "000042");
    }

    #[test]
    fn blanks_and_hyphens_between_digits_are_fine() {
        assert_eq!(typed_digits(" 123-456\n").as_deref(), Some("123456"));
        assert_eq!(typed_digits("12345"), None);
        assert_eq!(typed_digits("1234567"), None);
        assert_eq!(typed_digits("12345a"), None);
    }

    proptest! {
        #[test]
        fn nothing_typed_makes_the_reader_panic(text in "\\PC{0,40}") {
            if let Some(code) = typed_digits(&text) {
                prop_assert_eq!(code.len(), DIGITS);
            }
        }
    }
}
