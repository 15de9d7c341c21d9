//! What lists and confirmation pages tell of apps: a statement for each thing that is counted, whatever the number of apps.

use std::collections::HashMap;

use diesel::dsl::{count, count_star, max, min, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use domain::{ActivityKind, App, AppId, KeyState, Purpose, TeamId, Timestamp};
use storage::{AppFacts, AppUse, FactsAt, KeyUse, Living, StoreError};

use super::{Conn, read_all};
use crate::failure::failed;
use crate::rows::{AppRow, read, total, word};
use crate::schema::{
    activity, activity_refusals, activity_successes, api_keys, api_secrets, apps, connections, registered_certificates,
};

/// PostgreSQL's sum of BIGINT is NUMERIC.
const ATTEMPTS: &str = "CAST(SUM(attempts) AS BIGINT)";

pub(crate) async fn deleted_apps(
    conn: &mut Conn,
    of: &[TeamId],
    since: Timestamp,
    limit: u32,
) -> Result<Vec<App>, StoreError> {
    let rows: Vec<AppRow> = apps::table
        .filter(apps::team_id.eq_any(of.iter().map(TeamId::to_string)))
        .filter(apps::deleted_at.ge(since.millis()))
        .order((apps::deleted_at.desc(), apps::id))
        .limit(limit.into())
        .select(AppRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn facts(conn: &mut Conn, of: &[AppId], at: FactsAt) -> Result<Vec<AppFacts>, StoreError> {
    let ids: Vec<String> = of.iter().map(AppId::to_string).collect();
    let keys: HashMap<_, i64> = keys(conn, &ids, at).await?.into_iter().collect();
    let ends =
        [key_ends(conn, &ids, at).await?, secret_ends(conn, &ids, at).await?, certificate_ends(conn, &ids, at).await?];
    let [key_ends, secret_ends, certificate_ends] = ends.map(|ends| ends.into_iter().collect::<HashMap<_, _>>());
    let (single, successes) = (single(conn, &ids, at).await?, successes(conn, &ids, at).await?);
    let (refusals, last) = (refusals(conn, &ids, at).await?, last_tokens(conn, &ids).await?);
    let single: HashMap<_, _> = single.into_iter().collect();
    let (successes, refusals): (HashMap<_, i64>, HashMap<_, i64>) =
        (successes.into_iter().collect(), refusals.into_iter().collect());
    let last: HashMap<_, _> = last.into_iter().collect();
    let moment = |moments: &HashMap<String, Option<i64>>, id: &str| {
        moments.get(id).copied().flatten().map(Timestamp::from_millis)
    };
    let of_app = |app: &AppId| {
        let id = app.to_string();
        let (attempts, refused) = single.get(&Some(id.clone())).copied().unwrap_or_default();
        let merged = |counts: &HashMap<String, i64>| counts.get(&id).copied().unwrap_or_default();
        Ok(AppFacts {
            app: *app,
            keys: total(merged(&keys))?,
            key_ends: moment(&key_ends, &id),
            secret_ends: moment(&secret_ends, &id),
            certificate_ends: moment(&certificate_ends, &id),
            attempts: total(attempts + merged(&successes) + merged(&refusals))?,
            refused: total(refused + merged(&refusals))?,
            last_token: moment(&last, &id),
        })
    };
    of.iter().map(of_app).collect()
}

async fn keys(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(String, i64)>, StoreError> {
    use api_keys::{app_id, expires_at, state, table};
    table
        .filter(app_id.eq_any(of))
        .filter(state.eq(word(KeyState::Active)))
        .filter(expires_at.is_null().or(expires_at.gt(at.now.millis())))
        .group_by(app_id)
        .select((app_id, count_star()))
        .load(conn)
        .await
        .map_err(failed)
}

async fn key_ends(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    use api_keys::{app_id, expires_at, state, table};
    table
        .filter(app_id.eq_any(of))
        .filter(state.eq(word(KeyState::Active)))
        .filter(expires_at.ge(at.ended_since.millis()))
        .filter(expires_at.le(at.ending_until.millis()))
        .group_by(app_id)
        .select((app_id, min(expires_at)))
        .load(conn)
        .await
        .map_err(failed)
}

async fn secret_ends(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    api_secrets::table
        .inner_join(api_keys::table.on(api_keys::id.eq(api_secrets::key_id)))
        .filter(api_keys::app_id.eq_any(of))
        .filter(api_keys::state.eq(word(KeyState::Active)))
        .filter(api_secrets::state.eq("active"))
        .filter(api_secrets::expires_at.ge(at.ended_since.millis()))
        .filter(api_secrets::expires_at.le(at.ending_until.millis()))
        .group_by(api_keys::app_id)
        .select((api_keys::app_id, min(api_secrets::expires_at)))
        .load(conn)
        .await
        .map_err(failed)
}

async fn certificate_ends(
    conn: &mut Conn,
    of: &[String],
    at: FactsAt,
) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    use registered_certificates::{app_id, not_after, table};
    table
        .filter(app_id.eq_any(of))
        .filter(not_after.ge(at.ended_since.millis()))
        .filter(not_after.le(at.ending_until.millis()))
        .group_by(app_id)
        .select((app_id, min(not_after)))
        .load(conn)
        .await
        .map_err(failed)
}

/// Attempts that were kept one by one: all of them, and those that were refused.
async fn single(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(Option<String>, (i64, i64))>, StoreError> {
    use activity::{app_id, at as when, refusal, table};
    table
        .filter(app_id.eq_any(of))
        .filter(when.ge(at.attempts_since.millis()))
        .group_by(app_id)
        .select((app_id, (count_star(), count(refusal))))
        .load(conn)
        .await
        .map_err(failed)
}

async fn successes(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(String, i64)>, StoreError> {
    use activity_successes::{app_id, hour, table};
    table
        .filter(app_id.eq_any(of))
        .filter(hour.ge(at.attempts_since.millis()))
        .group_by(app_id)
        .select((app_id, sql::<BigInt>(ATTEMPTS)))
        .load(conn)
        .await
        .map_err(failed)
}

async fn refusals(conn: &mut Conn, of: &[String], at: FactsAt) -> Result<Vec<(String, i64)>, StoreError> {
    use activity_refusals::{app_id, minute, table};
    table
        .filter(app_id.eq_any(of))
        .filter(minute.ge(at.attempts_since.millis()))
        .group_by(app_id)
        .select((app_id, sql::<BigInt>(ATTEMPTS)))
        .load(conn)
        .await
        .map_err(failed)
}

async fn last_tokens(conn: &mut Conn, of: &[String]) -> Result<Vec<(String, Option<i64>)>, StoreError> {
    use activity_successes::{app_id, hour, kind, table};
    table
        .filter(app_id.eq_any(of))
        .filter(kind.eq(word(ActivityKind::Token)))
        .group_by(app_id)
        .select((app_id, max(hour)))
        .load(conn)
        .await
        .map_err(failed)
}

pub(crate) async fn uses(conn: &mut Conn, app: AppId, now: Timestamp, since: Timestamp) -> Result<AppUse, StoreError> {
    let tokens = tokens(conn, app, since).await?;
    let (live, used) = (living(conn, app, now, None).await?, living(conn, app, now, Some(since)).await?);
    let of = |purpose| {
        let number = |counts: &HashMap<String, i64>| total(counts.get(&word(purpose)).copied().unwrap_or_default());
        Ok::<_, StoreError>(Living { live: number(&live)?, used: number(&used)? })
    };
    // What was made by hand acts for its person too; tests end by themselves.
    let (attended, generated) = (of(Purpose::Attended)?, of(Purpose::Generated)?);
    let attended = Living { live: attended.live + generated.live, used: attended.used + generated.used };
    Ok(AppUse { tokens, attended, unattended: of(Purpose::Unattended)? })
}

async fn tokens(conn: &mut Conn, app: AppId, since: Timestamp) -> Result<Vec<KeyUse>, StoreError> {
    use activity_successes::{app_id, grant_type, hour, key_id, kind, table};
    let rows: Vec<(String, String, i64, Option<i64>)> = table
        .filter(app_id.eq(app.to_string()))
        .filter(kind.eq(word(ActivityKind::Token)))
        .filter(hour.ge(since.millis()))
        .group_by((key_id, grant_type))
        .select((key_id, grant_type, sql::<BigInt>(ATTEMPTS), max(hour)))
        .order((key_id, grant_type))
        .load(conn)
        .await
        .map_err(failed)?;
    let of_row = |(key, grant, tokens, last): (String, String, i64, Option<i64>)| {
        let last = Timestamp::from_millis(last.unwrap_or_default());
        Ok(KeyUse { key: read(&key)?, grant, tokens: total(tokens)?, last })
    };
    rows.into_iter().map(of_row).collect()
}

/// How many connections can be used, by purpose; only those that were used since then, where that is asked.
async fn living(
    conn: &mut Conn,
    app: AppId,
    now: Timestamp,
    since: Option<Timestamp>,
) -> Result<HashMap<String, i64>, StoreError> {
    use connections::{app_id, ended_at, expires_at, idle_ms, last_used_at, purpose, table};
    let rows: Vec<(String, i64)> = table
        .filter(app_id.eq(app.to_string()))
        .filter(ended_at.is_null())
        .filter(expires_at.gt(now.millis()))
        .filter((last_used_at + idle_ms).gt(now.millis()))
        .filter(last_used_at.ge(since.map_or(i64::MIN, Timestamp::millis)))
        .group_by(purpose)
        .select((purpose, count_star()))
        .load(conn)
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().collect())
}
