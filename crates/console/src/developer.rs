//! Who asks, and what it may see: read anew for every page.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use client_registry::{Authority, Permitted, RegistryError};
use domain::{App, AppId, Permission};
use oauth_endpoints::pages::Notice;
use oauth_endpoints::sessions::{PageError, PageResult, Session, Visitor};

/// A signed-in person, with what it may do now.
pub(crate) struct Developer<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) authority: Authority,
}

impl<'a> Developer<'a> {
    pub(crate) async fn of(visitor: &'a Visitor, session: &Session) -> Result<Self, PageError> {
        let authority = visitor.state.registry.authority(session.user.id, Some(visitor.call.id)).await;
        Ok(Self { visitor, authority: authority.map_err(refused)? })
    }

    /// The app that a path names. One that was deleted, or that belongs to another team, looks like none.
    pub(crate) async fn app(&self, id: Option<AppId>) -> Result<Permitted<App>, PageError> {
        let id = id.ok_or_else(not_found)?;
        let app = self.visitor.state.registry.permit_app(&self.authority, id, Permission::View).await;
        app.map_err(refused).and_then(|app| if app.deleted_at.is_none() { Ok(app) } else { Err(not_found()) })
    }

    /// What its team is called.
    pub(crate) fn team_of(&self, app: &App) -> String {
        let team = self.authority.teams().find(|(team, _)| team.id == app.team);
        team.map(|(team, _)| team.name.clone()).unwrap_or_default()
    }
}

/// The page for what the registry refused.
pub(crate) fn refused(error: RegistryError) -> PageError {
    match error {
        RegistryError::Store(error) => error.into(),
        // To look is in every member's permissions, so that nothing else can be lacking.
        _ => not_found(),
    }
}

fn not_found() -> PageError {
    PageError::notice(Notice::NotFound)
}

/// The answer, apart from every window of another origin: nothing here is opened in a pop-up.
pub(crate) fn answer(visitor: Visitor, result: PageResult) -> HttpResponse {
    let mut response = visitor.answer(result);
    let name = HeaderName::from_static("cross-origin-opener-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("same-origin"));
    response
}
