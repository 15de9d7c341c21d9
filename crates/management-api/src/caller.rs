//! Who asks: a management key by its access token, or a person by the console's session. Everything that a handler reads
//! of a request it reads from here, after it is known who sent it.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use client_registry::{Authority, Permitted, RegistryError};
use domain::{App, ClientId, Permission, Reason, RequestId, Team, Timestamp};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use oauth_endpoints::sessions::Visitor;
use oauth_endpoints::{Call, Problem, State, bearer_token, shown};
use protocol::{ManagementToken, Refusal, Trail};
use serde::de::DeserializeOwned;
use std::time::Duration;

use crate::refused::{problem_of, problem_of_key};

/// The largest body: a certificate with its chain, as JSON.
const BODY_LIMIT: usize = 128 * 1024;
/// How long a caller may take to send it.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who has authenticated, with its request.
pub(crate) struct Caller {
    pub(crate) state: web::Data<State>,
    pub(crate) authority: Authority,
    pub(crate) who: Who,
    request: HttpRequest,
    payload: Payload,
}

/// As whom the caller has authenticated.
pub(crate) enum Who {
    Key(ManagementToken),
    Person(Box<Visitor>),
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = request.app_data::<web::Data<State>>().expect("every route has the state").clone();
            let token = bearer_token(&request)?.map(str::to_owned);
            let (who, authority) = match token {
                Some(token) => by_token(&state, &request, &token).await?,
                None => by_session(&state, &request).await?,
            };
            Ok(Self { state, authority, who, request, payload })
        })
    }
}

async fn by_token(state: &State, request: &HttpRequest, token: &str) -> Result<(Who, Authority), Problem> {
    let mut trail = Trail::default();
    let checked = state.protocol.check_management_token(token, &shown(request), &mut trail).await;
    let token = checked.map_err(|refusal| Problem::from(refusal).of_key(trail.key))?;
    let ManagementToken { key, teams, permissions } = token;
    let authority = state.registry.authority_of_key(key, teams, permissions, Some(Call::of(request).id)).await;
    Ok((Who::Key(token), authority.map_err(problem_of)?))
}

async fn by_session(state: &State, request: &HttpRequest) -> Result<(Who, Authority), Problem> {
    let visitor = Visitor::from_request(request, &mut Payload::None).await;
    let visitor = visitor.map_err(|error| match error.as_response_error().status_code() {
        // There is no default environment, so nobody can have signed in to it.
        StatusCode::NOT_FOUND => Problem::new(Reason::TokenMissing),
        _ => Refusal::from(Reason::StoreUnavailable).into(),
    })?;
    let Some(session) = &visitor.session else { return Err(Problem::new(Reason::TokenMissing)) };
    if !request.method().is_safe() && !visitor.sent_by_our_page() {
        return Err(Problem::new(Reason::FormTokenWrong));
    }
    let authority = state.registry.authority(session.user.id, Some(visitor.call.id)).await.map_err(problem_of)?;
    Ok((Who::Person(Box::new(visitor)), authority))
}

impl Caller {
    /// The management key that asks, if it is one.
    pub(crate) fn key(&self) -> Option<ClientId> {
        match &self.who {
            Who::Key(token) => Some(token.key),
            Who::Person(_) => None,
        }
    }

    /// What the registry refused, in words for this caller.
    pub(crate) fn refused(&self, error: RegistryError) -> Problem {
        let problem = match &self.who {
            Who::Key(_) => problem_of_key(error),
            Who::Person(_) => problem_of(error),
        };
        problem.of_key(self.key())
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.state.protocol.clock.now()
    }

    /// The request's id.
    pub(crate) fn request_id(&self) -> RequestId {
        Call::of(&self.request).id
    }

    /// What was asked of.
    pub(crate) fn path(&self) -> &str {
        self.request.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// A part of the path that is an id. Text that is none names nothing.
    pub(crate) fn named<T: std::str::FromStr<Err: std::fmt::Display>>(&self, part: &str) -> Result<T, Problem> {
        let text = self.request.match_info().get(part).unwrap_or_default();
        text.parse().map_err(|error: T::Err| Problem::new(Reason::NotFound).detail(format!("{part}: {error}")))
    }

    /// The app of the path, if the caller has `permission` in its team. One that was deleted is not found.
    pub(crate) async fn app(&self, permission: Permission) -> Result<Permitted<App>, Problem> {
        let id = self.named("app")?;
        let app = self.state.registry.permit_app(&self.authority, id, permission).await;
        let app = app.map_err(|error| self.refused(error))?;
        if app.deleted_at.is_some() { Err(absent("app", id)) } else { Ok(app) }
    }

    /// The team of the path, if the caller has `permission` in it.
    pub(crate) async fn team(&self, permission: Permission) -> Result<Permitted<Team>, Problem> {
        let id = self.named("team")?;
        let team = self.state.registry.permit_team(&self.authority, id, permission).await;
        team.map_err(|error| self.refused(error))
    }

    /// The parameters in the query.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let query = web::Query::<T>::from_query(self.request.query_string());
        query
            .map(web::Query::into_inner)
            .map_err(|error| Problem::new(Reason::ParameterMalformed).detail(error.to_string()))
    }

    /// The body, as it was sent.
    pub(crate) async fn read(&mut self) -> Result<Bytes, Problem> {
        let content_type = self.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(Reason::JsonRequired));
        }
        let late = || Problem::new(Reason::BodyMalformed).detail("the body did not arrive within 10 s");
        tokio::time::timeout(BODY_PATIENCE, read(std::mem::replace(&mut self.payload, Payload::None)))
            .await
            .map_err(|_| late())?
    }

    /// The body, as the JSON that is asked for.
    pub(crate) async fn body<T: DeserializeOwned>(&mut self) -> Result<T, Problem> {
        parsed(&self.read().await?)
    }
}

/// The JSON that is asked for.
pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::new(Reason::BodyMalformed).detail(error.to_string()))
}

/// What is not there, or not for this caller.
pub(crate) fn absent(what: &'static str, id: impl std::fmt::Display) -> Problem {
    problem_of(RegistryError::NotFound { what, id: id.to_string() })
}

async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Reason::BodyMalformed).detail("the body broke off"))?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Problem::new(Reason::BodyTooLarge).detail(format!("{BODY_LIMIT} bytes are taken")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
