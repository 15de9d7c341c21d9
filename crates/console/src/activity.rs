//! `/ui/apps/{app}/activity`: every attempt of an app, and why it was refused.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::Permitted;
use domain::{ApiKey, App, ClientId, CustomerId, Reason, RequestId};
use oauth_endpoints::sessions::{PageError, PageResult, Visitor};
use serde::Deserialize;
use storage::{ActivityFilter, ActivityRow};

use crate::app::{Named, head};
use crate::developer::{Developer, answer, refused};
use crate::pages::{ActivityPage, Attempt, Chosen, KeyChoice, Nothing, ReasonGroup, moment, words};
use crate::place::{Place, Tab, Which};

/// How many attempts are shown on a page.
const ROWS: u32 = 50;
/// How many can be turned to.
const MOST: u32 = 1000;
/// How far back.
const SPAN: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    request: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    refused: String,
    #[serde(default)]
    page: u32,
}

impl Asked {
    fn which(&self) -> Which {
        Which {
            request: self.request.trim().parse().ok(),
            key: self.key.parse().ok(),
            refused: !self.refused.is_empty(),
            page: self.page.min(MOST / ROWS - 1),
        }
    }
}

pub(super) async fn list(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let result = show(&visitor, &named, &asked).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor, named: &Named, asked: &Asked) -> PageResult {
    let (id, which) = (named.app.parse().ok(), asked.which());
    let Some(session) = &visitor.session else {
        let place = id.map(|app| Place::Activity(app, which));
        return Ok(visitor.sign_in_first(&place.unwrap_or_else(Place::all_apps).path()));
    };
    let developer = Developer::of(visitor, session).await?;
    let app = developer.app(id).await?;
    let keys = visitor.state.protocol.directory.keys(app.id).await?;
    let typed: String = asked.request.trim().chars().take(100).collect();
    let is_faulty = !typed.is_empty() && which.request.is_none();
    let rows = if is_faulty { Vec::new() } else { read(visitor, &app, &which).await? };
    let more = rows.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    let begins_here = which.page == 0 && which.request.is_none() && !is_faulty;
    let (reasons, counted) = if begins_here { reasons(visitor, &app, which.key).await? } else { (Vec::new(), None) };
    let at = |page| visitor.path(&Place::Activity(app.id, Which { page, ..which.clone() }).path());
    let page = ActivityPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Activity),
        nothing: rows.is_empty().then(|| nothing(&which, is_faulty)),
        keys: choices(&keys, which.key),
        attempts: attempts(visitor, &keys, rows).await?,
        reasons,
        counted,
        first: which.page * ROWS + 1,
        newer_url: which.page.checked_sub(1).map(at),
        older_url: (more && which.page + 1 < MOST / ROWS).then(|| at(which.page + 1)),
        most: (more && which.page + 1 == MOST / ROWS).then_some(MOST),
        chosen: Chosen { request: typed, refused: which.refused },
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

/// The attempts of a page, and one more where there is one.
async fn read(visitor: &Visitor, app: &Permitted<App>, which: &Which) -> Result<Vec<ActivityRow>, PageError> {
    let filter = ActivityFilter { key: which.key, request: which.request, refused: which.refused, ..recent(visitor) };
    let before = which.page * ROWS;
    let rows = visitor.state.registry.activity_of(app, filter, before + ROWS + 1).await.map_err(refused)?;
    Ok(rows.into_iter().skip(usize::try_from(before).unwrap_or(usize::MAX)).collect())
}

/// The span that activity is shown for.
pub(crate) fn recent(visitor: &Visitor) -> ActivityFilter {
    ActivityFilter { since: Some(visitor.now() - SPAN), ..ActivityFilter::default() }
}

/// Why attempts were refused, the most frequent reason first; and over how many of them that was counted, if not all.
async fn reasons(
    visitor: &Visitor,
    app: &Permitted<App>,
    key: Option<ClientId>,
) -> Result<(Vec<ReasonGroup>, Option<usize>), PageError> {
    let filter = ActivityFilter { key, refused: true, ..recent(visitor) };
    let rows = visitor.state.registry.activity_of(app, filter, MOST).await.map_err(refused)?;
    let mut groups: Vec<ReasonGroup> = Vec::new();
    // The newest come first, so that the first of a reason is its last.
    for row in &rows {
        let Some(reason) = row.refusal.as_deref().and_then(known) else { continue };
        if let Some(group) = groups.iter_mut().find(|group| group.reason == reason) {
            group.count += row.count;
        } else {
            let docs_url = visitor.state.protocol.settings.error_uri(reason);
            groups.push(ReasonGroup { reason, count: row.count, last: moment(row.at), docs_url });
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let is_part = rows.len() == usize::try_from(MOST).unwrap_or(usize::MAX);
    Ok((groups, is_part.then_some(rows.len())))
}

/// A reason by its code; none for one of another version of this program.
fn known(code: &str) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.code() == code)
}

fn nothing(which: &Which, is_faulty: bool) -> Nothing {
    if is_faulty {
        Nothing::NoRequestId
    } else if which.request.is_some() {
        Nothing::Request
    } else if which.key.is_some() || which.refused || which.page > 0 {
        Nothing::Matches
    } else {
        Nothing::Yet
    }
}

fn choices(keys: &[ApiKey], chosen: Option<ClientId>) -> Vec<KeyChoice> {
    let choice =
        |key: &ApiKey| KeyChoice { id: key.id.to_string(), label: key.label.clone(), chosen: Some(key.id) == chosen };
    keys.iter().map(choice).collect()
}

async fn attempts(visitor: &Visitor, keys: &[ApiKey], rows: Vec<ActivityRow>) -> Result<Vec<Attempt>, PageError> {
    let mut customers: HashMap<CustomerId, String> = HashMap::new();
    let mut attempts = Vec::new();
    for row in rows.into_iter().take(usize::try_from(ROWS).unwrap_or(usize::MAX)) {
        if let Some(id) = row.customer
            && !customers.contains_key(&id)
        {
            let name = visitor.state.protocol.directory.customer(id).await?.map(|customer| customer.name);
            customers.insert(id, name.unwrap_or_else(|| "a deleted customer".to_owned()));
        }
        let customer = row.customer.and_then(|id| customers.get(&id)).cloned();
        attempts.push(attempt(row, keys, customer));
    }
    Ok(attempts)
}

fn attempt(row: ActivityRow, keys: &[ApiKey], customer: Option<String>) -> Attempt {
    let label = |id: ClientId| keys.iter().find(|key| key.id == id).map(|key| key.label.clone());
    let within = match (row.request, &row.refusal) {
        (Some(_), _) => None,
        (None, Some(_)) => Some("within this minute"),
        (None, None) => Some("within this hour"),
    };
    Attempt {
        at: moment(row.at),
        within,
        count: row.count,
        endpoint: words::endpoint(&row.kind),
        grant: words::grant(&row.grant),
        reason: row.refusal.as_deref().and_then(known),
        certificates: certificates(&row),
        refusal: row.refusal,
        detail: row.detail,
        environment: row.environment.to_string(),
        key: row.key.map(|id| (id.to_string(), label(id))),
        customer,
        connection: row.connection.map(|connection| connection.to_string()),
        address: row.address,
        user_agent: row.user_agent,
        request: row.request.as_ref().map(RequestId::to_string),
    }
}

/// With how many certificates the attempts of a row came.
fn certificates(row: &ActivityRow) -> Option<String> {
    let one = row.request.is_some();
    match (row.registered, row.unregistered) {
        (0, 0) => None,
        (_, 0) if one => Some("registered".to_owned()),
        (0, _) if one => Some("not registered".to_owned()),
        (registered, 0) => Some(format!("{registered} registered")),
        (0, unregistered) => Some(format!("{unregistered} not registered")),
        (registered, unregistered) => Some(format!("{registered} registered, {unregistered} not")),
    }
}
