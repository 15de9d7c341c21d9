//! Connections and the requests for unattended ones.

use diesel::prelude::*;
use domain::{Connection, ConnectionRequest, RotationState, Timestamp};
use storage::StoreError;

use super::{counted, duration, list, millis, read, read_list, read_name, read_optional, read_word, word};
use crate::schema::{connection_requests, connections};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = connections, treat_none_as_default_value = false)]
pub(crate) struct ConnectionRow {
    id: String,
    environment: String,
    app_id: String,
    key_id: String,
    obtained_with: Option<String>,
    customer_id: String,
    user_id: String,
    granted_by: String,
    purpose: String,
    workspaces: String,
    scopes: String,
    sequence: i64,
    rotated_at: i64,
    grace_uses: i64,
    grace_streak: i64,
    code_challenge: Option<String>,
    redirect_uri: Option<String>,
    created_at: i64,
    last_used_at: i64,
    idle_ms: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    ended_by: Option<String>,
    bound_to: Option<String>,
    label: Option<String>,
}

impl From<&Connection> for ConnectionRow {
    fn from(connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            environment: connection.environment.to_string(),
            app_id: connection.app.to_string(),
            key_id: connection.key.to_string(),
            obtained_with: connection.obtained_with.map(|secret| secret.to_string()),
            customer_id: connection.customer.to_string(),
            user_id: connection.user.to_string(),
            granted_by: connection.granted_by.to_string(),
            purpose: word(connection.purpose),
            workspaces: list(&connection.workspaces),
            scopes: connection.scopes.to_string(),
            sequence: connection.rotation.sequence.into(),
            rotated_at: connection.rotation.rotated_at.millis(),
            grace_uses: connection.rotation.grace_uses.into(),
            grace_streak: connection.rotation.grace_streak.into(),
            code_challenge: connection.code_challenge.clone(),
            redirect_uri: connection.redirect_uri.clone(),
            created_at: connection.created_at.millis(),
            last_used_at: connection.last_used_at.millis(),
            idle_ms: millis(connection.idle),
            expires_at: connection.expires_at.millis(),
            ended_at: connection.ended.map(|(at, _)| at.millis()),
            ended_by: connection.ended.map(|(_, by)| word(by)),
            bound_to: connection.bound_to.map(|certificate| certificate.to_string()),
            label: connection.label.clone(),
        }
    }
}

impl TryFrom<ConnectionRow> for Connection {
    type Error = StoreError;

    fn try_from(row: ConnectionRow) -> Result<Self, StoreError> {
        let ended = match (row.ended_at, row.ended_by) {
            (Some(at), Some(by)) => Some((Timestamp::from_millis(at), read_word(&by)?)),
            (None, None) => None,
            _ => return Err(StoreError::corrupt(format_args!("connection {} is half ended", row.id))),
        };
        Ok(Self {
            id: read(&row.id)?,
            environment: read_name(row.environment)?,
            app: read(&row.app_id)?,
            key: read(&row.key_id)?,
            obtained_with: read_optional(row.obtained_with.as_deref())?,
            customer: read(&row.customer_id)?,
            user: read(&row.user_id)?,
            granted_by: read(&row.granted_by)?,
            purpose: read_word(&row.purpose)?,
            label: row.label,
            workspaces: read_list(&row.workspaces)?,
            scopes: read(&row.scopes)?,
            rotation: RotationState {
                sequence: counted(row.sequence)?,
                rotated_at: Timestamp::from_millis(row.rotated_at),
                grace_uses: counted(row.grace_uses)?,
                grace_streak: counted(row.grace_streak)?,
            },
            code_challenge: row.code_challenge,
            redirect_uri: row.redirect_uri,
            bound_to: read_optional(row.bound_to.as_deref())?,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: Timestamp::from_millis(row.last_used_at),
            idle: duration(row.idle_ms)?,
            expires_at: Timestamp::from_millis(row.expires_at),
            ended,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = connection_requests, treat_none_as_default_value = false)]
pub(crate) struct RequestRow {
    id: String,
    environment: String,
    key_id: String,
    customer_id: String,
    scopes: String,
    created_at: i64,
    expires_at: i64,
    answered_by: Option<String>,
}

impl From<&ConnectionRequest> for RequestRow {
    fn from(request: &ConnectionRequest) -> Self {
        Self {
            id: request.id.to_string(),
            environment: request.environment.to_string(),
            key_id: request.key.to_string(),
            customer_id: request.customer.to_string(),
            scopes: request.scopes.to_string(),
            created_at: request.created_at.millis(),
            expires_at: request.expires_at.millis(),
            answered_by: request.answered_by.map(|connection| connection.to_string()),
        }
    }
}

impl TryFrom<RequestRow> for ConnectionRequest {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            environment: read_name(row.environment)?,
            key: read(&row.key_id)?,
            customer: read(&row.customer_id)?,
            scopes: read(&row.scopes)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            answered_by: read_optional(row.answered_by.as_deref())?,
        })
    }
}
