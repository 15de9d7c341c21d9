//! What every store must do, as tests that a store's own tests call: [`ephemeral::run_all`] for what may be lost,
//! [`durable::run_all`] for what may not.
//!
//! Every function is one sentence about stores and panics when the given store does not keep it. Each draws ids of its
//! own, so that the functions can share one store and run side by side.

pub mod activity;
pub mod certificates;
pub mod connections;
pub mod developers_view;
pub mod directory;
pub mod durable;
pub mod ending;
pub mod ephemeral;
pub mod fixtures;
pub mod invitations;
pub mod log;
pub mod opening;
pub mod overview;
pub mod records;
pub mod rotation;
pub mod signing_keys;
pub mod sweeping;
pub mod teams;
pub mod units;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Position, Timestamp};

use crate::{
    ActivityLog, BrowserState, Codes, Connections, Counters, Directory, Records, RevocationLog, SigningKeys, Units,
    WakeUp,
};

/// How long something that must happen may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many tasks do the same thing at once where only one may win.
const CROWD: usize = 50;

/// A store of what may not be lost.
#[derive(Clone)]
pub struct Durable {
    /// Commits units.
    pub units: Arc<dyn Units>,
    /// Opens, rotates, touches and sweeps connections.
    pub connections: Arc<dyn Connections>,
    /// Reads for the request path.
    pub records: Arc<dyn Records>,
    /// Reads the log.
    pub log: Arc<dyn RevocationLog>,
    /// Reads for people.
    pub directory: Arc<dyn Directory>,
    /// Reads signing keys.
    pub signing_keys: Arc<dyn SigningKeys>,
    /// Appends and reads activity and audit.
    pub activity: Arc<dyn ActivityLog>,
}

impl Durable {
    /// The log's head and the database's time.
    async fn head(&self) -> (Position, Timestamp) {
        let page = self.log.read_after(Position(0), 1).await.expect("the log can be read");
        (page.head, page.now)
    }
}

/// A store of what may be lost.
#[derive(Clone)]
pub struct Ephemeral {
    /// Keeps codes.
    pub codes: Arc<dyn Codes>,
    /// Keeps browser state.
    pub browser: Arc<dyn BrowserState>,
    /// Counts.
    pub counters: Arc<dyn Counters>,
    /// Wakes readers.
    pub wake_up: Arc<dyn WakeUp>,
    /// How time passes for it.
    pub passage: Arc<dyn Passage>,
}

/// How time passes for a store: a clock of the test is moved, a store with a clock of its own is waited for.
#[async_trait]
pub trait Passage: Send + Sync {
    /// Returns when `time` has passed.
    async fn pass(&self, time: Duration);
}

/// The passage of time for a store with a clock of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealTime;

#[async_trait]
impl Passage for RealTime {
    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// Runs each function in a task of its own, and fails once at the end with the names of those that failed.
macro_rules! run_each {
    ($store:expr; $($test:path),+ $(,)?) => {{
        let mut failed: Vec<&str> = Vec::new();
        $(
            let store = $store.clone();
            if tokio::spawn(async move { $test(&store).await }).await.is_err() {
                failed.push(stringify!($test));
            }
        )+
        assert!(failed.is_empty(), "the store does not keep the contract: {failed:#?}");
    }};
}
use run_each;

/// Does `what` in [`CROWD`] tasks at once and gives all that they returned.
async fn all_at_once<T, F>(what: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(tokio::sync::Barrier::new(CROWD));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..CROWD {
        let (start, doing) = (start.clone(), what(number));
        tasks.spawn(async move {
            start.wait().await;
            doing.await
        });
    }
    tasks.join_all().await
}

/// How many of `all` are `wanted`.
fn count<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| wanted(one)).count()
}
