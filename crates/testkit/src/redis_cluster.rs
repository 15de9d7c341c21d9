//! A Redis Cluster of three primaries.

use std::time::Duration;

use crate::port::Port;
use crate::process::{complete, within};
use crate::program;
use crate::redis_server::Redis;

const PATIENCE: Duration = Duration::from_secs(30);

/// Three Redis servers that share the 16,384 slots; each can be killed and restarted alone.
pub struct RedisCluster {
    nodes: [Redis; 3],
    _bus_ports: [Port; 3],
}

impl RedisCluster {
    /// Starts three nodes, joins them, and waits until every one of them sees the whole cluster.
    #[must_use]
    pub fn start() -> Self {
        let bus_ports = [Port::claim(), Port::claim(), Port::claim()];
        let nodes = bus_ports.each_ref().map(|bus| {
            let bus = bus.number().to_string();
            Redis::with_settings(&[
                ("cluster-enabled", "yes"),
                ("cluster-port", &bus),
                ("cluster-node-timeout", "2000"),
            ])
        });
        let cluster = Self { nodes, _bus_ports: bus_ports };
        cluster.join();
        cluster.wait_until_whole();
        cluster
    }

    /// The nodes' URLs.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// Blocks until every node says that all slots are served, as after the restart of one.
    pub fn wait_until_whole(&self) {
        let whole = within(PATIENCE, || self.nodes.iter().all(sees_all_slots).then_some(()));
        assert!(whole.is_some(), "the cluster was not whole within {PATIENCE:?}");
    }

    fn join(&self) {
        let redis_cli = program::find("redis-cli", "redis-tools");
        let addresses = self.nodes.iter().map(Redis::address);
        let args = ["--cluster", "create"].map(String::from).into_iter().chain(addresses);
        let args = args.chain(["--cluster-replicas", "0", "--cluster-yes"].map(String::from));
        complete(&redis_cli, args, None).unwrap_or_else(|e| panic!("the cluster does not form: {e}"));
    }
}

fn sees_all_slots(node: &Redis) -> bool {
    let answer = redis::cmd("CLUSTER").arg("INFO").query::<String>(&mut node.connection());
    answer.is_ok_and(|info| info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3"))
}
