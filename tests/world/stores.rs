//! The two pairs of stores, each begun as a copy of one that was migrated and seeded once per process.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use domain::Timestamp;
use redis::TypedCommands as _;
use server::config::{Config, Mode, Sources};
use tempfile::TempDir;
use testkit::{Database, FrozenClock, Postgres, Redis};

use super::seed::Seed;

/// Every world has the same root key, so that hashes of seeded secrets are good in each of them.
const ROOT_KEY: &str = "1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// Which pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// SQLite and the in-process store.
    Embedded,
    /// PostgreSQL and Redis.
    Shared,
}

/// A pair of stores of one world.
#[derive(Clone)]
pub(crate) struct Stores(Arc<Pair>);

struct Pair {
    kind: Kind,
    settings: Vec<String>,
    /// What the names of its keys in Redis start with.
    prefix: String,
    seed: Seed,
    database: Option<Database<'static>>,
    folder: TempDir,
}

impl Stores {
    /// Fresh ones.
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Embedded => Self::embedded(),
            Kind::Shared => Self::shared(postgres_copy(), Database::url, &redis().url()),
        }
    }

    /// PostgreSQL and Redis, reached by other addresses than their own.
    pub(crate) fn through(postgres: &str, redis: &str) -> Self {
        Self::shared(postgres_copy(), |database| database.url_at(postgres), &format!("redis://{redis}"))
    }

    /// On a PostgreSQL of its own, which the story may kill.
    pub(crate) fn on(postgres: &'static Postgres) -> Self {
        // One seed, because the server is this story's alone.
        let copy = copy_of_template(postgres, Box::leak(Box::default()));
        Self::shared(copy, Database::url, &redis().url())
    }

    fn embedded() -> Self {
        let (files, seed) = sqlite_template();
        let folder = folder();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("the folder is writable");
        }
        let (settings, prefix) = (vec![], String::new());
        Self(Arc::new(Pair { kind: Kind::Embedded, settings, prefix, seed: seed.clone(), database: None, folder }))
    }

    fn shared(
        (database, seed): (Database<'static>, Seed),
        database_url: impl FnOnce(&Database<'static>) -> String,
        redis_url: &str,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let prefix = format!("world-{}:", NEXT.fetch_add(1, Ordering::Relaxed));
        let settings = vec![
            format!("database.url={}", database_url(&database)),
            "database.connections=6".to_owned(),
            format!("redis.urls={redis_url}"),
            format!("redis.prefix={prefix}"),
            "redis.timeout=5s".to_owned(),
        ];
        let folder = folder();
        Self(Arc::new(Pair { kind: Kind::Shared, settings, prefix, seed, database: Some(database), folder }))
    }

    pub(super) fn seed(&self) -> Seed {
        self.0.seed.clone()
    }

    /// All that Redis holds of this world.
    pub(crate) fn redis_keeps(&self) -> Vec<(String, Vec<u8>)> {
        let mut redis = redis().connection();
        let keys: Vec<String> = redis.keys(format!("{}*", self.0.prefix)).expect("Redis answers");
        let kept = keys.into_iter().map(|key| {
            let dump = redis::cmd("DUMP").arg(&key).query(&mut redis).expect("Redis answers");
            (key, dump)
        });
        kept.collect()
    }

    /// As after a failover to a copy that lacks the last moments.
    pub(crate) fn redis_goes_back_to(kept: &[(String, Vec<u8>)]) {
        let mut redis = redis().connection();
        for (key, dump) in kept {
            let life = 60_000;
            let restore = redis::cmd("RESTORE").arg(key).arg(life).arg(dump).arg("REPLACE").exec(&mut redis);
            restore.expect("Redis takes back what it gave");
        }
    }

    /// The database of PostgreSQL.
    pub(crate) fn database(&self) -> &Database<'static> {
        self.0.database.as_ref().expect("only worlds on PostgreSQL are asked")
    }

    pub(crate) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The configuration of a replica over these stores.
    pub(super) fn config(&self, own: impl IntoIterator<Item = String>) -> Config {
        config(self.0.folder.path(), self.0.settings.iter().cloned().chain(own))
    }
}

impl fmt::Display for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            Kind::Embedded => "SQLite and the in-process store",
            Kind::Shared => "PostgreSQL and Redis",
        })
    }
}

/// The moment at which every world of this process begins: the machine's, because the databases forget log entries
/// by their own clocks.
#[expect(clippy::disallowed_methods, reason = "the frozen clock starts near the databases' own")]
pub(super) fn beginning() -> Timestamp {
    static BEGINNING: OnceLock<Timestamp> = OnceLock::new();
    *BEGINNING.get_or_init(|| {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).expect("the machine's clock is near the present"))
    })
}

/// The one Redis of this process; worlds differ by prefix.
pub(crate) fn redis() -> &'static Redis {
    static REDIS: OnceLock<Redis> = OnceLock::new();
    REDIS.get_or_init(Redis::start)
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("countersign-world-").tempdir().expect("a scratch folder can be made")
}

fn config(folder: &Path, further: impl IntoIterator<Item = String>) -> Config {
    let usual = [
        format!("data_directory={}", folder.display()),
        format!("root_keys={ROOT_KEY}"),
        "public_url=http://127.0.0.1:1".to_owned(),
        "mail.smtp_url=smtp://127.0.0.1:1".to_owned(),
        "mail.from=no-reply@id.example.com".to_owned(),
        "listen.management=127.0.0.1:0".to_owned(),
        "listen.workers=1".to_owned(),
        "freshness.poll=20ms".to_owned(),
        // A busy machine is no fault; stories about faults set what the product promises.
        "freshness.lease=10s".to_owned(),
        "database.timeout=5s".to_owned(),
        "shutdown.delay=0s".to_owned(),
        "shutdown.drain=0s".to_owned(),
    ];
    let flags = usual.into_iter().chain(further).collect();
    let sources = Sources { mode: Mode::Production, files: vec![], environment: vec![], flags };
    Config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"))
}

type Files = Vec<(String, Vec<u8>)>;

fn sqlite_template() -> &'static (Files, Seed) {
    static TEMPLATE: OnceLock<(Files, Seed)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = folder();
        let seed = plant(config(folder.path(), []));
        // The log of SQLite, where it is not yet part of the file.
        let names = ["countersign.sqlite", "countersign.sqlite-wal"].map(str::to_owned);
        let read = |name: String| Some((std::fs::read(folder.path().join(&name)).ok()?, name));
        (names.into_iter().filter_map(read).map(|(bytes, name)| (name, bytes)).collect(), seed)
    })
}

fn postgres_copy() -> (Database<'static>, Seed) {
    static SEED: OnceLock<Seed> = OnceLock::new();
    copy_of_template(Postgres::shared(), &SEED)
}

fn copy_of_template(postgres: &'static Postgres, seed: &'static OnceLock<Seed>) -> (Database<'static>, Seed) {
    let prepare = async |url: &str| {
        let flags = [format!("database.url={url}"), "single_replica=true".to_owned()];
        seed.get_or_init(|| plant(config(Path::new("."), flags)));
    };
    let copy = on_a_thread(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
        runtime.block_on(postgres.database_from("countersign", prepare))
    });
    (copy, seed.get().expect("the template is prepared before it is copied").clone())
}

/// Migrates and seeds a database. Its connections are closed when this returns.
fn plant(config: Config) -> Seed {
    on_a_thread(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        runtime.block_on(Seed::plant(&config, Arc::new(FrozenClock::at(beginning()))))
    })
}

/// A runtime may not be made or ended on a thread that drives another.
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(work).join().expect("the template can be made")
}
