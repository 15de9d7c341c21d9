//! `/ui/invitations/{token}`: an invitation into a developer team, taken by the owner of the address it was mailed to.
//!
//! Whoever has the token can read that mail, so that the page may say whether the address has an account; nobody else
//! learns it here. A new account needs no other proof of the address, and is signed in to like every other.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::{Guest, OpenInvitation, RegistryError};
use domain::{InvitationToken, Team};
use oauth_endpoints::NotHashed;
use oauth_endpoints::pages::{Notice, field};
use oauth_endpoints::sessions::{PageBody, PageError, PageForm, PageResult, Visitor};
use serde::Deserialize;

use crate::developer::{answer, problem};
use crate::pages::{GuestForm, InvitationPage, Problem, SaidPage, moment, words};
use crate::place::Place;
use crate::teams::Done;

/// What the form of a newcomer is for.
const PURPOSE: &str = "invitation";
const NAME: &str = "name";
const MINUTE: Duration = Duration::from_secs(60);

/// The token in the path.
#[derive(Deserialize)]
pub(super) struct Named {
    token: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// To the sign-in page first.
    sign_in: Option<String>,
}

pub(super) async fn page(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let signs_in = asked.is_some_and(|asked| asked.sign_in.is_some());
    let result = show(&visitor, &named, signs_in).await;
    answer(visitor, result)
}

pub(super) async fn accept(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

/// An invitation that can be taken, and its token.
struct Case {
    token: InvitationToken,
    open: OpenInvitation,
}

impl Case {
    async fn of(visitor: &Visitor, named: &Named) -> Result<Self, PageError> {
        slow_down(visitor).await?;
        let token = InvitationToken::parse(&named.token).map_err(|_| over(visitor))?;
        match visitor.state.registry.open_invitation(&token).await {
            Ok(open) => Ok(Self { token, open }),
            Err(RegistryError::Store(error)) => Err(error.into()),
            Err(_) => Err(over(visitor)),
        }
    }

    fn path(&self) -> String {
        Place::invitation(&self.token)
    }

    fn page(&self, visitor: &Visitor, name: &str, problems: Vec<Problem>) -> HttpResponse {
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let OpenInvitation { invitation, team, invited_by, .. } = &self.open;
        let page = InvitationPage {
            frame: visitor.frame(),
            team: team.name.clone(),
            invited_by: (invited_by.name.clone(), invited_by.email.clone()),
            email: invitation.email.clone(),
            permissions: invitation.permissions.iter().map(words::permission).collect(),
            expires_at: moment(invitation.expires_at),
            guest: self.guest(visitor, name),
            problems,
        };
        visitor.show(&page, status)
    }

    fn guest(&self, visitor: &Visitor, name: &str) -> GuestForm {
        let path = self.path();
        match &visitor.session {
            Some(session) if session.user.email == self.open.invitation.email => {
                GuestForm::Invited { form: visitor.account_form(session, &path) }
            }
            Some(session) => GuestForm::Another {
                email: session.user.email.clone(),
                sign_out: visitor.account_form(session, "/ui/logout"),
            },
            None if self.open.has_account => {
                GuestForm::Member { sign_in_url: visitor.path(&format!("{path}?sign_in=yes")) }
            }
            None => GuestForm::Newcomer { form: visitor.form(&path, PURPOSE), name: name.to_owned() },
        }
    }
}

async fn show(visitor: &Visitor, named: &Named, signs_in: bool) -> PageResult {
    let case = Case::of(visitor, named).await?;
    if signs_in && visitor.session.is_none() {
        return Ok(visitor.sign_in_first(&case.path()));
    }
    Ok(case.page(visitor, "", Vec::new()))
}

async fn take(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let form = body.form()?;
    // Whose form it is comes first: what is wrong with it says nothing of the invitation.
    if visitor.session.is_some() {
        visitor.check_account_form(&form)?;
    } else {
        visitor.check_form(&form, PURPOSE)?;
    }
    let case = Case::of(visitor, named).await?;
    match &visitor.session {
        Some(session) => {
            let taken = take_as(visitor, &case, Guest::User(session.user.id)).await?;
            Ok(taken.map_or_else(
                |problem| case.page(visitor, "", vec![problem]),
                |team| visitor.go(&Place::Team(team.id, Some(Done::Joined)).path()),
            ))
        }
        None if case.open.has_account => Ok(visitor.sign_in_first(&case.path())),
        None => make_account(visitor, &case, &form).await,
    }
}

async fn make_account(visitor: &Visitor, case: &Case, form: &PageForm) -> PageResult {
    let name = form.one(NAME);
    let password = form.one(field::PASSWORD).to_owned();
    let password_hash = match visitor.state.passwords.hash(password, &*visitor.state.protocol.random).await {
        Ok(hash) => hash,
        Err(NotHashed::Unfit(words)) => {
            return Ok(case.page(visitor, name, vec![Problem::new(field::PASSWORD, &words)]));
        }
        Err(NotHashed::Busy(_)) => return Err(PageError::notice(Notice::TooManyTries { retry_seconds: 5 })),
    };
    let guest = Guest::Newcomer { name: name.to_owned(), password_hash };
    let team = match take_as(visitor, case, guest).await? {
        Ok(team) => team,
        Err(problem) => return Ok(case.page(visitor, name, vec![problem])),
    };
    let page = SaidPage {
        frame: visitor.frame(),
        is_good: true,
        title: "Your account is made",
        sentences: vec![format!(
            "You are a member of the developer team {}. Sign in as {} with your new password; we will send you a code by e-mail.",
            team.name, case.open.invitation.email
        )],
        list: Vec::new(),
        actions: Vec::new(),
        back_url: visitor.path(&Place::Team(team.id, Some(Done::Joined)).path()),
        back: "Sign in",
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// The team, or what can be shown on the page of the invitation.
async fn take_as(visitor: &Visitor, case: &Case, guest: Guest) -> Result<Result<Team, Problem>, PageError> {
    match visitor.state.registry.take_invitation(&case.token, guest, Some(visitor.call.id)).await {
        Ok((team, _)) => Ok(Ok(team)),
        Err(RegistryError::InvitationOver) => Err(over(visitor)),
        // Made meanwhile, perhaps by the same person in another tab: the page then says to sign in.
        Err(RegistryError::Exists { .. }) => Err(PageError::page(visitor.go(&case.path()))),
        Err(error) => problem(error).map(Err),
    }
}

/// Tokens cannot be guessed; that trying costs us nothing either is for this.
async fn slow_down(visitor: &Visitor) -> Result<(), PageError> {
    let name = format!("invitations-from:{}", visitor.network());
    let count = visitor.state.counters.add(&name, MINUTE).await?;
    if count > visitor.state.pages.sign_in.from_prefix_a_minute {
        return Err(PageError::notice(Notice::TooManyTries { retry_seconds: 60 }));
    }
    Ok(())
}

/// One page for what was used, withdrawn, replaced, too old or never was.
fn over(visitor: &Visitor) -> PageError {
    let page = SaidPage {
        frame: visitor.frame(),
        is_good: false,
        title: "This invitation opens nothing any more",
        sentences: vec![
            "It was accepted, withdrawn or sent again since, or it is too old. Ask whoever invited you for a new one; if you have accepted it before, your team is under Developer Apps.".to_owned(),
        ],
        list: Vec::new(),
        actions: Vec::new(),
        back_url: visitor.path(&Place::all_apps().path()),
        back: "Developer Apps",
    };
    PageError::page(visitor.show(&page, StatusCode::GONE))
}
