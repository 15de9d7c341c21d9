//! Connections of one database, lent out for bounded times.

use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::pooled_connection::deadpool::{Object, Pool as Deadpool, PoolError};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, SetupCallback};
use storage::StoreError;
use tokio::time::{Instant, timeout_at};

use super::Conn;
use crate::store::PoolState;

/// Connections to lend.
pub(crate) struct Pool {
    connections: Deadpool<Conn>,
}

impl Pool {
    /// At most `size` connections, each made by `connect`.
    pub(crate) fn new(connect: SetupCallback<Conn>, size: usize) -> Result<Self, StoreError> {
        let mut config = ManagerConfig::<Conn>::default();
        // The default asks the server before every use, which doubles the cost of a short statement; a closed
        // connection is noticed without asking.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = connect;
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        let connections = Deadpool::builder(manager).max_size(size).build().map_err(StoreError::database)?;
        Ok(Self { connections })
    }

    /// How many connections it has, lent and not.
    pub(crate) fn state(&self) -> PoolState {
        let status = self.connections.status();
        PoolState { idle: status.available, used: status.size.saturating_sub(status.available) }
    }

    /// A free connection, or a new one.
    pub(crate) async fn lease(&self, deadline: Instant) -> Result<Lease, StoreError> {
        match timeout_at(deadline, self.connections.get()).await {
            Ok(Ok(connection)) => Ok(Lease { connection: Some(connection) }),
            Ok(Err(PoolError::Backend(why))) => Err(StoreError::database(reason(&why))),
            Ok(Err(why)) => Err(StoreError::database(why)),
            Err(_) => Err(StoreError::database("no connection became free in time")),
        }
    }
}

/// Why no connection could be made.
fn reason(why: &diesel_async::pooled_connection::PoolError) -> String {
    match why {
        diesel_async::pooled_connection::PoolError::ConnectionError(ConnectionError::BadConnection(why)) => why.clone(),
        other => other.to_string(),
    }
}

/// A lent connection. Dropped without [`Self::settle`], it is closed: whatever it was in the middle of is rolled back.
pub(crate) struct Lease {
    connection: Option<Object<Conn>>,
}

impl Lease {
    /// The connection.
    pub(crate) fn connection(&mut self) -> &mut Conn {
        self.connection.as_mut().expect("a lease holds its connection until it is settled")
    }

    /// Gives the connection back, if what was done with it left it as it was.
    pub(crate) fn settle<T>(mut self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if !matches!(answer, Err(StoreError::Unavailable { .. })) {
            drop(self.connection.take());
        }
        answer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// The answer of `work`, if it comes in time.
pub(crate) async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, work).await.unwrap_or_else(|_| Err(StoreError::database("it did not answer in time")))
}

/// The moment until which a call that starts now may wait.
pub(crate) fn deadline(wait: Duration) -> Instant {
    Instant::now() + wait
}
