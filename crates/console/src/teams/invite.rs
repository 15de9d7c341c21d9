//! Inviting somebody into a team, inviting again, and taking an invitation back.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{InvitationDraft, NewInvitation, Permitted, RegistryError};
use domain::{Invitation, Permission, Permissions, Team};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageResult, Visitor};

use super::{Done, Named, head, part};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{InvitePage, Problem, TeamConfirmPage, words};
use crate::place::Place;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn invite(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = make(&visitor, &named, &body).await;
    answer(visitor, result)
}

pub(super) async fn ask_again(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = async { Ok(Earlier::of(&visitor, &named).await?.ask_again(Vec::new())) }.await;
    answer(visitor, result)
}

pub(super) async fn invite_again(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = make_again(&visitor, &named, &body).await;
    answer(visitor, result)
}

pub(super) async fn ask_withdraw(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = async { Ok(Earlier::of(&visitor, &named).await?.ask_withdraw(Vec::new())) }.await;
    answer(visitor, result)
}

pub(super) async fn withdraw(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take_back(&visitor, &named, &body).await;
    answer(visitor, result)
}

/// Who invites where.
struct Host<'a> {
    developer: Developer<'a>,
    team: Permitted<Team>,
    own: Permissions,
}

impl<'a> Host<'a> {
    async fn of(visitor: &'a Visitor, named: &Named) -> Result<Self, PageError> {
        let developer = Developer::at(visitor, &named.place()).await?;
        let team = developer.team_for(named.team(), Permission::ManageMembers).await?;
        let own = developer.authority.permissions(team.id).unwrap_or(Permissions::VIEW);
        Ok(Self { developer, team, own })
    }

    fn page(&self, (email, chosen): (&str, Permissions), problems: Vec<Problem>) -> HttpResponse {
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let visitor = self.developer.visitor;
        let page = InvitePage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.team),
            email: email.to_owned(),
            part: part::shown(chosen, Permissions::VIEW, self.own),
            form: self.developer.post_to(&format!("{}/invite", Place::team(self.team.id).path())),
            needs_password: visitor.needs_password(),
            problems,
            days: visitor.state.registry.policy().invitation_life.as_secs() / DAY.as_secs(),
        };
        visitor.show(&page, status)
    }

    /// Whether this person, or this address, has had its share of mails.
    async fn is_over(&self, email: &str) -> Result<Option<Problem>, PageError> {
        let may = self.developer.visitor.may_mail_invitation(self.developer.session, email).await?;
        let words = "too many invitations were sent; wait before you send another one";
        Ok((!may).then(|| Problem::new(field::EMAIL, words)))
    }

    /// Mails an invitation that is kept already, and leads back to the team.
    async fn mail(&self, confirmed: &Confirmed, new: &NewInvitation) -> HttpResponse {
        let visitor = self.developer.visitor;
        let sent = visitor.mail_invitation(self.developer.session, confirmed, new).await;
        let done = if sent { Done::Invited } else { Done::Unsent };
        visitor.go(&Place::Team(self.team.id, Some(done)).path())
    }
}

async fn show(visitor: &Visitor, named: &Named) -> PageResult {
    let host = Host::of(visitor, named).await?;
    let developer = domain::TeamRole::Developer.permissions();
    let offered = developer.iter().filter(|permission| host.own.allow(*permission)).collect();
    Ok(host.page(("", offered), Vec::new()))
}

async fn make(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let host = Host::of(visitor, named).await?;
    let form = host.developer.form(body)?;
    let email = form.one(field::EMAIL);
    let Some(permissions) = part::read(&form, Permissions::VIEW, host.own) else {
        let problem = Problem::new(part::ROLE, "choose a role, or single permissions");
        return Ok(host.page((email, Permissions::VIEW), vec![problem]));
    };
    let again = |problem| Ok(host.page((email, permissions), vec![problem]));
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()),
    };
    if let Some(over) = host.is_over(email).await? {
        return again(over);
    }
    let draft = InvitationDraft { team: host.team.id, email: email.to_owned(), permissions };
    match visitor.state.registry.invite(&host.developer.authority, draft).await {
        Ok(new) => Ok(host.mail(&confirmed, &new).await),
        Err(error) => again(at_its_field(problem(error)?)),
    }
}

/// The registry calls it what people read; the form has a field of its own for it.
fn at_its_field(problem: Problem) -> Problem {
    if problem.field == "e-mail address" { Problem { field: field::EMAIL, ..problem } } else { problem }
}

/// An invitation that was made before.
struct Earlier<'a> {
    host: Host<'a>,
    invitation: Invitation,
}

impl<'a> Earlier<'a> {
    async fn of(visitor: &'a Visitor, named: &Named) -> Result<Self, PageError> {
        let host = Host::of(visitor, named).await?;
        let listed = visitor.state.registry.invitations_of(&host.team).await.map_err(refused)?;
        let found = listed.into_iter().find(|invitation| Some(invitation.id) == named.invitation());
        let Some(invitation) = found else {
            // It was taken or withdrawn meanwhile; what is left is on the page of the team.
            return match named.invitation() {
                Some(_) => Err(PageError::page(visitor.go(&Place::team(host.team.id).path()))),
                None => Err(not_found()),
            };
        };
        Ok(Self { host, invitation })
    }

    fn path(&self, change: &str) -> String {
        format!("{}/invitations/{}/{change}", Place::team(self.host.team.id).path(), self.invitation.id)
    }

    fn ask_again(&self, problems: Vec<Problem>) -> HttpResponse {
        let names: Vec<_> = self.invitation.permissions.iter().map(words::permission).collect();
        let page = TeamConfirmPage {
            title: "Send this invitation again?",
            sentences: vec![
                format!("It gives: {}.", names.join(", ")),
                "A new e-mail goes out with a new link, which works for the whole time again. The link in the earlier e-mail opens nothing any more.".to_owned(),
            ],
            needs_password: self.host.developer.visitor.needs_password(),
            button: "Send it again",
            is_dangerous: false,
            ..self.confirm("again", problems)
        };
        self.answer(&page)
    }

    fn ask_withdraw(&self, problems: Vec<Problem>) -> HttpResponse {
        self.answer(&self.confirm("withdraw", problems))
    }

    fn confirm(&self, change: &str, problems: Vec<Problem>) -> TeamConfirmPage {
        TeamConfirmPage {
            frame: self.host.developer.visitor.frame(),
            head: head(&self.host.developer, &self.host.team),
            title: "Withdraw this invitation?",
            what: vec![self.invitation.email.clone()],
            sentences: vec!["Its link opens nothing any more. You can invite the same address again.".to_owned()],
            form: self.host.developer.post_to(&self.path(change)),
            problems,
            needs_password: false,
            button: "Withdraw it",
            is_dangerous: true,
        }
    }

    fn answer(&self, page: &TeamConfirmPage) -> HttpResponse {
        let status = if page.problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        self.host.developer.visitor.show(page, status)
    }
}

async fn make_again(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let earlier = Earlier::of(visitor, named).await?;
    let form = earlier.host.developer.form(body)?;
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return Ok(earlier.ask_again(vec![why.into()])),
    };
    if let Some(over) = earlier.host.is_over(&earlier.invitation.email).await? {
        return Ok(earlier.ask_again(vec![Problem { field: "", ..over }]));
    }
    let authority = &earlier.host.developer.authority;
    let (team, id) = (earlier.host.team.id, earlier.invitation.id);
    match visitor.state.registry.invite_again(authority, team, id).await {
        Ok(new) => Ok(earlier.host.mail(&confirmed, &new).await),
        // Somebody was quicker.
        Err(RegistryError::Stale { .. }) => Ok(visitor.go(&Place::team(team).path())),
        Err(error) => Ok(earlier.ask_again(vec![Problem { field: "", ..problem(error)? }])),
    }
}

async fn take_back(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let earlier = Earlier::of(visitor, named).await?;
    earlier.host.developer.form(body)?;
    let authority = &earlier.host.developer.authority;
    let (team, id) = (earlier.host.team.id, earlier.invitation.id);
    match visitor.state.registry.withdraw_invitation(authority, team, id).await {
        Ok(()) => Ok(visitor.go(&Place::Team(team, Some(Done::Withdrawn)).path())),
        Err(RegistryError::Stale { .. }) => Ok(visitor.go(&Place::team(team).path())),
        Err(error) => Ok(earlier.ask_withdraw(vec![problem(error)?])),
    }
}
