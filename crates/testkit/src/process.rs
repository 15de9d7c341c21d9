//! Children that end with their owner.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

const PATIENCE_AT_THE_END: Duration = Duration::from_secs(5);
const LOG_TAIL: usize = 40;

/// What to start, and how it is to end.
pub(crate) struct Start {
    setpriv: Command,
    last_signal: Signal,
}

impl Start {
    pub(crate) fn of(program: &Path) -> Self {
        Self::built(program, Signal::KILL, "KILL", None)
    }

    /// As [`Start::of`], for a program that cleans up on SIGQUIT, as `owner` where one is given.
    pub(crate) fn quitting(program: &Path, owner: Option<Account>) -> Self {
        Self::built(program, Signal::QUIT, "QUIT", owner)
    }

    /// `setpriv` has the kernel send the signal when this process is gone, whatever ended it.
    fn built(program: &Path, last_signal: Signal, name: &str, account: Option<Account>) -> Self {
        let mut setpriv = Command::new("setpriv");
        setpriv.arg(format!("--pdeathsig={name}"));
        if let Some(account) = account {
            setpriv.args(account.setpriv_flags());
        }
        setpriv.arg("--").arg(program).stdin(Stdio::null()).process_group(0);
        Self { setpriv, last_signal }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.setpriv.args(args);
        self
    }

    pub(crate) fn envs<'a>(mut self, envs: impl IntoIterator<Item = &'a (String, String)>) -> Self {
        self.setpriv.envs(envs.into_iter().map(|(name, value)| (name, value)));
        self
    }

    /// Takes variables away that this process has.
    pub(crate) fn without_envs(mut self, names: &[&str]) -> Self {
        for name in names {
            self.setpriv.env_remove(name);
        }
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.setpriv.current_dir(folder);
        self
    }

    /// Appends what the program prints to a file.
    pub(crate) fn log_to(mut self, file: &Path) -> Self {
        let log = File::options().create(true).append(true).open(file);
        let log = log.unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
        let errors = log.try_clone().expect("a file handle can be duplicated");
        self.setpriv.stdout(log).stderr(errors);
        self
    }

    /// Hands what the program prints to the caller.
    pub(crate) fn piped(mut self) -> Self {
        self.setpriv.stdout(Stdio::piped()).stderr(Stdio::piped());
        self
    }

    pub(crate) fn spawn(self) -> Process {
        let Self { setpriv, last_signal } = self;
        let shown = format!("{setpriv:?}");
        let child = spawn_from_a_lasting_thread(setpriv).unwrap_or_else(|e| panic!("cannot start {shown}: {e}"));
        Process { child, last_signal }
    }
}

/// The kernel's signal at the parent's death goes by *thread*, and a test's thread ends with the test; so one thread
/// that lasts as long as the process starts all children.
fn spawn_from_a_lasting_thread(command: Command) -> io::Result<Child> {
    type Order = (Command, mpsc::Sender<io::Result<Child>>);
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in inbox {
                // The one who asked may have been ended by its own deadline; the child then ends with `result`.
                let _ = answer.send(command.spawn());
            }
        });
        orders
    });
    let (answer, result) = mpsc::channel();
    spawner.send((command, answer)).expect("the spawning thread lives as long as the process");
    result.recv().expect("the spawning thread answers every order")
}

/// A running child and its process group.
pub(crate) struct Process {
    child: Child,
    last_signal: Signal,
}

impl Process {
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// To the whole group. One that has ended gets nothing.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.ended().is_none() {
            // It may end between the question and the signal; then there is nobody to signal.
            let _ = kill_process_group(Pid::from_child(&self.child), signal);
        }
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    pub(crate) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        within(patience, || self.ended())
    }

    pub(crate) fn kill9(&mut self) -> ExitStatus {
        self.signal(Signal::KILL);
        self.child.wait().expect("a killed child can be waited for")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(self.last_signal);
        self.signal(Signal::CONT);
        if self.wait(PATIENCE_AT_THE_END).is_none() {
            self.kill9();
        }
    }
}

/// Asks every few milliseconds until there is an answer or patience ends.
pub(crate) fn within<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The last lines of a part's log, for the message of a failing test.
pub(crate) fn tail(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|e| format!("(no log: {e})"));
    tail_of(&text.lines().collect::<Vec<_>>())
}

pub(crate) fn tail_of<L: AsRef<str>>(lines: &[L]) -> String {
    let skipped = lines.len().saturating_sub(LOG_TAIL);
    let shown: Vec<_> = lines.iter().skip(skipped).map(|line| format!("    {}", line.as_ref())).collect();
    if shown.is_empty() { "    (it printed nothing)".into() } else { shown.join("\n") }
}

/// A user of the system.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Account {
    /// Whom to be instead of root, for programs that refuse root; `None` when the tests do not run as root.
    pub(crate) fn instead_of_root() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd is readable");
        let account = Self::named("postgres", &users).or_else(|| Self::named("nobody", &users));
        Some(account.expect("the system has a user `postgres` or `nobody`"))
    }

    fn named(name: &str, users: &str) -> Option<Self> {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse);
        Some(Self { user: ids.next()?.ok()?, group: ids.next()?.ok()? })
    }

    fn setpriv_flags(self) -> [String; 3] {
        let Self { user, group } = self;
        [format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".into()]
    }

    pub(crate) fn own(self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
            .unwrap_or_else(|e| panic!("cannot give {} to user {}: {e}", path.display(), self.user));
    }
}

/// Runs a short command to its end, as `account` where one is given, and returns what it printed.
///
/// # Errors
/// What it printed, when it failed or took longer than a minute.
pub(crate) fn complete<A: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = A>,
    account: Option<Account>,
) -> Result<String, String> {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "60"]);
    if let Some(account) = account {
        command.arg("setpriv").args(account.setpriv_flags()).arg("--");
    }
    command.arg(program).args(args).stdin(Stdio::null()).current_dir("/");
    let output = command.output().map_err(|e| format!("cannot start {command:?}: {e}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{command:?} ended with {}:\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
}
