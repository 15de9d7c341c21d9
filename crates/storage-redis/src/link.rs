//! One bounded call to the server or the Cluster.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use redis::aio::ConnectionManager;
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use storage::{Observer, Operation, Outcome, StoreError};

use crate::breaker::Breaker;
use crate::connecting::RedisOptions;

/// A Cluster's slots are shared out among so many breakers, so that the end of one node does not silence the others.
const CLUSTER_BREAKERS: usize = 16;

/// Slots of a Cluster.
const SLOTS: usize = 16_384;

/// How many redirections are followed. The other nodes go on redirecting to one that is dead.
const REDIRECTIONS: u32 = 4;

/// How long to wait before asking again where a slot has gone.
const REDIRECTION_PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) enum Connection {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Connection {
    async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, RedisError> {
        match self {
            Self::Single(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

/// Why a command gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server's memory is full. The command was not carried out.
    Full(StoreError),
    /// Anything else. Whether the command was carried out is unknown.
    Other(StoreError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full(error) | Failure::Other(error) => error,
        }
    }
}

/// A connection, its breakers, and the bound of each call.
pub(crate) struct Link {
    /// Empty until the servers have answered for the first time.
    found: OnceLock<Found>,
    bound: Duration,
    pause: Duration,
    observer: Option<Arc<dyn Observer>>,
}

struct Found {
    connection: Connection,
    breakers: Vec<Breaker>,
}

impl Link {
    /// One that has found nobody yet.
    pub(crate) fn new(options: &RedisOptions) -> Self {
        let observer = options.observer.clone();
        Self { found: OnceLock::new(), bound: options.bound, pause: options.pause, observer }
    }

    /// From now on calls go over this connection.
    pub(crate) fn has_found(&self, connection: Connection) {
        let breakers = match connection {
            Connection::Single(_) => 1,
            Connection::Cluster(_) => CLUSTER_BREAKERS,
        };
        let breakers = (0..breakers).map(|_| Breaker::new(self.pause)).collect();
        // A second one would be to the same servers.
        let _ = self.found.set(Found { connection, breakers });
    }

    /// Sends `command`, which concerns `key` alone. Never sends it again once it may have been carried out.
    /// The observer is told of it under `name`.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        name: &'static str,
        key: &str,
        command: &Cmd,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let answer = self.send(key, command).await;
        if let Some(observer) = &self.observer {
            let outcome = if answer.is_ok() { Outcome::Done } else { Outcome::Failed };
            observer.operated(Operation { store: "redis", name, outcome, elapsed: began.elapsed() });
        }
        answer
    }

    /// Asks every part of the servers for a key that nobody writes, past the breakers. A connection that was lost since
    /// the last call is noticed and made anew here, so that no request has to fail for it; one that cannot be made
    /// opens the breaker before a request waits in vain.
    pub(crate) async fn check(&self, prefix: &str) {
        let Some(found) = self.found.get() else { return };
        join_all((0..).zip(&found.breakers).map(async |(part, breaker)| {
            let mut command = redis::cmd("EXISTS");
            command.arg(key_of_part(prefix, part, found.breakers.len()));
            // The first of two may only say that the connection is gone.
            let answers = self.answers(found, &command).await || self.answers(found, &command).await;
            match breaker.admit(Instant::now()) {
                Some(pass) if answers => pass.succeeded(),
                Some(pass) => pass.failed(Instant::now()),
                None => {}
            }
        }))
        .await;
    }

    async fn answers(&self, found: &Found, command: &Cmd) -> bool {
        matches!(tokio::time::timeout(self.bound, found.follow::<u64>(command)).await, Ok(Ok(_)))
    }

    async fn send<T: FromRedisValue>(&self, key: &str, command: &Cmd) -> Result<T, Failure> {
        let silent = || Failure::Other(StoreError::redis("it has not answered yet"));
        let found = self.found.get().ok_or_else(silent)?;
        let pass = found.breaker_of(key).admit(Instant::now());
        let pass = pass.ok_or_else(|| Failure::Other(StoreError::redis("it failed a moment ago and was not asked")))?;
        match tokio::time::timeout(self.bound, found.follow(command)).await {
            Ok(Ok(answer)) => {
                pass.succeeded();
                Ok(answer)
            }
            Ok(Err(error)) if error.code() == Some("OOM") => {
                pass.succeeded();
                Err(Failure::Full(StoreError::redis(error)))
            }
            Ok(Err(error)) => {
                pass.failed(Instant::now());
                Err(Failure::Other(StoreError::redis(error)))
            }
            Err(_) => {
                pass.failed(Instant::now());
                let cause = format!("it did not answer within {} ms", self.bound.as_millis());
                Err(Failure::Other(StoreError::redis(cause)))
            }
        }
    }
}

impl Found {
    /// A redirection says that the command was not carried out: by then the connection looks where the slot has gone.
    async fn follow<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let mut connection = self.connection.clone();
        let mut redirections = 0;
        loop {
            match connection.query(command).await {
                Err(error) if redirections < REDIRECTIONS && is_redirection(&error) => redirections += 1,
                other => return other,
            }
            tokio::time::sleep(REDIRECTION_PAUSE).await;
        }
    }

    fn breaker_of(&self, key: &str) -> &Breaker {
        self.breakers.get(part_of(key, self.breakers.len())).expect("a slot's number is below the number of slots")
    }
}

/// Which of so many equal parts of the slots the key is in.
fn part_of(key: &str, parts: usize) -> usize {
    slot_of(key) * parts / SLOTS
}

/// A key that is in this part, and that nobody writes.
fn key_of_part(prefix: &str, part: usize, parts: usize) -> String {
    let mut keys = (0u32..).map(|number| format!("{prefix}check:{number}"));
    keys.find(|key| part_of(key, parts) == part).expect("some key is in every part")
}

/// The server refused the command because the slot, or the right to write it, is elsewhere or moving.
fn is_redirection(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::TryAgain | ServerErrorKind::ReadOnly
        )
    )
}

/// CRC-16/XMODEM modulo the number of slots, as Redis Cluster has it. A key with braces only shares a breaker with keys
/// of another slot.
fn slot_of(key: &str) -> usize {
    let mut crc = 0u16;
    for byte in key.bytes() {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    usize::from(crc) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_redis_cluster() {
        assert_eq!(slot_of("123456789"), 0x31c3, "the check value of the Cluster specification");
        assert_eq!(slot_of("foo"), 12_182);
    }

    #[test]
    fn every_part_has_a_key_to_be_checked_by() {
        for part in 0..CLUSTER_BREAKERS {
            assert_eq!(part_of(&key_of_part("countersign:", part, CLUSTER_BREAKERS), CLUSTER_BREAKERS), part);
        }
    }
}
