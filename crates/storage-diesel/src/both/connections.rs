//! Connections: opened, found, listed, marked as used.

use diesel::dsl::count;
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use domain::{
    ClientId, Connection, ConnectionId, CustomerId, Effect, EndedBy, EnvironmentName, NewLogEntry, Position, Subject,
    Timestamp, UserId,
};
use storage::{AsOf, AtLimit, Binding, Bound, Cursor, LastUses, Opened, Opening, StoreError};

use super::records::connection;
use super::{Backend, Conn, alone_with, begin, finish, log, read_all};
use crate::failure::failed;
use crate::hold::{Begin, Hold};
use crate::rows::{ConnectionRow, NewAudit, word};
use crate::schema::{
    api_keys, api_secrets, audit, burned_connections, connections, registered_certificates, revocation_head,
};

pub(crate) async fn open(
    conn: &mut Conn,
    opening: &Opening,
    statement: std::time::Duration,
) -> Result<AsOf<Opened>, StoreError> {
    begin(conn, Begin { hold: Hold::LogStill, statement }).await?;
    let done = insert(conn, opening, Hold::LogStill).await;
    if let Some(opened) = settle(conn, done).await? {
        return Ok(opened);
    }
    // Others end in favour of this one, which appends to the log. That needs the log for ourselves from the start:
    // two who hold it still could never both get it.
    begin(conn, Begin { hold: Hold::Log, statement }).await?;
    let done = insert(conn, opening, Hold::Log).await;
    settle(conn, done).await?.ok_or_else(|| StoreError::database("the log was not free"))
}

async fn settle(
    conn: &mut Conn,
    done: Result<Option<AsOf<Opened>>, StoreError>,
) -> Result<Option<AsOf<Opened>>, StoreError> {
    match done {
        Ok(None | Some(AsOf { value: Opened::Taken | Opened::Full, .. })) => {
            conn.batch_execute("ROLLBACK").await.map_err(failed)?;
            done
        }
        done => finish(conn, done).await,
    }
}

/// Writes the row; `None` when others have to end and the log is not held for that.
async fn insert(conn: &mut Conn, opening: &Opening, hold: Hold) -> Result<Option<AsOf<Opened>>, StoreError> {
    let connection = &opening.connection;
    alone_with(conn, lane_of(connection.id)).await?;
    if is_burned(conn, connection.id).await? {
        return Ok(Some(AsOf { value: Opened::Taken, position: log::head(conn).await? }));
    }
    // Two at once for the same user and key would not see each other's row when they count.
    alone_with(conn, lane(connection.user.as_bytes(), connection.key.as_bytes())).await?;
    let written = diesel::insert_into(connections::table)
        .values(ConnectionRow::from(connection))
        .on_conflict(connections::id)
        .do_nothing()
        .execute(conn)
        .await
        .map_err(failed)?;
    if written == 0 {
        return Ok(Some(AsOf { value: Opened::Taken, position: log::head(conn).await? }));
    }
    let surplus = beyond_limit(conn, opening).await?;
    let position = match hold {
        _ if surplus.is_empty() => log::head(conn).await?,
        _ if opening.at_limit == AtLimit::Refuse => {
            return Ok(Some(AsOf { value: Opened::Full, position: log::head(conn).await? }));
        }
        Hold::Log => replace(conn, opening, surplus).await?,
        Hold::Rows | Hold::LogStill => return Ok(None),
    };
    diesel::insert_into(audit::table).values(NewAudit::from(&opening.audit)).execute(conn).await.map_err(failed)?;
    Ok(Some(AsOf { value: Opened::Created, position }))
}

fn lane_of(connection: ConnectionId) -> i64 {
    lane(connection.as_bytes(), &[0; 16])
}

fn lane(first: &[u8; 16], second: &[u8; 16]) -> i64 {
    first.iter().zip(second).take(8).fold(0, |lane, (first, second)| lane << 8 | i64::from(first ^ second))
}

/// Waits for an `open` of the same id, so that one of both sees the other.
pub(crate) async fn burn(
    conn: &mut Conn,
    id: ConnectionId,
    now: Timestamp,
    statement: std::time::Duration,
) -> Result<Opened, StoreError> {
    begin(conn, Begin { hold: Hold::Rows, statement }).await?;
    let done = write_burned(conn, id, now).await;
    finish(conn, done).await
}

async fn write_burned(conn: &mut Conn, id: ConnectionId, now: Timestamp) -> Result<Opened, StoreError> {
    alone_with(conn, lane_of(id)).await?;
    let rows: i64 =
        connections::table.filter(connections::id.eq(id.to_string())).count().get_result(conn).await.map_err(failed)?;
    if rows > 0 {
        return Ok(Opened::Taken);
    }
    diesel::insert_into(burned_connections::table)
        .values((burned_connections::id.eq(id.to_string()), burned_connections::burned_at.eq(now.millis())))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map_err(failed)?;
    Ok(Opened::Created)
}

async fn is_burned(conn: &mut Conn, id: ConnectionId) -> Result<bool, StoreError> {
    let rows: i64 = burned_connections::table
        .filter(burned_connections::id.eq(id.to_string()))
        .count()
        .get_result(conn)
        .await
        .map_err(failed)?;
    Ok(rows > 0)
}

/// The connections of this user and key that are too many beside the new one: the longest idle.
async fn beyond_limit(conn: &mut Conn, opening: &Opening) -> Result<Vec<String>, StoreError> {
    let connection = &opening.connection;
    let mut query = connections::table
        .filter(connections::user_id.eq(connection.user.to_string()))
        .filter(connections::key_id.eq(connection.key.to_string()))
        .filter(connections::purpose.eq(word(connection.purpose)))
        .filter(connections::ended_at.is_null())
        .filter(connections::id.ne(connection.id.to_string()))
        .order((connections::last_used_at.desc(), connections::created_at.desc(), connections::id.desc()))
        .offset(i64::from(opening.live_limit).saturating_sub(1).max(0))
        .limit(1000)
        .select(connections::id)
        .into_boxed::<Backend>();
    if opening.at_limit == AtLimit::Refuse {
        let now = connection.created_at.millis();
        query = query
            .filter(connections::expires_at.gt(now))
            .filter((connections::last_used_at + connections::idle_ms).gt(now));
    }
    query.load(conn).await.map_err(failed)
}

async fn replace(conn: &mut Conn, opening: &Opening, surplus: Vec<String>) -> Result<Position, StoreError> {
    let ended: Vec<String> = diesel::update(connections::table)
        .filter(connections::id.eq_any(surplus))
        .filter(connections::ended_at.is_null())
        .set((
            connections::ended_at.eq(opening.connection.created_at.millis()),
            connections::ended_by.eq(word(EndedBy::Replaced)),
        ))
        .returning(connections::id)
        .get_results(conn)
        .await
        .map_err(failed)?;
    log::append(conn, &ends(&ended, opening.entry_until)?).await
}

/// The log entries that end what the connections gave.
pub(super) fn ends(ids: &[String], until: Timestamp) -> Result<Vec<NewLogEntry>, StoreError> {
    let entry = |id: &String| {
        let subject = Subject::Connection(id.parse().map_err(StoreError::corrupt)?);
        Ok(NewLogEntry { subject, effect: Effect::Revoke, until })
    };
    ids.iter().map(entry).collect()
}

pub(crate) async fn of_key(
    conn: &mut Conn,
    key: ClientId,
    environment: &EnvironmentName,
    page: (Option<Cursor>, u32),
) -> Result<Vec<Connection>, StoreError> {
    let (cursor, limit) = page;
    let mut query = connections::table
        .filter(connections::key_id.eq(key.to_string()))
        .filter(connections::environment.eq(environment.to_string()))
        .order((connections::created_at, connections::id))
        .limit(limit.into())
        .select(ConnectionRow::as_select())
        .into_boxed::<Backend>();
    if let Some(Cursor { created_at, id }) = cursor {
        let same_moment = connections::created_at.eq(created_at.millis()).and(connections::id.gt(id.to_string()));
        query = query.filter(connections::created_at.gt(created_at.millis()).or(same_moment));
    }
    read_all(query.load(conn).await.map_err(failed)?)
}

pub(crate) async fn of_user(conn: &mut Conn, user: UserId, limit: u32) -> Result<Vec<Connection>, StoreError> {
    let user = user.to_string();
    let rows = connections::table
        .filter(connections::user_id.eq(user.clone()).or(connections::granted_by.eq(user)))
        .filter(connections::ended_at.is_null())
        .order((connections::created_at.desc(), connections::id.desc()))
        .limit(limit.into())
        .select(ConnectionRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn of_customer(
    conn: &mut Conn,
    customer: CustomerId,
    limit: u32,
) -> Result<Vec<Connection>, StoreError> {
    let rows = connections::table
        .filter(connections::customer_id.eq(customer.to_string()))
        .filter(connections::ended_at.is_null())
        .order((connections::created_at.desc(), connections::id.desc()))
        .limit(limit.into())
        .select(ConnectionRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn users_of_app_of(conn: &mut Conn, key: ClientId, except: UserId) -> Result<u64, StoreError> {
    let app = api_keys::table.filter(api_keys::id.eq(key.to_string())).select(api_keys::app_id);
    let users: i64 = connections::table
        .filter(connections::app_id.eq_any(app))
        .filter(connections::ended_at.is_null())
        .filter(connections::user_id.ne(except.to_string()))
        .select(count(connections::user_id).aggregate_distinct())
        .first(conn)
        .await
        .map_err(failed)?;
    u64::try_from(users).map_err(StoreError::corrupt)
}

/// The same conditions as a rotation's.
pub(crate) async fn bind(conn: &mut Conn, binding: Binding) -> Result<AsOf<Bound>, StoreError> {
    use connections::{bound_to, ended_at, expires_at, id, idle_ms, key_id, last_used_at};
    let now = binding.now.millis();
    let done: Option<(ConnectionRow, Option<i64>)> = diesel::update(connections::table)
        .filter(id.eq(binding.connection.to_string()))
        .filter(key_id.eq(binding.key.to_string()))
        .filter(ended_at.is_null())
        .filter(expires_at.gt(now))
        .filter((last_used_at + idle_ms).gt(now))
        .set(bound_to.eq(binding.certificate.to_string()))
        .returning((
            ConnectionRow::as_returning(),
            revocation_head::table.select(revocation_head::position).single_value(),
        ))
        .get_result(conn)
        .await
        .optional()
        .map_err(failed)?;
    if let Some((row, head)) = done {
        return Ok(AsOf { value: Bound::Written(row.try_into()?), position: Position(head.ok_or_else(log::no_head)?) });
    }
    let AsOf { value, position } = connection(conn, binding.connection).await?;
    Ok(AsOf { value: value.map_or(Bound::Unknown, Bound::Dead), position })
}

/// Holds the log still, because who ends connections holds the log: so neither waits for rows that the other has.
pub(crate) async fn touch(
    conn: &mut Conn,
    uses: &mut LastUses,
    statement: std::time::Duration,
) -> Result<(), StoreError> {
    // Two that touch the same rows take them in the same order.
    uses.connections.sort_unstable();
    uses.secrets.sort_unstable();
    uses.certificates.sort_unstable();
    begin(conn, Begin { hold: Hold::LogStill, statement }).await?;
    let done = write_last_used(conn, uses).await;
    finish(conn, done).await
}

async fn write_last_used(conn: &mut Conn, uses: &LastUses) -> Result<(), StoreError> {
    for (id, at) in &uses.connections {
        diesel::update(connections::table)
            .filter(connections::id.eq(id.to_string()))
            .filter(connections::last_used_at.lt(at.millis()))
            .set(connections::last_used_at.eq(at.millis()))
            .execute(conn)
            .await
            .map_err(failed)?;
    }
    for (id, at) in &uses.secrets {
        use api_secrets::last_used_at;
        diesel::update(api_secrets::table)
            .filter(api_secrets::id.eq(id.to_string()))
            .filter(last_used_at.is_null().or(last_used_at.lt(at.millis())))
            .set(last_used_at.eq(at.millis()))
            .execute(conn)
            .await
            .map_err(failed)?;
    }
    for (id, at) in &uses.certificates {
        use registered_certificates::last_used_at;
        diesel::update(registered_certificates::table)
            .filter(registered_certificates::id.eq(id.to_string()))
            .filter(last_used_at.is_null().or(last_used_at.lt(at.millis())))
            .set(last_used_at.eq(at.millis()))
            .execute(conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}
