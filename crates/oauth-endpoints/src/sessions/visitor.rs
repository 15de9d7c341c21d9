//! The extractor of every page handler, and the one place that writes pages.

use std::cell::RefCell;
use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use domain::{Actor, Origin, Timestamp, User};
use futures_util::future::LocalBoxFuture;
use protocol::authorize::{BrowserNotes, form_token};
use storage::StoreError;

use super::browser_name::browser_name;
use super::cookies::{self, Kind};
use super::form::FORM_TOKEN;
use super::page::{PageError, PageResult, status};
use super::session::{Session, Sessions};
use super::{PageConfig, PageForm};
use crate::authorize::stop_page;
use crate::environment::At;
use crate::pages::headers::{EVERY_PAGE, PageKind, STRICT_TRANSPORT_SECURITY, content_security_policy};
use crate::pages::{FormPost, Frame, Notice, NoticePage, SignedIn, Theme, render};
use crate::request::Call;
use crate::sign_in::{ReturnTo, address_prefix};
use crate::state::State;

/// A browser at one of our pages, and who is signed in with it.
pub struct Visitor {
    /// What handlers share.
    pub state: web::Data<State>,
    pub(crate) at: At,
    /// The request at hand.
    pub call: Call,
    pub(crate) request: HttpRequest,
    /// Where it comes from.
    pub(crate) origin: Arc<Origin>,
    /// The browser's secret: what it began is bound to it.
    pub(crate) browser: String,
    /// Who is signed in.
    pub session: Option<Session>,
    /// Whether that person is in a developer team.
    is_developer: bool,
    pub(crate) notes: BrowserNotes,
    /// What the answer changes. A session is renewed in the midst of a handler, which only looks at the visitor.
    cookies: RefCell<Vec<Cookie<'static>>>,
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let at = At::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let at = at.await.map_err(|failure| InternalError::from_response("no page", failure.error_response()))?;
            let mut visitor = Self::new(request, at);
            if let Err(error) = visitor.recognise().await {
                let response = visitor.answer(Err(error.into()));
                return Err(InternalError::from_response("no session", response).into());
            }
            Ok(visitor)
        })
    }
}

impl Visitor {
    fn new(request: HttpRequest, at: At) -> Self {
        let state = request.app_data::<web::Data<State>>().expect("every route has the state").clone();
        let protocol = &state.protocol;
        let notes = BrowserNotes::new(state.browser.clone(), protocol.root_keys.clone(), protocol.random.clone());
        let secure = state.pages.secure;
        let known = cookie(&request, &cookies::name(Kind::Browser, &at.name, secure));
        let mut cookies = Vec::new();
        let browser = known.unwrap_or_else(|| {
            let fresh = notes.fresh_id();
            // A form without the cookie comes from another site, where browsers keep the cookie back but would take a
            // new one in its place: what this person has begun would be lost.
            if request.method().is_safe() {
                cookies.push(cookies::set(Kind::Browser, &at.name, secure, &fresh));
            }
            fresh
        });
        let (origin, cookies) = (state.proxies.origin(&request), RefCell::new(cookies));
        let call = Call::of(&request);
        Self { state, at, call, request, origin, browser, session: None, is_developer: false, notes, cookies }
    }

    async fn recognise(&mut self) -> Result<(), StoreError> {
        if let Some(id) = self.cookie(Kind::Session) {
            let directory = &*self.state.protocol.directory;
            self.session = self.sessions().find(&id, directory).await?;
            if let Some(session) = &self.session {
                self.is_developer = !directory.teams_of(session.user.id).await?.is_empty();
            }
        }
        Ok(())
    }

    pub(crate) fn config(&self) -> &PageConfig {
        &self.state.pages
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.state.protocol.clock.now()
    }

    /// The network that the request comes from: coarser than the address, which people change at will.
    #[must_use]
    pub fn network(&self) -> String {
        address_prefix(&self.origin.address)
    }

    /// The path of a page in this environment.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.at.name.prefix())
    }

    /// The environment of its path.
    #[must_use]
    pub const fn environment(&self) -> &domain::EnvironmentName {
        &self.at.name
    }

    /// Who asks the registry for something here.
    pub(crate) fn initiator(&self, user: &User) -> client_registry::Initiator {
        client_registry::Initiator { actor: Actor::User(user.id), request: Some(self.call.id) }
    }

    /// Signs `user` in under a new session id; the old session ends.
    pub(crate) async fn begin_session(&mut self, user: User) -> Result<(), StoreError> {
        self.end_session().await?;
        self.remember_device(&user).await?;
        let browser = browser_name(&self.origin.user_agent);
        let session = self.sessions().begin(user, (browser, self.network())).await?;
        self.cookies.get_mut().retain(|cookie| !cookie.name().contains("-session-"));
        self.set_cookie(Kind::Session, &session.id());
        self.session = Some(session);
        Ok(())
    }

    /// Signs out.
    pub(crate) async fn end_session(&mut self) -> Result<(), StoreError> {
        if let Some(session) = self.session.take() {
            self.sessions().end(&session).await?;
            let unset = cookies::unset(Kind::Session, &self.at.name, self.config().secure);
            self.cookies.get_mut().push(unset);
        }
        Ok(())
    }

    /// The id in a cookie of ours.
    pub(super) fn cookie(&self, kind: Kind) -> Option<String> {
        cookie(&self.request, &cookies::name(kind, &self.at.name, self.config().secure))
    }

    pub(super) fn set_cookie(&self, kind: Kind, id: &str) {
        self.cookies.borrow_mut().push(cookies::set(kind, &self.at.name, self.config().secure, id));
    }

    pub(super) fn sessions(&self) -> Sessions<'_> {
        Sessions { notes: &self.notes, config: self.config(), now: self.now() }
    }

    /// A form that only this browser can post.
    #[must_use]
    pub fn form(&self, path: &str, purpose: &str) -> FormPost {
        FormPost::to(self.path(path)).with(FORM_TOKEN, form_token(purpose, &self.browser))
    }

    /// Refuses a form that is not one of [`Self::form`].
    ///
    /// # Errors
    /// The page that says that this form cannot be accepted.
    pub fn check_form(&self, form: &PageForm, purpose: &str) -> Result<(), PageError> {
        form.check(self.request.headers(), &self.state.protocol.settings.public_url, purpose, &self.browser)
    }

    /// A form that only this session can post.
    #[must_use]
    pub fn account_form(&self, session: &Session, path: &str) -> FormPost {
        FormPost::to(self.path(path)).with(FORM_TOKEN, form_token("account", &session.stem))
    }

    /// Refuses a form that is not one of [`Self::account_form`].
    ///
    /// # Errors
    /// The page that says that this form cannot be accepted.
    pub fn check_account_form(&self, form: &PageForm) -> Result<(), PageError> {
        let secret = self.session.as_ref().map_or("", |session| session.stem.as_str());
        form.check(self.request.headers(), &self.state.protocol.settings.public_url, "account", secret)
    }

    /// What surrounds every page.
    #[must_use]
    pub fn frame(&self) -> Frame {
        Frame {
            operator: self.state.operator.clone(),
            environment: (!self.at.name.is_default()).then(|| self.at.record().environment.display_name.clone()),
            theme: Theme::from_cookie(self.request.cookie(Theme::COOKIE).as_ref().map(Cookie::value)),
            signed_in: self.session.as_ref().map(|session| SignedIn {
                email: session.user.email.clone(),
                sessions_url: self.path("/ui/sessions"),
                developer_apps_url: self.is_developer.then(|| self.path("/ui/apps")),
                teams_url: self.is_developer.then(|| self.path("/ui/teams")),
                connected_apps_url: self.path("/ui/connected-apps"),
                sign_out: self.account_form(session, "/ui/logout"),
            }),
        }
    }

    /// A page with its headers. `None` for a page whose policy cannot be written.
    pub(crate) fn page(&self, page: &impl Template, status: StatusCode, kind: PageKind<'_>) -> Option<HttpResponse> {
        write_page(page, status, kind, self.config().secure)
    }

    /// An ordinary page.
    ///
    /// # Panics
    /// Never: its policy is a constant.
    pub fn show(&self, page: &impl Template, status: StatusCode) -> HttpResponse {
        self.page(page, status, PageKind::Page).expect("the policy of an ordinary page is a constant")
    }

    /// To another page of ours.
    #[must_use]
    pub fn go(&self, path: &str) -> HttpResponse {
        redirect(&self.path(path))
    }

    /// To the sign-in page, which leads back to `path`: one of ours, without the environment.
    #[must_use]
    pub fn sign_in_first(&self, path: &str) -> HttpResponse {
        let environment = &self.at.name;
        let back = ReturnTo::parse(&self.path(path), environment);
        self.go(&back.unwrap_or_else(|| ReturnTo::connected_apps(environment)).sign_in_path())
    }

    /// The answer: the page, or the page that says why not; with the cookies that changed.
    #[must_use]
    pub fn answer(self, result: PageResult) -> HttpResponse {
        let mut response = result.unwrap_or_else(|error| self.failure(error));
        self.take_back_shown(&mut response);
        self.write_cookies(&mut response);
        response
    }

    /// Writes the cookies that changed. [`Self::answer`] does that for pages.
    pub fn write_cookies(&self, response: &mut HttpResponse) {
        for cookie in self.cookies.borrow().iter() {
            // Fails only for names and values that no cookie of ours has.
            let _ = response.add_cookie(cookie);
        }
    }

    /// The cookies that changed.
    pub(crate) fn changed_cookies(&self) -> Vec<Cookie<'static>> {
        self.cookies.borrow().clone()
    }

    fn failure(&self, error: PageError) -> HttpResponse {
        match error {
            PageError::Notice(notice) => self.notice(*notice, false),
            PageError::Stop(stop) => stop_page(self, &stop),
            PageError::Page(page) => *page,
            PageError::Refused(refusal) => {
                tracing::warn!(request_id = %self.call.id, reason = %refusal.reason(), detail = refusal.private_detail(), "a page was not shown");
                self.notice(PageError::notice_of(&refusal.public()), true)
            }
        }
    }

    fn notice(&self, notice: Notice, with_reference: bool) -> HttpResponse {
        let status = status(&notice);
        let wait = match notice {
            Notice::TooManyTries { retry_seconds } | Notice::Unavailable { retry_seconds } => Some(retry_seconds),
            _ => None,
        };
        let reference = with_reference.then(|| self.call.id.to_string());
        let connected_apps_url = self.path("/ui/connected-apps");
        let page = NoticePage { frame: self.frame(), notice, reference, connected_apps_url };
        let mut response = self.show(&page, status);
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A page with its headers; `secure` is whether browsers come over TLS. `None` for a page whose policy cannot be written.
pub(crate) fn write_page(
    page: &impl Template,
    status: StatusCode,
    kind: PageKind<'_>,
    secure: bool,
) -> Option<HttpResponse> {
    let policy = content_security_policy(kind)?;
    let mut response = HttpResponse::build(status);
    for (name, value) in EVERY_PAGE {
        response.insert_header((name, value));
    }
    if secure {
        response.insert_header(("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY));
    }
    response
        .insert_header(("Content-Security-Policy", policy.as_ref()))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
    Some(response.body(render(page)))
}

/// `303 See Other`, kept by nobody.
pub(crate) fn redirect(location: &str) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    for (name, value) in EVERY_PAGE {
        response.insert_header((name, value));
    }
    response.insert_header((LOCATION, location)).finish()
}

fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).and_then(|cookie| cookies::id(cookie.value()).map(str::to_owned))
}
