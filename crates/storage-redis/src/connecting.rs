//! Options, and how a store comes to its connections.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{Client, IntoConnectionInfo, RedisError, TlsCertificates, Value, cmd};
use storage::{Observer, StoreError};

use crate::link::Connection;

/// How long finding out about the servers may take at the start.
const START_BOUND: Duration = Duration::from_secs(5);

/// Settings with safe defaults.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// What every key and channel starts with, so that several installations can share a server. Default:
    /// `countersign:`. Must not hold braces.
    pub prefix: String,
    /// The bound of every call. Default: 500 ms.
    pub bound: Duration,
    /// How long nobody asks the store after it failed. Default: 100 ms.
    pub pause: Duration,
    /// The certificate authorities of `rediss://` servers, PEM. Default: those of the system.
    pub root_certificates: Option<Vec<u8>>,
    /// Is told of every call. Default: nobody.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "countersign:".into(),
            bound: Duration::from_millis(500),
            pause: Duration::from_millis(100),
            root_certificates: None,
            observer: None,
        }
    }
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum Unconnected {
    /// Nobody answers, or not whole; that may change.
    Silent(StoreError),
    /// What answers, or what was configured, cannot be used.
    Unusable(StoreError),
}

impl From<Unconnected> for StoreError {
    fn from(unconnected: Unconnected) -> Self {
        match unconnected {
            Unconnected::Silent(error) | Unconnected::Unusable(error) => error,
        }
    }
}

/// The servers at `urls`, not yet asked anything.
pub(crate) fn servers(urls: &[String], options: &RedisOptions) -> Result<Vec<Client>, StoreError> {
    if options.prefix.contains(['{', '}']) {
        return Err(StoreError::redis("the key prefix must not hold braces: they would put all keys into one slot"));
    }
    clients(urls, options)
}

/// Connects to a server, or to the Cluster that the servers belong to.
pub(crate) async fn connect(
    urls: &[String],
    clients: &[Client],
    options: &RedisOptions,
) -> Result<Connection, Unconnected> {
    let found = tokio::time::timeout(START_BOUND, find(urls, clients, options)).await;
    found.unwrap_or_else(|_| Err(Unconnected::Silent(StoreError::redis("it did not answer"))))
}

async fn find(urls: &[String], clients: &[Client], options: &RedisOptions) -> Result<Connection, Unconnected> {
    let (client, mut first) = first_that_answers(clients, options).await.map_err(Unconnected::Silent)?;
    if is_cluster(&mut first).await.map_err(Unconnected::Silent)? {
        let cluster = cluster(urls, options).await;
        let mut cluster = cluster.map_err(|error| Unconnected::Silent(StoreError::redis(error)))?;
        let nodes = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        refuse_eviction(cluster.route_command(eviction_policy(), nodes).await).map_err(Unconnected::Unusable)?;
        return Ok(Connection::Cluster(cluster));
    }
    if clients.len() > 1 {
        return Err(Unconnected::Unusable(StoreError::redis(format!(
            "several addresses are given, but {} is a single server and not part of a Cluster",
            client.get_connection_info().addr()
        ))));
    }
    refuse_eviction(eviction_policy().query_async(&mut first).await).map_err(Unconnected::Unusable)?;
    Ok(Connection::Single(first))
}

fn clients(urls: &[String], options: &RedisOptions) -> Result<Vec<Client>, StoreError> {
    if urls.is_empty() {
        return Err(StoreError::redis("no address is given"));
    }
    if urls.iter().any(|url| url.starts_with("rediss")) {
        // Fails when a provider is installed already: then that one is used.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let open = |(number, url): (usize, &String)| {
        let client = match &options.root_certificates {
            Some(root) if url.starts_with("rediss") => Client::build_with_tls(url.as_str(), certificates(root)),
            _ => Client::open(url.as_str()),
        };
        // The URL may hold a password.
        client.map_err(|error| StoreError::redis(format!("address {} cannot be used: {error}", number + 1)))
    };
    urls.iter().enumerate().map(open).collect()
}

fn certificates(root: &[u8]) -> TlsCertificates {
    TlsCertificates { client_tls: None, root_cert: Some(root.to_vec()) }
}

async fn first_that_answers<'a>(
    clients: &'a [Client],
    options: &RedisOptions,
) -> Result<(&'a Client, ConnectionManager), StoreError> {
    // One short retry: a longer sequence would hold every call that comes while it runs (measured).
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(10))
        .set_max_delay(Duration::from_millis(20))
        .set_connection_timeout(Some(options.bound))
        .set_response_timeout(Some(options.bound));
    let mut failures = Vec::new();
    for client in clients {
        match client.get_connection_manager_with_config(config.clone()).await {
            Ok(connection) => return Ok((client, connection)),
            Err(error) => failures.push(format!("{}: {error}", client.get_connection_info().addr())),
        }
    }
    Err(StoreError::redis(failures.join("; ")))
}

async fn is_cluster(connection: &mut ConnectionManager) -> Result<bool, StoreError> {
    let info: Result<String, RedisError> = cmd("INFO").arg("cluster").query_async(connection).await;
    Ok(info.map_err(StoreError::redis)?.contains("cluster_enabled:1"))
}

async fn cluster(urls: &[String], options: &RedisOptions) -> Result<ClusterConnection, RedisError> {
    let nodes = urls.iter().map(|url| url.as_str().into_connection_info());
    // No retries: they would send a take again after a broken connection, when it may have been carried out.
    let mut builder = ClusterClientBuilder::new(nodes.collect::<Result<Vec<_>, _>>()?)
        .retries(0)
        .connection_timeout(options.bound)
        .response_timeout(options.bound);
    if let Some(root) = &options.root_certificates {
        builder = builder.certs(certificates(root));
    }
    builder.build()?.get_async_connection().await
}

fn eviction_policy() -> redis::Cmd {
    let mut command = cmd("CONFIG");
    command.arg("GET").arg("maxmemory-policy");
    command
}

/// A store that drops a mark to make room would let a code be taken twice. Where the question is not allowed, as at
/// some hosters, the answer stays with the operator.
fn refuse_eviction(answer: Result<Value, RedisError>) -> Result<(), StoreError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "redis does not tell its maxmemory-policy; make sure that it is noeviction");
            return Ok(());
        }
    };
    match evicting_policy(&answer) {
        None => Ok(()),
        Some(policy) => Err(StoreError::redis(format!(
            "its maxmemory-policy is {policy}, which drops marks of used codes when memory is short; set it to noeviction"
        ))),
    }
}

/// The answer of one server is a list or map; a Cluster's is a map of those.
fn evicting_policy(answer: &Value) -> Option<String> {
    match answer {
        Value::Array(items) | Value::Set(items) => items.iter().find_map(evicting_policy),
        Value::Map(pairs) => pairs.iter().find_map(|(_, value)| evicting_policy(value)),
        Value::BulkString(bytes) => named(&String::from_utf8_lossy(bytes)),
        Value::SimpleString(text) => named(text),
        _ => None,
    }
}

fn named(text: &str) -> Option<String> {
    (text.starts_with("allkeys-") || text.starts_with("volatile-")).then(|| text.into())
}
