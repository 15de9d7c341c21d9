//! `GET /oauth/connections`: the connections of the key that asks, 100 a page; and the workspaces of one of them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Connection, ConnectionId, CustomerId, Liveness, Purpose, Reason, Timestamp, WorkspaceId};
use serde::Serialize;
use storage::Cursor;

use crate::Protocol;
use crate::client_authentication::AuthenticatedClient;
use crate::refusal::Refusal;
use crate::revocation::words;
use crate::token::{Reach, WorkspaceName};

/// Connections on one page.
const PAGE: u32 = 100;

/// One page of connections.
#[derive(Debug, Serialize)]
pub struct ConnectionPage {
    connections: Vec<ListedConnection>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A connection as its key sees it.
#[derive(Debug, Serialize)]
pub struct ListedConnection {
    connection_id: ConnectionId,
    customer: CustomerId,
    customer_name: String,
    purpose: Purpose,
    /// What its tokens are called, if they were made by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    scope: String,
    /// What it reaches today, or the first of it.
    workspaces: Vec<WorkspaceName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspaces_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspaces_uri: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_because: Option<&'static str>,
    created_at: String,
    /// Absent until it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    expires_at: String,
}

impl Protocol {
    /// The page of `client`'s connections after `cursor`.
    ///
    /// # Errors
    /// A cursor that is not one of ours, or a store that is down.
    pub async fn list_connections(
        &self,
        client: &AuthenticatedClient,
        cursor: Option<&str>,
    ) -> Result<ConnectionPage, Refusal> {
        let after = cursor.map(read_cursor).transpose()?;
        let rows = self.connections.of_key(client.id(), client.environment(), after, PAGE).await?;
        let next_cursor = (rows.len() == PAGE as usize)
            .then(|| rows.last().map(|row| write_cursor(Cursor { created_at: row.created_at, id: row.id })))
            .flatten();
        let now = self.clock.now();
        let mut connections = Vec::with_capacity(rows.len());
        let mut names: HashMap<CustomerId, String> = HashMap::new();
        for row in rows {
            let access = self.records.access(row.user, row.customer).await?;
            let access = access.value.as_ref();
            if let Some(access) = access {
                names.entry(row.customer).or_insert_with(|| access.customer.name.clone());
            }
            let (state, ended_because) = match row.liveness(now) {
                Liveness::Active => ("active", None),
                Liveness::IdleExpired => ("expired", Some("it was unused for too long")),
                Liveness::TooOld => ("expired", Some("it reached its age")),
                Liveness::Ended(by) => ("ended", Some(words(by))),
            };
            let reachable = access.filter(|_| state == "active").map(|access| access.reachable(&row.workspaces));
            let reach = Reach::new(&reachable.unwrap_or_default(), (&row.environment, row.id), &self.settings);
            connections.push(ListedConnection {
                connection_id: row.id,
                customer: row.customer,
                customer_name: names.get(&row.customer).cloned().unwrap_or_default(),
                purpose: row.purpose,
                label: row.label.clone(),
                scope: row.scopes.to_string(),
                workspaces: reach.named,
                workspaces_count: reach.count,
                workspaces_uri: reach.uri,
                state,
                ended_because,
                created_at: row.created_at.to_string(),
                last_used_at: row.used_at().map(|at| at.to_string()),
                expires_at: row.expires_at.to_string(),
            });
        }
        Ok(ConnectionPage { connections, next_cursor })
    }

    /// The page after `cursor` of what one of `client`'s connections reaches today.
    ///
    /// # Errors
    /// A connection that is not this client's or not active, a cursor that is not a workspace's id, or a store that
    /// is down.
    pub async fn list_workspaces(
        &self,
        client: &AuthenticatedClient,
        connection: &str,
        cursor: Option<&str>,
    ) -> Result<WorkspacePage, Refusal> {
        let id: ConnectionId = connection.parse().map_err(|_| Reason::ConnectionUnknown)?;
        let unreadable =
            |_| Refusal::new(Reason::ParameterMalformed).saying("cursor is not a next_cursor of this list.");
        let after: Option<WorkspaceId> = cursor.map(|text| text.parse().map_err(unreadable)).transpose()?;
        let row = self.connections.find(id).await?.value;
        let is_its = |row: &Connection| row.key == client.id() && row.environment == *client.environment();
        let row = row.filter(|row| is_its(row) && row.liveness(self.clock.now()) == Liveness::Active);
        let row = row.ok_or(Reason::ConnectionUnknown)?;
        let access = self.records.access(row.user, row.customer).await?;
        let mut reachable = access.value.as_ref().map(|access| access.reachable(&row.workspaces)).unwrap_or_default();
        // By id, so that a workspace that is renamed between two pages is not missed.
        reachable.sort_unstable_by_key(|workspace| workspace.id);
        let page = self.settings.workspaces_in_answer;
        let mut rest = reachable.into_iter().filter(|workspace| after.is_none_or(|after| workspace.id > after));
        let workspaces: Vec<_> = rest.by_ref().take(page).map(WorkspaceName::from).collect();
        let next_cursor = rest.next().and(workspaces.last()).map(|last| last.id);
        Ok(WorkspacePage { workspaces, next_cursor })
    }
}

/// One page of a connection's workspaces.
#[derive(Debug, Serialize)]
pub struct WorkspacePage {
    workspaces: Vec<WorkspaceName>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<WorkspaceId>,
}

fn write_cursor(cursor: Cursor) -> String {
    let plain = [&cursor.created_at.millis().to_be_bytes()[..], cursor.id.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(plain)
}

fn read_cursor(text: &str) -> Result<Cursor, Refusal> {
    let unreadable = || Refusal::new(Reason::ParameterMalformed).saying("cursor is not a next_cursor of this list.");
    let plain: [u8; 24] =
        URL_SAFE_NO_PAD.decode(text).ok().and_then(|plain| plain.try_into().ok()).ok_or_else(unreadable)?;
    let (millis, id) = plain.split_first_chunk::<8>().ok_or_else(unreadable)?;
    Ok(Cursor {
        created_at: Timestamp::from_millis(i64::from_be_bytes(*millis)),
        id: ConnectionId::from_bytes(id.try_into().map_err(|_| unreadable())?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_as_it_was_written(millis: i64, id: [u8; 16]) {
            let cursor = Cursor { created_at: Timestamp::from_millis(millis), id: ConnectionId::from_bytes(id) };
            prop_assert_eq!(read_cursor(&write_cursor(cursor)).ok(), Some(cursor));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = read_cursor(&text);
        }
    }
}
