//! Connections that are there without anybody having gone through the pages.

use std::time::Duration;

use domain::{AppId, Clock as _, Connection, ConnectionId, CustomerId, Purpose, RotationState, UserId, WorkspaceId};
use storage::{Change, Unit};

use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A connection of Ana's to both workspaces of Acme; its id is made of `number`.
pub(crate) fn connection(world: &World, (app, key): (AppId, domain::ClientId), number: u8) -> Connection {
    let now = world.clock.now();
    let (customer, user): (CustomerId, UserId) = (world.acme, world.ana);
    let workspaces: Vec<WorkspaceId> = vec![world.emea, world.apac];
    Connection {
        id: ConnectionId::from_bytes([number; 16]),
        environment: domain::EnvironmentName::default_environment(),
        app,
        key,
        obtained_with: None,
        customer,
        user,
        granted_by: user,
        purpose: Purpose::Attended,
        label: None,
        workspaces,
        scopes: "read".parse().unwrap(),
        rotation: RotationState::first(now),
        code_challenge: None,
        redirect_uri: None,
        bound_to: None,
        created_at: now,
        last_used_at: now,
        idle: DAY * 90,
        expires_at: now + DAY * 365,
        ended: None,
    }
}

pub(crate) async fn add(world: &World, connections: impl IntoIterator<Item = Connection>) {
    let changes = connections.into_iter().map(Change::AddConnection).collect();
    world.state.protocol.units.commit(Unit { changes, ..Unit::default() }).await.unwrap();
}
