//! `/apps/{app}/activity`: what the clients of an app tried, and what came of it.

use domain::{ClientId, ConnectionId, CustomerId, EnvironmentName, Permission, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use storage::{ActivityFilter, ActivityRow};
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::caller::Caller;
use crate::lists::{Page, Paging, malformed, written};
use crate::schemas::{self, moment};

/// How far back it goes.
const SPAN: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many rows can be paged through.
const MOST: u32 = 1000;

/// One attempt, or several merged: successes of an hour, refusals before authentication of a minute.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attempt {
    /// When, or the start of the hour or minute.
    #[schema(schema_with = schemas::date_time)]
    at: String,
    /// How many attempts it stands for.
    count: u64,
    /// How many of these came with a registered certificate.
    registered: u64,
    /// How many of these came with a certificate that is not registered.
    unregistered: u64,
    /// The endpoint.
    endpoint: String,
    /// The grant type, at the token endpoint.
    grant: Option<String>,
    /// Why it was refused; `null` is success. The error catalogue explains it.
    refusal: Option<String>,
    /// What was wrong.
    detail: String,
    #[schema(value_type = String)]
    environment: EnvironmentName,
    #[schema(value_type = Option<String>)]
    key: Option<ClientId>,
    #[schema(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    #[schema(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// The id that was in the answer; of a single attempt.
    #[schema(value_type = Option<String>)]
    request: Option<RequestId>,
    /// Where it came from.
    address: String,
    user_agent: String,
}

impl From<ActivityRow> for Attempt {
    fn from(row: ActivityRow) -> Self {
        Self {
            at: moment(row.at),
            count: row.count,
            registered: row.registered,
            unregistered: row.unregistered,
            endpoint: row.kind,
            grant: Some(row.grant).filter(|grant| !grant.is_empty()),
            refusal: row.refusal,
            detail: row.detail,
            environment: row.environment,
            key: row.key,
            connection: row.connection,
            customer: row.customer,
            request: row.request,
            address: row.address,
            user_agent: row.user_agent,
        }
    }
}

/// Which attempts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this request.
    #[param(max_length = 100)]
    request: Option<String>,
    /// Of this API key.
    #[param(max_length = 100)]
    key: Option<String>,
    /// Only what was refused.
    refused: Option<bool>,
    /// `next_cursor` of the page before; the first page when left out.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Where a page ended: the moment of its last attempt, and how many of that moment were on it and before it.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct Mark(i64, usize);

/// The attempts of the last 30 days, newest first; at most the newest 1,000.
#[utoipa::path(get, path = "/api/v1/apps/{app}/activity", tag = "Activity", params(("app" = String, Path), Wanted), responses((status = 200, body = Page<Attempt>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let Wanted { request, key, refused, cursor, limit } = caller.query()?;
    let paging = Paging::new(cursor, limit);
    let (limit, after) = (paging.limit()?, paging.after::<Mark>()?);
    let filter = ActivityFilter {
        request: read("request", request)?,
        key: read("key", key)?,
        refused: refused.unwrap_or(false),
        since: Some(caller.now() - SPAN),
        ..ActivityFilter::default()
    };
    let most = if after.is_some() { MOST } else { limit + 1 };
    let rows = caller.state.registry.activity_of(&app, filter, most).await.map_err(|error| caller.refused(error))?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut rest = rest(rows, after);
    let more = rest.len() > size;
    rest.truncate(size);
    let next_cursor = rest.last().filter(|_| more).map(|last| written(&mark(&rest, last.at, after)));
    Ok(caller.ok(&Page { items: rest.into_iter().map(Attempt::from).collect(), next_cursor }))
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<String>,
) -> Result<Option<T>, oauth_endpoints::Problem> {
    text.map(|text| text.trim().parse()).transpose().map_err(|error| malformed(format!("{name}: {error}")))
}

/// The rows that follow a mark; newer ones have come before it meanwhile.
fn rest(rows: Vec<ActivityRow>, after: Option<Mark>) -> Vec<ActivityRow> {
    let Some(Mark(at, seen)) = after else { return rows };
    let at = Timestamp::from_millis(at);
    let mut of_moment = 0;
    let is_left = move |row: &ActivityRow| {
        of_moment += usize::from(row.at == at);
        row.at < at || (row.at == at && of_moment > seen)
    };
    let mut is_left = is_left;
    rows.into_iter().filter(|row| is_left(row)).collect()
}

fn mark(page: &[ActivityRow], at: Timestamp, after: Option<Mark>) -> Mark {
    let on_page = page.iter().filter(|row| row.at == at).count();
    let before = after.filter(|Mark(earlier, _)| *earlier == at.millis()).map_or(0, |Mark(_, seen)| seen);
    Mark(at.millis(), before + on_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: i64, count: u64) -> ActivityRow {
        ActivityRow {
            at: Timestamp::from_millis(at),
            count,
            registered: 0,
            unregistered: 0,
            kind: "token".into(),
            grant: String::new(),
            refusal: None,
            detail: String::new(),
            environment: EnvironmentName::default_environment(),
            key: None,
            connection: None,
            customer: None,
            request: None,
            address: String::new(),
            user_agent: String::new(),
        }
    }

    #[test]
    fn pages_lose_and_repeat_nothing_though_newer_attempts_come() {
        let mut rows = vec![row(9, 1), row(7, 2), row(7, 3), row(7, 4), row(5, 5)];
        let (mut after, mut seen) = (None, Vec::new());
        for _ in 0..5 {
            let page: Vec<_> = rest(rows.clone(), after).into_iter().take(2).collect();
            let Some(last) = page.last() else { break };
            after = Some(mark(&page, last.at, after));
            seen.extend(page.iter().map(|row| row.count));
            rows.insert(0, row(10, 99));
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }
}
