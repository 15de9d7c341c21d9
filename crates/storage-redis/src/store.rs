//! The operations, each one command on one key.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::{Client, Cmd, cmd};
use storage::{BrowserState, CodeKey, Codes, Counters, StoreError, Taken, WakeUp};
use tokio::task::JoinHandle;

use crate::connecting::{self, RedisOptions, Unconnected};
use crate::link::{Failure, Link};
use crate::ringing::Ringing;

/// How long the mark of a taken code is kept, in seconds.
const MARK_LIFE: u64 = 600;

/// How long to wait before trying to connect again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(200);

/// How often the connection is looked at when nobody uses it.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// What stands before a sealed payload, and what stands alone for a taken one.
const SEALED: u8 = b'S';
const MARK: &[u8] = b"T";

/// Counts, and begins the window with the first addition.
const ADD: &str = "local n = redis.call('INCR', KEYS[1]) redis.call('PEXPIRE', KEYS[1], ARGV[1], 'NX') return n";

/// Keeps a value in place of the one that was read. The third argument says whether one was.
const REPLACE: &str = "local is = redis.call('GET', KEYS[1]) \
    if (is or '') ~= ARGV[4] or (is and '1' or '0') ~= ARGV[3] then return 0 end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1";

/// As `SET key T XX GET EX`, for a server that is full: a mark is smaller than what it stands in place of.
const TAKE_WHEN_FULL: &str = "#!lua flags=allow-oom\n\
    local was = redis.call('GET', KEYS[1]) \
    if was then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end \
    return was";

/// Codes, browser state, counters and the wake-up bell in Redis (7.0 or later) or Valkey.
pub struct RedisStore {
    link: Arc<Link>,
    ringing: Ringing,
    /// Tries to connect, where nobody answered at the start; then keeps the connection standing.
    keeping: JoinHandle<()>,
    prefix: String,
}

impl RedisStore {
    /// Connects to the server at the one URL, or to the Cluster of which the servers at `urls` are nodes. `rediss://`
    /// is TLS. Must be called on the runtime that will use it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none of them answers, a URL cannot be read, or the servers may evict keys.
    pub async fn connect(urls: &[String], options: RedisOptions) -> Result<Arc<Self>, StoreError> {
        let clients = connecting::servers(urls, &options)?;
        let connection = connecting::connect(urls, &clients, &options).await?;
        let link = Arc::new(Link::new(&options));
        link.has_found(connection);
        let keeping = tokio::spawn(keep(link.clone(), options.prefix.clone()));
        Ok(Self::over(link, clients, options, keeping))
    }

    /// As [`RedisStore::connect`], but where nobody answers, every call fails at once until somebody does: a replica
    /// can start in an outage and serve what needs no Redis. Servers that may evict keys are refused at any time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when a URL cannot be read, or the servers that answer cannot be used.
    pub async fn connect_or_wait(urls: &[String], options: RedisOptions) -> Result<Arc<Self>, StoreError> {
        let clients = connecting::servers(urls, &options)?;
        let link = Arc::new(Link::new(&options));
        let keeping = match connecting::connect(urls, &clients, &options).await {
            Ok(connection) => {
                link.has_found(connection);
                tokio::spawn(keep(link.clone(), options.prefix.clone()))
            }
            Err(Unconnected::Silent(error)) => {
                tracing::warn!(%error, "redis does not answer; serving what needs none until it does");
                tokio::spawn(wait(link.clone(), urls.to_vec(), clients.clone(), options.clone()))
            }
            Err(Unconnected::Unusable(error)) => return Err(error),
        };
        Ok(Self::over(link, clients, options, keeping))
    }

    fn over(link: Arc<Link>, clients: Vec<Client>, options: RedisOptions, keeping: JoinHandle<()>) -> Arc<Self> {
        let channel = format!("{}log", options.prefix);
        let ringing = Ringing::start(link.clone(), clients, channel);
        Arc::new(Self { link, ringing, keeping, prefix: options.prefix })
    }

    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{name}", self.prefix)
    }

    fn code_key(&self, key: CodeKey) -> String {
        let mut text = self.key("code", "");
        for byte in key.0 {
            write!(text, "{byte:02x}").expect("text takes text");
        }
        text
    }

    async fn ask<T: redis::FromRedisValue>(
        &self,
        name: &'static str,
        key: &str,
        command: &Cmd,
    ) -> Result<T, StoreError> {
        self.link.ask(name, key, command).await.map_err(StoreError::from)
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// Looks after the connection for as long as the store lives.
async fn keep(link: Arc<Link>, prefix: String) {
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        link.check(&prefix).await;
    }
}

/// Tries until the servers answer and can be used, then looks after the connection.
async fn wait(link: Arc<Link>, urls: Vec<String>, clients: Vec<Client>, options: RedisOptions) {
    loop {
        tokio::time::sleep(RECONNECT_PAUSE).await;
        match connecting::connect(&urls, &clients, &options).await {
            Ok(connection) => {
                tracing::info!("redis answers");
                link.has_found(connection);
                return keep(link, options.prefix).await;
            }
            Err(Unconnected::Silent(error)) => tracing::debug!(%error, "redis does not answer yet"),
            Err(Unconnected::Unusable(error)) => tracing::error!(%error, "redis answers and cannot be used"),
        }
    }
}

#[async_trait]
impl Codes for RedisStore {
    async fn put(&self, key: CodeKey, sealed: &[u8], life: Duration) -> Result<(), StoreError> {
        let key = self.code_key(key);
        let value = [&[SEALED], sealed].concat();
        let mut command = cmd("SET");
        command.arg(&key).arg(value).arg("NX").arg("PX").arg(millis(life));
        let kept: bool = self.ask("codes.put", &key, &command).await?;
        if kept { Ok(()) } else { Err(StoreError::Exists { what: "an authorization code under this key".into() }) }
    }

    async fn take(&self, key: CodeKey) -> Result<Taken, StoreError> {
        let key = self.code_key(key);
        let mut command = cmd("SET");
        command.arg(&key).arg(MARK).arg("XX").arg("GET").arg("EX").arg(MARK_LIFE);
        let was: Option<Vec<u8>> = match self.link.ask("codes.take", &key, &command).await {
            Err(Failure::Full(_)) => {
                let mut command = cmd("EVAL");
                command.arg(TAKE_WHEN_FULL).arg(1).arg(&key).arg(MARK).arg(MARK_LIFE);
                self.ask("codes.take_when_full", &key, &command).await?
            }
            other => other?,
        };
        match was {
            None => Ok(Taken::Unknown),
            Some(was) if was == MARK => Ok(Taken::Replayed),
            Some(was) => match was.split_first() {
                Some((&SEALED, sealed)) => Ok(Taken::Fresh(sealed.to_vec())),
                _ => Err(StoreError::Corrupt("an authorization code in redis has no known form".into())),
            },
        }
    }
}

#[async_trait]
impl BrowserState for RedisStore {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.key("browser", key);
        let mut command = cmd("GET");
        command.arg(&key);
        self.ask("browser.read", &key, &command).await
    }

    async fn write(&self, key: &str, value: &[u8], life: Duration) -> Result<(), StoreError> {
        let key = self.key("browser", key);
        let mut command = cmd("SET");
        command.arg(&key).arg(value).arg("PX").arg(millis(life));
        self.ask("browser.write", &key, &command).await
    }

    async fn replace(&self, key: &str, was: Option<&[u8]>, value: &[u8], life: Duration) -> Result<bool, StoreError> {
        let key = self.key("browser", key);
        let mut command = cmd("EVAL");
        command.arg(REPLACE).arg(1).arg(&key).arg(value).arg(millis(life));
        command.arg(u8::from(was.is_some())).arg(was.unwrap_or_default());
        self.ask("browser.replace", &key, &command).await
    }

    async fn remove(&self, key: &str) -> Result<(), StoreError> {
        let key = self.key("browser", key);
        let mut command = cmd("DEL");
        command.arg(&key);
        self.ask("browser.remove", &key, &command).await
    }

    async fn claim(&self, key: &str, life: Duration) -> Result<bool, StoreError> {
        let key = self.key("claim", key);
        let mut command = cmd("SET");
        command.arg(&key).arg("1").arg("NX").arg("PX").arg(millis(life));
        self.ask("browser.claim", &key, &command).await
    }
}

#[async_trait]
impl Counters for RedisStore {
    async fn add(&self, name: &str, window: Duration) -> Result<u64, StoreError> {
        let key = self.key("count", name);
        let mut command = cmd("EVAL");
        command.arg(ADD).arg(1).arg(&key).arg(millis(window));
        self.ask("counters.add", &key, &command).await
    }
}

#[async_trait]
impl WakeUp for RedisStore {
    async fn ring(&self) {
        self.ringing.ring();
    }

    async fn heard(&self) {
        self.ringing.heard().await;
    }
}

/// Redis refuses a life of nothing.
fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1)
}
