//! What may be forgotten goes in small batches, found by an index each.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use storage::{StoreError, SweepPolicy};

use super::{Conn, begin, finish};
use crate::failure::failed;
use crate::hold::{Begin, Hold};
use crate::schema::{
    activity, activity_refusals, activity_successes, burned_connections, connections, revocations, team_invitations,
};

/// How long an id stays burned: longer than any code lives.
const BURNED_FOR: Duration = Duration::from_secs(60 * 60);

/// Rows of one table that one call forgets at most.
const BATCH: i64 = 1000;

pub(crate) async fn sweep(conn: &mut Conn, policy: SweepPolicy, statement: Duration) -> Result<u64, StoreError> {
    begin(conn, Begin { hold: Hold::LogStill, statement }).await?;
    let done = forget(conn, policy).await;
    let rows = finish(conn, done).await?;
    u64::try_from(rows).map_err(StoreError::database)
}

async fn forget(conn: &mut Conn, policy: SweepPolicy) -> Result<usize, StoreError> {
    let burned = forget_burned(conn, (policy.now - BURNED_FOR).millis()).await?;
    let details = forget_code_details(conn, (policy.now - policy.code_details_for).millis()).await?;
    let connections = forget_connections(conn, (policy.now - policy.ended_for).millis()).await?;
    let invitations = forget_invitations(conn, (policy.now - policy.ended_for).millis()).await?;
    let entries = forget_entries(conn, policy.now.millis()).await?;
    let activity = forget_activity(conn, (policy.now - policy.activity_for).millis()).await?;
    Ok(burned + details + connections + invitations + entries + activity)
}

async fn forget_burned(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    use burned_connections::{burned_at, id, table};
    let ids: Vec<String> =
        table.filter(burned_at.lt(until)).order(burned_at).limit(BATCH).select(id).load(conn).await.map_err(failed)?;
    diesel::delete(table).filter(id.eq_any(ids)).execute(conn).await.map_err(failed)
}

async fn forget_code_details(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    let with_details = connections::code_challenge.is_not_null().or(connections::redirect_uri.is_not_null());
    let ids: Vec<String> = connections::table
        .filter(with_details)
        .filter(connections::created_at.le(until))
        .order(connections::created_at)
        .limit(BATCH)
        .select(connections::id)
        .load(conn)
        .await
        .map_err(failed)?;
    diesel::update(connections::table)
        .filter(connections::id.eq_any(ids))
        .set((connections::code_challenge.eq(None::<String>), connections::redirect_uri.eq(None::<String>)))
        .execute(conn)
        .await
        .map_err(failed)
}

/// Those that were ended, and those that ended by themselves: unused for too long, or too old.
async fn forget_connections(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    use connections::{ended_at, expires_at, id, idle_ms, last_used_at, table};
    let ended = table.filter(ended_at.le(until)).limit(BATCH).select(id);
    let too_old = table.filter(ended_at.is_null()).filter(expires_at.le(until)).limit(BATCH).select(id);
    let unused = table.filter(ended_at.is_null()).filter((last_used_at + idle_ms).le(until)).limit(BATCH).select(id);
    let mut ids: Vec<String> = ended.load(conn).await.map_err(failed)?;
    ids.extend(too_old.load::<String>(conn).await.map_err(failed)?);
    ids.extend(unused.load::<String>(conn).await.map_err(failed)?);
    diesel::delete(table).filter(id.eq_any(ids)).execute(conn).await.map_err(failed)
}

async fn forget_invitations(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    use team_invitations::{expires_at, id, table};
    let ids: Vec<String> = table
        .filter(expires_at.le(until))
        .order(expires_at)
        .limit(BATCH)
        .select(id)
        .load(conn)
        .await
        .map_err(failed)?;
    diesel::delete(table).filter(id.eq_any(ids)).execute(conn).await.map_err(failed)
}

async fn forget_entries(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    use revocations::{position, table};
    let positions: Vec<i64> = table
        .filter(revocations::until.le(until))
        .order(revocations::until)
        .limit(BATCH)
        .select(position)
        .load(conn)
        .await
        .map_err(failed)?;
    diesel::delete(table).filter(position.eq_any(positions)).execute(conn).await.map_err(failed)
}

async fn forget_activity(conn: &mut Conn, until: i64) -> Result<usize, StoreError> {
    let ids: Vec<i64> = activity::table
        .filter(activity::at.le(until))
        .order(activity::at)
        .limit(BATCH)
        .select(activity::id)
        .load(conn)
        .await
        .map_err(failed)?;
    let single =
        diesel::delete(activity::table).filter(activity::id.eq_any(ids)).execute(conn).await.map_err(failed)?;
    // One row per key and hour or minute: whole moments go at once.
    let hours: Vec<i64> = activity_successes::table
        .filter(activity_successes::hour.le(until))
        .order(activity_successes::hour)
        .limit(BATCH)
        .select(activity_successes::hour)
        .load(conn)
        .await
        .map_err(failed)?;
    let successes = diesel::delete(activity_successes::table)
        .filter(activity_successes::hour.eq_any(hours))
        .execute(conn)
        .await
        .map_err(failed)?;
    let minutes: Vec<i64> = activity_refusals::table
        .filter(activity_refusals::minute.le(until))
        .order(activity_refusals::minute)
        .limit(BATCH)
        .select(activity_refusals::minute)
        .load(conn)
        .await
        .map_err(failed)?;
    let refusals = diesel::delete(activity_refusals::table)
        .filter(activity_refusals::minute.eq_any(minutes))
        .execute(conn)
        .await
        .map_err(failed)?;
    Ok(single + successes + refusals)
}
