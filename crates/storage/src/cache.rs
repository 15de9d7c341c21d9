//! Whole records, cached per replica and dropped by the log they were read with.
//!
//! A cached record is treated as a token is: it names its subjects and the position it was read at, and every use
//! asks the log whether anything has touched it since. So no replica needs to be told what to drop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{ApiId, ClientId, Connection, CustomerId, EnvironmentName, Position, Subject, UserId, WorkspaceAccess};

use crate::applied::{AppliedLog, Dependent};
use crate::shelf::Shelf;
use crate::{ApiRecord, AsOf, ClientRecord, EnvironmentRecord, Records, StoreError};

/// No cached record is used for longer, touched or not; log entries of edits are kept at least as long.
pub const RECORD_LIFE: Duration = Duration::from_secs(600);
/// How long the absence of a record is believed.
const ABSENCE_LIFE: Duration = Duration::from_secs(5);

/// A record with what it depends on.
#[derive(Debug)]
pub struct Cached<T> {
    /// The record; `None` when there is none.
    pub value: T,
    subjects: Vec<Subject>,
    position: Position,
    believed_until: Instant,
}

impl<T: Send + Sync> Dependent for Cached<T> {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    fn position(&self) -> Position {
        self.position
    }
}

/// The records of the request path, through a bounded cache with one read per miss.
pub struct CachedRecords {
    records: Arc<dyn Records>,
    log: Arc<AppliedLog>,
    clients: Shelf<ClientId, Cached<Option<ClientRecord>>>,
    environments: Shelf<EnvironmentName, Cached<Option<EnvironmentRecord>>>,
    apis: Shelf<ApiId, Cached<Option<ApiRecord>>>,
    access: Shelf<(UserId, CustomerId), Cached<Option<WorkspaceAccess>>>,
    unattended: Shelf<ClientId, Cached<Vec<Connection>>>,
}

impl CachedRecords {
    /// Caches up to `capacity` records of each kind (10,000 by default).
    #[must_use]
    pub fn new(records: Arc<dyn Records>, log: Arc<AppliedLog>, capacity: usize) -> Self {
        Self {
            records,
            log,
            clients: Shelf::new(capacity),
            environments: Shelf::new(capacity),
            apis: Shelf::new(capacity),
            access: Shelf::new(capacity),
            unattended: Shelf::new(capacity),
        }
    }

    /// The key `id` with its app, secrets, certificates and anchors.
    ///
    /// # Errors
    /// What the store said on a miss.
    pub async fn client(&self, id: ClientId) -> Result<Arc<Cached<Option<ClientRecord>>>, StoreError> {
        let load = || async {
            let read = self.records.client(id).await?;
            let mut subjects = vec![Subject::Key(id)];
            if let Some(record) = &read.value {
                subjects.push(Subject::App(record.app.id));
                subjects.extend(record.secrets.iter().map(|secret| Subject::Secret(secret.id)));
            }
            Ok(keep(read, subjects, Option::is_none))
        };
        self.clients.get(&id, |record| self.is_good(record), load).await
    }

    /// The environment `name` with its APIs.
    ///
    /// # Errors
    /// What the store said on a miss.
    pub async fn environment(
        &self,
        name: &EnvironmentName,
    ) -> Result<Arc<Cached<Option<EnvironmentRecord>>>, StoreError> {
        let load = || async {
            let read = self.records.environment(name).await?;
            Ok(keep(read, vec![Subject::Environment(name.clone())], Option::is_none))
        };
        self.environments.get(name, |record| self.is_good(record), load).await
    }

    /// The API `id` with its credentials.
    ///
    /// # Errors
    /// What the store said on a miss.
    pub async fn api(&self, id: ApiId) -> Result<Arc<Cached<Option<ApiRecord>>>, StoreError> {
        let load = || async {
            let read = self.records.api(id).await?;
            let environment = read.value.as_ref().map(|record| record.api.environment.clone());
            Ok(keep(read, environment.map(Subject::Environment).into_iter().collect(), Option::is_none))
        };
        self.apis.get(&id, |record| self.is_good(record), load).await
    }

    /// What `user` may reach at `customer` today.
    ///
    /// # Errors
    /// What the store said on a miss.
    pub async fn access(
        &self,
        user: UserId,
        customer: CustomerId,
    ) -> Result<Arc<Cached<Option<WorkspaceAccess>>>, StoreError> {
        let load = || async {
            let read = self.records.access(user, customer).await?;
            Ok(keep(read, vec![Subject::User(user), Subject::Customer(customer)], Option::is_none))
        };
        self.access.get(&(user, customer), |record| self.is_good(record), load).await
    }

    /// The unattended connections of `key` that were not ended.
    ///
    /// # Errors
    /// What the store said on a miss.
    pub async fn unattended(&self, key: ClientId) -> Result<Arc<Cached<Vec<Connection>>>, StoreError> {
        let load = || async {
            let read = self.records.unattended(key).await?;
            let mut subjects = vec![Subject::Key(key)];
            for connection in &read.value {
                subjects.push(Subject::Environment(connection.environment.clone()));
                subjects.push(Subject::Connection(connection.id));
                subjects.push(Subject::ConnectionWorkspaces(connection.id));
            }
            Ok(keep(read, subjects, Vec::is_empty))
        };
        self.unattended.get(&key, |record| self.is_good(record), load).await
    }

    fn is_good<T: Send + Sync>(&self, record: &Cached<T>) -> bool {
        record.believed_until > Instant::now() && self.log.untouched(record)
    }
}

fn keep<T>(read: AsOf<T>, subjects: Vec<Subject>, is_absent: impl Fn(&T) -> bool) -> Arc<Cached<T>> {
    let life = if is_absent(&read.value) { ABSENCE_LIFE } else { RECORD_LIFE };
    Arc::new(Cached { value: read.value, subjects, position: read.position, believed_until: Instant::now() + life })
}
