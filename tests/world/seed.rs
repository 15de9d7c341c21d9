//! What is registered when a story begins.

use std::sync::Arc;

use client_registry::{
    AppDraft, CustomerDraft, EnvironmentDraft, Initiator, KeyDraft, NewKey, OPERATOR_TEAM, Registry, Stores, UserDraft,
};
use domain::{
    App, AppId, ApplicationKind, ClientId, Clock, CustomerId, EnvironmentName, KeyKind, Membership, Publisher, Role,
    ScopeWords, SecretId, UserId, UserKind, WorkspaceId,
};
use server::config::Config;
use server::registry::{database, registry, root_keys};
use server::system::SystemChance;
use storage_diesel::{DieselStore, migrate};

/// Who and what there is.
#[derive(Clone)]
pub(crate) struct Seed {
    /// A customer in the default environment: Marketing, Sales, Support.
    pub(crate) acme: CustomerCard,
    /// Another one there: Research.
    pub(crate) globex: CustomerCard,
    /// A customer in prod2: Helpdesk.
    pub(crate) initech: CustomerCard,
    pub(crate) alice: UserId,
    pub(crate) bob: UserId,
    pub(crate) carol: UserId,
    pub(crate) dave: UserId,
    pub(crate) report_bot: Card,
    pub(crate) other_bot: Card,
    pub(crate) pocket: Card,
}

/// A customer and its workspaces.
#[derive(Clone)]
pub(crate) struct CustomerCard {
    pub(crate) id: CustomerId,
    pub(crate) environment: EnvironmentName,
    pub(crate) workspaces: Vec<WorkspaceId>,
}

/// What a developer knows of an API key.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) app: AppId,
    pub(crate) id: ClientId,
    pub(crate) secret: Option<String>,
    pub(crate) secret_id: Option<SecretId>,
    pub(crate) callback: String,
}

impl Seed {
    /// Migrates the configured database and registers all of it.
    pub(super) async fn plant(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let (url, options) = database(&config.database);
        migrate(&url, &options).await.expect("an empty database can be migrated");
        let store = DieselStore::connect(&url, options).await.expect("the database answers");
        let random = Arc::new(SystemChance::default());
        let roots = Arc::new(root_keys(config, &*random).expect("the root key is well formed"));
        let stores =
            Stores { units: store.clone(), directory: store.clone(), connections: store.clone(), activity: store };
        Self::register(&registry(config, stores, roots, clock, random)).await
    }

    async fn register(registry: &Registry) -> Self {
        for (name, api) in [("default", "https://api.example.com"), ("prod2", "https://prod2-api.example.com")] {
            create_environment(registry, name, api).await;
        }
        let acme = create_customer(registry, "default", "Acme", &["Marketing", "Sales", "Support"]).await;
        let globex = create_customer(registry, "default", "Globex", &["Research"]).await;
        let initech = create_customer(registry, "prod2", "Initech", &["Helpdesk"]).await;
        let alice = create_user(registry, "alice@acme.example.com").await;
        let bob = create_user(registry, "bob@acme.example.com").await;
        let carol = create_user(registry, "carol@initech.example.com").await;
        let dave = create_user(registry, "dave@globex.example.com").await;
        for (user, customer) in [(alice, &acme), (alice, &globex), (dave, &globex), (carol, &initech)] {
            join(registry, user, customer, Role::Admin, &[]).await;
        }
        join(registry, bob, &acme, Role::Connector, acme.workspaces.get(..2).unwrap_or_default()).await;
        let report_bot = create_app(registry, &draft("Report Bot", &["default", "prod2"])).await;
        let report_bot = create_key(registry, &report_bot, KeyKind::Secret).await;
        let other_bot = AppDraft { client_credentials: false, ..draft("Other Bot", &["default"]) };
        let other_bot = create_key(registry, &create_app(registry, &other_bot).await, KeyKind::Secret).await;
        let pocket = AppDraft {
            kind: ApplicationKind::Native,
            callback_urls: vec!["http://127.0.0.1/callback".to_owned()],
            client_credentials: false,
            ..draft("Pocket", &["default"])
        };
        let pocket = create_key(registry, &create_app(registry, &pocket).await, KeyKind::Public).await;
        Self { acme, globex, initech, alice, bob, carol, dave, report_bot, other_bot, pocket }
    }
}

/// A web app of a verified publisher, with one callback URL and all scopes.
pub(crate) fn draft(name: &str, environments: &[&str]) -> AppDraft {
    let host = name.to_lowercase().replace(' ', "-");
    AppDraft {
        team: OPERATOR_TEAM,
        name: name.to_owned(),
        description: format!("{name} reads the reports of the workspaces you choose."),
        publisher: Publisher { name: "Integrations Ltd".to_owned(), verified: true },
        support_email: None,
        homepage_url: None,
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec![format!("https://{host}.example.com/callback")],
        client_credentials: true,
        environments: environments.iter().map(|name| environment(name)).collect(),
        scopes: "reports.read reports.write".parse().expect("two scopes"),
    }
}

pub(crate) async fn create_app(registry: &Registry, draft: &AppDraft) -> App {
    registry.create_app(&Initiator::operator(), draft.clone()).await.expect("the draft is good")
}

pub(crate) async fn create_key(registry: &Registry, app: &App, kind: KeyKind) -> Card {
    let draft = KeyDraft { app: app.id, label: "First".to_owned(), kind, environments: None, expires_at: None };
    let made = registry.create_key(&Initiator::operator(), draft).await.expect("the draft is good");
    card(app, made)
}

/// What a developer writes down of a new key.
pub(crate) fn card(app: &App, NewKey { key, secret }: NewKey) -> Card {
    let callback = app.callback_urls.first().map_or("", domain::CallbackUrl::as_str);
    Card {
        app: app.id,
        id: key.id,
        secret_id: secret.as_ref().map(|new| new.secret.id),
        secret: secret.map(|new| new.text.reveal()),
        callback: callback.to_owned(),
    }
}

pub(crate) fn environment(name: &str) -> EnvironmentName {
    if name == "default" { EnvironmentName::default_environment() } else { name.parse().expect("a good name") }
}

/// An environment with a default API of two scopes.
pub(crate) async fn create_environment(registry: &Registry, name: &str, api: &str) {
    let words = |scope: &str, words: &str| ScopeWords { scope: scope.parse().expect("a scope"), words: words.into() };
    let draft = EnvironmentDraft {
        name: environment(name),
        display_name: name.to_owned(),
        api_base_url: api.to_owned(),
        scopes: vec![
            words("reports.read", "See the reports of the workspaces you choose"),
            words("reports.write", "Change the reports of the workspaces you choose"),
        ],
    };
    registry.create_environment(&Initiator::operator(), draft).await.expect("the draft is good");
}

pub(crate) async fn create_customer(registry: &Registry, place: &str, name: &str, workspaces: &[&str]) -> CustomerCard {
    let by = Initiator::operator();
    let draft = CustomerDraft { environment: environment(place), name: name.to_owned() };
    let customer = registry.create_customer(&by, draft).await.expect("the draft is good");
    let workspaces = create_workspaces(registry, customer.id, workspaces).await;
    CustomerCard { id: customer.id, environment: environment(place), workspaces }
}

pub(crate) async fn create_workspaces(registry: &Registry, customer: CustomerId, names: &[&str]) -> Vec<WorkspaceId> {
    let mut ids = Vec::new();
    for name in names {
        let made = registry.create_workspace(&Initiator::operator(), customer, name).await.expect("the name is good");
        ids.push(made.id);
    }
    ids
}

pub(crate) async fn create_user(registry: &Registry, address: &str) -> UserId {
    let draft = UserDraft {
        email: address.to_owned(),
        name: address.split('@').next().unwrap_or_default().to_owned(),
        kind: UserKind::Person,
        password_hash: None,
    };
    registry.create_user(&Initiator::operator(), draft).await.expect("the draft is good").id
}

/// Sets a user's part in a customer.
pub(crate) async fn join(
    registry: &Registry,
    user: UserId,
    customer: &CustomerCard,
    role: Role,
    workspaces: &[WorkspaceId],
) {
    let membership = Membership { user, customer: customer.id, role, workspaces: workspaces.to_vec() };
    registry.set_membership(&Initiator::operator(), membership).await.expect("the workspaces are the customer's");
}
