//! Ends of connections that somebody asks for, whole or one workspace at a time.

use domain::{Connection, ConnectionId, EndedBy, Subject, WorkspaceId};
use storage::{Change, ConnectionFilter};

use crate::work::{About, Initiator, Work};
use crate::{Registry, RegistryError};

/// What a request to end something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The connection has ended by this request.
    Now,
    /// It had ended before; nothing was changed.
    Before,
    /// It goes on with fewer workspaces.
    InPart,
}

impl Registry {
    /// Ends a connection. Its access tokens die within a second, its refresh token with the row.
    ///
    /// Whose connection it is, is for the caller to check; `ended_by` is what its owners read later.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn end_connection(
        &self,
        by: &Initiator,
        id: ConnectionId,
        ended_by: EndedBy,
    ) -> Result<Ended, RegistryError> {
        let connection = self.connection(id).await?;
        if connection.ended.is_some() {
            return Ok(Ended::Before);
        }
        let mut work = self.work(by);
        end(&mut work, &connection, ended_by);
        let committed = work.commit().await?;
        Ok(if committed.ended > 0 { Ended::Now } else { Ended::Before })
    }

    /// Takes a workspace out of a connection: its older access tokens end, its refresh token gives the smaller set.
    /// Without its last workspace the connection ends.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the connection, or when the workspace is not one of it; the store.
    pub async fn remove_connection_workspace(
        &self,
        by: &Initiator,
        id: ConnectionId,
        workspace: WorkspaceId,
        ended_by: EndedBy,
    ) -> Result<Ended, RegistryError> {
        let connection = self.connection(id).await?;
        if connection.ended.is_some() {
            return Ok(Ended::Before);
        }
        if !connection.workspaces.contains(&workspace) {
            return Err(RegistryError::not_found("workspace of this connection", workspace));
        }
        let mut work = self.work(by);
        let outcome = if connection.workspaces.iter().all(|kept| *kept == workspace) {
            end(&mut work, &connection, ended_by);
            Ended::Now
        } else {
            work.change(Change::RemoveConnectionWorkspace(id, workspace))
                .revoke(Subject::ConnectionWorkspaces(id))
                .record("connection.workspace_removed", id, about(&connection), workspace.to_string());
            Ended::InPart
        };
        work.commit().await?;
        Ok(outcome)
    }

    async fn connection(&self, id: ConnectionId) -> Result<Connection, RegistryError> {
        let found = self.stores.connections.find(id).await?.value;
        found.ok_or_else(|| RegistryError::not_found("connection", id))
    }
}

fn end(work: &mut Work<'_>, connection: &Connection, ended_by: EndedBy) {
    let (at, until) = (work.now, work.revoked_until());
    work.change(Change::EndConnections {
        which: ConnectionFilter::One(connection.id),
        by: ended_by,
        at,
        entry_until: Some(until),
    })
    .record("connection.ended", connection.id, about(connection), format!("by: {ended_by:?}"));
}

fn about(connection: &Connection) -> About {
    About { app: Some(connection.app), customer: Some(connection.customer) }
}
