//! `/ui/sessions`: where a person is signed in, and ending what should not be.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::{Actor, AuditRecord};
use serde::Deserialize;
use storage::Unit;

use super::page::{PageError, PageResult};
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
    let mut cards = Vec::new();
    for (listed, seen_at) in visitor.sessions().of(session.user.id).await? {
        let is_this = listed.stem == session.stem;
        cards.push(SessionCard {
            browser: listed.browser.clone(),
            network: listed.network.clone(),
            signed_in_at: Moment::at_unix_seconds(listed.signed_in_at.seconds()),
            seen_at: Moment::at_unix_seconds(seen_at.seconds()),
            end: (!is_this).then(|| form(&listed.handle())),
        });
    }
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
    let ended = visitor.sessions().end_others(session, |handle| ends == OTHERS || ends == handle).await?;
    if ended > 0 {
        note(visitor, session, ended).await?;
    }
    Ok(visitor.go(&format!("{PATH}?done=yes")))
}

async fn note(visitor: &Visitor, session: &Session, ended: usize) -> Result<(), PageError> {
    let record = AuditRecord {
        at: visitor.now(),
        actor: Actor::User(session.user.id),
        action: "user.sessions_ended",
        target: session.user.id.to_string(),
        app: None,
        customer: None,
        detail: format!("{ended}, by the person itself"),
        request: Some(visitor.call.id),
    };
    visitor.state.protocol.units.commit(Unit { audit: vec![record], ..Unit::default() }).await?;
    Ok(())
}
