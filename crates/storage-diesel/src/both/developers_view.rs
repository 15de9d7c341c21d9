//! An app's connections and open requests, with the names its developers may know.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use domain::{AppId, Connection, CustomerId, Timestamp, WorkspaceId};
use storage::{ConnectionsOfApp, Cursor, NamedConnection, NamedCustomer, OpenRequest, Stage, StoreError};

use super::{Backend, Conn, escaped};
use crate::failure::failed;
use crate::rows::{ConnectionRow, RequestRow, read, word};
use crate::schema::{api_keys, connection_requests, connections, customers, users, workspaces};

/// How many workspaces of a connection are named.
const NAMED: usize = 5;

diesel::define_sql_function! {
    /// Both dialects do this to letters of ASCII alone, where the column's collation is bytes.
    fn lower(text: Text) -> Text;
}

/// A connection, its key's label, its customer's name, and name and address of who authorized it.
type Named = (ConnectionRow, Option<String>, Option<String>, Option<String>, Option<String>);

pub(crate) async fn connections(
    conn: &mut Conn,
    which: &ConnectionsOfApp,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<Vec<NamedConnection>, StoreError> {
    use connections::{created_at, ended_at, expires_at, id, idle_ms, last_used_at};
    let mut query = connections::table
        .left_join(api_keys::table.on(api_keys::id.eq(connections::key_id)))
        .left_join(customers::table.on(customers::id.eq(connections::customer_id)))
        .left_join(users::table.on(users::id.eq(connections::granted_by)))
        .filter(connections::app_id.eq(which.app.to_string()))
        .order((created_at.desc(), id.desc()))
        .limit(limit.into())
        .select((
            ConnectionRow::as_select(),
            api_keys::label.nullable(),
            customers::name.nullable(),
            users::name.nullable(),
            users::email.nullable(),
        ))
        .into_boxed::<Backend>();
    if let Some(purpose) = which.purpose {
        query = query.filter(connections::purpose.eq(word(purpose)));
    }
    let customer = which.customer.trim();
    if !customer.is_empty() {
        let pattern = format!("%{}%", escaped(&customer.to_ascii_lowercase()));
        let named = lower(customers::name).like(pattern).escape('\\').nullable();
        query = query.filter(connections::customer_id.nullable().eq(customer.to_owned()).or(named));
    }
    let now = which.now.millis();
    let alive = expires_at.gt(now).and((last_used_at + idle_ms).gt(now));
    query = match which.stage {
        None => query,
        Some(Stage::Active) => query.filter(ended_at.is_null().and(alive)),
        Some(Stage::Expired) => query.filter(ended_at.is_null().and(diesel::dsl::not(alive))),
        Some(Stage::Ended) => query.filter(ended_at.is_not_null()),
    };
    if let Some(after) = cursor {
        let same_moment = created_at.eq(after.created_at.millis()).and(id.lt(after.id.to_string()));
        query = query.filter(created_at.lt(after.created_at.millis()).or(same_moment));
    }
    let rows: Vec<Named> = query.load(conn).await.map_err(failed)?;
    let mut found = Vec::with_capacity(rows.len());
    for (row, key, customer, name, email) in rows {
        found.push(NamedConnection {
            connection: row.try_into()?,
            key: key.unwrap_or_default(),
            customer: customer.unwrap_or_default(),
            granted_by: name.zip(email),
            workspaces: Vec::new(),
        });
    }
    name_workspaces(conn, &mut found).await?;
    Ok(found)
}

/// One statement for the whole page.
async fn name_workspaces(conn: &mut Conn, found: &mut [NamedConnection]) -> Result<(), StoreError> {
    let first = |connection: &Connection| connection.workspaces.iter().take(NAMED).copied().collect::<Vec<_>>();
    let mut wanted: Vec<String> =
        found.iter().flat_map(|one| first(&one.connection)).map(|workspace| workspace.to_string()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows: Vec<(String, String)> = workspaces::table
        .filter(workspaces::id.eq_any(wanted))
        .select((workspaces::id, workspaces::name))
        .load(conn)
        .await
        .map_err(failed)?;
    let names: HashMap<WorkspaceId, String> =
        rows.into_iter().map(|(id, name)| Ok((read(&id)?, name))).collect::<Result<_, StoreError>>()?;
    for one in found {
        one.workspaces = first(&one.connection).iter().filter_map(|id| names.get(id).cloned()).collect();
        one.workspaces.sort_unstable();
    }
    Ok(())
}

pub(crate) async fn customers(conn: &mut Conn, app: AppId, limit: u32) -> Result<Vec<NamedCustomer>, StoreError> {
    let connected = connections::table.filter(connections::app_id.eq(app.to_string())).select(connections::customer_id);
    let rows: Vec<(String, String)> = customers::table
        .filter(customers::id.eq_any(connected))
        .order((customers::name, customers::id))
        .limit(limit.into())
        .select((customers::id, customers::name))
        .load(conn)
        .await
        .map_err(failed)?;
    rows.into_iter().map(|(id, name)| Ok(NamedCustomer { id: read::<CustomerId>(&id)?, name })).collect()
}

pub(crate) async fn open_requests(
    conn: &mut Conn,
    app: AppId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<OpenRequest>, StoreError> {
    use connection_requests::{answered_by, created_at, customer_id, expires_at, id, key_id, table};
    let rows: Vec<(RequestRow, String, String)> = table
        .inner_join(api_keys::table.on(api_keys::id.eq(key_id)))
        .inner_join(customers::table.on(customers::id.eq(customer_id)))
        .filter(api_keys::app_id.eq(app.to_string()))
        .filter(answered_by.is_null())
        .filter(expires_at.gt(now.millis()))
        .order((created_at.desc(), id.desc()))
        .limit(limit.into())
        .select((RequestRow::as_select(), api_keys::label, customers::name))
        .load(conn)
        .await
        .map_err(failed)?;
    rows.into_iter()
        .map(|(request, key, customer)| Ok(OpenRequest { request: request.try_into()?, key, customer }))
        .collect()
}
