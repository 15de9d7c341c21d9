//! What commands work with: the opened database and the registry over it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use client_registry::{Authority, Initiator, Registry, Stores};
use domain::{Clock as _, Position, Timestamp};
use protocol::RootKeys;
use storage::{LearnTime as _, RevocationLog as _};
use storage_diesel::DieselStore;

use super::failure::Failure;
use crate::config::Config;
use crate::registry::{database, registry, root_keys};
use crate::system::{DatabaseClock, SystemChance};

/// The opened database and the registry over it.
pub(super) struct Opened {
    pub(super) config: Config,
    pub(super) store: Arc<DieselStore>,
    pub(super) registry: Registry,
    pub(super) roots: Arc<RootKeys>,
    pub(super) random: Arc<SystemChance>,
    clock: Arc<DatabaseClock>,
    /// Who acts here.
    pub(super) operator: Initiator,
    /// In whose name: the operator may do everything.
    pub(super) authority: Authority,
}

impl Opened {
    pub(super) async fn open(config: Config) -> Result<Self, Failure> {
        let random = Arc::new(SystemChance::default());
        let roots = Arc::new(root_keys(&config, &*random)?);
        let (url, mut options) = database(&config.database);
        // Nobody waits behind a command: it has more patience than a request.
        options.wait = options.wait.max(Duration::from_secs(5));
        let store = DieselStore::connect(&url, options).await?;
        // Entries are kept until a moment of the database's time, so that is the time to reckon with.
        let clock = Arc::new(DatabaseClock::default());
        let asked = Instant::now();
        let page = store.read_after(Position(i64::MAX), 1).await?;
        clock.learn(page.now, asked.elapsed());
        let stores = Stores {
            units: store.clone(),
            directory: store.clone(),
            connections: store.clone(),
            activity: store.clone(),
        };
        let registry = registry(&config, stores, roots.clone(), clock.clone(), random.clone());
        let (operator, authority) = (Initiator::operator(), Authority::operator());
        Ok(Self { config, store, registry, roots, random, clock, operator, authority })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
