//! Another name for a team; what a member may do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::Permitted;
use domain::{Permission, Permissions, Team, TeamMember, User};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageForm, PageResult, Visitor};

use super::{Done, Named, head, part};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{MemberPage, Problem, RenamePage};
use crate::place::Place;

/// The field of a team's name.
const NAME: &str = "name";
/// What the member could do when the form was made.
const BEFORE: &str = "before";

pub(super) async fn ask_name(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show_name(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn rename(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = give_name(&visitor, &named, &body).await;
    answer(visitor, result)
}

pub(super) async fn ask_part(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show_part(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn set_part(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = change_part(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn show_name(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.place()).await?;
    let team = developer.team_for(named.team(), Permission::ManageMembers).await?;
    Ok(name_page(&developer, &team, (team.name.clone(), Vec::new())))
}

async fn give_name(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.place()).await?;
    let team = developer.team_for(named.team(), Permission::ManageMembers).await?;
    let form = developer.form(body)?;
    match visitor.state.registry.rename_team(&developer.authority, team.id, form.one(NAME)).await {
        Ok(team) => Ok(visitor.go(&Place::Team(team.id, Some(Done::Renamed)).path())),
        Err(error) => Ok(name_page(&developer, &team, (form.one(NAME).to_owned(), vec![problem(error)?]))),
    }
}

fn name_page(developer: &Developer<'_>, team: &Team, (name, problems): (String, Vec<Problem>)) -> HttpResponse {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = RenamePage {
        frame: developer.visitor.frame(),
        head: head(developer, team),
        form: developer.post_to(&format!("{}/rename", Place::team(team.id).path())),
        name,
        problems,
    };
    developer.visitor.show(&page, status)
}

/// A member of a team, and who looks.
struct Case<'a> {
    developer: Developer<'a>,
    team: Permitted<Team>,
    user: User,
    member: TeamMember,
    /// What the person who looks may do.
    own: Permissions,
}

impl<'a> Case<'a> {
    async fn of(visitor: &'a Visitor, named: &Named) -> Result<Self, PageError> {
        let developer = Developer::at(visitor, &named.place()).await?;
        let team = developer.team_for(named.team(), Permission::ManageMembers).await?;
        let members = visitor.state.registry.members_of(&team).await.map_err(refused)?;
        let found = members.into_iter().find(|(user, _)| Some(user.id) == named.user());
        let (user, member) = found.ok_or_else(not_found)?;
        let own = developer.authority.permissions(team.id).unwrap_or(Permissions::VIEW);
        Ok(Self { developer, team, user, member, own })
    }

    fn path(&self) -> String {
        format!("{}/members/{}", Place::team(self.team.id).path(), self.user.id)
    }

    fn page(&self, chosen: Permissions, problems: Vec<Problem>) -> HttpResponse {
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let visitor = self.developer.visitor;
        let page = MemberPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.team),
            name: self.user.name.clone(),
            email: self.user.email.clone(),
            is_you: self.user.id == self.developer.session.user.id,
            part: part::shown(chosen, self.member.permissions, self.own),
            form: self.developer.post_to(&self.path()).with(BEFORE, self.member.permissions.to_string()),
            needs_password: visitor.needs_password(),
            problems,
            remove_url: visitor.path(&format!("{}/remove", self.path())),
        };
        visitor.show(&page, status)
    }

    async fn set(&self, _: &Confirmed, permissions: Permissions) -> PageResult {
        let registry = &self.developer.visitor.state.registry;
        let member = TeamMember { permissions, ..self.member };
        match registry.set_team_member(&self.developer.authority, member).await {
            Ok(()) => Ok(self.developer.visitor.go(&Place::Team(self.team.id, Some(Done::Changed)).path())),
            Err(error) => Ok(self.page(permissions, vec![problem(error)?])),
        }
    }
}

async fn show_part(visitor: &Visitor, named: &Named) -> PageResult {
    let case = Case::of(visitor, named).await?;
    Ok(case.page(case.member.permissions, Vec::new()))
}

async fn change_part(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let case = Case::of(visitor, named).await?;
    let form = case.developer.form(body)?;
    let Some(chosen) = part::read(&form, case.member.permissions, case.own) else {
        let problem = Problem::new(part::ROLE, "choose a role, or single permissions");
        return Ok(case.page(case.member.permissions, vec![problem]));
    };
    if let Some(problem) = changed_meanwhile(&form, &case.member) {
        return Ok(case.page(case.member.permissions, vec![problem]));
    }
    match visitor.confirm(&form).await? {
        Ok(confirmed) => case.set(&confirmed, chosen).await,
        Err(why) => Ok(case.page(chosen, vec![why.into()])),
    }
}

/// Somebody else changed the same member since the form was made.
fn changed_meanwhile(form: &PageForm, member: &TeamMember) -> Option<Problem> {
    let words = "somebody changed what this member may do since you opened this page; look at it again";
    (form.one(BEFORE) != member.permissions.to_string()).then(|| Problem::new(part::ROLE, words))
}
