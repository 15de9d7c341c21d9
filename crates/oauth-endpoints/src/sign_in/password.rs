//! `/ui/login`: e-mail and password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Query;
use domain::{Reason, User, UserKind};
use protocol::Refusal;
use serde::Deserialize;
use tokio::time::Instant;

use super::attempt::{Attempt, NotSent};
use super::{PURPOSE, ReturnTo, failures, limits};
use crate::authorize::{Transaction, deny};
use crate::pages::{AppIdentity, Moment, SignInPage, SignInProblem, field};
use crate::sessions::{PageBody, PageError, PageResult, Visitor};

/// The longest password that is hashed.
const LONGEST_PASSWORD: usize = 1024;
/// The longest address there is (RFC 5321 §4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
const RETURN_TO: &str = "returnTo";

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(rename = "returnTo")]
    return_to: Option<String>,
}

pub(super) async fn page(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.and_then(|asked| asked.into_inner().return_to);
    let result = show(&visitor, &asked.unwrap_or_default()).await;
    visitor.answer(result)
}

pub(super) async fn sign_in(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = try_password(&visitor, &body).await;
    visitor.answer(result)
}

async fn show(visitor: &Visitor, return_to: &str) -> PageResult {
    let way = Way::read(visitor, return_to).await?;
    let satisfied = match &way.transaction {
        Some(transaction) => transaction.is_signed_in(visitor),
        None => visitor.session.is_some(),
    };
    if satisfied {
        return Ok(crate::sessions::redirect(way.return_to.as_str()));
    }
    let email = way.transaction.as_ref().and_then(Transaction::login_hint).unwrap_or_default().to_owned();
    Ok(visitor.show(&way.page(visitor, email, None), StatusCode::OK))
}

async fn try_password(visitor: &Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    visitor.check_form(&form, PURPOSE)?;
    let way = Way::read(visitor, form.one(RETURN_TO)).await?;
    if form.is_denial() {
        return match way.transaction {
            Some(transaction) => deny(visitor, transaction).await,
            None => Ok(visitor.go("/ui/login")),
        };
    }
    let email = form.one(field::EMAIL).trim().to_lowercase();
    let typed: String = email.chars().take(LONGEST_ADDRESS).collect();
    match judge(visitor, &email, form.one(field::PASSWORD)).await? {
        Ok(user) => send_code(visitor, way, &user).await,
        Err(problem) => Ok(way.refused(visitor, typed, problem)),
    }
}

/// Whose address and password these are. Every judgement of a password is this one: counted against the limits, answered
/// in the same time whatever is wrong.
pub(crate) async fn judge(
    visitor: &Visitor,
    email: &str,
    password: &str,
) -> Result<Result<User, SignInProblem>, PageError> {
    let began = Instant::now();
    let checked = check(visitor, email, password).await?;
    if matches!(checked, Err(SignInProblem::Rejected)) {
        limits::even_out(began, visitor.config().sign_in.refusal_step).await;
    }
    visitor.state.metrics.login(match checked {
        Ok(_) => "right",
        Err(SignInProblem::Rejected) => "wrong",
        Err(_) => "limited",
    });
    Ok(checked)
}

/// One verification for every try that is within the limits, whatever is known of the address.
async fn check(visitor: &Visitor, email: &str, password: &str) -> Result<Result<User, SignInProblem>, PageError> {
    let limits = &visitor.config().sign_in;
    if limits::network_is_over(visitor).await? {
        return Ok(Err(SignInProblem::TooManyTries { retry_seconds: 60 }));
    }
    if email.len() > LONGEST_ADDRESS || password.len() > LONGEST_PASSWORD {
        return Ok(Err(SignInProblem::Rejected));
    }
    if limits::address_is_over(visitor, email).await? {
        let until = visitor.now() + limits.pause;
        return Ok(Err(SignInProblem::LockedUntil(Moment::at_unix_seconds(until.seconds()))));
    }
    let known = visitor.state.protocol.directory.user_by_email(email).await?;
    let takes_tries = failures::count_try(visitor, known.as_ref()).await?;
    let hash = known.as_ref().and_then(|user| user.password_hash.clone());
    let verified = visitor.state.passwords.verify(hash, password.to_owned()).await;
    let verified =
        verified.map_err(|busy| Refusal::new(Reason::RateLimited).retry_after(5).detail(busy.to_string()))?;
    let may = |user: &User| takes_tries && user.enabled && user.kind == UserKind::Person;
    match known.filter(|user| verified && may(user)) {
        Some(user) => Ok(Ok(user)),
        None => Ok(Err(SignInProblem::Rejected)),
    }
}

async fn send_code(visitor: &Visitor, way: Way, user: &User) -> PageResult {
    let app_name = way.app.as_ref().map(|app| app.name.clone());
    match Attempt::begin(visitor, user, &way.return_to, (app_name, visitor.now())).await {
        Ok(()) => Ok(visitor.go("/ui/login/verify")),
        Err(NotSent::TooMany) => {
            Ok(way.refused(visitor, user.email.clone(), SignInProblem::TooManyTries { retry_seconds: 3600 }))
        }
        Err(NotSent::Mail(failure)) => {
            tracing::error!(request_id = %visitor.call.id, %failure, "a sign-in code was not mailed");
            let reference = visitor.call.id.to_string();
            Ok(way.refused(visitor, user.email.clone(), SignInProblem::MailFailed { reference }))
        }
        Err(NotSent::Store(error)) => Err(error.into()),
    }
}

/// Where the person came from.
struct Way {
    return_to: ReturnTo,
    transaction: Option<Transaction>,
    app: Option<AppIdentity>,
}

impl Way {
    async fn read(visitor: &Visitor, return_to: &str) -> Result<Self, PageError> {
        let return_to =
            ReturnTo::parse(return_to, &visitor.at.name).unwrap_or_else(|| ReturnTo::connected_apps(&visitor.at.name));
        let Some(id) = return_to.transaction() else {
            return Ok(Self { return_to, transaction: None, app: None });
        };
        let transaction = Transaction::find(visitor, &id).await?;
        let case = transaction.case(visitor).await?;
        Ok(Self { return_to, transaction: Some(transaction), app: Some(case.identity(visitor)) })
    }

    fn page(&self, visitor: &Visitor, email: String, problem: Option<SignInProblem>) -> SignInPage {
        SignInPage {
            frame: visitor.frame(),
            app: self.app.clone(),
            email,
            problem,
            form: visitor.form("/ui/login", PURPOSE).with(RETURN_TO, self.return_to.as_str()),
        }
    }

    fn refused(&self, visitor: &Visitor, email: String, problem: SignInProblem) -> HttpResponse {
        let (status, wait) = match &problem {
            SignInProblem::Rejected => (StatusCode::BAD_REQUEST, None),
            SignInProblem::LockedUntil(_) => {
                (StatusCode::TOO_MANY_REQUESTS, Some(visitor.config().sign_in.pause.as_secs()))
            }
            SignInProblem::TooManyTries { retry_seconds } => {
                (StatusCode::TOO_MANY_REQUESTS, Some(u64::from(*retry_seconds)))
            }
            SignInProblem::MailFailed { .. } => (StatusCode::SERVICE_UNAVAILABLE, Some(60)),
        };
        let mut response = visitor.show(&self.page(visitor, email, Some(problem)), status);
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
