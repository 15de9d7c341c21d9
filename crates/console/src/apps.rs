//! `/ui/apps`: the apps of the person's teams.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::App;
use oauth_endpoints::sessions::{PageResult, Visitor};
use serde::Deserialize;

use crate::developer::{Developer, answer, refused};
use crate::pages::{AppCard, AppsPage, Range, TeamName, words};
use crate::place::Place;

/// How many apps are shown on a page.
const ROWS: u32 = 50;
/// The longest text that is searched for.
const LONGEST: usize = 200;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    search: String,
    #[serde(default)]
    page: u32,
}

pub(super) async fn list(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let result = show(&visitor, asked.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, asked: Asked) -> PageResult {
    let Some(session) = &visitor.session else { return Ok(visitor.sign_in_first(&Place::all_apps().path())) };
    let developer = Developer::of(visitor, session).await?;
    let search: String = asked.search.trim().chars().take(LONGEST).collect();
    let offset = asked.page.saturating_mul(ROWS);
    let found = visitor.state.registry.apps_of(&developer.authority, &search, offset, ROWS).await;
    let found = found.map_err(refused)?;
    let at = |page| Place::Apps { search: search.clone(), page }.path();
    if found.apps.is_empty() && found.total > 0 {
        // The list is shorter than it was, or the number was typed.
        return Ok(visitor.go(&at(0)));
    }
    let last = u64::from(offset) + found.apps.len() as u64;
    let page = AppsPage {
        frame: visitor.frame(),
        url: visitor.path(&Place::all_apps().path()),
        teams: teams(&developer),
        apps: cards(&developer, &found.apps),
        range: Range { first: u64::from(offset) + 1, last, total: found.total },
        newer_url: asked.page.checked_sub(1).map(|page| visitor.path(&at(page))),
        older_url: (last < found.total).then(|| visitor.path(&at(asked.page + 1))),
        search,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

fn teams(developer: &Developer<'_>) -> Vec<TeamName> {
    let teams = developer.authority.teams();
    teams.map(|(team, _)| TeamName { id: team.id.to_string(), name: team.name.clone() }).collect()
}

fn cards(developer: &Developer<'_>, apps: &[App]) -> Vec<AppCard> {
    let card = |app: &App| AppCard {
        url: developer.visitor.path(&Place::app(app.id).path()),
        id: app.id.to_string(),
        name: app.name.clone(),
        description: app.description.clone(),
        team: developer.team_of(app),
        publisher: app.publisher.clone(),
        client_credentials: words::switch(app.client_credentials),
        mutual_tls: words::mutual_tls(app.mutual_tls),
    };
    apps.iter().map(card).collect()
}
