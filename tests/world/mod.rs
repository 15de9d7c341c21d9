//! A world of its own for each test: one or two running replicas over fresh stores, a clock that stands still, and
//! personas who speak HTTP.
//!
//! [`in_both_worlds`] tells a story twice: on SQLite with the in-process store, and on PostgreSQL with Redis.

mod answer;
mod client;
mod person;
mod seed;
mod stores;
mod tls;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use client_registry::{Initiator, Registry};
use domain::Position;
use reqwest::Method;
use server::config::Config;
use server::serve::{Addresses, Overrides, Replica, Running, start};
use testkit::{FrozenClock, Port, http_client};
use tokio::runtime::Runtime;

pub(crate) use answer::{Answer, Tokens, part_of_jwt};
pub(crate) use client::{Client, basic};
pub(crate) use person::{Code, Person, challenge};
pub(crate) use seed::{
    Card, CustomerCard, Seed, card, create_app, create_customer, create_environment, create_workspaces, draft,
    environment, join,
};
pub(crate) use stores::{Kind, Stores, redis};
pub(crate) use tls::{over_mutual_tls, over_mutual_tls_on_two_replicas};

/// How soon every replica acts on a revocation (promise S10).
pub(crate) const PROMISE: Duration = Duration::from_secs(1);

/// Replicas with all that surrounds them.
pub(crate) struct World {
    /// The present of every replica.
    pub(crate) clock: Arc<FrozenClock>,
    /// What was registered before the story began.
    pub(crate) seed: Seed,
    pub(crate) http: reqwest::Client,
    pub(crate) stores: Stores,
    replicas: Vec<Started>,
}

struct Started {
    running: Running,
    config: Config,
    port: Port,
}

/// Tells the story on both pairs of stores.
pub(crate) fn in_both_worlds(story: impl AsyncFn(&World)) {
    in_both_worlds_with(&[], story);
}

/// As [`in_both_worlds`], under these settings beside the usual ones.
pub(crate) fn in_both_worlds_with(settings: &[&str], story: impl AsyncFn(&World)) {
    for kind in [Kind::Embedded, Kind::Shared] {
        tell(&Stores::new(kind), settings, 1, &story);
    }
}

/// Tells the story on PostgreSQL and Redis alone.
pub(crate) fn on_shared_stores(story: impl AsyncFn(&World)) {
    tell(&Stores::new(Kind::Shared), &[], 1, &story);
}

/// The bounds that the product promises by default, in place of those of a busy machine.
pub(crate) const DEFAULT_BOUNDS: [&str; 4] =
    ["freshness.poll=250ms", "freshness.lease=1s", "database.timeout=500ms", "redis.timeout=500ms"];

/// Tells the story to two replicas over one PostgreSQL and one Redis. The log is followed at its default pace.
pub(crate) fn on_two_replicas(story: impl AsyncFn(&World)) {
    tell(&Stores::new(Kind::Shared), &["freshness.poll=250ms"], 2, &story);
}

/// Tells the story to one replica over these stores.
pub(crate) fn on_stores(stores: &Stores, settings: &[&str], story: impl AsyncFn(&World)) {
    tell(stores, settings, 1, &story);
}

#[expect(clippy::print_stderr, reason = "the test's reader must know in which world it failed")]
fn tell(stores: &Stores, settings: &[&str], replicas: usize, story: &impl AsyncFn(&World)) {
    eprintln!("on {stores}:");
    let runtime = runtime();
    runtime.block_on(async {
        let world = World::start(stores.clone(), settings, replicas).await;
        story(&world).await;
        // Ends beside the next story.
        runtime.spawn(world.end());
    });
}

/// The one runtime of this process: replicas end on it after their tests.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime can be made")
    })
}

impl World {
    async fn start(stores: Stores, settings: &[&str], count: usize) -> Self {
        let clock = Arc::new(FrozenClock::at(stores::beginning()));
        let ports: Vec<Port> = (0..count).map(|_| Port::claim()).collect();
        let public = ports.first().expect("a world has a replica").number();
        let mut replicas = Vec::with_capacity(count);
        for port in ports {
            let own =
                [format!("public_url=http://127.0.0.1:{public}"), format!("listen.http=127.0.0.1:{}", port.number())];
            let own = own.into_iter().chain(settings.iter().map(|setting| (*setting).to_owned()));
            let config = stores.config(own);
            let overrides = Overrides { clock: Some(Arc::clone(&clock) as _), random: None };
            let running = start(&config, overrides).await.unwrap_or_else(|fault| panic!("{fault}"));
            replicas.push(Started { running, config, port });
        }
        let http = http_client(&[]).build().expect("the client needs nothing of the machine");
        Self { clock, seed: stores.seed(), http, stores, replicas }
    }

    /// Another replica over the same stores, started now, with the same issuer.
    pub(crate) async fn started_later(&self) -> Self {
        let issuer = format!("public_url={}", self.issuer(""));
        Self::start(self.stores.clone(), &[&issuer], 1).await
    }

    /// Ends its replicas.
    pub(crate) async fn end(self) {
        let Self { http, replicas, stores, .. } = self;
        drop(http);
        for Started { running, config, port } in replicas {
            running.stop(&config).await;
            drop(port);
        }
        // Drops a database with a program of PostgreSQL's.
        let _ = tokio::task::spawn_blocking(move || drop(stores)).await;
    }

    /// One replica's parts.
    pub(crate) fn replica(&self, number: usize) -> &Replica {
        &self.started(number).running.replica
    }

    fn started(&self, number: usize) -> &Started {
        self.replicas.get(number).expect("the world has that many replicas")
    }

    /// What operators and developers do.
    pub(crate) fn registry(&self) -> &Registry {
        &self.replica(0).state.registry
    }

    /// A URL of a replica.
    pub(crate) fn url(&self, replica: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.started(replica).port.number())
    }

    /// Where the first replica listens.
    pub(crate) fn addresses(&self) -> Addresses {
        self.started(0).running.addresses
    }

    /// A URL of the first replica's management listener.
    pub(crate) fn management_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.started(0).running.addresses.management)
    }

    /// Where the first replica listens for clients with certificates.
    pub(crate) fn mutual_tls(&self) -> SocketAddr {
        self.started(0).running.addresses.mutual_tls.expect("the story set mtls.listen")
    }

    /// The issuer of an environment, by its prefix.
    pub(crate) fn issuer(&self, prefix: &str) -> String {
        self.url(0, prefix)
    }

    /// Anybody's GET at the first replica.
    pub(crate) async fn gets(&self, path: &str) -> Answer {
        self.sends(Method::GET, path).await
    }

    /// Anybody's request without a body.
    pub(crate) async fn sends(&self, method: Method, path: &str) -> Answer {
        Answer::to(self.http.request(method, self.url(0, path))).await
    }

    /// Moves time on.
    pub(crate) fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Waits until every replica has applied all that the log holds; returns how long that took.
    pub(crate) async fn knows(&self) -> Duration {
        let began = Instant::now();
        let head = self.replica(0).state.protocol.log.read().await.expect("the database answers");
        for number in 0..self.replicas.len() {
            self.replica_knows(number, head, began).await;
        }
        began.elapsed()
    }

    async fn replica_knows(&self, number: usize, head: Position, began: Instant) {
        while self.replica(number).state.protocol.log.position() < head {
            assert!(began.elapsed() < 5 * PROMISE, "replica {number} did not follow the log to {head:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Has the first replica write now what it writes in batches: activity and last-used moments.
    pub(crate) async fn writes_what_waits(&self) {
        self.started(0).running.write_what_waits().await;
    }

    /// An admin of Acme and of Globex.
    pub(crate) fn alice(&self) -> Person<'_> {
        Person::new(self, self.seed.alice, self.seed.acme.clone())
    }

    /// A connector of Acme's workspaces Marketing and Sales.
    pub(crate) fn bob(&self) -> Person<'_> {
        Person::new(self, self.seed.bob, self.seed.acme.clone())
    }

    /// An admin of Globex alone.
    pub(crate) fn dave(&self) -> Person<'_> {
        Person::new(self, self.seed.dave, self.seed.globex.clone())
    }

    /// An admin of Initech, in the environment prod2.
    pub(crate) fn carol(&self) -> Person<'_> {
        Person::new(self, self.seed.carol, self.seed.initech.clone())
    }

    /// A web app with a secret, for the default environment and prod2, with client credentials on.
    pub(crate) fn report_bot(&self) -> Client<'_> {
        Client::new(self, self.seed.report_bot.clone())
    }

    /// Another web app with a secret, for the default environment alone, with client credentials off.
    pub(crate) fn other_bot(&self) -> Client<'_> {
        Client::new(self, self.seed.other_bot.clone())
    }

    /// A native app's public key.
    pub(crate) fn pocket(&self) -> Client<'_> {
        Client::new(self, self.seed.pocket.clone())
    }

    /// The default API of an environment, with a credential of its own.
    pub(crate) async fn api_of(&self, place: &str) -> Client<'_> {
        let place = environment(place);
        let apis = self.replica(0).state.protocol.directory.apis(&place).await.expect("the database answers");
        let api = apis.first().expect("every environment has a default API").id;
        let made = self.registry().add_api_credential(&operator(), api).await.expect("the API is there");
        self.knows().await;
        self.report_bot().named(api.to_string()).with_secret(made.text.reveal()).at(&place.prefix())
    }

    /// A client with a key that the story made.
    pub(crate) fn client(&self, card: Card) -> Client<'_> {
        Client::new(self, card)
    }
}

/// Who changes what is registered, in these stories.
pub(crate) fn operator() -> Initiator {
    Initiator::operator()
}
