//! Approving by a mailed code: for what is asked for with the password and is worth a second proof. The code approves
//! exactly what was asked for when it was mailed, once, in the session that asked; anything else needs another code.

use std::time::Duration;

use domain::{Timestamp, UserId};
use protocol::authorize::{form_token, is_form_token};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::attempt::{claim, digits, minutes, typed_digits};
use super::failures::{self, may_sign_in};
use super::limits;
use crate::pages::{ApprovalMail, Moment, Notice, field};
use crate::sessions::{Confirmed, PageError, PageForm, Session, Visitor, is_id, password_mark};

const KIND: &str = "approval";
/// How long a code approves, if mailed codes live so long at all.
const LIFE: Duration = Duration::from_secs(5 * 60);
/// How many lives of a code the password counts for that was given for it, however many codes are mailed.
const LIVES: u32 = 3;

/// What is kept for the session that asks. It never holds the code, only its hash.
#[derive(Serialize, Deserialize)]
struct Kept<T> {
    user: UserId,
    password: String,
    /// When it was asked for: a code that is mailed again does not move it.
    begun_at: Timestamp,
    code_hash: String,
    sent_at: Timestamp,
    asked: T,
}

/// Something that waits for its code.
pub struct Pending<T> {
    id: String,
    kept: Kept<T>,
}

/// Proof that what was asked for was approved by the code that was mailed for it. Only this module makes it.
#[derive(Debug)]
pub struct Approved<T>(T);

/// Why no code was mailed.
#[derive(Clone, Debug)]
pub enum NotMailed {
    /// Too many were, in this hour.
    TooMany,
    /// The last one was mailed a moment ago, and still works.
    TooSoon {
        /// Seconds to wait.
        retry_seconds: u32,
    },
    /// The mail server did not take it.
    Failed {
        /// What to tell the operator.
        reference: String,
    },
}

/// Why nothing was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// What was typed cannot be a code; it was not counted as a try.
    NotACode,
    /// Not the code that was mailed.
    Wrong {
        /// Tries left before this code is spent.
        tries_left: u64,
    },
    /// The code is too old.
    Late,
    /// It was tried too often, or the account takes no more tries.
    Over,
    /// It was used.
    Used,
}

impl<T> Pending<T> {
    /// What is asked for.
    pub const fn asked(&self) -> &T {
        &self.kept.asked
    }

    /// When the code was mailed.
    #[must_use]
    pub const fn sent_at(&self) -> Timestamp {
        self.kept.sent_at
    }

    /// Whether the code is not the first one for this.
    #[must_use]
    pub fn was_sent_again(&self) -> bool {
        self.kept.sent_at > self.kept.begun_at
    }

    /// Seconds until another code may be asked for.
    #[must_use]
    pub fn resend_in_seconds(&self, visitor: &Visitor) -> u32 {
        let free_at = self.kept.sent_at + visitor.config().sign_in.resend_after;
        u32::try_from(free_at.since(visitor.now()).as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
    }

    /// Names it in the form that takes the code.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether its code approves nothing any more.
    #[must_use]
    pub fn is_late(&self, visitor: &Visitor) -> bool {
        let (now, life) = (visitor.now(), life(visitor));
        now >= self.kept.sent_at + life || now >= self.kept.begun_at + life * LIVES
    }
}

impl<T> Approved<T> {
    /// What was approved.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Visitor {
    /// For how many minutes a code approves.
    #[must_use]
    pub fn approval_minutes(&self) -> u32 {
        minutes(life(self))
    }

    /// Mails a code that approves `asked`, which `facts` say in words, and names what waits for it.
    ///
    /// # Errors
    /// Nobody is signed in any more; a store is down.
    pub async fn ask_approval<T: Serialize>(
        &self,
        confirmed: &Confirmed,
        asked: T,
        facts: Vec<(&'static str, String)>,
    ) -> Result<Result<String, NotMailed>, PageError> {
        let session = self.whose().filter(|session| session.user.id == confirmed.user());
        let session = session.ok_or_else(|| PageError::notice(Notice::FormRefused))?;
        let (id, now) = (self.notes.fresh_id(), self.now());
        let kept = Kept {
            user: session.user.id,
            password: password_mark(&session.user),
            begun_at: now,
            code_hash: String::new(),
            sent_at: now,
            asked,
        };
        let sent = self.mail_approval(session, Pending { id: id.clone(), kept }, facts).await?;
        Ok(sent.map(|()| id))
    }

    /// Mails another code for exactly the same; the one before approves nothing from here on. Neither the tries that were
    /// made nor the password's moment begin anew.
    ///
    /// # Errors
    /// Nobody is signed in any more; a store is down.
    pub async fn ask_approval_again<T: Serialize>(
        &self,
        pending: Pending<T>,
        facts: Vec<(&'static str, String)>,
    ) -> Result<Result<(), NotMailed>, PageError> {
        let session = self.whose().ok_or_else(|| PageError::notice(Notice::FormRefused))?;
        let retry_seconds = pending.resend_in_seconds(self);
        if retry_seconds > 0 {
            return Ok(Err(NotMailed::TooSoon { retry_seconds }));
        }
        self.mail_approval(session, pending, facts).await
    }

    async fn mail_approval<T: Serialize>(
        &self,
        session: &Session,
        mut pending: Pending<T>,
        facts: Vec<(&'static str, String)>,
    ) -> Result<Result<(), NotMailed>, PageError> {
        if limits::codes_are_over(self, session.user.id).await? {
            return Ok(Err(NotMailed::TooMany));
        }
        let (now, code) = (self.now(), digits(&*self.state.protocol.random));
        pending.kept.code_hash = form_token(&pending.id, &code);
        pending.kept.sent_at = now;
        let mail = ApprovalMail {
            operator: self.state.operator.clone(),
            code,
            facts,
            at: Moment::at_unix_seconds(now.seconds()),
            from: Some(self.origin.address.clone()).filter(|address| !address.is_empty()),
            valid_minutes: self.approval_minutes(),
        };
        let sent = self.state.mailer.send_approval(&session.user.email, &mail).await;
        self.state.metrics.mail(sent.is_ok());
        if let Err(failure) = sent {
            tracing::error!(request_id = %self.call.id, %failure, "a code was not mailed");
            return Ok(Err(NotMailed::Failed { reference: self.call.id.to_string() }));
        }
        // Kept a while beyond its life, so that a late code is told to be late.
        self.notes.write(KIND, &session.own(&pending.id), &pending.kept, life(self) * 2).await?;
        Ok(Ok(()))
    }

    /// What waits for its code under `id`, if this session asked for it.
    ///
    /// # Errors
    /// The store.
    pub async fn pending_approval<T: DeserializeOwned>(&self, id: &str) -> Result<Option<Pending<T>>, PageError> {
        let Some(session) = self.whose().filter(|_| is_id(id)) else { return Ok(None) };
        let kept: Option<Kept<T>> = self.notes.read(KIND, &session.own(id)).await?;
        let kept = kept.filter(|kept| kept.user == session.user.id && kept.password == password_mark(&session.user));
        Ok(kept.map(|kept| Pending { id: id.to_owned(), kept }))
    }

    /// Approves what waits, if `form` has its code. It is spent from here on.
    ///
    /// # Errors
    /// The store.
    pub async fn approve<T>(
        &self,
        pending: Pending<T>,
        form: &PageForm,
    ) -> Result<Result<Approved<T>, NotApproved>, PageError> {
        self.approve_with(pending, form.one(field::CODE)).await
    }

    /// Approves what waits, if `code` is the one that was mailed for it. It is spent from here on.
    ///
    /// # Errors
    /// The store.
    pub async fn approve_with<T>(
        &self,
        pending: Pending<T>,
        code: &str,
    ) -> Result<Result<Approved<T>, NotApproved>, PageError> {
        if pending.is_late(self) {
            return Ok(Err(NotApproved::Late));
        }
        // What cannot be a code is no try of one.
        let Some(digits) = typed_digits(code) else { return Ok(Err(NotApproved::NotACode)) };
        let most = self.config().sign_in.code_tries;
        let tries = limits::try_of_code(self, &pending.id).await?;
        let Some(session) = self.whose() else { return Ok(Err(NotApproved::Over)) };
        let user = self.state.protocol.directory.user(session.user.id).await?;
        let user = user.filter(|user| may_sign_in(self, user));
        if tries > most || user.is_none() || !failures::count_try(self, user.as_ref()).await? {
            return Ok(Err(NotApproved::Over));
        }
        if !is_form_token(&pending.kept.code_hash, &pending.id, &digits) {
            self.state.metrics.second_factor("wrong");
            let tries_left = most - tries;
            return Ok(Err(if tries_left == 0 { NotApproved::Over } else { NotApproved::Wrong { tries_left } }));
        }
        if !claim(self, &pending.id).await? {
            return Ok(Err(NotApproved::Used));
        }
        self.state.metrics.second_factor("right");
        self.state.protocol.directory.clear_failed_logins(session.user.id).await?;
        Ok(Ok(Approved(pending.kept.asked)))
    }

    /// Forgets what waited under `id`, when what came of it is kept for a second press.
    ///
    /// # Errors
    /// The store.
    pub async fn forget_approval(&self, id: &str) -> Result<(), PageError> {
        if let Some(session) = self.whose() {
            self.notes.remove(KIND, &session.own(id)).await?;
        }
        Ok(())
    }

    fn whose(&self) -> Option<&Session> {
        self.session.as_ref()
    }
}

fn life(visitor: &Visitor) -> Duration {
    LIFE.min(visitor.config().mailed_code)
}
