//! Unattended connections: asked for by a developer, answered by the customer's side, never taken from a list.

use domain::{
    App, AppId, ClientId, Connection, ConnectionId, ConnectionRequest, CustomerId, EndedBy, EnvironmentName, KeyKind,
    Liveness, Purpose, RequestId, Role, RotationState, ScopeSet, Subject, Timestamp, UserId, UserKind, WorkspaceAccess,
    WorkspaceId,
};
use storage::{Change, ConnectionFilter};

use crate::apps::require_open;
use crate::work::{About, Initiator};
use crate::{Registry, RegistryError};

/// What a request is made of.
#[derive(Clone, Debug)]
pub struct ConnectionRequestDraft {
    /// The key that wants in.
    pub key: ClientId,
    /// The customer that is asked, in whose environment the connection will be.
    pub customer: CustomerId,
    /// What it wants to do; empty asks for all the app may.
    pub scopes: ScopeSet,
}

/// What the customer's side answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The user the key will act as.
    pub user: UserId,
    /// Who answers: that user, or an admin of the customer for a service user. Only an admin replaces a connection that
    /// acts as another user.
    pub granted_by: UserId,
    /// The ticked workspaces.
    pub workspaces: Vec<WorkspaceId>,
}

impl Registry {
    /// Asks a customer to let a key act on its own.
    ///
    /// # Errors
    /// [`RegistryError::ClientCredentialsOff`], [`RegistryError::KeyWithoutSecrets`],
    /// [`RegistryError::EnvironmentNotAllowed`], what else is wrong with the draft; the store.
    pub async fn request_connection(
        &self,
        by: &Initiator,
        draft: ConnectionRequestDraft,
    ) -> Result<ConnectionRequest, RegistryError> {
        let customer = self.customer(draft.customer).await?;
        let app = self.app_for_client_credentials(draft.key, &customer.environment).await?;
        let scopes = if draft.scopes.is_empty() { app.scopes.clone() } else { draft.scopes };
        if !scopes.is_subset(&app.scopes) {
            let problem = format!("go beyond what the app may ask for; choose among: {}", app.scopes);
            return Err(RegistryError::invalid("scopes", problem));
        }
        let mut work = self.work(by);
        let request = ConnectionRequest {
            id: RequestId::generate(&*self.random),
            environment: customer.environment,
            key: draft.key,
            customer: customer.id,
            scopes,
            created_at: work.now,
            expires_at: work.now + self.policy().connection_request_life,
            answered_by: None,
        };
        let about = both(app.id, customer.id);
        let words = format!("key: {}; scopes: {}", request.key, request.scopes);
        work.change(Change::AddConnectionRequest(request.clone())).record(
            "connection.requested",
            request.id,
            about,
            words,
        );
        work.commit().await?;
        Ok(request)
    }

    /// Answers a request with a connection, which replaces the one this key may have had at this customer.
    ///
    /// # Errors
    /// [`RegistryError::RequestAnswered`], [`RegistryError::RequestExpired`], [`RegistryError::MayNotAnswer`],
    /// [`RegistryError::WorkspaceOutOfReach`], [`RegistryError::NoWorkspace`], and those of
    /// [`Self::request_connection`]; the store.
    pub async fn answer_connection_request(
        &self,
        by: &Initiator,
        request: RequestId,
        answer: Answer,
    ) -> Result<Connection, RegistryError> {
        let request = self.open_request(request).await?;
        let app = self.app_for_client_credentials(request.key, &request.environment).await?;
        self.check_answer(&request, &answer).await?;
        let mut work = self.work(by);
        let (at, until) = (work.now, work.revoked_until());
        let connection = self.unattended_connection(&request, &app, answer.clone(), at);
        work.change(Change::EndConnections {
            which: ConnectionFilter::Unattended(request.key, request.customer),
            by: EndedBy::Replaced,
            at,
            entry_until: Some(until),
        })
        .change(Change::AddConnection(connection.clone()))
        .change(Change::AnswerConnectionRequest(request.id, connection.id))
        .touch(Subject::Key(request.key));
        let words =
            format!("unattended; key: {}; user: {}; scopes: {}", request.key, connection.user, connection.scopes);
        work.record("connection.created", connection.id, both(app.id, request.customer), words);
        work.commit().await?;
        // Roles were read before the commit. Whatever ended them after it ends this connection too; what ended them
        // before it is seen now.
        if let Err(refused) = self.check_answer(&request, &answer).await {
            self.end_connection(by, connection.id, EndedBy::AccessLost).await?;
            return Err(refused);
        }
        Ok(connection)
    }

    async fn open_request(&self, id: RequestId) -> Result<ConnectionRequest, RegistryError> {
        let request = self.stores.directory.connection_request(id).await?;
        let request = request.ok_or_else(|| RegistryError::not_found("request for a connection", id))?;
        if request.answered_by.is_some() {
            Err(RegistryError::RequestAnswered)
        } else if request.expires_at <= self.clock.now() {
            Err(RegistryError::RequestExpired)
        } else {
            Ok(request)
        }
    }

    /// The app of `key`, if the key may act by client credentials in `environment`.
    async fn app_for_client_credentials(
        &self,
        key: ClientId,
        environment: &EnvironmentName,
    ) -> Result<App, RegistryError> {
        let key = self.unrevoked_key(key).await?;
        let app = self.live_app(key.app).await?;
        // The scopes of management keys are granted by nobody but the operator, when they are made.
        require_open(app.team)?;
        // RFC 6749 §4.4: client credentials are for confidential clients only.
        if key.kind == KeyKind::Public {
            Err(RegistryError::PublicKey(key.id))
        } else if !app.client_credentials {
            Err(RegistryError::ClientCredentialsOff)
        } else if !key.is_allowed_in(environment, &app) {
            Err(RegistryError::EnvironmentNotAllowed(environment.clone()))
        } else {
            Ok(app)
        }
    }

    async fn check_answer(&self, request: &ConnectionRequest, answer: &Answer) -> Result<(), RegistryError> {
        let Answer { user, granted_by, workspaces } = answer;
        let access = self.access_at(*user, request).await?;
        if user != granted_by && access.user.kind != UserKind::Service {
            return Err(RegistryError::MayNotAnswer(request.customer));
        }
        let replaces_another = self.replaced(request).await?.is_some_and(|replaced| replaced.user != *user);
        if user != granted_by || replaces_another {
            let granter = self.access_at(*granted_by, request).await?;
            let is_admin = granter.membership.is_some_and(|part| part.role == Role::Admin) && granter.user.enabled;
            if !is_admin {
                return Err(RegistryError::MayNotAnswer(request.customer));
            }
        }
        if workspaces.is_empty() {
            return Err(RegistryError::NoWorkspace);
        }
        let within_reach = |ticked: &&WorkspaceId| access.connectable().any(|workspace| workspace.id == **ticked);
        match workspaces.iter().find(|ticked| !within_reach(ticked)) {
            Some(beyond) => Err(RegistryError::WorkspaceOutOfReach(*beyond)),
            None => Ok(()),
        }
    }

    /// The connection that an answer takes the place of.
    async fn replaced(&self, request: &ConnectionRequest) -> Result<Option<Connection>, RegistryError> {
        let requests = self.stores.directory.connection_requests(request.key).await?;
        let answered = requests.iter().filter(|earlier| earlier.customer == request.customer);
        for id in answered.filter_map(|earlier| earlier.answered_by) {
            let found = self.stores.connections.find(id).await?.value;
            if let Some(alive) = found.filter(|found| found.liveness(self.clock.now()) == Liveness::Active) {
                return Ok(Some(alive));
            }
        }
        Ok(None)
    }

    async fn access_at(&self, user: UserId, request: &ConnectionRequest) -> Result<WorkspaceAccess, RegistryError> {
        let parts = self.stores.directory.access_of(user, &request.environment).await?;
        let part = parts.into_iter().find(|part| part.customer.id == request.customer);
        part.ok_or(RegistryError::MayNotAnswer(request.customer))
    }

    fn unattended_connection(
        &self,
        request: &ConnectionRequest,
        app: &App,
        answer: Answer,
        now: Timestamp,
    ) -> Connection {
        let policy = self.policy();
        Connection {
            id: ConnectionId::generate(&*self.random),
            environment: request.environment.clone(),
            app: app.id,
            key: request.key,
            obtained_with: None,
            customer: request.customer,
            user: answer.user,
            granted_by: answer.granted_by,
            purpose: Purpose::Unattended,
            label: None,
            workspaces: answer.workspaces,
            // The app may have lost scopes since it asked.
            scopes: request.scopes.intersection(&app.scopes),
            rotation: RotationState::first(now),
            code_challenge: None,
            redirect_uri: None,
            bound_to: None,
            created_at: now,
            last_used_at: now,
            idle: app.lifetimes.connection_idle.unwrap_or(policy.connection_idle),
            expires_at: now + app.lifetimes.connection_absolute.unwrap_or(policy.connection_absolute),
            ended: None,
        }
    }
}

fn both(app: AppId, customer: CustomerId) -> About {
    About { app: Some(app), customer: Some(customer) }
}
