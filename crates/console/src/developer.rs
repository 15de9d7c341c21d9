//! Who asks, and what it may see and change: read anew for every page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use client_registry::{Authority, Permitted, RegistryError};
use domain::{App, AppId, Permission, Team, TeamId};
use oauth_endpoints::pages::{FormPost, Notice};
use oauth_endpoints::sessions::{PageBody, PageError, PageForm, PageResult, Session, Visitor};

use crate::pages::{Problem, SaidPage, words};
use crate::place::Place;

/// A signed-in person, with what it may do now.
pub(crate) struct Developer<'a> {
    pub(crate) visitor: &'a Visitor,
    pub(crate) session: &'a Session,
    pub(crate) authority: Authority,
}

impl<'a> Developer<'a> {
    /// Whoever is signed in; somebody who is not comes to the sign-in page, which leads back to `place`.
    pub(crate) async fn at(visitor: &'a Visitor, place: &Place) -> Result<Self, PageError> {
        match &visitor.session {
            Some(session) => Self::of(visitor, session).await,
            None => Err(PageError::page(visitor.sign_in_first(&place.path()))),
        }
    }

    pub(crate) async fn of(visitor: &'a Visitor, session: &'a Session) -> Result<Self, PageError> {
        let authority = visitor.state.registry.authority(session.user.id, Some(visitor.call.id)).await;
        Ok(Self { visitor, session, authority: authority.map_err(refused)? })
    }

    /// The app that a path names, to look at. One that was deleted, or that belongs to another team, looks like none.
    pub(crate) async fn app(&self, id: Option<AppId>) -> Result<Permitted<App>, PageError> {
        self.app_for(id, Permission::View).await
    }

    /// The app that a path names, for what needs `permission`. Members of its team who have not got it are told who can
    /// grant it.
    pub(crate) async fn app_for(&self, id: Option<AppId>, permission: Permission) -> Result<Permitted<App>, PageError> {
        let id = id.ok_or_else(not_found)?;
        let app = self.visitor.state.registry.permit_app(&self.authority, id, permission).await;
        let app = app.map_err(|error| self.refusal(error, (&Place::app(id), "Back to the app")))?;
        if app.deleted_at.is_none() { Ok(app) } else { Err(not_found()) }
    }

    /// The team that a path names, for what needs `permission`.
    pub(crate) async fn team_for(
        &self,
        id: Option<TeamId>,
        permission: Permission,
    ) -> Result<Permitted<Team>, PageError> {
        let id = id.ok_or_else(not_found)?;
        let team = self.visitor.state.registry.permit_team(&self.authority, id, permission).await;
        team.map_err(|error| self.refusal(error, (&Place::team(id), "Back to the team")))
    }

    /// The deleted app that a path names, for what needs `permission`.
    pub(crate) async fn deleted_app_for(
        &self,
        id: Option<AppId>,
        permission: Permission,
    ) -> Result<Permitted<App>, PageError> {
        let id = id.ok_or_else(not_found)?;
        let app = self.visitor.state.registry.permit_app(&self.authority, id, permission).await;
        let app = app.map_err(|error| self.refusal(error, (&Place::all_apps(), "Back to the apps")))?;
        if app.deleted_at.is_some() { Ok(app) } else { Err(not_found()) }
    }

    /// Whether what needs `permission` is offered.
    pub(crate) fn may(&self, app: &App, permission: Permission) -> bool {
        self.authority.permissions(app.team).is_some_and(|permissions| permissions.allow(permission))
    }

    /// What its team is called.
    pub(crate) fn team_of(&self, app: &App) -> String {
        let team = self.authority.teams().find(|(team, _)| team.id == app.team);
        team.map(|(team, _)| team.name.clone()).unwrap_or_default()
    }

    /// A form that this person posts to `path`, without the environment.
    pub(crate) fn post_to(&self, path: &str) -> FormPost {
        self.visitor.account_form(self.session, path)
    }

    /// The same, for what must not be done twice: see `once.rs`.
    pub(crate) fn post_once_to(&self, path: &str) -> FormPost {
        self.visitor.single_form(self.session, path)
    }

    /// What was posted, if one of our pages posted it for this person.
    pub(crate) fn form<const MOST: usize>(&self, body: &PageBody<MOST>) -> Result<PageForm, PageError> {
        let form = body.form()?;
        self.visitor.check_account_form(&form)?;
        Ok(form)
    }

    /// The page for what the registry refused.
    fn refusal(&self, error: RegistryError, (place, back): (&Place, &'static str)) -> PageError {
        let RegistryError::NotPermitted { permission, team, grantors } = error else { return refused(error) };
        let who = if grantors.is_empty() {
            "Nobody in the team can grant it; ask the operator."
        } else {
            "These members of the team can grant it:"
        };
        let page = SaidPage {
            frame: self.visitor.frame(),
            is_good: false,
            title: "You may not do this",
            sentences: vec![
                format!("It needs the permission {} in the team {team}.", words::permission(permission)),
                who.to_owned(),
            ],
            list: grantors,
            actions: Vec::new(),
            back_url: self.visitor.path(&place.path()),
            back,
        };
        PageError::page(self.visitor.show(&page, StatusCode::FORBIDDEN))
    }
}

/// The page for what the registry refused where nothing was changed.
pub(crate) fn refused(error: RegistryError) -> PageError {
    match error {
        RegistryError::Store(error) => error.into(),
        _ => not_found(),
    }
}

/// What the registry refused, for the form that asked for it; what no form can mend is a page.
pub(crate) fn problem(error: RegistryError) -> Result<Problem, PageError> {
    match error {
        RegistryError::Store(_) | RegistryError::NotFound { .. } => Err(refused(error)),
        RegistryError::Invalid { field, .. } => Ok(Problem::new(field, &error.to_string())),
        _ => Ok(Problem::new("", &error.to_string())),
    }
}

pub(crate) fn not_found() -> PageError {
    PageError::notice(Notice::NotFound)
}

/// The answer, apart from every window of another origin: nothing here is opened in a pop-up.
pub(crate) fn answer(visitor: Visitor, result: PageResult) -> HttpResponse {
    let mut response = visitor.answer(result);
    let name = HeaderName::from_static("cross-origin-opener-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("same-origin"));
    response
}
