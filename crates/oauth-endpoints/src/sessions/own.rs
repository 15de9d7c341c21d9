//! `/ui/sessions`: where a person is signed in, and ending what should not be.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::{Actor, AuditRecord, Timestamp};
use serde::Deserialize;
use storage::{StoreError, Unit};

use super::list::Listed;
use super::page::PageResult;
use super::{PageBody, Session, Visitor};
use crate::pages::{Moment, SessionCard, SessionsPage};

pub(super) const PATH: &str = "/ui/sessions";
/// The session that is to end: its handle, or [`OTHERS`].
const ENDS: &str = "session";
/// All but the one that asks.
const OTHERS: &str = "others";

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// Whether something was just ended.
    done: Option<String>,
}

pub(super) async fn page(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let done = asked.is_some_and(|asked| asked.done.is_some());
    let result = show(&visitor, done).await;
    visitor.answer(result)
}

pub(super) async fn end(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = act(&visitor, &body).await;
    visitor.answer(result)
}

async fn show(visitor: &Visitor, done: bool) -> PageResult {
    let Some(session) = &visitor.session else { return Ok(visitor.sign_in_first(PATH)) };
    let form = |ends: &str| visitor.account_form(session, PATH).with(ENDS, ends);
    let card = |own: OwnSession| SessionCard {
        end: (!own.is_this).then(|| form(&own.handle)),
        browser: own.browser,
        network: own.network,
        signed_in_at: Moment::at_unix_seconds(own.signed_in_at.seconds()),
        seen_at: Moment::at_unix_seconds(own.seen_at.seconds()),
    };
    let cards: Vec<_> = visitor.own_sessions(session).await?.into_iter().map(card).collect();
    let page = SessionsPage {
        frame: visitor.frame(),
        end_others: (cards.len() > 1).then(|| form(OTHERS)),
        sessions: cards,
        done,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn act(visitor: &Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    let Some(session) = &visitor.session else { return Ok(visitor.sign_in_first(PATH)) };
    visitor.check_account_form(&form)?;
    let ends = form.one(ENDS);
    visitor.end_own_sessions(session, (ends != OTHERS).then_some(ends)).await?;
    Ok(visitor.go(&format!("{PATH}?done=yes")))
}

/// Where a person is signed in.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Names it; its id cannot be told from this.
    pub handle: String,
    /// The browser, in plain words.
    pub browser: String,
    /// The network it began in.
    pub network: String,
    /// When it began.
    pub signed_in_at: Timestamp,
    /// When a page was last asked for in it, a minute more or less.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Visitor {
    /// The sessions of the person of `session`, the newest first.
    ///
    /// # Errors
    /// The store.
    pub async fn own_sessions(&self, session: &Session) -> Result<Vec<OwnSession>, StoreError> {
        let listed = self.sessions().of(session.user.id).await?;
        let own = |(listed, seen_at): (Listed, Timestamp)| OwnSession {
            handle: listed.handle(),
            is_this: listed.stem == session.stem,
            browser: listed.browser,
            network: listed.network,
            signed_in_at: listed.signed_in_at,
            seen_at,
        };
        Ok(listed.into_iter().map(own).collect())
    }

    /// Ends the session of the same person that `handle` names, or all but this one; how many. This one is ended by
    /// signing out.
    ///
    /// # Errors
    /// The store.
    pub async fn end_own_sessions(&self, session: &Session, handle: Option<&str>) -> Result<usize, StoreError> {
        let wanted = |its: &str| handle.is_none_or(|handle| handle == its);
        let ended = self.sessions().end_others(session, wanted).await?;
        if ended > 0 {
            let record = AuditRecord {
                at: self.now(),
                actor: Actor::User(session.user.id),
                action: "user.sessions_ended",
                target: session.user.id.to_string(),
                app: None,
                customer: None,
                detail: format!("{ended}, by the person itself"),
                request: Some(self.call.id),
            };
            self.state.protocol.units.commit(Unit { audit: vec![record], ..Unit::default() }).await?;
        }
        Ok(ended)
    }
}
