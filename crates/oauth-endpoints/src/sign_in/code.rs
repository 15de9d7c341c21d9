//! `/ui/login/verify` and `/ui/login/resend`: the mailed code.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::User;
use serde::Deserialize;

use super::attempt::{Attempt, NotSent, minutes, typed_digits};
use super::{PURPOSE, ReturnTo, failures};
use crate::authorize::{Transaction, deny};
use crate::pages::{Moment, VerifyPage, VerifyProblem, field, mask_email};
use crate::sessions::{PageBody, PageError, PageResult, Visitor, redirect};

const VERIFY: &str = "/ui/login/verify";
/// What the page is told when another code was asked for too soon.
const TOO_SOON: &str = "too_soon";

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// [`TOO_SOON`] after another code was asked for too soon.
    resend: Option<String>,
}

pub(super) async fn page(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.and_then(|asked| asked.into_inner().resend);
    let result = show(&visitor, asked.as_deref() == Some(TOO_SOON)).await;
    visitor.answer(result)
}

pub(super) async fn verify(mut visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = try_code(&mut visitor, &body).await;
    visitor.answer(result)
}

pub(super) async fn resend(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = send_again(&visitor, &body).await;
    visitor.answer(result)
}

async fn show(visitor: &Visitor, too_soon: bool) -> PageResult {
    let Some(attempt) = Attempt::find(visitor).await? else { return onwards(visitor).await };
    let retry_seconds = wait(visitor, &attempt);
    let problem = match attempt.problem(visitor).await? {
        spent @ Some(VerifyProblem::Expired | VerifyProblem::NoTriesLeft) => spent,
        _ if too_soon && retry_seconds > 0 => Some(VerifyProblem::TooSoon { retry_seconds }),
        other => other,
    };
    verify_page(visitor, &attempt, problem, StatusCode::OK).await
}

/// To the page, which can be reloaded without trying again.
async fn refused(visitor: &Visitor, attempt: &Attempt, problem: VerifyProblem) -> PageResult {
    attempt.refuse(visitor, &problem).await?;
    Ok(visitor.go(VERIFY))
}

/// Nobody is signing in, as after the Back button or a second press: on to the request of this browser that waits for
/// its answer, if there is one.
async fn onwards(visitor: &Visitor) -> PageResult {
    match Transaction::latest(visitor).await {
        Ok(latest) if latest.is_open() => Ok(redirect(ReturnTo::workspaces(&visitor.at.name, latest.id()).as_str())),
        Err(error @ PageError::Refused(_)) => Err(error),
        Ok(_) | Err(_) => Ok(visitor.go("/ui/login")),
    }
}

async fn try_code(visitor: &mut Visitor, body: &PageBody) -> PageResult {
    let form = body.form()?;
    visitor.check_form(&form, PURPOSE)?;
    let Some(attempt) = Attempt::find(visitor).await? else { return onwards(visitor).await };
    let return_to = attempt.return_to(visitor);
    if form.is_denial() {
        return match return_to.transaction() {
            Some(id) => deny(visitor, Transaction::find(visitor, &id).await?).await,
            None => Ok(visitor.go("/ui/login")),
        };
    }
    if attempt.is_late(visitor) {
        return Ok(visitor.go(VERIFY));
    }
    // What cannot be a code is no try of one.
    let Some(digits) = typed_digits(form.one(field::CODE)) else {
        return refused(visitor, &attempt, VerifyProblem::NotACode).await;
    };
    let most = visitor.config().sign_in.code_tries;
    let tries = attempt.count_try(visitor).await?;
    if tries > most {
        return refused(visitor, &attempt, VerifyProblem::NoTriesLeft).await;
    }
    let Some(user) = attempt.user(visitor).await? else { return Ok(visitor.go(&return_to.sign_in_path())) };
    if !failures::count_try(visitor, Some(&user)).await? {
        return refused(visitor, &attempt, VerifyProblem::NoTriesLeft).await;
    }
    if !attempt.has_code(&digits) {
        visitor.state.metrics.second_factor("wrong");
        let tries_left = u32::try_from(most - tries).unwrap_or(u32::MAX);
        let problem = if tries_left == 0 { VerifyProblem::NoTriesLeft } else { VerifyProblem::Wrong { tries_left } };
        return refused(visitor, &attempt, problem).await;
    }
    if !attempt.spend(visitor).await? {
        return Ok(visitor.go(&return_to.sign_in_path()));
    }
    visitor.state.metrics.second_factor("right");
    visitor.state.protocol.directory.clear_failed_logins(user.id).await?;
    visitor.begin_session(user).await?;
    Ok(redirect(return_to.as_str()))
}

async fn send_again(visitor: &Visitor, body: &PageBody) -> PageResult {
    visitor.check_form(&body.form()?, PURPOSE)?;
    let Some(attempt) = Attempt::find(visitor).await? else { return onwards(visitor).await };
    if wait(visitor, &attempt) > 0 {
        return Ok(visitor.go(&format!("{VERIFY}?resend={TOO_SOON}")));
    }
    let return_to = attempt.return_to(visitor);
    let Some(user) = attempt.user(visitor).await? else {
        return Ok(visitor.go(&return_to.sign_in_path()));
    };
    let app_name = match return_to.transaction() {
        Some(id) => Some(Transaction::find(visitor, &id).await?.case(visitor).await?.app.name),
        None => None,
    };
    let (problem, status) = match Attempt::begin(visitor, &user, &return_to, (app_name, attempt.begun_at)).await {
        Ok(()) => return Ok(visitor.go(VERIFY)),
        Err(NotSent::TooMany) => (VerifyProblem::TooManyCodes { retry_seconds: 3600 }, StatusCode::TOO_MANY_REQUESTS),
        Err(NotSent::Mail(failure)) => {
            tracing::error!(request_id = %visitor.call.id, %failure, "a sign-in code was not mailed");
            let reference = visitor.call.id.to_string();
            (VerifyProblem::MailFailed { reference }, StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(NotSent::Store(error)) => return Err(error.into()),
    };
    verify_page(visitor, &attempt, Some(problem), status).await
}

/// Seconds until another code may be asked for.
fn wait(visitor: &Visitor, attempt: &Attempt) -> u32 {
    let free_at = attempt.sent_at + visitor.config().sign_in.resend_after;
    u32::try_from(free_at.since(visitor.now()).as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

async fn verify_page(
    visitor: &Visitor,
    attempt: &Attempt,
    problem: Option<VerifyProblem>,
    status: StatusCode,
) -> PageResult {
    let user: Option<User> = visitor.state.protocol.directory.user(attempt.user).await?;
    let return_to = attempt.return_to(visitor);
    let app = match return_to.transaction() {
        Some(id) => Some(Transaction::find(visitor, &id).await?.case(visitor).await?.identity(visitor)),
        None => None,
    };
    let page = VerifyPage {
        frame: visitor.frame(),
        app,
        masked_email: mask_email(user.as_ref().map_or("", |user| &user.email)),
        sent_at: Moment::at_unix_seconds(attempt.sent_at.seconds()),
        valid_minutes: minutes(visitor.config().mailed_code),
        resend_in_seconds: wait(visitor, attempt),
        resent: attempt.was_sent_again(),
        problem,
        form: visitor.form(VERIFY, PURPOSE),
        resend: visitor.form("/ui/login/resend", PURPOSE),
        sign_in_url: visitor.path(&return_to.sign_in_path()),
    };
    Ok(visitor.show(&page, status))
}
