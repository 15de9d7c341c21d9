//! Management keys: what the operator makes for programs that look after developer teams and their apps.
//!
//! Such a key is an API key of an app of its own, with an unattended connection at [`MANAGEMENT_CUSTOMER`] whose one
//! workspace stands for the teams it reaches. All of it is made in one unit, by the operator alone: there is no page on
//! which anybody could be asked for it, because no other app may have these scopes (`checked_scopes`,
//! `require_known_scopes`) and the app has no callback URL; and nobody else reaches the app ([`MANAGEMENT_TEAM`]).

use domain::{
    Api, ApiId, ApiKey, App, AppId, ApplicationKind, ClientId, Connection, ConnectionId, Customer, EnvironmentName,
    KeyKind, KeyState, Lifetimes, MANAGEMENT_CUSTOMER, MANAGEMENT_TEAM, MANAGEMENT_USER, ManagedTeams, ManagementScope,
    Membership, MutualTls, Publisher, Purpose, Role, RotationState, ScopeWords, Subject, Team, Timestamp, User,
    UserKind, Workspace,
};
use storage::Change;

use crate::apis::checked_audience;
use crate::keys::{NewKey, require_future};
use crate::text::line;
use crate::work::{About, Initiator, Work};
use crate::{Registry, RegistryError};

/// What a new management key is made of.
#[derive(Clone, Debug)]
pub struct ManagementKeyDraft {
    /// What it is for, in words; 3 to 60 characters.
    pub label: String,
    /// How it will authenticate; not a public key.
    pub kind: KeyKind,
    /// The teams it reaches.
    pub teams: ManagedTeams,
    /// What it may do there; at least one.
    pub scopes: Vec<ManagementScope>,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// The `aud` of its tokens: where this server's management API is.
    pub audience: String,
}

/// A management key that was just made.
#[derive(Debug)]
pub struct NewManagementKey {
    /// The key, with its first secret.
    pub key: NewKey,
    /// What it acts on. It ends like any other: unused for too long, or by age.
    pub connection: Connection,
}

impl Registry {
    /// Makes a management key. For the operator only.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the team, or for the default environment, in which such keys live;
    /// [`RegistryError::PublicKeyOfWebApp`]; what else is wrong with the draft; the store.
    pub async fn create_management_key(
        &self,
        by: &Initiator,
        draft: ManagementKeyDraft,
    ) -> Result<NewManagementKey, RegistryError> {
        if draft.kind == KeyKind::Public {
            return Err(RegistryError::PublicKeyOfWebApp);
        }
        if draft.scopes.is_empty() {
            return Err(RegistryError::invalid("scopes", "is empty; name at least one"));
        }
        let environment = EnvironmentName::default_environment();
        self.known_environments(vec![environment.clone()]).await?;
        let mut work = self.work(by);
        require_future("expiry", draft.expires_at, work.now)?;
        self.ensure_api(&mut work, &environment, &draft.audience).await?;
        self.ensure_places(&mut work, &environment, draft.teams).await?;
        let app = self.management_app(&draft, &environment, work.now)?;
        let key = ApiKey {
            id: ClientId::generate(&*self.random),
            app: app.id,
            label: app.name.clone(),
            kind: draft.kind,
            state: KeyState::Active,
            environments: None,
            created_at: work.now,
            expires_at: draft.expires_at,
        };
        let connection = self.management_connection(&app, &key, draft.teams, work.now);
        work.change(Change::AddApp(app.clone())).change(Change::AddKey(key.clone())).touch(Subject::Key(key.id));
        let secret = key.kind.has_secrets().then(|| self.new_secret(&mut work, &key, None));
        let words = format!("label: {}; scopes: {}; workspace: {}", key.label, app.scopes, draft.teams.workspace());
        work.change(Change::AddConnection(connection.clone())).record("management_key.created", key.id, app.id, words);
        work.commit().await?;
        Ok(NewManagementKey { key: NewKey { key, secret }, connection })
    }

    /// The API that its tokens are for.
    async fn ensure_api(
        &self,
        work: &mut Work<'_>,
        environment: &EnvironmentName,
        audience: &str,
    ) -> Result<(), RegistryError> {
        let audience = checked_audience("audience", audience)?;
        let words = |scope: ManagementScope| ScopeWords {
            scope: scope.scope(),
            words: format!("{} (management)", scope.words()),
        };
        let scopes: Vec<_> = ManagementScope::ALL.into_iter().map(words).collect();
        let known = self.stores.directory.apis(environment).await?;
        match known.into_iter().find(|api| api.audience == audience) {
            Some(api) if api.scopes == scopes => return Ok(()),
            Some(api) => work.change(Change::ReplaceApi(Api { scopes, ..api })),
            None => {
                let id = ApiId::generate(&*self.random);
                work.record("api.created", id, About::default(), format!("{audience} of {environment}"));
                work.change(Change::AddApi(Api {
                    id,
                    environment: environment.clone(),
                    name: "Management API".to_owned(),
                    audience,
                    scopes,
                    token_lifetime: None,
                    is_default: false,
                    created_at: work.now,
                }))
            }
        };
        work.touch(Subject::Environment(environment.clone()));
        Ok(())
    }

    /// The team, customer, user and workspace, where they are not there from another key.
    async fn ensure_places(
        &self,
        work: &mut Work<'_>,
        environment: &EnvironmentName,
        teams: ManagedTeams,
    ) -> Result<(), RegistryError> {
        let (directory, now) = (&self.stores.directory, work.now);
        if directory.team(MANAGEMENT_TEAM).await?.is_none() {
            let name = "Management keys".to_owned();
            work.change(Change::AddTeam(Team { id: MANAGEMENT_TEAM, name: name.clone(), created_at: now }));
            work.change(Change::AddCustomer(Customer {
                id: MANAGEMENT_CUSTOMER,
                environment: environment.clone(),
                name: name.clone(),
                created_at: now,
            }));
            work.change(Change::AddUser(User {
                id: MANAGEMENT_USER,
                // RFC 2606 §2: no mail can ever come there.
                email: "management-keys@countersign.invalid".to_owned(),
                name,
                kind: UserKind::Service,
                password_hash: None,
                enabled: true,
                failed_logins: 0,
                created_at: now,
            }));
            let (user, customer) = (MANAGEMENT_USER, MANAGEMENT_CUSTOMER);
            let part = Membership { user, customer, role: Role::Admin, workspaces: Vec::new() };
            work.change(Change::SetMembership(part)).touch(Subject::User(user));
        }
        let known = directory.workspaces(MANAGEMENT_CUSTOMER).await?;
        let name = match teams {
            ManagedTeams::Every => "Every team".to_owned(),
            ManagedTeams::One(id) => self.team(id).await?.name,
        };
        let id = teams.workspace();
        if !known.iter().any(|workspace| workspace.id == id) {
            let customer = MANAGEMENT_CUSTOMER;
            work.change(Change::AddWorkspace(Workspace { id, customer, name, created_at: now }));
            work.touch(Subject::Customer(customer));
        }
        Ok(())
    }

    fn management_app(
        &self,
        draft: &ManagementKeyDraft,
        environment: &EnvironmentName,
        now: Timestamp,
    ) -> Result<App, RegistryError> {
        Ok(App {
            id: AppId::generate(&*self.random),
            team: MANAGEMENT_TEAM,
            name: line("label", &draft.label, 3, 60)?,
            description: "Looks after developer teams and their apps by the management API".to_owned(),
            publisher: Publisher { name: "The operator".to_owned(), verified: true },
            support_email: None,
            homepage_url: None,
            privacy_url: None,
            kind: ApplicationKind::Web,
            callback_urls: Vec::new(),
            client_credentials: true,
            mutual_tls: if draft.kind.needs_certificate() { MutualTls::Optional } else { MutualTls::Off },
            rotate_refresh_tokens: false,
            legacy_parameters_until: None,
            environments: vec![environment.clone()],
            scopes: draft.scopes.iter().map(|scope| scope.scope()).collect(),
            lifetimes: Lifetimes::default(),
            created_at: now,
            deleted_at: None,
            version: 1,
        })
    }

    fn management_connection(&self, app: &App, key: &ApiKey, teams: ManagedTeams, now: Timestamp) -> Connection {
        let policy = self.policy();
        Connection {
            id: ConnectionId::generate(&*self.random),
            environment: EnvironmentName::default_environment(),
            app: app.id,
            key: key.id,
            obtained_with: None,
            label: None,
            customer: MANAGEMENT_CUSTOMER,
            user: MANAGEMENT_USER,
            granted_by: MANAGEMENT_USER,
            purpose: Purpose::Unattended,
            workspaces: vec![teams.workspace()],
            scopes: app.scopes.clone(),
            rotation: RotationState::first(now),
            code_challenge: None,
            redirect_uri: None,
            bound_to: None,
            created_at: now,
            last_used_at: now,
            idle: policy.connection_idle,
            expires_at: now + policy.connection_absolute,
            ended: None,
        }
    }
}
