//! Countersign itself, as the program that users run.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::port::Port;
use crate::process::{Process, Start, tail_of, within};
use crate::scratch;

const PATIENCE: Duration = Duration::from_secs(30);
/// A shutdown may drain for 5 s and finish requests for 20 s.
const PATIENCE_FOR_SHUTDOWN: Duration = Duration::from_secs(40);
/// What the tests are told by, and the server would refuse as settings that it does not have.
const FOR_TESTS: [&str; 2] = ["COUNTERSIGN_BIN", "COUNTERSIGN_TEST_PYTHON"];

/// Where a server lives: its ports on 127.0.0.1, claimed for it, and a folder of its own, in which it runs.
pub struct Site {
    public: Port,
    mutual_tls: Port,
    management: Port,
    folder: TempDir,
}

/// How to start a server. Begin with [`ServerProcess::with_config`] or [`ServerProcess::dev`].
pub struct Launch {
    program: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    site: Arc<Site>,
}

/// The running program `countersign`.
pub struct ServerProcess {
    launch: Launch,
    process: Mutex<Process>,
    log: Arc<Log>,
    ready_after: Mutex<Duration>,
}

/// What a command of the program printed, and how it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    grown: Notify,
}

impl Site {
    fn new() -> Self {
        let folder = scratch::folder_for("countersign");
        Self { public: Port::claim(), mutual_tls: Port::claim(), management: Port::claim(), folder }
    }

    /// The port for everybody.
    #[must_use]
    pub fn public(&self) -> u16 {
        self.public.number()
    }

    /// The port for clients with certificates.
    #[must_use]
    pub fn mutual_tls(&self) -> u16 {
        self.mutual_tls.number()
    }

    /// The port for health and metrics.
    #[must_use]
    pub fn management(&self) -> u16 {
        self.management.number()
    }

    /// The folder in which the server runs; it vanishes with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Launch {
    fn new(args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { program: built_program(), args, environment: Vec::new(), site: Arc::new(Site::new()) }
    }

    /// Adds arguments after those of `serve`.
    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs another program than the one that was built with the tests: an older version, say.
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// Where it will live.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Runs another command of the program, such as `["migrate"]`, in the same folder and environment, to its end.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Finished {
        // `timeout` ends with 124 after a minute.
        let mut command = Command::new("timeout");
        for name in FOR_TESTS {
            command.env_remove(name);
        }
        let output = command
            .arg("60")
            .arg(&self.program)
            .args(args)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.site.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|e| panic!("cannot run {}: {e}", self.program.display()));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Finished { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Starts it and waits until `/health/ready` answers 200.
    ///
    /// # Panics
    /// With its log, when it ends or is not ready within 30 s.
    #[must_use]
    pub fn start(self) -> ServerProcess {
        let log = Arc::new(Log::default());
        let began = Instant::now();
        let process = Mutex::new(self.spawn(&log));
        let server = ServerProcess { launch: self, process, log, ready_after: Mutex::default() };
        server.wait_until_ready(began);
        server
    }

    fn spawn(&self, log: &Arc<Log>) -> Process {
        let mut process = Start::of(&self.program)
            .args(&self.args)
            .without_envs(&FOR_TESTS)
            .envs(&self.environment)
            .folder(self.site.folder())
            .piped()
            .spawn();
        let child = process.child();
        log.follow(child.stdout.take().expect("standard output is piped"));
        log.follow(child.stderr.take().expect("standard error is piped"));
        process
    }
}

impl ServerProcess {
    /// `countersign serve --config countersign.toml`, with the text that the function makes of the site.
    #[must_use]
    pub fn with_config(config: impl FnOnce(&Site) -> String) -> Launch {
        let launch = Launch::new(&["serve", "--config", "countersign.toml"]);
        let file = launch.site.folder().join("countersign.toml");
        fs::write(&file, config(&launch.site)).unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
        launch
    }

    /// `countersign serve --dev`; the ports are to be given by [`Launch::env`] or [`Launch::args`] from its site.
    #[must_use]
    pub fn dev() -> Launch {
        Launch::new(&["serve", "--dev"])
    }

    /// Where it lives.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.launch.site
    }

    /// The URL of a path on the public port, over plain HTTP.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.site().public())
    }

    /// The URL of a path on the management port.
    #[must_use]
    pub fn management_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.site().management())
    }

    /// As [`Launch::run`], beside the running server.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Finished {
        self.launch.run(args)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process().id()
    }

    /// The time from the last start to the first 200 of `/health/ready`.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        *self.ready_after.lock().expect("the time is only copied under the lock")
    }

    /// All that it printed so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lines().clone()
    }

    /// Waits for a line that holds the text, among those printed already too.
    ///
    /// # Panics
    /// After 30 s, with the log.
    pub async fn logs(&self, text: &str) -> String {
        let line = tokio::time::timeout(PATIENCE, self.log.line_with(text)).await;
        line.unwrap_or_else(|_| panic!("no line with {text:?} within {PATIENCE:?}:\n{}", self.log_tail()))
    }

    /// Asks it to end, by SIGTERM, and returns at once.
    pub fn terminate(&self) {
        self.process().signal(Signal::TERM);
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// After 40 s.
    pub fn wait_until_ended(&self) -> ExitStatus {
        let status = self.process().wait(PATIENCE_FOR_SHUTDOWN);
        status.unwrap_or_else(|| panic!("it runs on after {PATIENCE_FOR_SHUTDOWN:?}:\n{}", self.log_tail()))
    }

    /// Ends it as a crash does.
    pub fn kill9(&self) {
        self.process().kill9();
    }

    /// Starts it again on its ports and folder, ending it by SIGTERM first where it still runs, and waits until it
    /// is ready.
    pub fn restart(&self) {
        self.terminate();
        self.wait_until_ended();
        let began = Instant::now();
        let process = self.launch.spawn(&self.log);
        *self.process() = process;
        self.wait_until_ready(began);
    }

    fn wait_until_ready(&self, began: Instant) {
        let ready = within(PATIENCE, || {
            if let Some(status) = self.process().ended() {
                self.log.wait_for_the_rest();
                panic!("countersign ended with {status} instead of becoming ready:\n{}", self.log_tail());
            }
            is_ready(self.site().management()).then_some(())
        });
        assert!(ready.is_some(), "countersign was not ready within {PATIENCE:?}:\n{}", self.log_tail());
        *self.ready_after.lock().expect("the time is only copied under the lock") = began.elapsed();
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn log_tail(&self) -> String {
        tail_of(&self.log.lines())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut shown = format!("the log of countersign at {}:\n", self.url(""));
            let _ = writeln!(shown, "{}", self.log_tail());
            #[expect(clippy::print_stderr, reason = "the reader of a failed test needs the server's side of it")]
            {
                eprint!("{shown}");
            }
        }
    }
}

impl Log {
    fn follow(self: &Arc<Self>, stream: impl Read + Send + 'static) {
        let log = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                log.lines().push(String::from_utf8_lossy(&line).into_owned());
                log.grown.notify_waiters();
            }
        });
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().expect("no thread panics while it holds the lines")
    }

    async fn line_with(&self, text: &str) -> String {
        loop {
            let grown = self.grown.notified();
            if let Some(line) = self.lines().iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            grown.await;
        }
    }

    /// A program's last words can still be in the pipe when its end is known.
    fn wait_for_the_rest(self: &Arc<Self>) {
        within(Duration::from_secs(1), || (Arc::strong_count(self) == 1).then_some(()));
    }
}

/// One plain GET; a client library would need the test's runtime, which may be the one that is blocked here.
fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let request = format!("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut answer = [0; 12];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}

/// `countersign` beside the test programs, or what `COUNTERSIGN_BIN` names.
fn built_program() -> PathBuf {
    if let Some(named) = env::var_os("COUNTERSIGN_BIN") {
        return PathBuf::from(named);
    }
    let this = env::current_exe().expect("a test program knows its file");
    let folder = this.ancestors().nth(2).expect("cargo puts test programs into `deps` of the profile's folder");
    let program = folder.join("countersign");
    assert!(program.is_file(), "{} was not built: cargo build --workspace", program.display());
    refuse_if_stale(&program);
    program
}

/// `cargo test -p tests` does not build the server again; an old one would be tested in silence.
fn refuse_if_stale(program: &Path) {
    let changed = |file: &Path| fs::metadata(file).and_then(|data| data.modified()).ok();
    // Cargo's list of what the program was built from: `target: source source …`, spaces in names escaped.
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources).trim();
    let sources = sources.replace("\\ ", "\0");
    let newer = sources
        .split_whitespace()
        .map(|source| source.replace('\0', " "))
        .find(|source| changed(Path::new(source)) > changed(program));
    if let Some(newer) = newer {
        panic!("{} is older than {newer}: cargo build --workspace", program.display());
    }
}
