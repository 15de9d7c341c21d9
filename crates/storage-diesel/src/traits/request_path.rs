//! What the token path and the changes use.

use async_trait::async_trait;
use domain::{
    ApiId, ClientId, Connection, ConnectionId, CustomerId, EnvironmentName, Position, Timestamp, UserId,
    WorkspaceAccess,
};
use storage::{
    ApiRecord, AsOf, Binding, Bound, ClientRecord, Committed, Connections, Cursor, EnvironmentRecord, LastUses,
    LogPage, Opened, Opening, Records, RevocationLog, Rotated, Rotation, SigningKey, SigningKeys, StoreError,
    SweepPolicy, Unit, Units,
};

use crate::store::{DieselStore, Engine};

#[async_trait]
impl Records for DieselStore {
    async fn client(&self, id: ClientId) -> Result<AsOf<Option<ClientRecord>>, StoreError> {
        read!(self, records::client(id))
    }

    async fn environment(&self, name: &EnvironmentName) -> Result<AsOf<Option<EnvironmentRecord>>, StoreError> {
        read!(self, records::environment(name))
    }

    async fn api(&self, id: ApiId) -> Result<AsOf<Option<ApiRecord>>, StoreError> {
        read!(self, records::api(id))
    }

    async fn access(&self, user: UserId, customer: CustomerId) -> Result<AsOf<Option<WorkspaceAccess>>, StoreError> {
        read!(self, records::access(user, customer))
    }

    async fn unattended(&self, key: ClientId) -> Result<AsOf<Vec<Connection>>, StoreError> {
        read!(self, records::unattended(key))
    }
}

#[async_trait]
impl Connections for DieselStore {
    async fn open(&self, opening: Opening) -> Result<AsOf<Opened>, StoreError> {
        let statement = self.options.wait;
        write!(self, self.options.wait, connections::open(&opening, statement))
    }

    async fn burn(&self, id: ConnectionId, now: Timestamp) -> Result<Opened, StoreError> {
        let statement = self.options.wait;
        write!(self, self.options.wait, connections::burn(id, now, statement))
    }

    async fn find(&self, id: ConnectionId) -> Result<AsOf<Option<Connection>>, StoreError> {
        read!(self, records::connection(id))
    }

    async fn rotate(&self, rotation: Rotation) -> Result<AsOf<Rotated>, StoreError> {
        write!(self, self.options.wait, rotate::rotate(rotation))
    }

    async fn bind(&self, binding: Binding) -> Result<AsOf<Bound>, StoreError> {
        write!(self, self.options.wait, connections::bind(binding))
    }

    async fn of_key(
        &self,
        key: ClientId,
        environment: &EnvironmentName,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Connection>, StoreError> {
        read!(self, connections::of_key(key, environment, (cursor, limit)))
    }

    async fn of_user(&self, user: UserId, limit: u32) -> Result<Vec<Connection>, StoreError> {
        read!(self, connections::of_user(user, limit))
    }

    async fn of_customer(&self, customer: CustomerId, limit: u32) -> Result<Vec<Connection>, StoreError> {
        read!(self, connections::of_customer(customer, limit))
    }

    async fn users_of_app_of(&self, key: ClientId, except: UserId) -> Result<u64, StoreError> {
        read!(self, connections::users_of_app_of(key, except))
    }

    async fn touch(&self, uses: &LastUses) -> Result<(), StoreError> {
        let mut uses = uses.clone();
        let statement = self.options.wait;
        write!(self, self.options.unit, connections::touch(&mut uses, statement))
    }

    async fn sweep(&self, policy: SweepPolicy) -> Result<u64, StoreError> {
        let statement = self.options.unit;
        write!(self, self.options.unit, sweep::sweep(policy, statement))
    }
}

#[async_trait]
impl Units for DieselStore {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let (statement, records) = (self.options.unit, unit.audit.len());
        write!(self, self.options.unit, auditing records, units::commit(&unit, statement))
    }
}

#[async_trait]
impl RevocationLog for DieselStore {
    async fn read_after(&self, position: Position, limit: u32) -> Result<LogPage, StoreError> {
        read!(self, by follower, log::read_after(position, limit))
    }
}

#[async_trait]
impl SigningKeys for DieselStore {
    async fn published(&self) -> Result<Vec<SigningKey>, StoreError> {
        read!(self, signing_keys::published())
    }
}
