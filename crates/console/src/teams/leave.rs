//! Taking a member out of a team; leaving one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::Permitted;
use domain::{Permission, Team, User};
use oauth_endpoints::sessions::{PageBody, PageError, PageResult, Visitor};

use super::{Done, Named, head};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{Problem, TeamConfirmPage};
use crate::place::Place;

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn remove(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take_out(&visitor, &named, &body).await;
    answer(visitor, result)
}

/// Who goes.
struct Case<'a> {
    developer: Developer<'a>,
    team: Permitted<Team>,
    user: User,
    /// Whether the person itself does.
    leaves: bool,
}

impl<'a> Case<'a> {
    async fn of(visitor: &'a Visitor, named: &Named) -> Result<Self, PageError> {
        let developer = Developer::at(visitor, &named.place()).await?;
        let leaves = named.user() == Some(developer.session.user.id);
        let needed = if leaves { Permission::View } else { Permission::ManageMembers };
        let team = developer.team_for(named.team(), needed).await?;
        let members = visitor.state.registry.members_of(&team).await.map_err(refused)?;
        let found = members.into_iter().find(|(user, _)| Some(user.id) == named.user());
        let (user, _) = found.ok_or_else(not_found)?;
        Ok(Self { developer, team, user, leaves })
    }

    fn page(&self, problems: Vec<Problem>) -> HttpResponse {
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let visitor = self.developer.visitor;
        let team = Place::team(self.team.id).path();
        let sentence = if self.leaves {
            "You will no longer see this team, its apps and what they did. Somebody who manages its members can invite you again."
        } else {
            "This person will no longer see this team, its apps and what they did, from the next request on. API keys and tokens stay as they are: change the secrets that this person knows."
        };
        let page = TeamConfirmPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.team),
            title: if self.leaves { "Leave this team?" } else { "Remove this member?" },
            what: vec![self.user.name.clone(), self.user.email.clone()],
            sentences: vec![sentence.to_owned()],
            form: self.developer.post_to(&format!("{team}/members/{}/remove", self.user.id)),
            problems,
            needs_password: !self.leaves && visitor.needs_password(),
            button: if self.leaves { "Leave the team" } else { "Remove the member" },
            is_dangerous: true,
        };
        visitor.show(&page, status)
    }
}

async fn show(visitor: &Visitor, named: &Named) -> PageResult {
    Ok(Case::of(visitor, named).await?.page(Vec::new()))
}

async fn take_out(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let case = Case::of(visitor, named).await?;
    let form = case.developer.form(body)?;
    // Who is taken out loses what it may do; whoever leaves gives up only what is its own.
    if !case.leaves
        && let Err(why) = visitor.confirm(&form).await?
    {
        return Ok(case.page(vec![why.into()]));
    }
    let registry = &visitor.state.registry;
    match registry.remove_team_member(&case.developer.authority, case.team.id, case.user.id).await {
        Ok(()) if case.leaves => Ok(visitor.go(&Place::Teams.path())),
        Ok(()) => Ok(visitor.go(&Place::Team(case.team.id, Some(Done::Removed)).path())),
        Err(error) => Ok(case.page(vec![problem(error)?])),
    }
}
