//! Activity and audit: appended in batches, read newest first.

use std::cmp::Reverse;
use std::time::Duration;

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use domain::{Activity, AuditRecord};
use storage::{ActivityFilter, ActivityRow, AuditRow, RefusalCount, StoreError, SuccessCount};

use super::{Backend, Conn, begin, finish, read_all};
use crate::failure::failed;
use crate::hold::{Begin, Hold};
use crate::rows::{ActivityRecord, AuditEntry, NewActivity, NewAudit, RefusalRow, SuccessRow};
use crate::schema::{activity, activity_refusals, activity_successes, audit};

pub(crate) async fn append(
    conn: &mut Conn,
    single: &[Activity],
    successes: &[(SuccessCount, u64)],
    refusals: &[(RefusalCount, u64)],
    statement: Duration,
) -> Result<(), StoreError> {
    begin(conn, Begin { hold: Hold::Rows, statement }).await?;
    let done = write(conn, single, successes, refusals).await;
    finish(conn, done).await
}

async fn write(
    conn: &mut Conn,
    single: &[Activity],
    successes: &[(SuccessCount, u64)],
    refusals: &[(RefusalCount, u64)],
) -> Result<(), StoreError> {
    let rows: Vec<_> = single.iter().map(NewActivity::from).collect();
    insert_all!(conn, activity::table, rows).map_err(failed)?;
    // Replicas that add to the same rows take them in the same order.
    let mut successes: Vec<_> = successes.iter().map(|(merged, attempts)| SuccessRow::new(merged, *attempts)).collect();
    successes.sort_unstable();
    for row in successes {
        add_success(conn, row).await?;
    }
    let mut refusals: Vec<_> = refusals.iter().map(|(merged, attempts)| RefusalRow::new(merged, *attempts)).collect();
    refusals.sort_unstable();
    for row in refusals {
        add_refusal(conn, row).await?;
    }
    Ok(())
}

async fn add_success(conn: &mut Conn, row: SuccessRow) -> Result<(), StoreError> {
    use activity_successes::{attempts, environment, grant_type, hour, key_id, kind, registered, table, unregistered};
    diesel::insert_into(table)
        .values(row)
        .on_conflict((key_id, kind, grant_type, hour, environment))
        .do_update()
        .set((
            attempts.eq(attempts + excluded(attempts)),
            registered.eq(registered + excluded(registered)),
            unregistered.eq(unregistered + excluded(unregistered)),
        ))
        .execute(conn)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn add_refusal(conn: &mut Conn, row: RefusalRow) -> Result<(), StoreError> {
    use activity_refusals::{attempts, environment, key_id, kind, minute, prefix, reason, table};
    diesel::insert_into(table)
        .values(row)
        .on_conflict((key_id, kind, reason, prefix, minute, environment))
        .do_update()
        .set(attempts.eq(attempts + excluded(attempts)))
        .execute(conn)
        .await
        .map_err(failed)?;
    Ok(())
}

/// The newest of all three tables. Merged rows stand for no single request, so a search for one leaves them out.
pub(crate) async fn read(conn: &mut Conn, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError> {
    let mut rows = single(conn, filter, limit).await?;
    if filter.request.is_none() {
        if !filter.refused {
            rows.extend(successes(conn, filter, limit).await?);
        }
        rows.extend(refusals(conn, filter, limit).await?);
    }
    rows.sort_by_key(|row| Reverse(row.at));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

async fn single(conn: &mut Conn, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError> {
    let mut query = activity::table
        .order((activity::at.desc(), activity::id.desc()))
        .limit(limit.into())
        .select(ActivityRecord::as_select())
        .into_boxed::<Backend>();
    if let Some(app) = filter.app {
        query = query.filter(activity::app_id.eq(app.to_string()));
    }
    if let Some(key) = filter.key {
        query = query.filter(activity::key_id.eq(key.to_string()));
    }
    if let Some(since) = filter.since {
        query = query.filter(activity::at.ge(since.millis()));
    }
    if let Some(request) = filter.request {
        query = query.filter(activity::request_id.eq(request.to_string()));
    }
    if filter.refused {
        query = query.filter(activity::refusal.is_not_null());
    }
    read_all(query.load(conn).await.map_err(failed)?)
}

async fn successes(conn: &mut Conn, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError> {
    let mut query = activity_successes::table
        .order(activity_successes::hour.desc())
        .limit(limit.into())
        .select(SuccessRow::as_select())
        .into_boxed::<Backend>();
    if let Some(app) = filter.app {
        query = query.filter(activity_successes::app_id.eq(app.to_string()));
    }
    if let Some(key) = filter.key {
        query = query.filter(activity_successes::key_id.eq(key.to_string()));
    }
    if let Some(since) = filter.since {
        query = query.filter(activity_successes::hour.ge(since.millis()));
    }
    read_all(query.load(conn).await.map_err(failed)?)
}

async fn refusals(conn: &mut Conn, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError> {
    let mut query = activity_refusals::table
        .order(activity_refusals::minute.desc())
        .limit(limit.into())
        .select(RefusalRow::as_select())
        .into_boxed::<Backend>();
    if let Some(app) = filter.app {
        query = query.filter(activity_refusals::app_id.eq(app.to_string()));
    }
    if let Some(key) = filter.key {
        query = query.filter(activity_refusals::key_id.eq(key.to_string()));
    }
    if let Some(since) = filter.since {
        query = query.filter(activity_refusals::minute.ge(since.millis()));
    }
    read_all(query.load(conn).await.map_err(failed)?)
}

pub(crate) async fn audit(conn: &mut Conn, target: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let mut query = audit::table
        .order((audit::at.desc(), audit::id.desc()))
        .limit(limit.into())
        .select(AuditEntry::as_select())
        .into_boxed::<Backend>();
    if let Some(target) = target {
        query = query.filter(audit::target.eq(target.to_owned()));
    }
    read_all(query.load(conn).await.map_err(failed)?)
}

pub(crate) async fn record(conn: &mut Conn, record: &AuditRecord) -> Result<(), StoreError> {
    diesel::insert_into(audit::table).values(NewAudit::from(record)).execute(conn).await.map_err(failed)?;
    Ok(())
}
