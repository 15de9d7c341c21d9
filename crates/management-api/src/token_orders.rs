//! *Generate Token* and *Regenerate Token*, in two calls: the first has a code mailed for exactly what is asked for, the
//! second brings the code and gets the tokens, once. Only a person does that, in its session: the tokens act as it.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use client_registry::Permitted;
use domain::{App, Connection, ErrorCode, Permission, Reason};
use oauth_endpoints::Problem;
use oauth_endpoints::generated_tokens::{Made, Older, Replaced, Wanted, chosen_scopes, part_at_fault};
use oauth_endpoints::sessions::{NotApproved, NotMailed, Pending};
use protocol::{NotGenerated, TokenOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, absent};
use crate::connections::ConnectionView;
use crate::person::problem_of_page;
use crate::schemas::{self, moment};

/// Tokens to be made by hand: to act as you, in the default environment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokens {
    /// The API key that they are for.
    key: String,
    /// What the team calls them.
    #[schema(min_length = 1, max_length = 60)]
    label: String,
    customer: String,
    /// Workspaces of this customer that you may let apps into: see `/api/v1/me/workspaces`.
    workspaces: Vec<String>,
    /// Among those that the app may ask for.
    scopes: Vec<String>,
    /// How long the refresh token lives; access tokens live as long as everybody's.
    lifetime_seconds: u32,
    /// Your password, however lately you gave it.
    #[schema(format = Password, max_length = 1024)]
    password: String,
}

/// Tokens to be made in place of others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokensInPlace {
    tokens: NewTokens,
    /// Whether the older ones end at once; else they go on for a day at most.
    #[serde(default)]
    older_stop_now: bool,
}

/// What waits for the code that was mailed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approval {
    id: String,
    /// Until when the code approves it.
    #[schema(schema_with = schemas::date_time)]
    expires_at: String,
}

/// The code of the e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    #[schema(max_length = 20)]
    code: String,
}

/// Tokens that were just made, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTokens {
    /// What stands behind them.
    tokens: ConnectionView,
    access_token: String,
    #[schema(schema_with = schemas::date_time)]
    access_token_ends_at: String,
    refresh_token: Option<String>,
    /// What became of the older ones, where these take their place: `ended`, `go_on` (for a day at most), `had_ended`
    /// before, or `not_ended`, because that failed.
    #[schema(value_type = Option<String>)]
    older: Option<Older>,
}

/// Have a code mailed for tokens to be made by hand; they are made when it is brought to the approval.
#[utoipa::path(post, path = "/api/v1/apps/{app}/tokens", tag = "Tokens", request_body = NewTokens, params(("app" = String, Path)), responses((status = 202, body = Approval, headers(("Location" = String)))))]
pub(crate) async fn generate(mut caller: Caller) -> Answer {
    caller.person()?;
    let app = caller.app(Permission::GenerateToken).await?;
    let asked: NewTokens = caller.body().await?;
    caller.keep_session(mail_code(&caller, &app, (asked, None)).await)
}

/// Have a code mailed for tokens to be made in place of others.
#[utoipa::path(post, path = "/api/v1/apps/{app}/tokens/{token}/regenerate", tag = "Tokens", request_body = TokensInPlace, params(("app" = String, Path), ("token" = String, Path)), responses((status = 202, body = Approval, headers(("Location" = String)))))]
pub(crate) async fn regenerate(mut caller: Caller) -> Answer {
    let (visitor, _) = caller.person()?;
    let app = caller.app(Permission::GenerateToken).await?;
    let older = visitor.replaceable_tokens(&app, caller.named("token")?).await;
    let older: Connection = older.map_err(|error| caller.refused(error))?;
    let TokensInPlace { tokens, older_stop_now } = caller.body().await?;
    let answer = mail_code(&caller, &app, (tokens, Some(Replaced::of(&older, older_stop_now)))).await;
    caller.keep_session(answer)
}

async fn mail_code(caller: &Caller, app: &Permitted<App>, (asked, replaces): (NewTokens, Option<Replaced>)) -> Answer {
    let (visitor, session) = caller.person()?;
    let order = order(caller, &asked)?;
    visitor.state.protocol.check_token_order(app, &order).await.map_err(not_made)?;
    let confirmed = caller.confirm_with(&asked.password).await?;
    let (key, _) = caller.state.registry.key_of(app, order.key).await.map_err(|error| caller.refused(error))?;
    let open = visitor.open_workspaces(session.user.id).await?;
    let access = open.iter().find(|part| part.customer.id == order.customer);
    let access = access.ok_or_else(|| not_made(NotGenerated::WorkspacesClosed))?;
    let wanted = Wanted { app: app.id, order, replaces };
    let facts = wanted.facts(app, &key, access);
    let id = visitor
        .ask_approval(&confirmed, wanted, facts)
        .await
        .map_err(problem_of_page)?
        .map_err(|not| not_mailed(&not))?;
    Ok(accepted(caller, app, id))
}

/// Where the code is brought, and until when.
fn accepted(caller: &Caller, app: &App, id: String) -> HttpResponse {
    let minutes = caller.person().map_or(0, |(visitor, _)| visitor.approval_minutes());
    let expires_at = moment(caller.now() + Duration::from_secs(u64::from(minutes) * 60));
    let location = format!("/api/v1/apps/{}/token-approvals/{id}", app.id);
    let mut response = caller.answer(StatusCode::ACCEPTED, &Approval { id, expires_at });
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn not_mailed(not: &NotMailed) -> Problem {
    let (problem, words) = match not {
        NotMailed::TooMany => (
            Problem::new(Reason::RateLimited).retry_after(3600),
            "too many codes were mailed to you in this hour; try again later",
        ),
        NotMailed::TooSoon { retry_seconds } => (
            Problem::new(Reason::RateLimited).retry_after(*retry_seconds),
            "a code was mailed a moment ago, and still works",
        ),
        NotMailed::Failed { .. } => (
            Problem::new(Reason::NotPossibleNow),
            "the e-mail with the code could not be sent; try again in a few minutes",
        ),
    };
    problem.detail(words)
}

/// Have another code mailed for exactly the same; the one before approves nothing any more.
#[utoipa::path(post, path = "/api/v1/apps/{app}/token-approvals/{approval}/resend", tag = "Tokens", params(("app" = String, Path), ("approval" = String, Path)), responses((status = 202, body = Approval, headers(("Location" = String)))))]
pub(crate) async fn resend(caller: Caller) -> Answer {
    let (visitor, session) = caller.person()?;
    let app = caller.app(Permission::GenerateToken).await?;
    let pending = waiting(&caller, &app).await?;
    if pending.is_late(visitor) {
        return Err(too_late());
    }
    let (id, order) = (pending.id().to_owned(), &pending.asked().order);
    let (key, _) = caller.state.registry.key_of(&app, order.key).await.map_err(|error| caller.refused(error))?;
    let open = visitor.open_workspaces(session.user.id).await?;
    let access = open.iter().find(|part| part.customer.id == order.customer);
    let access = access.ok_or_else(|| not_made(NotGenerated::WorkspacesClosed))?;
    let facts = pending.asked().facts(&app, &key, access);
    visitor.ask_approval_again(pending, facts).await.map_err(problem_of_page)?.map_err(|not| not_mailed(&not))?;
    Ok(accepted(&caller, &app, id))
}

/// What the path names, if it waits in this session.
async fn waiting(caller: &Caller, app: &App) -> Result<Pending<Wanted>, Problem> {
    let id: String = caller.named("approval")?;
    let pending = caller.person()?.0.pending_approval::<Wanted>(&id).await.map_err(problem_of_page)?;
    let pending = pending.filter(|pending| pending.asked().app == app.id);
    pending.ok_or_else(|| absent("request of yours that waits for a code", &id))
}

fn too_late() -> Problem {
    Problem::new(Reason::NotPossibleNow).detail("this code is too old; nothing was made, ask for it again")
}

/// Every fault of it is told at once.
fn order(caller: &Caller, asked: &NewTokens) -> Result<TokenOrder, Problem> {
    let mut problem = Problem::new(Reason::FieldRefused);
    let mut is_faulty = false;
    let mut fault = |field: &str, words: &str| {
        problem = problem.clone().field(field, words);
        is_faulty = true;
    };
    let (key, customer) = (asked.key.parse().ok(), asked.customer.parse().ok());
    if key.is_none() {
        fault("key", "is no id of an API key");
    }
    if customer.is_none() {
        fault("customer", "is no id of a customer");
    }
    let workspaces: Result<Vec<_>, _> = asked.workspaces.iter().map(|id| id.parse()).collect();
    let workspaces = workspaces.ok().filter(|ids| !ids.is_empty());
    if workspaces.is_none() {
        fault("workspaces", "name at least one workspace, each by its id");
    }
    let scopes = chosen_scopes(&asked.scopes);
    if scopes.is_none() {
        fault("scopes", "name what the tokens may do, at least one scope");
    }
    match (key, customer, workspaces, scopes) {
        (Some(key), Some(customer), Some(mut workspaces), Some(scopes)) if !is_faulty => {
            workspaces.sort_unstable();
            workspaces.dedup();
            let lifetime = Duration::from_secs(asked.lifetime_seconds.into());
            let environment = caller.person()?.0.environment().clone();
            let label = asked.label.trim().to_owned();
            Ok(TokenOrder { environment, key, customer, workspaces, scopes, lifetime, label })
        }
        _ => Err(problem),
    }
}

/// Bring the code of the e-mail: exactly what was asked for is made, and its tokens are shown this once.
#[utoipa::path(post, path = "/api/v1/apps/{app}/token-approvals/{approval}", tag = "Tokens", request_body = Code, params(("app" = String, Path), ("approval" = String, Path)), responses((status = 201, body = MadeTokens, headers(("Location" = String)))))]
pub(crate) async fn approve(mut caller: Caller) -> Answer {
    caller.person()?;
    let app = caller.app(Permission::GenerateToken).await?;
    let Code { code } = caller.body().await?;
    // What was begun is brought to its end, though the caller hangs up.
    let running = actix_web::rt::spawn(async move { take(&caller, &app, &code).await });
    running.await.unwrap_or_else(|_| Err(Problem::new(Reason::Internal)))
}

async fn take(caller: &Caller, app: &Permitted<App>, code: &str) -> Answer {
    let (visitor, _) = caller.person()?;
    let pending = waiting(caller, app).await?;
    let id = pending.id().to_owned();
    let wrong = |words: &str| Problem::new(Reason::FieldRefused).field("code", words);
    let approved = match visitor.approve_with(pending, code).await.map_err(problem_of_page)? {
        Ok(approved) => approved,
        Err(why) => {
            return Err(match why {
                NotApproved::NotACode => wrong("send the six digits of the e-mail; this was not counted as a try"),
                NotApproved::Wrong { tries_left } => wrong(&format!("is not the code; tries left: {tries_left}")),
                NotApproved::Late => too_late(),
                NotApproved::Used => Problem::new(Reason::AlreadyMade),
                NotApproved::Over => {
                    let words = "this code was tried too often; ask for it again";
                    Problem::new(Reason::NotPossibleNow).detail(words)
                }
            });
        }
    };
    let made = visitor.make_tokens(app, approved).await;
    // It expires by itself, and is spent.
    let _ = visitor.forget_approval(&id).await;
    Ok(shown(caller, made.map_err(not_made)?))
}

fn shown(caller: &Caller, made: Made) -> HttpResponse {
    let Made { tokens, older, .. } = made;
    let location = format!("/api/v1/apps/{}/tokens/{}", tokens.connection.app, tokens.connection.id);
    let view = MadeTokens {
        access_token: tokens.response.access_token().to_owned(),
        access_token_ends_at: moment(tokens.access_token_ends),
        refresh_token: tokens.response.refresh_token().map(str::to_owned),
        tokens: ConnectionView::of(tokens.connection, caller.now()),
        older,
    };
    let mut response = caller.answer(StatusCode::CREATED, &view);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// What stands against it, at the field that can mend it.
fn not_made(not: NotGenerated) -> Problem {
    let said = not.to_string();
    match (part_at_fault(&not), not) {
        (_, NotGenerated::Refused(refusal)) => match refusal.public().error {
            ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => refusal.into(),
            _ => Problem::new(Reason::NotPossibleNow).detail(refusal.reason().sentence()),
        },
        (_, NotGenerated::TooMany(_)) => Problem::new(Reason::LimitReached).detail(said),
        ("lifetime", _) => Problem::new(Reason::FieldRefused).field("lifetime_seconds", said),
        ("", _) => Problem::new(Reason::NotPossibleNow).detail(said),
        (field, _) => Problem::new(Reason::FieldRefused).field(field, said),
    }
}
