//! The mailed code, and what it approves: the tokens are made and shown, once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use domain::ErrorCode;
use oauth_endpoints::generated_tokens::{Older, Wanted};
use oauth_endpoints::pages::mask_email;
use oauth_endpoints::sessions::{Approved, NotApproved, NotMailed, PageBody, PageError, PageResult, Pending, Visitor};
use protocol::{GeneratedToken, NotGenerated};
use serde::Deserialize;

use super::form::{Desk, not_mailed};
use super::new_path;
use crate::app::{Named, head};
use crate::developer::answer;
use crate::once::Outcome;
use crate::pages::{Example, NewTokensPage, Problem, SaidPage, ShownValue, TokenCodePage, moment};
use crate::place::{Place, Tab};

/// An order of an app that waits for its code.
#[derive(Deserialize)]
pub(crate) struct NamedApproval {
    app: String,
    approval: String,
}

pub(crate) async fn ask(visitor: Visitor, named: Path<NamedApproval>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(crate) async fn act(visitor: Visitor, named: Path<NamedApproval>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

pub(crate) async fn resend(visitor: Visitor, named: Path<NamedApproval>, body: PageBody) -> HttpResponse {
    let result = send_again(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &NamedApproval) -> PageResult {
    let (desk, pending) = waiting(visitor, named).await?;
    if pending.is_late(visitor) {
        return Err(late(&desk, pending.id()));
    }
    Ok(visitor.show(&code_page(&desk, &pending)?, StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &NamedApproval, body: &PageBody) -> PageResult {
    let (desk, pending) = waiting(visitor, named).await?;
    let form = desk.developer.form(body)?;
    let (page, id) = (code_page(&desk, &pending)?, pending.id().to_owned());
    let again = |words: &str| {
        let page = TokenCodePage { problems: vec![Problem::new("code", words)], ..page.clone() };
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    match visitor.approve(pending, &form).await? {
        Ok(approved) => {
            let made = make(&desk, approved, &id).await;
            // It expires by itself, and is spent.
            let _ = visitor.forget_approval(&id).await;
            made
        }
        Err(NotApproved::NotACode) => again("type the six digits of the e-mail; this was not counted as a try"),
        Err(NotApproved::Wrong { tries_left }) => {
            let tries = if tries_left == 1 { "try" } else { "tries" };
            again(&format!("that is not the code; you have {tries_left} {tries} left"))
        }
        Err(NotApproved::Late) => Err(late(&desk, &id)),
        Err(NotApproved::Used) => Err(match visitor.outcome_soon::<Outcome>(&id).await? {
            Some(outcome) => outcome.again(visitor),
            None => nothing_waits(&desk),
        }),
        Err(NotApproved::Over) => Err(over(
            &desk,
            Some(&id),
            "This code cannot be used any more",
            "It was tried too often. Ask for it again; you get another code.",
        )),
    }
}

/// Mails another code for exactly the same. What failed is said with the code's page, for the code before still works.
async fn send_again(visitor: &Visitor, named: &NamedApproval, body: &PageBody) -> PageResult {
    let (desk, pending) = waiting(visitor, named).await?;
    desk.developer.form(body)?;
    if pending.is_late(visitor) {
        return Err(late(&desk, pending.id()));
    }
    let page = code_page(&desk, &pending)?;
    let path = format!("{}/approve/{}", Place::Tab(desk.app.id, Tab::Tokens).path(), pending.id());
    let not = match visitor.ask_approval_again(pending, page.facts.clone()).await? {
        Ok(()) => return Ok(visitor.go(&path)),
        Err(not) => not,
    };
    let status = match not {
        NotMailed::Failed { .. } => StatusCode::SERVICE_UNAVAILABLE,
        NotMailed::TooMany | NotMailed::TooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
    };
    let problems = vec![not_mailed(&not, ". The code that we sent before still works")];
    Ok(visitor.show(&TokenCodePage { problems, ..page }, status))
}

fn late(desk: &Desk<'_>, id: &str) -> PageError {
    over(desk, Some(id), "This code is too old", "Nothing was made. Ask for it again; you get another code.")
}

/// What waits, for somebody who may still make it.
async fn waiting<'a>(visitor: &'a Visitor, named: &NamedApproval) -> Result<(Desk<'a>, Pending<Wanted>), PageError> {
    let app = Named { app: named.app.clone() };
    let desk = Desk::open(visitor, (&app, None)).await?;
    let pending = visitor.pending_approval::<Wanted>(&named.approval).await?;
    if let Some(pending) = pending.filter(|pending| pending.asked().app == desk.app.id) {
        return Ok((desk, pending));
    }
    Err(match visitor.outcome::<Outcome>(&named.approval).await? {
        Some(outcome) => outcome.again(visitor),
        None => nothing_waits(&desk),
    })
}

fn nothing_waits(desk: &Desk<'_>) -> PageError {
    let words = "It was answered, or is too long ago. Tokens are shown once: if you did not store them, make others and end those.";
    over(desk, None, "Nothing waits for a code here", words)
}

fn over(desk: &Desk<'_>, again: Option<&str>, title: &'static str, words: &str) -> PageError {
    let visitor = desk.developer.visitor;
    let back_url = match again {
        Some(id) => visitor.path(&format!("{}?again={id}", new_path(desk.app.id))),
        None => visitor.path(&Place::Tab(desk.app.id, Tab::Tokens).path()),
    };
    let page = SaidPage {
        frame: visitor.frame(),
        is_good: false,
        title,
        sentences: vec![words.to_owned()],
        list: Vec::new(),
        actions: Vec::new(),
        back_url,
        back: if again.is_some() { "Ask again" } else { "Tokens of the app" },
    };
    PageError::page(visitor.show(&page, StatusCode::CONFLICT))
}

fn code_page(desk: &Desk<'_>, pending: &Pending<Wanted>) -> Result<TokenCodePage, PageError> {
    let visitor = desk.developer.visitor;
    let wanted = pending.asked();
    let tab = Place::Tab(desk.app.id, Tab::Tokens).path();
    let form = match &wanted.replaces {
        None => new_path(desk.app.id),
        Some(replaced) => format!("{tab}/{}/regenerate", replaced.connection),
    };
    let lost = || over(desk, None, "What you asked for is gone", "The API key or the customer is not there any more.");
    Ok(TokenCodePage {
        frame: visitor.frame(),
        head: head(&desk.developer, &desk.app, Tab::Tokens),
        facts: desk.facts(wanted).ok_or_else(lost)?,
        masked_email: mask_email(&desk.developer.session.user.email),
        sent_at: moment(pending.sent_at()),
        minutes: visitor.approval_minutes(),
        form: desk.developer.post_to(&format!("{tab}/approve/{}", pending.id())),
        resend: desk.developer.post_to(&format!("{tab}/approve/{}/resend", pending.id())),
        resend_in_seconds: pending.resend_in_seconds(visitor),
        resent: pending.was_sent_again(),
        problems: Vec::new(),
        change_url: visitor.path(&format!("{form}?again={}", pending.id())),
        back_url: visitor.path(&tab),
    })
}

/// Exactly what was approved, if it may still be made.
async fn make(desk: &Desk<'_>, approved: Approved<Wanted>, once: &str) -> PageResult {
    let visitor = desk.developer.visitor;
    let made = match visitor.make_tokens(&desk.app, approved).await {
        Ok(made) => made,
        Err(not) => return Err(not_made(desk, not)),
    };
    visitor.keep_outcome(once, &Outcome::tokens(&made.tokens.connection)).await;
    let page = NewTokensPage {
        frame: visitor.frame(),
        head: head(&desk.developer, &desk.app, Tab::Tokens),
        label: made.label,
        old: made.older.map(words),
        access_ends: moment(made.tokens.access_token_ends),
        refresh_ends: moment(made.tokens.connection.expires_at),
        values: values(&made.tokens),
        example: example(&made.tokens, desk.api_base_url()),
        after_url: visitor.path(&Place::Tab(desk.app.id, Tab::Tokens).path()),
    };
    Ok(visitor.show_once(&page))
}

/// What was approved may not be made any more, or cannot be made now.
fn not_made(desk: &Desk<'_>, not: NotGenerated) -> PageError {
    let why = match not {
        NotGenerated::Refused(refusal) => match refusal.public().error {
            ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => return refusal.into(),
            _ => refusal.reason().sentence().to_owned(),
        },
        other => other.to_string(),
    };
    let words = Problem::new("", &format!("meanwhile something changed: {why}")).words;
    over(desk, None, "No token was made", &words)
}

/// What became of the older tokens.
const fn words(older: Older) -> &'static str {
    match older {
        Older::Ended => "The older tokens have ended.",
        Older::GoOn => "The older tokens go on for 24 hours at most, so that you can put these in their place.",
        Older::HadEnded => "The older tokens had ended already.",
        Older::NotEnded => "The older tokens could not be ended now and go on as before; end them in the list.",
    }
}

fn values(made: &GeneratedToken) -> Vec<ShownValue> {
    let access = ShownValue { id: "access", name: "Access token", text: made.response.access_token().to_owned() };
    let refresh = made.response.refresh_token();
    let refresh = refresh.map(|text| ShownValue { id: "refresh", name: "Refresh token", text: text.to_owned() });
    std::iter::once(access).chain(refresh).collect()
}

fn example(made: &GeneratedToken, api: &str) -> Example {
    Example {
        id: "call",
        title: "Call the API",
        about: "Whoever has the access token may do this; keep it out of files that others read.",
        text: format!(
            "curl --header 'Authorization: Bearer {}' '{}'",
            made.response.access_token(),
            api.replace('\'', "%27")
        ),
    }
}
