//! `/ui/login/not-me`: somebody was mailed a code and had not asked for it. The link in the mail names the code, which only
//! its reader and we know; it opens in any browser, and all it can do is end that sign-in.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::{Actor, AuditRecord, UserId};
use serde::{Deserialize, Serialize};
use storage::{StoreError, Unit};

use super::attempt;
use crate::pages::{NotMePage, Notice};
use crate::sessions::{PageBody, PageError, PageResult, Visitor, is_id};

/// Whom a code was mailed to, and where it was asked for from.
const MAILED: &str = "mailed-code";
/// Says that the sign-in of a code is over, to the browser that waits for it.
const DISOWNED: &str = "disowned-sign-in";
const PATH: &str = "/ui/login/not-me";
const PURPOSE: &str = "not-me";
const SIGN_IN: &str = "sign_in";

#[derive(Serialize, Deserialize)]
struct Mailed {
    to: UserId,
    from: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    sign_in: String,
}

/// The link for the mail with the code `id`.
pub(super) fn url(visitor: &Visitor, id: &str) -> String {
    format!("{}{}?{SIGN_IN}={id}", visitor.state.protocol.settings.public_url, visitor.path(PATH))
}

/// Remembers whom the code is mailed to, as long as what it gives can last.
pub(super) async fn remember(visitor: &Visitor, id: &str, to: UserId) -> Result<(), StoreError> {
    let mailed = Mailed { to, from: visitor.origin.address.clone() };
    visitor.notes.write(MAILED, id, &mailed, visitor.config().session).await
}

/// Whether the sign-in of the code `id` was ended by its mail.
pub(super) async fn was_said(visitor: &Visitor, id: &str) -> Result<bool, StoreError> {
    Ok(visitor.notes.read::<()>(DISOWNED, id).await?.is_some())
}

pub(super) async fn page(visitor: Visitor, named: Option<Query<Named>>) -> HttpResponse {
    let result = ask(&visitor, named.map(|named| named.into_inner().sign_in).as_deref());
    visitor.answer(result)
}

pub(super) async fn end(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = disown(&visitor, &body).await;
    visitor.answer(result)
}

fn ask(visitor: &Visitor, id: Option<&str>) -> PageResult {
    let id = id.filter(|id| is_id(id)).ok_or_else(|| PageError::notice(Notice::NotFound))?;
    let page = NotMePage { frame: visitor.frame(), form: visitor.form(PATH, PURPOSE).with(SIGN_IN, id) };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn disown(visitor: &Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    visitor.check_form(&form, PURPOSE)?;
    let id = form.one(SIGN_IN);
    let mailed = visitor.notes.read::<Mailed>(MAILED, id).await?;
    let Some(mailed) = mailed else { return Err(PageError::notice(Notice::CodeIsOld)) };
    if !attempt::claim(visitor, id).await? {
        let said_before = was_said(visitor, id).await?;
        return Err(PageError::notice(if said_before { Notice::SignInEnded } else { Notice::CodeWasUsed }));
    }
    visitor.notes.write(DISOWNED, id, &(), visitor.config().session).await?;
    let record = AuditRecord {
        at: visitor.now(),
        actor: Actor::Server,
        action: "user.sign_in_disowned",
        target: mailed.to.to_string(),
        app: None,
        customer: None,
        detail: format!("by the mail with its code, which was asked for from {}", mailed.from),
        request: Some(visitor.call.id),
    };
    visitor.state.protocol.units.commit(Unit { audit: vec![record], ..Unit::default() }).await?;
    Err(PageError::notice(Notice::SignInEnded))
}
