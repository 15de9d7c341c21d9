//! A request on its way to an answer: kept sealed, bound to one browser, answered once.

use std::time::Duration;

use domain::{RequestId, Timestamp};
use protocol::authorize::AuthorizationRequest;
use serde::{Deserialize, Serialize};
use storage::StoreError;

use super::case::Case;
use crate::pages::{Notice, ReturnTarget};
use crate::sessions::{PageError, Visitor, is_id};

const KIND: &str = "transaction";
/// Claimed by the answer that counts; and a note, to whoever writes an unanswered transaction back.
const ANSWERED: &str = "answered";
const LATEST: &str = "latest-transaction";
/// How far the stored moment of the last page may lag: most pages write nothing.
const LAG: Duration = Duration::from_secs(60);

/// What a person is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Asked {
    /// By an app, which gets a code.
    Attended(Box<AuthorizationRequest>),
    /// By a link that asks for an unattended connection.
    Unattended(RequestId),
}

/// A request on its way to an answer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Transaction {
    id: String,
    browser: String,
    begun_at: Timestamp,
    seen_at: Timestamp,
    /// What is asked.
    pub(crate) asked: Asked,
    /// Whether Submit was pressed on the app's page.
    pub(crate) reviewed: bool,
    answered: bool,
}

impl std::fmt::Debug for Transaction {
    /// Without its id and its browser, which are secrets, and without what the app sent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction")
            .field("begun_at", &self.begun_at)
            .field("reviewed", &self.reviewed)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

impl Transaction {
    /// Keeps a new request for this browser.
    pub(crate) async fn begin(visitor: &Visitor, asked: Asked) -> Result<Self, StoreError> {
        let now = visitor.now();
        let transaction = Self {
            id: visitor.notes.fresh_id(),
            browser: visitor.browser.clone(),
            begun_at: now,
            seen_at: now,
            asked,
            reviewed: false,
            answered: false,
        };
        transaction.keep(visitor).await?;
        visitor.notes.write(LATEST, &visitor.browser, &transaction.id, visitor.config().transaction).await?;
        Ok(transaction)
    }

    /// The transaction `id` of this browser, answered or not.
    pub(crate) async fn find(visitor: &Visitor, id: &str) -> Result<Self, PageError> {
        // What was never an id of ours did not expire.
        if !is_id(id) {
            return Err(PageError::notice(Notice::NoTransaction));
        }
        let found = visitor.notes.read::<Self>(KIND, id).await?;
        let Some(mut transaction) = found else {
            return Err(PageError::notice(Notice::Expired { app_name: None }));
        };
        if transaction.browser != visitor.browser {
            return Err(PageError::notice(Notice::NoTransaction));
        }
        let now = visitor.now();
        if now.since(transaction.seen_at) > LAG && !transaction.answered {
            transaction.seen_at = now;
            transaction.keep(visitor).await?;
            // It may have got its answer since it was read.
            if visitor.notes.read::<()>(ANSWERED, id).await?.is_some() {
                transaction.answered = true;
                transaction.keep(visitor).await?;
            }
        }
        Ok(transaction)
    }

    /// The transaction that this browser began last.
    pub(crate) async fn latest(visitor: &Visitor) -> Result<Self, PageError> {
        match visitor.notes.read::<String>(LATEST, &visitor.browser).await? {
            Some(id) => Self::find(visitor, &id).await,
            None => Err(PageError::notice(Notice::NoTransaction)),
        }
    }

    /// Its id, in the address of its pages.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What its forms are for.
    pub(crate) fn purpose(&self) -> String {
        format!("transaction {}", self.id)
    }

    /// The address the app expects to sign in.
    pub(crate) fn login_hint(&self) -> Option<&str> {
        match &self.asked {
            Asked::Attended(request) => request.login_hint.as_deref(),
            Asked::Unattended(_) => None,
        }
    }

    /// Whether the app's page must be shown even to somebody who knows the app.
    pub(crate) fn wants_review(&self) -> bool {
        match &self.asked {
            Asked::Attended(request) => request.prompt.consent,
            Asked::Unattended(_) => true,
        }
    }

    /// Whether somebody is signed in, since the request came where it asks for that.
    pub(crate) fn is_signed_in(&self, visitor: &Visitor) -> bool {
        let again = matches!(&self.asked, Asked::Attended(request) if request.prompt.login);
        visitor.session.as_ref().is_some_and(|session| !again || session.signed_in_at > self.begun_at)
    }

    /// Notes that Submit was pressed.
    pub(crate) async fn set_reviewed(&mut self, visitor: &Visitor) -> Result<(), StoreError> {
        self.reviewed = true;
        self.keep(visitor).await
    }

    /// Whether it waits for its answer.
    pub(crate) fn is_open(&self) -> bool {
        !self.answered
    }

    /// Refuses a transaction that has its answer.
    pub(crate) fn require_open(&self, case: &Case) -> Result<(), PageError> {
        if self.is_open() { Ok(()) } else { Err(already_answered(case)) }
    }

    /// Makes this caller the one whose answer counts, over all replicas.
    pub(crate) async fn decide(&mut self, visitor: &Visitor, case: &Case) -> Result<(), PageError> {
        self.require_open(case)?;
        // Kept longer than the transaction can be.
        if !visitor.notes.claim(ANSWERED, &self.id, visitor.config().session).await? {
            return Err(already_answered(case));
        }
        self.answered = true;
        visitor.notes.write(ANSWERED, &self.id, &(), visitor.config().transaction).await?;
        Ok(self.keep(visitor).await?)
    }

    async fn keep(&self, visitor: &Visitor) -> Result<(), StoreError> {
        visitor.notes.write(KIND, &self.id, self, visitor.config().transaction).await
    }
}

fn already_answered(case: &Case) -> PageError {
    // The site of the callback that was registered; a program on this computer listens no more, and shows itself.
    let app_url = match &case.returns_to {
        ReturnTarget::Site(host) => Some(format!("https://{host}/")),
        ReturnTarget::ThisComputer(_) | ReturnTarget::NativeApp(_) | ReturnTarget::StaysHere => None,
    };
    PageError::notice(Notice::AlreadyAnswered { app_name: case.app.name.clone(), app_url })
}
