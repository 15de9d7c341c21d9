//! The bell between replicas: PUBLISH and SUBSCRIBE on one channel, which a Cluster carries to all of its nodes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::{Client, RedisError, cmd};
use storage::Bell;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::link::Link;

/// How often a quiet subscription is asked whether it still stands, and how long it may take to say so.
const CHECK_EVERY: Duration = Duration::from_secs(5);
const CHECK_BOUND: Duration = Duration::from_secs(2);

/// How long to wait before subscribing again.
const RESUBSCRIBE_PAUSE: Duration = Duration::from_millis(200);

/// Rings for this replica and hears for it, in two tasks that end with it.
pub(crate) struct Ringing {
    bell: Arc<Bell>,
    to_publish: Arc<Notify>,
    tasks: [JoinHandle<()>; 2],
}

impl Ringing {
    pub(crate) fn start(link: Arc<Link>, clients: Vec<Client>, channel: String) -> Self {
        let (bell, to_publish) = (Arc::new(Bell::default()), Arc::new(Notify::new()));
        let tasks = [
            tokio::spawn(publish(link, to_publish.clone(), channel.clone())),
            tokio::spawn(listen(clients, bell.clone(), channel)),
        ];
        Self { bell, to_publish, tasks }
    }

    /// At once here; soon at the other replicas. Rings that come while one is being sent become one.
    pub(crate) fn ring(&self) {
        self.bell.strike();
        self.to_publish.notify_one();
    }

    pub(crate) async fn heard(&self) {
        self.bell.struck().await;
    }
}

impl Drop for Ringing {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn publish(link: Arc<Link>, to_publish: Arc<Notify>, channel: String) {
    let mut command = cmd("PUBLISH");
    command.arg(&channel).arg("");
    loop {
        to_publish.notified().await;
        if let Err(failure) = link.ask::<i64>("wake_up.ring", &channel, &command).await {
            tracing::debug!(?failure, "other replicas were not woken and will look by themselves");
        }
    }
}

async fn listen(clients: Vec<Client>, bell: Arc<Bell>, channel: String) {
    // Another node of a Cluster each time.
    for client in clients.iter().cycle() {
        if let Err(error) = hear(client, &bell, &channel).await {
            tracing::debug!(%error, "not subscribed to the bell; readers look by themselves meanwhile");
        }
        tokio::time::sleep(RESUBSCRIBE_PAUSE).await;
    }
}

/// Until the connection ends.
async fn hear(client: &Client, bell: &Bell, channel: &str) -> Result<(), RedisError> {
    let (mut sink, mut messages) = bounded(client.get_async_pubsub()).await?.split();
    bounded(sink.subscribe(channel)).await?;
    // A ring may have been missed meanwhile.
    bell.strike();
    loop {
        match tokio::time::timeout(CHECK_EVERY, messages.next()).await {
            Ok(Some(_)) => bell.strike(),
            Ok(None) => return Ok(()),
            Err(_) => bounded(sink.ping::<redis::Value>()).await.map(drop)?,
        }
    }
}

async fn bounded<T>(doing: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
    tokio::time::timeout(CHECK_BOUND, doing).await.map_err(late)?
}
