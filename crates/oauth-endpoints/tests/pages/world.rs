//! One server with a customer, a second one, people and an app.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certificates::OperatorTrust;
use client_registry::{
    AppDraft, ConnectionRequestDraft, CustomerDraft, EnvironmentDraft, Initiator, KeyDraft, OPERATOR_TEAM, Policy,
    Registry, SecretHasher, Stores, UserDraft,
};
use domain::{
    Activity, ApiSecretText, ApplicationKind, Clock, CustomerId, EnvironmentName, KeyKind, Membership, Publisher,
    Random, Role, RootKeyId, ScopeWords, Timestamp, UserId, UserKind, WorkspaceId,
};
use oauth_endpoints::pages::{ApprovalMail, InvitationMail, SignInMail};
use oauth_endpoints::{
    ActivitySink, KnownMetadata, MailFailure, Mailer, Metrics, NotHashed, PageConfig, Passwords, PasswordsBusy,
    SignInLimits, State, Strangers, TrustedProxies,
};
use protocol::{
    Drafts, KeyRing, LastUsed, Limits, Protocol, RootKey, RootKeys, Settings, SingleEntries, Verdicts, VerifiedTokens,
};
use storage::{
    ActivityLog as _, AppliedLog, CachedRecords, InProcess, InProcessLimits, LearnTime, Observer, Operation, Outcome,
};
use storage_diesel::{DieselStore, Options, migrate};
use testkit::{FrozenClock, SeededRandom};

pub(crate) const CALLBACK: &str = "https://app.reportbot.com/cb?tenant=7";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What mails were handed over.
#[derive(Default)]
pub(crate) struct Outbox {
    /// To whom, the code, and where to say that one did not ask for it.
    pub(crate) mails: Mutex<Vec<(String, String, String)>>,
    /// Invitations: to whom, and what it says.
    pub(crate) invitations: Mutex<Vec<(String, InvitationMail)>>,
    pub(crate) refuses: Mutex<bool>,
}

#[async_trait::async_trait]
impl Mailer for Outbox {
    async fn send_code(&self, to: &str, mail: &SignInMail) -> Result<(), MailFailure> {
        if *self.refuses.lock().unwrap() {
            return Err(MailFailure("refused".into()));
        }
        self.mails.lock().unwrap().push((to.to_owned(), mail.code.clone(), mail.not_me_url.clone()));
        Ok(())
    }

    async fn send_approval(&self, to: &str, mail: &ApprovalMail) -> Result<(), MailFailure> {
        if *self.refuses.lock().unwrap() {
            return Err(MailFailure("refused".into()));
        }
        self.mails.lock().unwrap().push((to.to_owned(), mail.code.clone(), mail.text()));
        Ok(())
    }

    async fn send_invitation(&self, to: &str, mail: &InvitationMail) -> Result<(), MailFailure> {
        if *self.refuses.lock().unwrap() {
            return Err(MailFailure("refused".into()));
        }
        self.invitations.lock().unwrap().push((to.to_owned(), mail.clone()));
        Ok(())
    }
}

/// Passwords without the slow hash; counts how often it was asked.
#[derive(Default)]
pub(crate) struct PlainPasswords(pub(crate) Mutex<Vec<bool>>);

#[async_trait::async_trait]
impl Passwords for PlainPasswords {
    async fn verify(&self, hash: Option<String>, password: String) -> Result<bool, PasswordsBusy> {
        self.0.lock().unwrap().push(hash.is_some());
        Ok(hash == Some(format!("plain:{password}")))
    }

    async fn hash(&self, password: String, _: &dyn Random) -> Result<String, NotHashed> {
        let fits = password.chars().count() >= 8;
        if fits { Ok(format!("plain:{password}")) } else { Err(NotHashed::Unfit("a password has 8 characters".into())) }
    }
}

#[derive(Default)]
pub(crate) struct Noted(pub(crate) Mutex<Vec<Activity>>);

impl ActivitySink for Noted {
    fn note(&self, activity: Activity) {
        self.0.lock().unwrap().push(activity);
    }
}

/// What the store was asked.
#[derive(Debug, Default)]
pub(crate) struct Operations(pub(crate) Mutex<Vec<&'static str>>);

impl Observer for Operations {
    fn operated(&self, operation: Operation) {
        self.0.lock().unwrap().push(operation.name);
    }

    fn audited(&self, _: usize, _: Outcome) {}
}

struct NoTime;

impl LearnTime for NoTime {
    fn learn(&self, _: Timestamp, _: Duration) {}
}

struct Pepper(Arc<RootKeys>);

impl SecretHasher for Pepper {
    fn hash(&self, secret: &ApiSecretText) -> (RootKeyId, [u8; 32]) {
        let newest = self.0.newest();
        (newest, self.0.secret_hash(newest, secret).unwrap())
    }
}

pub(crate) struct World {
    pub(crate) state: actix_web::web::Data<State>,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) passwords: Arc<PlainPasswords>,
    pub(crate) noted: Arc<Noted>,
    pub(crate) client_id: String,
    pub(crate) ana: UserId,
    pub(crate) robot: UserId,
    pub(crate) acme: CustomerId,
    pub(crate) emea: WorkspaceId,
    pub(crate) apac: WorkspaceId,
    pub(crate) globex_main: WorkspaceId,
    pub(crate) store: Arc<DieselStore>,
    pub(crate) operations: Arc<Operations>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_lease(Duration::from_secs(3600)).await
    }

    /// A server that may answer for `lease` after it has read the revocation log.
    pub(crate) async fn with_lease(lease: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("world.db").display());
        Self::over(&url, lease, folder).await
    }

    /// The same over an empty database, which may be in this folder.
    pub(crate) async fn over(url: &str, lease: Duration, folder: tempfile::TempDir) -> Self {
        let operations = Arc::new(Operations::default());
        let observer = Some(Arc::clone(&operations) as Arc<dyn Observer>);
        let options = Options { wait: Duration::from_secs(10), observer, ..Options::default() };
        migrate(url, &options).await.unwrap();
        let store = DieselStore::connect(url, options).await.unwrap();
        let clock = Arc::new(FrozenClock::at(Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::seeded(7));
        let roots = Arc::new(RootKeys::new(&[RootKey { id: RootKeyId(1), bytes: [7; 32].into() }]).unwrap());
        let volatile = Arc::new(InProcess::new(clock.clone(), InProcessLimits::default()));
        let log = Arc::new(AppliedLog::new(store.clone(), Arc::new(NoTime), lease));
        tokio::spawn(log.clone().follow(volatile.clone(), Duration::from_millis(250)));
        let stores = Stores {
            units: store.clone(),
            directory: store.clone(),
            connections: store.clone(),
            activity: store.clone(),
        };
        let hasher = Arc::new(Pepper(roots.clone()));
        let registry = Registry::new(stores, clock.clone(), random.clone(), hasher, Policy::default());
        let people = populate(&registry).await;
        log.read().await.unwrap();
        let protocol = protocol(&store, &volatile, log, (clock.clone(), random, roots));
        let (outbox, passwords, noted) = (Arc::default(), Arc::default(), Arc::default());
        let state = actix_web::web::Data::new(State {
            protocol: Arc::new(protocol),
            registry,
            browser: volatile.clone(),
            counters: volatile,
            activity: Arc::clone(&noted) as _,
            metrics: Metrics::registered(&mut prometheus_client::registry::Registry::default()),
            mailer: Arc::clone(&outbox) as _,
            passwords: Arc::clone(&passwords) as _,
            pages: PageConfig {
                sign_in: SignInLimits { refusal_step: Duration::ZERO, ..SignInLimits::default() },
                ..PageConfig::default()
            },
            metadata: KnownMetadata::default(),
            strangers: Strangers::new(NonZeroU32::MAX),
            operator: "Northwind".into(),
            proxies: TrustedProxies::new(|_| false),
        });
        let Populated { client_id, ana, robot, acme, emea, apac, globex_main } = people;
        Self {
            state,
            clock,
            outbox,
            passwords,
            noted,
            client_id,
            ana,
            robot,
            acme,
            emea,
            apac,
            globex_main,
            store,
            operations,
            _folder: folder,
        }
    }

    /// The path of an ordinary request of the app.
    pub(crate) fn authorize_path(&self) -> String {
        self.authorize_with("")
    }

    /// The same with more at its end.
    pub(crate) fn authorize_with(&self, more: &str) -> String {
        let callback: String = form_urlencoded::byte_serialize(CALLBACK.as_bytes()).collect();
        format!(
            "/oauth/authorize?response_type=code&client_id={}&redirect_uri={callback}&state=s%20t&scope=read\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
            self.client_id
        )
    }

    /// The code that was mailed last.
    pub(crate) fn mailed_code(&self) -> String {
        self.outbox.mails.lock().unwrap().last().expect("a mail was sent").1.clone()
    }

    /// What the audit trail says was done to `user`, newest first.
    pub(crate) async fn audited(&self, user: UserId) -> Vec<String> {
        let rows = self.store.audit(Some(&user.to_string()), 20).await.unwrap();
        rows.into_iter().map(|row| row.action).collect()
    }

    /// The reasons of all refusals that were noted.
    pub(crate) fn refusals(&self) -> Vec<&'static str> {
        let noted = self.noted.0.lock().unwrap();
        noted.iter().filter_map(|activity| activity.refusal.map(domain::Reason::code)).collect()
    }

    /// A request for an unattended connection at Acme; its link.
    pub(crate) async fn unattended_link(&self) -> String {
        let draft = ConnectionRequestDraft {
            key: self.client_id.parse().unwrap(),
            customer: self.acme,
            scopes: "read".parse().unwrap(),
        };
        let request = self.state.registry.request_connection(&Initiator::operator(), draft).await.unwrap();
        format!("/ui/oauth/unattended/{}", request.id)
    }
}

fn protocol(
    store: &Arc<DieselStore>,
    volatile: &Arc<InProcess>,
    log: Arc<AppliedLog>,
    (clock, random, root_keys): (Arc<FrozenClock>, Arc<dyn Random>, Arc<RootKeys>),
) -> Protocol {
    let minute = Duration::from_secs(60);
    Protocol {
        records: CachedRecords::new(store.clone(), log.clone(), 100),
        log,
        connections: store.clone(),
        units: store.clone(),
        directory: store.clone(),
        codes: volatile.clone(),
        root_keys,
        key_ring: Arc::new(KeyRing::new(minute)),
        clock: clock as Arc<dyn Clock>,
        random,
        settings: Settings {
            mtls_public_url: None,
            public_url: "https://login.example".into(),
            code: minute,
            access_token: 60 * minute,
            connection_idle: 90 * 24 * 60 * minute,
            connection_absolute: 365 * 24 * 60 * minute,
            generated_token: 24 * 60 * minute,
            longest_generated_token: 90 * 24 * 60 * minute,
            connections_per_user_and_key: 20,
            refresh_grace: minute,
            refresh_grace_public: minute,
            refresh_repeats: 3,
            jwks_cache: 5 * minute,
            state_length: 4096,
            workspaces_in_token: 20,
            workspaces_in_answer: 100,
            users_of_unverified_app: 25,
        },
        last_used: LastUsed::default(),
        drafts: Drafts::default(),
        verified: VerifiedTokens::new(100),
        single_entries: SingleEntries::default(),
        trust: OperatorTrust::default(),
        verdicts: Verdicts::new(100),
        limits: Limits::new(NonZeroU32::MAX, NonZeroU32::MAX, NonZeroU32::MAX),
    }
}

struct Populated {
    client_id: String,
    ana: UserId,
    robot: UserId,
    acme: CustomerId,
    emea: WorkspaceId,
    apac: WorkspaceId,
    globex_main: WorkspaceId,
}

async fn populate(registry: &Registry) -> Populated {
    let by = Initiator::operator();
    let default = EnvironmentName::default_environment();
    let environment = EnvironmentDraft {
        name: default.clone(),
        display_name: "Production".into(),
        api_base_url: "https://api.example".into(),
        scopes: vec![ScopeWords { scope: "read".parse().unwrap(), words: "See the reports".into() }],
    };
    registry.create_environment(&by, environment).await.unwrap();
    let customer = |name: &str| CustomerDraft { environment: default.clone(), name: name.into() };
    let acme = registry.create_customer(&by, customer("Acme")).await.unwrap().id;
    let globex = registry.create_customer(&by, customer("Globex")).await.unwrap().id;
    let emea = registry.create_workspace(&by, acme, "EMEA").await.unwrap().id;
    let apac = registry.create_workspace(&by, acme, "APAC").await.unwrap().id;
    let globex_main = registry.create_workspace(&by, globex, "Main").await.unwrap().id;
    let ana = user(registry, "ana@acme.example", UserKind::Person).await;
    let ben = user(registry, "ben@acme.example", UserKind::Person).await;
    let robot = user(registry, "robot@acme.example", UserKind::Service).await;
    for (user, customer, role, workspaces) in [
        (ana, acme, Role::Admin, vec![]),
        (ana, globex, Role::Admin, vec![]),
        (ben, acme, Role::Connector, vec![apac]),
        (robot, acme, Role::Admin, vec![]),
    ] {
        registry.set_membership(&by, Membership { user, customer, role, workspaces }).await.unwrap();
    }
    let app = AppDraft {
        team: OPERATOR_TEAM,
        name: "Report Bot".into(),
        description: "Report Bot sends a report every morning".into(),
        publisher: Publisher { name: "Bots Inc".into(), verified: true },
        support_email: Some("help@reportbot.example".into()),
        homepage_url: None,
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec![CALLBACK.into()],
        client_credentials: true,
        environments: vec![default],
        scopes: "read".parse().unwrap(),
    };
    let app = registry.create_app(&by, app).await.unwrap();
    let key = KeyDraft { app: app.id, label: "k".into(), kind: KeyKind::Secret, environments: None, expires_at: None };
    let client_id = registry.create_key(&by, key).await.unwrap().key.id.to_string();
    Populated { client_id, ana, robot, acme, emea, apac, globex_main }
}

async fn user(registry: &Registry, email: &str, kind: UserKind) -> UserId {
    let password_hash = (kind == UserKind::Person).then(|| format!("plain:{PASSWORD}"));
    let draft = UserDraft { email: email.into(), name: email.into(), kind, password_hash };
    registry.create_user(&Initiator::operator(), draft).await.unwrap().id
}
