//! `/me/sessions`: where a person is signed in, and ending what should not be.

use domain::Reason;
use oauth_endpoints::Problem;
use oauth_endpoints::sessions::OwnSession;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, absent};
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// A browser in which the person is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView {
    id: String,
    /// The browser, in plain words.
    browser: String,
    /// The network it began in.
    network: String,
    #[schema(schema_with = schemas::date_time)]
    signed_in_at: String,
    /// When it was last used, a minute more or less.
    #[schema(schema_with = schemas::date_time)]
    seen_at: String,
    /// Whether it is the one that asks.
    is_this: bool,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    sessions: usize,
}

impl From<OwnSession> for SessionView {
    fn from(own: OwnSession) -> Self {
        Self {
            id: own.handle,
            browser: own.browser,
            network: own.network,
            signed_in_at: moment(own.signed_in_at),
            seen_at: moment(own.seen_at),
            is_this: own.is_this,
        }
    }
}

/// Where you are signed in, the newest first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "Caller", params(Paging), responses((status = 200, body = Page<SessionView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let (visitor, session) = caller.person()?;
    let paging: Paging = caller.query()?;
    let own = visitor.own_sessions(session).await?;
    let page = paging.of(own, |own| own.handle.clone(), SessionView::from)?;
    Ok(caller.ok(&page))
}

/// End all your sessions but the one that asks.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "Caller", responses((status = 200, body = SessionsEnded)))]
pub(crate) async fn end_others(caller: Caller) -> Answer {
    let (visitor, session) = caller.person()?;
    let sessions = visitor.end_own_sessions(session, None).await?;
    Ok(caller.ok(&SessionsEnded { sessions }))
}

/// End another session of yours. The one that asks is ended by signing out.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{session}", tag = "Caller", params(("session" = String, Path)), responses((status = 200, body = SessionsEnded)))]
pub(crate) async fn end(caller: Caller) -> Answer {
    let (visitor, session) = caller.person()?;
    let wanted: String = caller.named("session")?;
    let own = visitor.own_sessions(session).await?;
    let found = own.iter().find(|own| own.handle == wanted).ok_or_else(|| absent("session of yours", &wanted))?;
    if found.is_this {
        return Err(Problem::new(Reason::NotPossibleNow).detail("this session asks; sign out to end it"));
    }
    let sessions = visitor.end_own_sessions(session, Some(&found.handle)).await?;
    Ok(caller.ok(&SessionsEnded { sessions }))
}
