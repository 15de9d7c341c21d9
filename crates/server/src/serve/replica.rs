//! One replica's parts, put together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use certificates::OperatorTrust;
use client_registry::Stores;
use domain::{Clock, Random};
use oauth_endpoints::{KnownMetadata, Mailer, Metrics, PageConfig, SignInLimits, State, Strangers, TrustedProxies};
use prometheus_client::registry::Registry as Meters;
use protocol::{Drafts, KeyRing, LastUsed, Limits, Protocol, Settings, SingleEntries, Verdicts, VerifiedTokens};
use storage::{
    AppliedLog, BrowserState, CachedRecords, Codes, Counters, InProcess, InProcessLimits, LearnTime, Observer, Units,
    WakeUp,
};
use storage_diesel::DieselStore;
use storage_redis::{RedisOptions, RedisStore};
use tokio::runtime::Handle;

use super::StartFault;
use super::activity_writer::ActivityQueue;
use super::database::open_database;
use super::expiry::{self, Expiries};
use super::gauges::{ServerCertificates, SigningKeyEnds};
use super::ringing_units::RingingUnits;
use super::store_meters::StoreMeters;
use crate::config::Config;
use crate::dev::Mailbox;
use crate::mail::{KeptMail, SmtpMail};
use crate::passwords::Passwords;
use crate::registry::{registry, root_keys};
use crate::system::{DatabaseClock, SystemChance};

/// Time and chance of a test, in place of the machine's.
#[derive(Default)]
pub struct Overrides {
    /// The present.
    pub clock: Option<Arc<dyn Clock>>,
    /// Chance.
    pub random: Option<Arc<dyn Random>>,
}

/// What a replica is made of.
pub struct Replica {
    /// What handlers work with.
    pub state: actix_web::web::Data<State>,
    /// Durable state.
    pub store: Arc<DieselStore>,
    pub(super) clock: Arc<DatabaseClock>,
    pub(super) bell: Arc<dyn WakeUp>,
    pub(super) activity: Arc<ActivityQueue>,
    pub(super) expiries: Expiries,
    pub(super) meters: Meters,
    pub(super) key_ends: SigningKeyEnds,
    /// What its listeners show to clients.
    pub(super) certificates: ServerCertificates,
    /// Where stores and background run.
    pub(super) runtime: Handle,
    /// Mails that are not sent, in development.
    pub mailbox: Arc<Mailbox>,
    /// Whose word on certificates the operator takes.
    pub trust: OperatorTrust,
    /// How long requests may take when it ends.
    pub(super) drain: Duration,
    ready: AtomicBool,
}

struct Volatile {
    codes: Arc<dyn Codes>,
    browser: Arc<dyn BrowserState>,
    counters: Arc<dyn Counters>,
    bell: Arc<dyn WakeUp>,
}

impl Replica {
    pub(super) async fn open(config: &Config, overrides: Overrides) -> Result<Self, StartFault> {
        let machine_clock = Arc::new(DatabaseClock::default());
        let clock: Arc<dyn Clock> = overrides.clock.unwrap_or_else(|| Arc::clone(&machine_clock) as _);
        let random: Arc<dyn Random> = overrides.random.unwrap_or_else(|| Arc::new(SystemChance::default()));
        let roots = Arc::new(root_keys(config, &*random)?);
        let mut meters = Meters::default();
        let observer: Arc<dyn Observer> = Arc::new(StoreMeters::registered(&mut meters));
        let store = open_database(config, Arc::clone(&observer)).await?;
        let volatile = open_volatile(config, &clock, observer).await?;
        let time = Arc::clone(&machine_clock) as Arc<dyn LearnTime>;
        let log = Arc::new(AppliedLog::new(Arc::clone(&store) as _, time, config.freshness.lease));
        let units: Arc<dyn Units> =
            Arc::new(RingingUnits { units: Arc::clone(&store) as _, bell: Arc::clone(&volatile.bell) });
        let trust = OperatorTrust::default();
        trust.replace(&config.mtls.trust.read()?);
        let metrics = Metrics::registered(&mut meters);
        let passwords = Passwords::new(config.limits.password_hashes);
        passwords.register(&mut meters);
        let activity = Arc::new(ActivityQueue::new());
        let looked_at = expiry::Stores {
            directory: Arc::clone(&store) as _,
            trail: Arc::clone(&store) as _,
            claims: Arc::clone(&volatile.browser),
        };
        let expiries = Expiries::registered(looked_at, Arc::clone(&clock), &mut meters);
        let protocol = Protocol {
            records: CachedRecords::new(Arc::clone(&store) as _, Arc::clone(&log), config.limits.cached_records),
            log,
            connections: Arc::clone(&store) as _,
            units: Arc::clone(&units),
            directory: Arc::clone(&store) as _,
            codes: volatile.codes,
            root_keys: Arc::clone(&roots),
            key_ring: Arc::new(KeyRing::new(config.lifetimes.jwks_cache)),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            settings: settings(config),
            last_used: LastUsed::default(),
            drafts: Drafts::default(),
            verified: VerifiedTokens::new(config.limits.cached_records),
            single_entries: SingleEntries::default(),
            trust: trust.clone(),
            verdicts: Verdicts::new(config.limits.cached_records),
            limits: Limits::new(
                rate(config.rates.token_per_key_and_minute),
                rate(config.rates.token_per_environment_and_minute),
                rate(config.rates.legacy_per_key_and_minute),
            ),
        };
        let stores = Stores {
            units,
            directory: Arc::clone(&store) as _,
            connections: Arc::clone(&store) as _,
            activity: Arc::clone(&store) as _,
        };
        let registry = registry(config, stores, roots, Arc::clone(&clock), Arc::clone(&random));
        let mailbox = Arc::new(Mailbox::default());
        let proxies = config.listen.trusted_proxies.clone();
        let state = State {
            protocol: Arc::new(protocol),
            registry,
            browser: volatile.browser,
            counters: volatile.counters,
            activity: Arc::clone(&activity) as _,
            metrics,
            mailer: mailer(config, &mailbox, &clock)?,
            passwords: Arc::new(passwords),
            pages: pages(config),
            metadata: KnownMetadata::default(),
            strangers: Strangers::new(rate(config.rates.refused_clients_per_address_and_minute)),
            operator: "Countersign".to_owned(),
            proxies: TrustedProxies::new(move |address| proxies.iter().any(|network| network.contains(address))),
        };
        Ok(Self {
            state: actix_web::web::Data::new(state),
            store,
            clock: machine_clock,
            bell: volatile.bell,
            activity,
            expiries,
            meters,
            key_ends: SigningKeyEnds::default(),
            certificates: ServerCertificates::default(),
            runtime: Handle::current(),
            mailbox,
            trust,
            drain: config.shutdown.drain,
            ready: AtomicBool::new(false),
        })
    }

    pub(super) fn started(&self) {
        self.ready.store(true, Ordering::Release);
    }

    pub(super) fn no_longer_ready(&self) {
        self.ready.store(false, Ordering::Release);
    }

    /// Whether it has started and is not being drained.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
}

async fn open_volatile(
    config: &Config,
    clock: &Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
) -> Result<Volatile, StartFault> {
    let Some(redis) = &config.redis else {
        let store = Arc::new(InProcess::new(Arc::clone(clock), InProcessLimits::default()));
        return Ok(Volatile {
            codes: Arc::clone(&store) as _,
            browser: Arc::clone(&store) as _,
            counters: Arc::clone(&store) as _,
            bell: store,
        });
    };
    let urls: Vec<String> = redis.urls.iter().map(|url| url.expose().to_owned()).collect();
    let options = RedisOptions {
        prefix: redis.prefix.clone(),
        bound: redis.timeout,
        observer: Some(observer),
        ..RedisOptions::default()
    };
    let store = RedisStore::connect_or_wait(&urls, options).await?;
    Ok(Volatile {
        codes: Arc::clone(&store) as _,
        browser: Arc::clone(&store) as _,
        counters: Arc::clone(&store) as _,
        bell: store,
    })
}

fn mailer(config: &Config, mailbox: &Arc<Mailbox>, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Mailer>, StartFault> {
    Ok(match &config.mail {
        Some(mail) => Arc::new(SmtpMail::new(mail)?),
        None => Arc::new(KeptMail { mailbox: Arc::clone(mailbox), clock: Arc::clone(clock) }),
    })
}

fn pages(config: &Config) -> PageConfig {
    let (lifetimes, limits, rates) = (&config.lifetimes, &config.limits, &config.rates);
    PageConfig {
        secure: config.public_url.scheme() == "https",
        session: lifetimes.browser_session,
        session_idle: lifetimes.browser_session_idle,
        step_up: lifetimes.step_up,
        transaction: lifetimes.authorize_transaction,
        mailed_code: lifetimes.mailed_code,
        sign_in: SignInLimits {
            from_prefix_a_minute: rates.sign_ins_per_address_and_minute.into(),
            for_address: rates.sign_ins_per_account_and_ten_minutes.into(),
            pause: Duration::from_secs(600),
            failures_in_a_row: limits.failed_sign_ins,
            code_tries: limits.mailed_code_tries.into(),
            codes_an_hour: limits.mailed_codes_per_hour.into(),
            ..SignInLimits::default()
        },
        requests_a_minute: rates.authorize_per_address_and_minute.into(),
    }
}

fn settings(config: &Config) -> Settings {
    let (lifetimes, limits) = (&config.lifetimes, &config.limits);
    Settings {
        mtls_public_url: config.mtls_public_url(),
        public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
        code: lifetimes.code,
        access_token: lifetimes.access_token,
        connection_idle: lifetimes.connection_idle,
        connection_absolute: lifetimes.connection_absolute,
        generated_token: lifetimes.generated_token,
        longest_generated_token: lifetimes.longest_generated_token,
        connections_per_user_and_key: limits.connections_per_user_and_key,
        refresh_grace: lifetimes.refresh_grace,
        refresh_grace_public: lifetimes.refresh_grace_public,
        refresh_repeats: limits.refresh_repeats,
        jwks_cache: lifetimes.jwks_cache,
        state_length: limits.state_characters,
        workspaces_in_token: limits.workspaces_in_token,
        workspaces_in_answer: limits.workspaces_in_answer,
        users_of_unverified_app: limits.users_of_unverified_app,
    }
}

fn rate(per_minute: u32) -> NonZeroU32 {
    NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN)
}
