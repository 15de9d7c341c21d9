//! Connections: added, ended, narrowed; and the requests for unattended ones.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::RunQueryDsl;
use domain::{Connection, ConnectionId, ConnectionRequest, EndedBy, Purpose, RequestId, Timestamp, WorkspaceId};
use storage::{ConnectionFilter, StoreError};

use super::super::{Backend, Conn};
use crate::failure::{added, changed, failed};
use crate::rows::{ConnectionRow, RequestRow, list, read_list, word};
use crate::schema::{connection_requests, connections};

pub(super) async fn add(conn: &mut Conn, connection: &Connection) -> Result<(), StoreError> {
    let done = diesel::insert_into(connections::table).values(ConnectionRow::from(connection)).execute(conn).await;
    let unattended = match &done {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about)) => {
            about.message().contains("connections_unattended") || about.message().contains("connections.key_id")
        }
        _ => false,
    };
    let what = || {
        if unattended {
            format!("an unattended connection of API key {} at customer {}", connection.key, connection.customer)
        } else {
            format!("connection {}", connection.id)
        }
    };
    added(done, what, || format!("what connection {} names", connection.id))
}

/// Ends those that were not ended, and gives their ids.
pub(super) async fn end(
    conn: &mut Conn,
    which: &ConnectionFilter,
    by: EndedBy,
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    use connections::{app_id, customer_id, ended_at, ended_by, environment, id, key_id, obtained_with, user_id};
    let statement = diesel::update(connections::table)
        .filter(ended_at.is_null())
        .set((ended_at.eq(at.millis()), ended_by.eq(word(by))))
        .into_boxed::<Backend>();
    let statement = match which {
        ConnectionFilter::One(connection) => statement.filter(id.eq(connection.to_string())),
        ConnectionFilter::ObtainedWith(secret) => statement.filter(obtained_with.eq(secret.to_string())),
        ConnectionFilter::OfKey(key) => statement.filter(key_id.eq(key.to_string())),
        ConnectionFilter::OfApp(app) => statement.filter(app_id.eq(app.to_string())),
        ConnectionFilter::OfUser(user) => statement.filter(user_id.eq(user.to_string())),
        ConnectionFilter::OfMembership(user, customer) => {
            statement.filter(user_id.eq(user.to_string())).filter(customer_id.eq(customer.to_string()))
        }
        ConnectionFilter::Unattended(key, customer) => statement
            .filter(key_id.eq(key.to_string()))
            .filter(customer_id.eq(customer.to_string()))
            .filter(connections::purpose.eq(word(Purpose::Unattended))),
        ConnectionFilter::OfEnvironment(name) => statement.filter(environment.eq(name.to_string())),
    };
    statement.returning(id).get_results(conn).await.map_err(failed)
}

/// Takes a workspace away from what is stored, so that two removals at once do not undo one another: whoever commits a
/// unit that appends to the log has the head, and is alone.
pub(super) async fn remove_workspace(
    conn: &mut Conn,
    id: ConnectionId,
    removed: WorkspaceId,
) -> Result<(), StoreError> {
    let stored: Option<String> = connections::table
        .filter(connections::id.eq(id.to_string()))
        .filter(connections::ended_at.is_null())
        .select(connections::workspaces)
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    let mut kept: Vec<WorkspaceId> = stored.as_deref().map(read_list).transpose()?.unwrap_or_default();
    kept.retain(|workspace| *workspace != removed);
    let done = diesel::update(connections::table)
        .filter(connections::id.eq(id.to_string()))
        .filter(connections::ended_at.is_null())
        .set(connections::workspaces.eq(list(&kept)))
        .execute(conn)
        .await;
    changed(done, || format!("connection {id}"))
}

/// Never lets it live longer.
pub(super) async fn shorten(conn: &mut Conn, id: ConnectionId, end: Timestamp) -> Result<(), StoreError> {
    let earlier = case_when(connections::expires_at.lt(end.millis()), connections::expires_at).otherwise(end.millis());
    let done = diesel::update(connections::table)
        .filter(connections::id.eq(id.to_string()))
        .filter(connections::ended_at.is_null())
        .set(connections::expires_at.eq(earlier))
        .execute(conn)
        .await;
    changed(done, || format!("connection {id}"))
}

pub(super) async fn add_request(conn: &mut Conn, request: &ConnectionRequest) -> Result<(), StoreError> {
    let done = diesel::insert_into(connection_requests::table).values(RequestRow::from(request)).execute(conn).await;
    let parents = || format!("API key {} or customer {}", request.key, request.customer);
    added(done, || format!("request {}", request.id), parents)
}

pub(super) async fn answer_request(conn: &mut Conn, id: RequestId, connection: ConnectionId) -> Result<(), StoreError> {
    let done = diesel::update(connection_requests::table)
        .filter(connection_requests::id.eq(id.to_string()))
        .filter(connection_requests::answered_by.is_null())
        .set(connection_requests::answered_by.eq(connection.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("request {id}"))
}

pub(super) async fn remove_request(conn: &mut Conn, id: RequestId) -> Result<(), StoreError> {
    let done = diesel::delete(connection_requests::table)
        .filter(connection_requests::id.eq(id.to_string()))
        .filter(connection_requests::answered_by.is_null())
        .execute(conn)
        .await;
    changed(done, || format!("request {id}"))
}
