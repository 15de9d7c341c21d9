//! `/ui/apps`: the apps of the person's teams.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::{App, Permission, Timestamp};
use oauth_endpoints::sessions::{PageResult, Visitor};
use serde::Deserialize;
use storage::AppFacts;

use crate::developer::{Developer, answer, refused};
use crate::pages::{AppCard, AppsPage, Badge, Range, TeamName, moment, words};
use crate::place::{Place, Tab};

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
    let facts = visitor.state.registry.facts_of(&found).await.map_err(refused)?;
    let last = u64::from(offset) + found.apps.len() as u64;
    let page = AppsPage {
        frame: visitor.frame(),
        url: visitor.path(&Place::all_apps().path()),
        teams: teams(&developer),
        new_app_url: may(&developer, Permission::Create).then(|| visitor.path(&Place::NewApp.path())),
        deleted_url: may(&developer, Permission::Delete).then(|| visitor.path(&Place::DeletedApps.path())),
        apps: found.apps.iter().zip(&facts).map(|(app, facts)| card(&developer, app, facts)).collect(),
        range: Range { first: u64::from(offset) + 1, last, total: found.total },
        newer_url: asked.page.checked_sub(1).map(|page| visitor.path(&at(page))),
        older_url: (last < found.total).then(|| visitor.path(&at(asked.page + 1))),
        search,
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

fn teams(developer: &Developer<'_>) -> Vec<TeamName> {
    let teams = developer.authority.teams();
    teams.map(|(team, _)| TeamName { name: team.name.clone() }).collect()
}

/// Whether this person may do that in any team.
fn may(developer: &Developer<'_>, permission: Permission) -> bool {
    developer.authority.teams().any(|(_, permissions)| permissions.allow(permission))
}

fn card(developer: &Developer<'_>, app: &App, facts: &AppFacts) -> AppCard {
    let path = |place: Place| developer.visitor.path(&place.path());
    let settings = Place::Tab(app.id, Tab::Settings);
    let (edits, deletes) = (developer.may(app, Permission::Edit), developer.may(app, Permission::Delete));
    AppCard {
        url: path(Place::app(app.id)),
        id: app.id.to_string(),
        name: app.name.clone(),
        description: app.description.clone(),
        team: developer.team_of(app),
        publisher: app.publisher.clone(),
        keys: facts.keys,
        client_credentials: words::switch(app.client_credentials),
        mutual_tls: words::mutual_tls(app.mutual_tls),
        last_token: facts.last_token.map(moment),
        problems: problems(facts, developer.visitor.now()),
        keys_url: path(Place::Tab(app.id, Tab::Keys)),
        edit_url: edits.then(|| path(settings.clone())),
        delete_url: deletes.then(|| developer.visitor.path(&format!("{}/delete", settings.path()))),
    }
}

/// What somebody should look after, the worst first.
fn problems(facts: &AppFacts, now: Timestamp) -> Vec<Badge> {
    let ends = [("certificate", facts.certificate_ends), ("secret", facts.secret_ends), ("API key", facts.key_ends)];
    let ends = ends.into_iter().filter_map(|(what, end)| end.map(|end| ending(what, end, now)));
    let mut problems: Vec<_> = ends.chain(refusals(facts)).collect();
    problems.sort_by_key(|problem| !problem.is_bad);
    problems
}

fn ending(what: &str, end: Timestamp, now: Timestamp) -> Badge {
    const DAY: u64 = 24 * 60 * 60;
    if end <= now {
        return Badge { is_bad: true, words: format!("{what} expired") };
    }
    let words = match end.since(now).as_secs().div_ceil(DAY) {
        0 | 1 => format!("{what} expires within a day"),
        days => format!("{what} expires in {days} days"),
    };
    Badge { is_bad: false, words }
}

/// More than one call in twenty, within 24 hours.
fn refusals(facts: &AppFacts) -> Option<Badge> {
    let AppFacts { attempts, refused, .. } = *facts;
    let words = || format!("{refused} of {attempts} calls refused in 24 hours");
    (refused.saturating_mul(20) > attempts).then(|| Badge { is_bad: true, words: words() })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::AppId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000_000);

    fn words(change: impl FnOnce(&mut AppFacts)) -> Vec<String> {
        let mut facts = AppFacts::none(AppId::from_bytes([1; 16]));
        change(&mut facts);
        problems(&facts, NOW).into_iter().map(|problem| problem.words).collect()
    }

    #[test]
    fn ends_are_told_in_days_and_what_is_over_comes_first() {
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(words(|_| {}), Vec::<String>::new());
        assert_eq!(words(|facts| facts.key_ends = Some(NOW + day)), ["API key expires within a day"]);
        assert_eq!(words(|facts| facts.key_ends = Some(NOW + day * 29)), ["API key expires in 29 days"]);
        let both = words(|facts| {
            facts.certificate_ends = Some(NOW + day * 3);
            facts.secret_ends = Some(NOW);
        });
        assert_eq!(both, ["secret expired", "certificate expires in 3 days"]);
    }

    #[test]
    fn more_than_one_refusal_in_twenty_is_a_problem() {
        let told = |attempts, refused| !words(|facts| (facts.attempts, facts.refused) = (attempts, refused)).is_empty();
        assert!(!told(0, 0) && !told(20, 1) && !told(1000, 50));
        assert!(told(1, 1) && told(19, 1) && told(1000, 51));
    }
}
