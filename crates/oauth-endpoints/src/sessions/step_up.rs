//! Step-up: who changes what others rely on proves once more who it is, unless that was a moment ago.
//!
//! A session lasts for hours, and browsers are left open. Secrets, certificates, members and the like are changed only by
//! a [`Confirmed`] person: one who signed in, or gave the password again, within the last minutes. The password is
//! judged exactly as at the sign-in, with the same limits and lock-outs, and the session gets a new id as there.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use domain::UserId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storage::StoreError;

use super::cookies::{self, Kind};
use super::{PageError, PageForm, Session, Visitor};
use crate::pages::{FormPost, Moment, Notice, SignInProblem, field};
use crate::sign_in::judge;

/// Forms that were answered.
const SPENT: &str = "spent-form";
/// What the answers came to.
const OUTCOME: &str = "outcome";
/// How often, and after how long, an answer that is still being made is asked for again.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Proof that the person who is signed in has shown within the last minutes who it is. Only this module makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed(UserId);

impl Confirmed {
    /// Who.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.0
    }
}

/// Why somebody is not confirmed.
#[derive(Clone, Debug)]
pub enum Unconfirmed {
    /// The password is needed, and the form has none.
    Missing,
    /// It is not this person's password.
    Wrong,
    /// There were too many tries of it.
    PausedUntil(Moment),
    /// There were too many tries from this network.
    TooManyTries {
        /// Seconds to wait.
        retry_seconds: u32,
    },
}

impl Visitor {
    /// Whether the person has to give the password for a change that asks for it.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        self.session.as_ref().is_none_or(|session| self.now() >= session.proved_at.get() + self.config().step_up)
    }

    /// Whoever is signed in, if it need not give the password.
    #[must_use]
    pub fn confirmed(&self) -> Option<Confirmed> {
        self.session.as_ref().filter(|_| !self.needs_password()).map(|session| Confirmed(session.user.id))
    }

    /// Confirms the person, by the password in `form` where one is needed.
    ///
    /// # Errors
    /// Nobody is signed in any more; a store is down.
    pub async fn confirm(&self, form: &PageForm) -> Result<Result<Confirmed, Unconfirmed>, PageError> {
        match self.confirmed() {
            Some(confirmed) => Ok(Ok(confirmed)),
            None => self.confirm_by_password(form).await,
        }
    }

    /// Confirms the person by the password in `form`, however lately it was given. The session goes on under a new id;
    /// forms that are open in other tabs stay good.
    ///
    /// # Errors
    /// Nobody is signed in any more; a store is down.
    pub async fn confirm_by_password(&self, form: &PageForm) -> Result<Result<Confirmed, Unconfirmed>, PageError> {
        self.confirm_with(form.one(field::PASSWORD)).await
    }

    /// Confirms the person by its password, however lately it was given.
    ///
    /// # Errors
    /// Nobody is signed in any more; a store is down.
    pub async fn confirm_with(&self, password: &str) -> Result<Result<Confirmed, Unconfirmed>, PageError> {
        let session = self.session.as_ref().ok_or_else(|| PageError::notice(Notice::FormRefused))?;
        if password.is_empty() {
            return Ok(Err(Unconfirmed::Missing));
        }
        Ok(match judge(self, &session.user.email, password).await? {
            Ok(user) if user.id == session.user.id => {
                self.state.protocol.directory.clear_failed_logins(user.id).await?;
                if !self.sessions().renew(session).await? {
                    return Err(PageError::notice(Notice::FormRefused));
                }
                self.set_cookie(Kind::Session, &session.id());
                Ok(Confirmed(user.id))
            }
            Ok(_) | Err(SignInProblem::Rejected | SignInProblem::MailFailed { .. }) => Err(Unconfirmed::Wrong),
            Err(SignInProblem::LockedUntil(until)) => Err(Unconfirmed::PausedUntil(until)),
            Err(SignInProblem::TooManyTries { retry_seconds }) => Err(Unconfirmed::TooManyTries { retry_seconds }),
        })
    }

    /// A form that only this session can post, and that counts once: what it does is not done again by a second press
    /// or when its answer is loaded again.
    #[must_use]
    pub fn single_form(&self, session: &Session, path: &str) -> FormPost {
        self.account_form(session, path).with(field::ONCE, self.notes.fresh_id())
    }

    /// Whether this is the first time that a [`Self::single_form`] is posted. It is spent from here on.
    ///
    /// # Errors
    /// The store.
    pub async fn spend(&self, form: &PageForm) -> Result<bool, StoreError> {
        let (Some(session), once) = (&self.session, form.one(field::ONCE)) else { return Ok(false) };
        if !super::is_id(once) {
            return Ok(false);
        }
        self.notes.claim(SPENT, &session.own(once), self.config().session).await
    }

    /// Keeps what the answer to the form `once` came to, without its secrets: a browser that sends a form twice shows the
    /// second answer alone. What was done stands, and is shown, whether this succeeds or not.
    pub async fn keep_outcome<T: Serialize>(&self, once: &str, outcome: &T) {
        let Some(session) = &self.session else { return };
        let kept = self.notes.write(OUTCOME, &session.own(once), outcome, self.config().session).await;
        if let Err(error) = kept {
            tracing::warn!(request_id = %self.call.id, %error, "a second press of a form will not be told what it made");
        }
    }

    /// What [`Self::keep_outcome`] kept in this session.
    ///
    /// # Errors
    /// The store.
    pub async fn outcome<T: DeserializeOwned>(&self, once: &str) -> Result<Option<T>, StoreError> {
        match &self.session {
            Some(session) if super::is_id(once) => self.notes.read(OUTCOME, &session.own(once)).await,
            _ => Ok(None),
        }
    }

    /// The same, for a form that somebody else is answering right now: waits for that, two seconds at most.
    ///
    /// # Errors
    /// The store.
    pub async fn outcome_soon<T: DeserializeOwned>(&self, once: &str) -> Result<Option<T>, StoreError> {
        for _ in 1..LOOKS {
            if let Some(outcome) = self.outcome(once).await? {
                return Ok(Some(outcome));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.outcome(once).await
    }

    /// A page that shows what is never shown again.
    ///
    /// `no-store` alone does not keep a page from the back/forward cache. Chromium keeps no answer of a POST there, which
    /// this is to be; for browsers that do, this answer sets a cookie which scripts cannot read, and the next takes it
    /// back: pages that are older than such a change are dropped.
    ///
    /// # Panics
    /// Never: its policy is a constant.
    pub fn show_once(&self, page: &impl Template) -> HttpResponse {
        let mut response = self.show(page, StatusCode::OK);
        let cookie = cookies::set(Kind::Shown, &self.at.name, self.config().secure, &self.notes.fresh_id());
        // Fails only for names and values that no cookie of ours has.
        let _ = response.add_cookie(&cookie);
        response
    }

    /// The answer that follows [`Self::show_once`].
    pub(super) fn take_back_shown(&self, response: &mut HttpResponse) {
        let name = cookies::name(Kind::Shown, &self.at.name, self.config().secure);
        let shows_another = response.cookies().any(|cookie| cookie.name() == name);
        if self.cookie(Kind::Shown).is_some() && !shows_another {
            let _ = response.add_cookie(&cookies::unset(Kind::Shown, &self.at.name, self.config().secure));
        }
    }
}
