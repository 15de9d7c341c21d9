//! A PostgreSQL server, and databases cloned from a template.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::port::Port;
use crate::process::{Account, Process, Start, complete, tail, within};
use crate::{program, scratch};

const PATIENCE: Duration = Duration::from_secs(30);

/// A PostgreSQL server of its own, with one superuser `postgres` who needs no password.
/// What it has committed survives [`Postgres::kill9`] followed by [`Postgres::restart`].
pub struct Postgres {
    process: Mutex<Process>,
    templates: tokio::sync::Mutex<HashSet<String>>,
    settings: Vec<String>,
    programs: PathBuf,
    account: Option<Account>,
    port: Port,
    folder: TempDir,
}

impl Postgres {
    /// Makes a new cluster of databases, starts it and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        Self::with_settings(&[])
    }

    /// As [`Postgres::start`], with further settings of `postgresql.conf`, such as `("max_connections", "20")`.
    #[must_use]
    pub fn with_settings(settings: &[(&str, &str)]) -> Self {
        let programs = program::postgres_folder();
        let (port, folder) = (Port::claim(), scratch::folder_for("postgres"));
        let account = Account::instead_of_root();
        make_data(&programs, folder.path(), account);
        let settings = [&basic_settings(&port), settings_as_args(settings).as_slice()].concat();
        let process = Mutex::new(spawn(&programs, folder.path(), &settings, account));
        let postgres =
            Self { process, templates: tokio::sync::Mutex::default(), settings, programs, account, port, folder };
        postgres.wait_until_it_answers();
        postgres
    }

    /// The one server that the tests of this process share; each takes a database of its own from it.
    /// A test that kills or pauses its server starts one of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A new empty database.
    #[must_use]
    pub fn database(&self) -> Database<'_> {
        self.clone_of("template0")
    }

    /// A new database that is a copy of the template of this name. The first who asks prepares the template, given
    /// the URL of an empty database: runs the migrations, say. All its connections must be closed when it is done.
    pub async fn database_from(&self, template: &str, prepare: impl AsyncFnOnce(&str)) -> Database<'_> {
        {
            let mut prepared = self.templates.lock().await;
            if !prepared.contains(template) {
                // One that failed half-way is left from the last try.
                self.sql("postgres", &format!("DROP DATABASE IF EXISTS \"{template}\" WITH (FORCE)"));
                self.sql("postgres", &format!("CREATE DATABASE \"{template}\" TEMPLATE template0"));
                prepare(&self.url(template)).await;
                prepared.insert(template.to_owned());
            }
        }
        self.clone_of(template)
    }

    /// Runs statements in a database of this server.
    ///
    /// # Panics
    /// With the server's words, when a statement fails.
    pub fn sql(&self, database: &str, statements: &str) {
        self.try_sql(database, statements).unwrap_or_else(|e| panic!("{e}\n{}", self.log()));
    }

    /// The rows of a query, one a line, columns divided by `|`.
    ///
    /// # Panics
    /// With the server's words, when the query fails.
    #[must_use]
    pub fn rows(&self, database: &str, query: &str) -> String {
        self.try_sql(database, query).unwrap_or_else(|e| panic!("{e}\n{}", self.log()))
    }

    /// `127.0.0.1:<port>`
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// Ends the server as a crash does. Sessions notice and end by themselves a moment later.
    pub fn kill9(&self) {
        self.process().kill9();
    }

    /// Starts it again on its port and data, and waits until it answers. Where it still runs, it is stopped first,
    /// which breaks off every session but loses nothing.
    pub fn restart(&self) {
        {
            let mut process = self.process();
            process.signal(Signal::INT);
            assert!(process.wait(PATIENCE).is_some(), "PostgreSQL did not stop within {PATIENCE:?}:\n{}", self.log());
        }
        self.start_again();
    }

    /// A session of the killed server may hold the shared memory for a moment longer, and a start is refused then.
    fn start_again(&self) {
        let started = within(PATIENCE, || {
            let mut process = spawn(&self.programs, self.folder.path(), &self.settings, self.account);
            let answers = within(PATIENCE, || match process.ended() {
                Some(_) => Some(false),
                None => self.try_sql("postgres", "SELECT 1").is_ok().then_some(true),
            });
            (answers == Some(true)).then_some(process)
        });
        let started = started.unwrap_or_else(|| panic!("PostgreSQL did not start again:\n{}", self.log()));
        *self.process() = started;
    }

    fn clone_of(&self, template: &str) -> Database<'_> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""));
        Database { postgres: self, name }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port.number())
    }

    fn try_sql(&self, database: &str, statements: &str) -> Result<String, String> {
        let url = self.url(database);
        let args = ["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", statements];
        complete(&self.programs.join("psql"), args, None).map(|rows| rows.trim_end().to_owned())
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().expect("no test panics while it holds the process")
    }

    fn wait_until_it_answers(&self) {
        let ready = within(PATIENCE, || {
            if let Some(status) = self.process().ended() {
                panic!("postgres ended with {status}:\n{}", self.log());
            }
            self.try_sql("postgres", "SELECT 1").ok()
        });
        assert!(ready.is_some(), "postgres did not answer within {PATIENCE:?}:\n{}", self.log());
    }

    fn log(&self) -> String {
        tail(&self.folder.path().join("log"))
    }
}

/// A database of one test, dropped with the value.
pub struct Database<'a> {
    postgres: &'a Postgres,
    name: String,
}

impl Database<'_> {
    /// `postgres://postgres@127.0.0.1:<port>/<name>`
    #[must_use]
    pub fn url(&self) -> String {
        self.postgres.url(&self.name)
    }

    /// The URL by which the database is reached through a proxy, or anything else that stands before the server.
    #[must_use]
    pub fn url_at(&self, address: &str) -> String {
        format!("postgres://postgres@{address}/{}", self.name)
    }

    /// As [`Postgres::sql`], in this database.
    pub fn sql(&self, statements: &str) {
        self.postgres.sql(&self.name, statements);
    }

    /// As [`Postgres::rows`], in this database.
    #[must_use]
    pub fn rows(&self, query: &str) -> String {
        self.postgres.rows(&self.name, query)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // Where the server is down, the database goes with its folder.
        let _ = self.postgres.try_sql("postgres", &format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name));
    }
}

fn make_data(programs: &Path, folder: &Path, account: Option<Account>) {
    if let Some(account) = account {
        account.own(folder);
    }
    let data = folder.join("data").display().to_string();
    let args = ["-D", &data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
    complete(&programs.join("initdb"), args, account).unwrap_or_else(|e| panic!("no data folder: {e}"));
}

fn spawn(programs: &Path, folder: &Path, settings: &[String], account: Option<Account>) -> Process {
    Start::quitting(&programs.join("postgres"), account)
        .args(["-D", &folder.join("data").display().to_string()])
        .args(settings)
        .folder(folder)
        .log_to(&folder.join("log"))
        .spawn()
}

fn basic_settings(port: &Port) -> Vec<String> {
    settings_as_args(&[
        ("port", &port.number().to_string()),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("max_connections", "200"),
        // Written at commit, left to the kernel to flush: survives a crash of the server, not of the machine.
        ("fsync", "off"),
        ("full_page_writes", "off"),
    ])
}

fn settings_as_args(settings: &[(&str, &str)]) -> Vec<String> {
    settings.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]).collect()
}
