//! `/ui/apps/new`: *Create App*.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use domain::{App, ApplicationKind, Permission, TeamId};
use oauth_endpoints::sessions::{PageBody, PageError, PageForm, PageResult, Visitor};

use crate::app_form::{DECISION, Offered, Typed, fields, problems};
use crate::developer::{Developer, answer, problem};
use crate::once::Outcome;
use crate::pages::{Choice, NewAppPage, Problem};
use crate::place::Place;

pub(super) async fn ask(visitor: Visitor) -> HttpResponse {
    let result = show(&visitor).await;
    answer(visitor, result)
}

pub(super) async fn create(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = make(&visitor, &body).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor) -> PageResult {
    let developer = Developer::at(visitor, &Place::NewApp).await?;
    let teams = Teams::of(&developer).await?;
    let offered = Offered::read(visitor).await?;
    let publisher = teams.of.first().map(|(_, name)| name.clone()).unwrap_or_default();
    let typed = Typed::nothing(publisher, visitor.environment().clone(), offered.looking.clone());
    let page = page(&developer, &teams, &offered, &typed, Seen::Fresh);
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn make(visitor: &Visitor, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &Place::NewApp).await?;
    let mut teams = Teams::of(&developer).await?;
    let form = developer.form(body)?;
    teams.choose(&form);
    let mut typed = Typed::of_form(&form, ApplicationKind::Web);
    let offered = Offered::read(visitor).await?;
    let most = visitor.state.registry.policy().callback_urls_per_app;
    match form.one(DECISION) {
        "check" => {}
        "more" => typed.make_room(most),
        _ => return save(&developer, (&teams, &offered), &typed, &form).await,
    }
    let page = page(&developer, &teams, &offered, &typed, Seen::Checked(Vec::new()));
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn save(
    developer: &Developer<'_>,
    (teams, offered): (&Teams, &Offered),
    typed: &Typed,
    form: &PageForm,
) -> PageResult {
    let visitor = developer.visitor;
    let again = |problems| {
        let page = page(developer, teams, offered, typed, Seen::Checked(problems));
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let Some(team) = teams.chosen else {
        return again(vec![Problem::new("team", "choose the team that the app is for")]);
    };
    let team = developer.team_for(Some(team), Permission::Create).await?;
    let (registry, draft) = (&visitor.state.registry, typed.draft(team.id));
    let faults = registry.faults_of_draft(team.by(), &draft).await.map_err(crate::developer::refused)?;
    if !faults.is_empty() {
        return again(problems(faults));
    }
    let spent = developer.spend(form, &Place::all_apps()).await?;
    match registry.create_app(team.by(), draft).await {
        Ok(App { id, .. }) => {
            spent.came_to(Outcome::Page(Place::app(id).path())).await;
            Ok(visitor.go(&Place::app(id).path()))
        }
        Err(error) => again(vec![problem(error)?]),
    }
}

/// The teams for which this person may make apps.
struct Teams {
    of: Vec<(TeamId, String)>,
    chosen: Option<TeamId>,
}

impl Teams {
    async fn of(developer: &Developer<'_>) -> Result<Self, PageError> {
        let all: Vec<_> = developer.authority.teams().collect();
        let may = all.iter().filter(|(_, permissions)| permissions.allow(Permission::Create));
        let of: Vec<_> = may.map(|(team, _)| (team.id, team.name.clone())).collect();
        if of.is_empty() {
            return Err(match all.first() {
                // Says who can grant it.
                Some((team, _)) => match developer.team_for(Some(team.id), Permission::Create).await {
                    Err(refusal) => refusal,
                    Ok(_) => crate::developer::not_found(),
                },
                None => PageError::page(developer.visitor.go(&Place::all_apps().path())),
            });
        }
        let chosen = (of.len() == 1).then(|| of.first().map(|(team, _)| *team)).flatten();
        Ok(Self { of, chosen })
    }

    fn choose(&mut self, form: &PageForm) {
        let named: Option<TeamId> = form.one("team").parse().ok();
        let own = self.of.iter().map(|(team, _)| *team).find(|team| Some(*team) == named);
        self.chosen = self.chosen.or(own);
    }
}

/// Whether the form was looked at, and what was found beside the callback URLs.
enum Seen {
    Fresh,
    Checked(Vec<Problem>),
}

fn page(developer: &Developer<'_>, teams: &Teams, offered: &Offered, typed: &Typed, seen: Seen) -> NewAppPage {
    let visitor = developer.visitor;
    let (checked, problems) = match seen {
        Seen::Fresh => (false, Vec::new()),
        Seen::Checked(problems) => (true, problems),
    };
    let several = if teams.of.len() > 1 { teams.of.as_slice() } else { &[] };
    let team = |(id, name): &(TeamId, String)| Choice {
        value: id.to_string(),
        words: name.clone(),
        chosen: Some(*id) == teams.chosen,
    };
    NewAppPage {
        frame: visitor.frame(),
        apps_url: visitor.path(&Place::all_apps().path()),
        form: developer.post_once_to(&Place::NewApp.path()),
        teams: several.iter().map(team).collect(),
        fields: fields(visitor, offered, (typed, None), checked, problems),
    }
}
