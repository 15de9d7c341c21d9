//! A Redis server.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use redis::{Client, Connection};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::port::Port;
use crate::process::{Process, Start, tail, within};
use crate::{program, scratch};

const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis server of its own. What it has answered survives [`Redis::kill9`] followed by [`Redis::restart`]: every
/// write is in its append-only file before the answer.
pub struct Redis {
    process: Mutex<Process>,
    settings: Vec<String>,
    port: Port,
    folder: TempDir,
}

impl Redis {
    /// Starts one, empty, and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        Self::with_settings(&[])
    }

    /// As [`Redis::start`], with further settings of `redis.conf`, such as `("maxmemory", "4mb")`.
    #[must_use]
    pub fn with_settings(settings: &[(&str, &str)]) -> Self {
        let further = settings.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]);
        let (port, folder) = (Port::claim(), scratch::folder_for("redis"));
        let settings: Vec<_> = basic_settings(&port, folder.path()).chain(further).collect();
        let process = Mutex::new(spawn(&settings, folder.path()));
        let redis = Self { process, settings, port, folder };
        redis.wait_until_it_answers();
        redis
    }

    /// `redis://127.0.0.1:<port>`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port.number())
    }

    /// `127.0.0.1:<port>`
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// A connection for the test itself.
    #[must_use]
    pub fn connection(&self) -> Connection {
        self.connect().unwrap_or_else(|e| panic!("Redis at {} does not answer: {e}", self.url()))
    }

    /// Ends it as a crash does.
    pub fn kill9(&self) {
        self.process().kill9();
    }

    /// Stops answering without closing anything, as a hanging machine does; [`Redis::resume`] lets it go on.
    pub fn pause(&self) {
        self.process().signal(Signal::STOP);
    }

    /// Goes on after [`Redis::pause`].
    pub fn resume(&self) {
        self.process().signal(Signal::CONT);
    }

    /// Starts it again on its port and data, ending it first where it still runs, and waits until it answers.
    pub fn restart(&self) {
        {
            let mut process = self.process();
            process.kill9();
            *process = spawn(&self.settings, self.folder.path());
        }
        self.wait_until_it_answers();
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Process> {
        self.process.lock().expect("no test panics while it holds the process")
    }

    fn connect(&self) -> redis::RedisResult<Connection> {
        let connection = Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(2))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        connection.set_write_timeout(Some(Duration::from_secs(5)))?;
        Ok(connection)
    }

    fn wait_until_it_answers(&self) {
        let ready = within(PATIENCE, || {
            if let Some(status) = self.process().ended() {
                panic!("redis-server ended with {status}:\n{}", self.log());
            }
            // While it reads its append-only file, it answers PING with an error.
            let mut connection = self.connect().ok()?;
            redis::cmd("PING").query::<String>(&mut connection).ok()
        });
        assert!(ready.is_some(), "redis-server did not answer within {PATIENCE:?}:\n{}", self.log());
    }

    fn log(&self) -> String {
        tail(&self.folder.path().join("log"))
    }
}

fn spawn(settings: &[String], folder: &Path) -> Process {
    let redis_server = program::find("redis-server", "redis-server");
    Start::of(&redis_server).args(settings).folder(folder).log_to(&folder.join("log")).spawn()
}

fn basic_settings(port: &Port, folder: &Path) -> impl Iterator<Item = String> {
    let folder = folder.display().to_string();
    [
        ("port", port.number().to_string()),
        ("bind", "127.0.0.1".into()),
        ("dir", folder),
        ("save", String::new()),
        ("appendonly", "yes".into()),
        // Written before the answer, left to the kernel to flush: survives a crash of the process, not of the machine.
        ("appendfsync", "no".into()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [format!("--{name}"), value])
}
