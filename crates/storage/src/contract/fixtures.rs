//! Values as a running server would make them, with fresh ids.

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Actor, Api, ApiCredential, ApiId, ApiKey, ApiSecret, App, AppId, ApplicationKind, AuditRecord, CallbackUrl,
    ClientId, Connection, ConnectionId, ConnectionRequest, Customer, CustomerId, Effect, Environment, EnvironmentName,
    Invitation, InvitationId, KeyKind, KeyState, Lifetimes, Membership, MutualTls, NewLogEntry, Publisher, Purpose,
    Random, RequestId, Role, RootKeyId, RotationState, ScopeSet, ScopeWords, SecretId, SecretState, Subject, Team,
    TeamId, TeamRole, Thumbprint, Timestamp, User, UserId, UserKind, Workspace, WorkspaceId,
};

use super::Durable;
use crate::{AtLimit, Change, Committed, Opening, SigningKey, SigningKeyState, Unit};

/// How long the connections made here may stay unused.
pub const IDLE: Duration = Duration::from_hours(24 * 90);

/// How long the connections made here live at most.
pub const ABSOLUTE: Duration = Duration::from_hours(24 * 365);

/// How long the log entries made here are kept.
pub const ENTRY_LIFE: Duration = Duration::from_hours(1);

/// Bytes that no other test has: the standard library seeds its hashers from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreshBits;

impl Random for FreshBits {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let drawn = RandomState::new().build_hasher().finish().to_be_bytes();
            for (byte, drawn) in chunk.iter_mut().zip(drawn) {
                *byte = drawn;
            }
        }
    }
}

/// `N` fresh bytes.
#[must_use]
pub fn fresh_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    FreshBits.fill(&mut bytes);
    bytes
}

/// A fresh word in lower case, fit for names and addresses.
#[must_use]
pub fn fresh_word() -> String {
    format!("w{:016x}", u64::from_be_bytes(fresh_bytes()))
}

/// An environment.
#[must_use]
pub fn environment(now: Timestamp) -> Environment {
    let name = fresh_word();
    Environment {
        name: EnvironmentName::try_from(name.clone()).expect("a word is a name"),
        display_name: format!("Environment {name}"),
        api_base_url: format!("https://api.{name}.test"),
        created_at: now,
    }
}

/// An API of an environment, not its default one.
#[must_use]
pub fn api(environment: &EnvironmentName, now: Timestamp) -> Api {
    let id = ApiId::generate(&FreshBits);
    Api {
        id,
        environment: environment.clone(),
        name: "Reporting API".into(),
        audience: format!("https://{id}.api.test/v1"),
        scopes: vec![ScopeWords {
            scope: "reports.read".parse().expect("a scope"),
            words: "See the reports of the workspaces you choose".into(),
        }],
        token_lifetime: Some(Duration::from_mins(30)),
        is_default: false,
        created_at: now,
    }
}

/// A credential of an API.
#[must_use]
pub fn api_credential(api: ApiId, now: Timestamp) -> ApiCredential {
    ApiCredential {
        id: SecretId::generate(&FreshBits),
        api,
        root_key: RootKeyId(1),
        hash: fresh_bytes(),
        state: SecretState::Active,
        created_at: now,
    }
}

/// A developer team.
#[must_use]
pub fn team(now: Timestamp) -> Team {
    Team { id: TeamId::generate(&FreshBits), name: format!("Integrations {}", fresh_word()), created_at: now }
}

/// An invitation that can be taken for an hour.
#[must_use]
pub fn invitation(team: TeamId, invited_by: UserId, now: Timestamp) -> Invitation {
    Invitation {
        id: InvitationId::generate(&FreshBits),
        team,
        email: format!("{}@bots.test", fresh_word()),
        permissions: TeamRole::Developer.permissions(),
        invited_by,
        token_hash: fresh_bytes(),
        created_at: now,
        expires_at: now + Duration::from_hours(1),
    }
}

/// An app with every field set.
#[must_use]
pub fn app(environment: &EnvironmentName, now: Timestamp) -> App {
    App {
        id: AppId::generate(&FreshBits),
        team: TeamId::generate(&FreshBits),
        name: format!("Report Bot {}", fresh_word()),
        description: "Copies “reports” into sheets, every night".into(),
        publisher: Publisher { name: "Bots & Söhne".into(), verified: true },
        support_email: Some("help@bots.test".into()),
        homepage_url: Some("https://bots.test/".into()),
        privacy_url: Some("https://bots.test/privacy?for=apps".into()),
        kind: ApplicationKind::Web,
        callback_urls: vec![CallbackUrl::accepted("https://bots.test/callback?tenant=a%20b")],
        client_credentials: true,
        mutual_tls: MutualTls::Optional,
        rotate_refresh_tokens: true,
        legacy_parameters_until: Some(now + Duration::from_hours(1)),
        environments: vec![environment.clone()],
        scopes: scopes(),
        lifetimes: Lifetimes {
            access_token: Some(Duration::from_mins(15)),
            connection_idle: None,
            connection_absolute: Some(ABSOLUTE),
        },
        created_at: now,
        deleted_at: None,
        version: 1,
    }
}

/// A key of an app, with secrets.
#[must_use]
pub fn key(app: AppId, now: Timestamp) -> ApiKey {
    ApiKey {
        id: ClientId::generate(&FreshBits),
        app,
        label: "production".into(),
        kind: KeyKind::Secret,
        state: KeyState::Active,
        environments: None,
        created_at: now,
        expires_at: Some(now + ABSOLUTE),
    }
}

/// A secret of a key.
#[must_use]
pub fn secret(key: ClientId, now: Timestamp) -> ApiSecret {
    ApiSecret {
        id: SecretId::generate(&FreshBits),
        key,
        root_key: RootKeyId(1),
        hash: fresh_bytes(),
        last_four: "wxyz".into(),
        state: SecretState::Active,
        created_at: now,
        expires_at: None,
        last_used_at: None,
    }
}

/// The thumbprint of some certificate.
#[must_use]
pub fn thumbprint() -> Thumbprint {
    Thumbprint::from_digest(fresh_bytes())
}

/// A customer of an environment.
#[must_use]
pub fn customer(environment: &EnvironmentName, now: Timestamp) -> Customer {
    let id = CustomerId::generate(&FreshBits);
    Customer { id, environment: environment.clone(), name: format!("Acme {id}"), created_at: now }
}

/// A workspace of a customer.
#[must_use]
pub fn workspace(customer: CustomerId, name: &str, now: Timestamp) -> Workspace {
    Workspace { id: WorkspaceId::generate(&FreshBits), customer, name: name.into(), created_at: now }
}

/// A person who can sign in.
#[must_use]
pub fn user(now: Timestamp) -> User {
    User {
        id: UserId::generate(&FreshBits),
        email: format!("{}@acme.test", fresh_word()),
        name: "Ana Ćosić".into(),
        kind: UserKind::Person,
        password_hash: Some("$argon2id$v=19$m=16,t=1,p=1$c2FsdHNhbHQ$aGFzaA".into()),
        enabled: true,
        failed_logins: 0,
        created_at: now,
    }
}

/// A signing key, to sign next.
#[must_use]
pub fn signing_key(environment: &EnvironmentName, now: Timestamp) -> SigningKey {
    SigningKey {
        kid: fresh_word(),
        environment: environment.clone(),
        state: SigningKeyState::Next,
        public_point: fresh_bytes::<65>().to_vec(),
        sealed_private: fresh_bytes::<160>().to_vec(),
        root_key: RootKeyId(3),
        published_at: now,
        activated_at: None,
        retired_at: None,
    }
}

/// Scopes.
#[must_use]
pub fn scopes() -> ScopeSet {
    "reports.read sheets.write".parse().expect("two scopes")
}

/// An audit record about `target`.
#[must_use]
pub fn audit(target: &dyn Display, now: Timestamp) -> AuditRecord {
    AuditRecord {
        at: now,
        actor: Actor::Operator,
        action: "contract.checked",
        target: target.to_string(),
        app: None,
        customer: None,
        detail: "because of a test".into(),
        request: None,
    }
}

/// An entry that revokes `subject` and outlives the test.
#[must_use]
pub fn revocation(subject: Subject, now: Timestamp) -> NewLogEntry {
    NewLogEntry { subject, effect: Effect::Revoke, until: now + ENTRY_LIFE }
}

/// A small installation: everything that a connection names.
#[derive(Clone, Debug)]
pub struct World {
    /// The database's time when it was made.
    pub now: Timestamp,
    /// An environment.
    pub environment: Environment,
    /// Its default API.
    pub api: Api,
    /// A developer team.
    pub team: Team,
    /// An app of the team.
    pub app: App,
    /// A key of the app.
    pub key: ApiKey,
    /// A secret of the key.
    pub secret: ApiSecret,
    /// A customer.
    pub customer: Customer,
    /// Its workspaces, by name.
    pub workspaces: Vec<Workspace>,
    /// An admin of the customer.
    pub user: User,
    /// The admin's part in the customer.
    pub membership: Membership,
}

impl World {
    /// Draws one and stores it.
    pub async fn add(store: &Durable) -> Self {
        let (_, now) = store.head().await;
        let world = Self::draw(now);
        commit(store, world.changes()).await;
        world
    }

    fn draw(now: Timestamp) -> Self {
        let environment = environment(now);
        let team = team(now);
        let app = App { team: team.id, ..app(&environment.name, now) };
        let key = key(app.id, now);
        let customer = customer(&environment.name, now);
        let user = user(now);
        Self {
            api: Api { is_default: true, ..api(&environment.name, now) },
            secret: secret(key.id, now),
            workspaces: ["Europe", "Far East", "West"].map(|name| workspace(customer.id, name, now)).into(),
            membership: Membership { user: user.id, customer: customer.id, role: Role::Admin, workspaces: vec![] },
            now,
            environment,
            team,
            app,
            key,
            customer,
            user,
        }
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = vec![
            Change::AddEnvironment(self.environment.clone()),
            Change::AddApi(self.api.clone()),
            Change::AddTeam(self.team.clone()),
            Change::AddApp(self.app.clone()),
            Change::AddKey(self.key.clone()),
            Change::AddSecret(self.secret.clone()),
            Change::AddCustomer(self.customer.clone()),
        ];
        changes.extend(self.workspaces.iter().cloned().map(Change::AddWorkspace));
        changes.extend([Change::AddUser(self.user.clone()), Change::SetMembership(self.membership.clone())]);
        changes
    }

    /// A connection of this world, made now, with every field set but the certificate.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection {
            id: ConnectionId::generate(&FreshBits),
            environment: self.environment.name.clone(),
            app: self.app.id,
            key: self.key.id,
            obtained_with: Some(self.secret.id),
            customer: self.customer.id,
            user: self.user.id,
            granted_by: self.user.id,
            purpose: Purpose::Attended,
            label: None,
            workspaces: self.workspaces.iter().take(2).map(|workspace| workspace.id).collect(),
            scopes: scopes(),
            rotation: RotationState { sequence: 0, rotated_at: self.now, grace_uses: 0, grace_streak: 0 },
            code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            redirect_uri: Some("https://bots.test/callback?tenant=a%20b".into()),
            bound_to: None,
            created_at: self.now,
            last_used_at: self.now,
            idle: IDLE,
            expires_at: self.now + ABSOLUTE,
            ended: None,
        }
    }

    /// An unattended connection of this world.
    #[must_use]
    pub fn unattended_connection(&self) -> Connection {
        Connection {
            purpose: Purpose::Unattended,
            obtained_with: None,
            code_challenge: None,
            redirect_uri: None,
            ..self.connection()
        }
    }

    /// A request for an unattended connection with this world's customer.
    #[must_use]
    pub fn connection_request(&self) -> ConnectionRequest {
        ConnectionRequest {
            id: RequestId::generate(&FreshBits),
            environment: self.environment.name.clone(),
            key: self.key.id,
            customer: self.customer.id,
            scopes: scopes(),
            created_at: self.now,
            expires_at: self.now + ENTRY_LIFE,
            answered_by: None,
        }
    }

    /// What redeeming a code for `connection` writes, with room for many.
    #[must_use]
    pub fn opening(&self, connection: &Connection) -> Opening {
        Opening {
            audit: audit(&connection.id, self.now),
            connection: connection.clone(),
            live_limit: 1000,
            at_limit: AtLimit::EndLongestIdle,
            entry_until: self.now + ENTRY_LIFE,
        }
    }

    /// Opens a connection as redeeming a code does.
    pub async fn opened(&self, store: &Durable, connection: Connection) -> Connection {
        let opened = store.connections.open(self.opening(&connection)).await.expect("it can be opened");
        assert_eq!(opened.value, crate::Opened::Created);
        connection
    }
}

/// Commits `changes` alone.
pub async fn commit(store: &Durable, changes: Vec<Change>) -> Committed {
    store.units.commit(Unit { changes, ..Unit::default() }).await.expect("nothing stands against these changes")
}

/// The connection as it is stored now.
pub async fn stored(store: &Durable, id: ConnectionId) -> Connection {
    store.connections.find(id).await.expect("the store answers").value.expect("it is stored")
}

/// What an environment's record lists, for comparison with what was added.
#[must_use]
pub fn shared(apis: &[Api]) -> Vec<Arc<Api>> {
    apis.iter().cloned().map(Arc::new).collect()
}
