//! What a person does for itself, in its session alone: it confirms who it is, and looks where it may let apps in.

use actix_web::http::StatusCode;
use domain::{CustomerId, Reason, WorkspaceId};
use oauth_endpoints::Problem;
use oauth_endpoints::sessions::{Confirmed, PageError, Session, Unconfirmed, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, Who};
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// A proof that it is still the person who signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

/// The session counts as confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmedUntil {
    #[schema(schema_with = schemas::date_time)]
    until: String,
}

/// A workspace that the person may let apps into.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenWorkspace {
    #[schema(value_type = String)]
    workspace: WorkspaceId,
    name: String,
    #[schema(value_type = String)]
    customer: CustomerId,
    customer_name: String,
}

impl Caller {
    /// The person who asks, in its session. A management key is none.
    pub(crate) fn person(&self) -> Result<(&Visitor, &Session), Problem> {
        match &self.who {
            Who::Person(visitor) => match &visitor.session {
                Some(session) => Ok((visitor, session)),
                None => Err(Problem::new(Reason::TokenMissing)),
            },
            Who::Key(_) => Err(Problem::new(Reason::PersonRequired).of_key(self.key())),
        }
    }

    /// Refuses what others rely on to whoever has not shown lately who it is. A token shows that every time.
    pub(crate) fn confirmed(&self) -> Result<(), Problem> {
        match &self.who {
            Who::Person(visitor) if visitor.needs_password() => Err(unconfirmed()),
            _ => Ok(()),
        }
    }

    /// The same for what only a person does.
    pub(crate) fn confirmed_person(&self) -> Result<Confirmed, Problem> {
        self.person()?.0.confirmed().ok_or_else(unconfirmed)
    }

    /// Judges the password that was sent, however lately it was given before.
    pub(crate) async fn confirm_with(&self, password: &str) -> Result<Confirmed, Problem> {
        let (visitor, _) = self.person()?;
        let why = match visitor.confirm_with(password).await.map_err(problem_of_page)? {
            Ok(confirmed) => return Ok(confirmed),
            Err(why) => why,
        };
        let refused = |words| Problem::new(Reason::FieldRefused).field("password", words);
        Err(match why {
            Unconfirmed::Missing => refused("write your password: this needs a proof that it is still you"),
            Unconfirmed::Wrong => refused("is not your password"),
            Unconfirmed::PausedUntil(until) => {
                let words =
                    format!("there were too many failed tries for your account; try again after {}", until.words);
                let at_most = self.state.pages.sign_in.pause.as_secs();
                Problem::new(Reason::RateLimited).detail(words).retry_after(u32::try_from(at_most).unwrap_or(u32::MAX))
            }
            Unconfirmed::TooManyTries { retry_seconds } => Problem::new(Reason::RateLimited).retry_after(retry_seconds),
        })
    }
}

impl Caller {
    /// The answer, with what the password changed: the session goes on under a new id.
    pub(crate) fn keep_session(&self, answer: Answer) -> Answer {
        let Ok((visitor, _)) = self.person() else { return answer };
        match answer {
            Ok(mut response) => {
                visitor.write_cookies(&mut response);
                Ok(response)
            }
            Err(problem) => Err(problem.keeping_cookies(visitor)),
        }
    }
}

fn unconfirmed() -> Problem {
    let words = "send your password to POST /api/v1/me/confirmation, or type it where a page of the console asks for it, \
                 then repeat the request";
    Problem::new(Reason::ConfirmationRequired).detail(words)
}

/// What a page would have said.
pub(crate) fn problem_of_page(error: PageError) -> Problem {
    match error {
        PageError::Refused(refusal) => refusal.into(),
        PageError::Notice(_) | PageError::Stop(_) | PageError::Page(_) => Problem::new(Reason::FormTokenWrong),
    }
}

/// Confirm with the password that it is still you. It counts for a while: see `until`. The session goes on under a new
/// id, which the answer sets as its cookie; the form's token stays.
#[utoipa::path(post, path = "/api/v1/me/confirmation", tag = "Caller", request_body = Confirmation, responses((status = 200, body = ConfirmedUntil)))]
pub(crate) async fn confirm(mut caller: Caller) -> Answer {
    caller.person()?;
    let Confirmation { password } = caller.body().await?;
    let answer = caller.confirm_with(&password).await.map(|_| {
        let until = moment(caller.now() + caller.state.pages.step_up);
        caller.answer(StatusCode::OK, &ConfirmedUntil { until })
    });
    caller.keep_session(answer)
}

/// Where you may let apps in: for these workspaces you can make tokens by hand.
#[utoipa::path(get, path = "/api/v1/me/workspaces", tag = "Caller", params(Paging), responses((status = 200, body = Page<OpenWorkspace>)))]
pub(crate) async fn workspaces(caller: Caller) -> Answer {
    let (visitor, session) = caller.person()?;
    let paging: Paging = caller.query()?;
    let mut open = Vec::new();
    for access in visitor.open_workspaces(session.user.id).await? {
        let (customer, name) = (access.customer.id, &access.customer.name);
        open.extend(access.connectable().map(|workspace| OpenWorkspace {
            workspace: workspace.id,
            name: workspace.name.clone(),
            customer,
            customer_name: name.clone(),
        }));
    }
    let page = paging.of(open, |one| one.workspace.to_string(), |one| one)?;
    Ok(caller.ok(&page))
}
