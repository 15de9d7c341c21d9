//! Redis servers of a test's own on loopback; they end with it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::{Client, Connection, cmd};
use tempfile::TempDir;

use super::PATIENCE;

pub(crate) struct Server {
    pub(crate) port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    child: Child,
}

impl Server {
    /// Writes every command to disk before it answers, so that a kill loses nothing that was answered.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        Self::start_on(port, &[&["--port", &port.to_string()], arguments].concat())
    }

    pub(crate) fn start_on(port: u16, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server's data");
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        let child = spawn(&arguments, &folder);
        Self { port, arguments, folder, child }
    }

    pub(crate) fn ready(self) -> Self {
        self.wait_until_it_answers();
        self
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn connection(&self) -> Option<Connection> {
        let connection = Client::open(self.url()).ok()?.get_connection_with_timeout(Duration::from_secs(1)).ok()?;
        connection.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        Some(connection)
    }

    pub(crate) fn tell(&self, words: &[&str]) {
        let mut connection = self.connection().expect("the server answers");
        let (name, arguments) = words.split_first().expect("a command has a name");
        cmd(name).arg(arguments).exec(&mut connection).expect("the server does it");
    }

    pub(crate) fn says(&self, words: &[&str]) -> Option<String> {
        let (name, arguments) = words.split_first()?;
        cmd(name).arg(arguments).query(&mut self.connection()?).ok()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(&self.arguments, &self.folder);
        self.wait_until_it_answers();
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args([format!("-{name}"), id]).status().expect("kill can be run");
        assert!(status.success());
    }

    fn wait_until_it_answers(&self) {
        within("the server to answer", || self.says(&["PING"]).filter(|answer| answer == "PONG"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Three nodes that share the slots.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let nodes: Vec<_> = (0..3)
            .map(|_| {
                let bus = free_port().to_string();
                let settings = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "1000"];
                // The slots of a dead node do not silence the others.
                let partial = ["--cluster-require-full-coverage", "no"];
                (Server::start(&[settings.as_slice(), &partial].concat()), bus)
            })
            .collect();
        for (node, (from, to)) in nodes.iter().zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")]) {
            node.0.wait_until_it_answers();
            node.0.tell(&["CLUSTER", "ADDSLOTSRANGE", from, to]);
        }
        let (first, others) = nodes.split_first().expect("three nodes");
        for (other, bus) in others {
            first.0.tell(&["CLUSTER", "MEET", "127.0.0.1", &other.port.to_string(), bus]);
        }
        let cluster = Self { nodes: nodes.into_iter().map(|(node, _)| node).collect() };
        cluster.wait_until_whole();
        cluster
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
    }

    pub(crate) fn wait_until_whole(&self) {
        for node in &self.nodes {
            within("the Cluster to be whole", || {
                let info = node.says(&["CLUSTER", "INFO"])?;
                let whole = ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"];
                whole.iter().all(|sign| info.contains(sign)).then_some(())
            });
        }
    }
}

/// A port on which nobody listens now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

pub(crate) fn within<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn spawn(arguments: &[String], folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"])
        .arg("--dir")
        .arg(folder.path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server is installed (Debian: apt-get install redis-server)")
}
