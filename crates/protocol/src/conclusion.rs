//! The end of every grant: from a connection and whom the token is for to a signed token.
//!
//! 1. Read what decides today: client, environment, the user's access. All cached.
//! 2. The workspaces are what was ticked and may still be connected; the scopes what was granted and may still be asked.
//! 3. Settle: the log is applied up to everything that was read, and nothing of it was touched since.
//! 4. Only then sign, with that position as `rev`.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Api, Connection, EndedBy, Environment, EnvironmentName, Position, Reason, ScopeSet, Subject, Timestamp, TokenId,
    Workspace, WorkspaceAccess,
};
use storage::{Cached, Dependent, EnvironmentRecord, Unsettled};

use crate::claims::{Audience, Confirmation, LastingClaims, PassingClaims};
use crate::confirmation::ProvenCertificate;
use crate::draft::{Draft, Sources};
use crate::grants::authorization_code::check_callback;
use crate::receiver::Receiver;
use crate::refusal::Refusal;
use crate::settings::LONGEST_ACCESS_TOKEN;
use crate::token::{Reach, TokenResponse};
use crate::{Protocol, revocation};

/// How often an issuer begins again because something it read was touched meanwhile.
const ATTEMPTS: usize = 4;

/// A connection as read, with the position it was read at.
pub(crate) struct Row {
    pub(crate) connection: Connection,
    position: Position,
    subjects: [Subject; 2],
    /// The record it was found in, if that was a cached one.
    cached: Option<Arc<Cached<Vec<Connection>>>>,
    /// Whether this very request wrote it.
    opened: bool,
    /// Whether replays of the code ended it before the redemption that wrote it was answered.
    replayed: bool,
}

impl Row {
    pub(crate) fn new(connection: Connection, position: Position) -> Self {
        let subjects = [Subject::Connection(connection.id), Subject::ConnectionWorkspaces(connection.id)];
        Self { connection, position, subjects, cached: None, opened: false, replayed: false }
    }

    /// One of the connections of a cached record.
    pub(crate) fn cached(connection: Connection, cached: Arc<Cached<Vec<Connection>>>) -> Self {
        let position = cached.position();
        Self { cached: Some(cached), ..Self::new(connection, position) }
    }

    /// A connection that this very request has written.
    pub(crate) fn opened(connection: Connection, position: Position) -> Self {
        Self { opened: true, ..Self::new(connection, position) }
    }
}

impl Dependent for Row {
    fn subjects(&self) -> &[Subject] {
        if self.replayed { &[] } else { &self.subjects }
    }

    fn position(&self) -> Position {
        self.position
    }
}

/// What a grant has established.
pub(crate) struct Grounds {
    pub(crate) client: Receiver,
    pub(crate) row: Row,
    /// The scopes of this token: the connection's, or fewer.
    pub(crate) scopes: ScopeSet,
    /// The APIs that were asked for (RFC 8707); none means the default one.
    pub(crate) resources: Vec<String>,
    /// The callback URL a code was sent to, which must still be registered.
    pub(crate) callback: Option<String>,
    /// Whether it was got by client credentials.
    pub(crate) unattended: bool,
    /// The refresh token to repeat or hand out.
    pub(crate) refresh_token: Option<String>,
}

impl Protocol {
    /// Issues a token on `grounds`.
    ///
    /// # Errors
    /// A refusal: the client or connection ended meanwhile, access was lost, the scope or resource is not allowed, or
    /// a store is down.
    pub(crate) async fn conclude(&self, mut grounds: Grounds) -> Result<TokenResponse, Refusal> {
        for _ in 0..ATTEMPTS {
            match self.attempt(&grounds).await {
                Err(Attempt::Touched) => Box::pin(self.read_again(&mut grounds)).await?,
                Err(Attempt::Refused(refusal)) => return Err(*refusal),
                Ok(response) => return Ok(response),
            }
        }
        Err(Refusal::new(Reason::StoreUnavailable).detail("records changed faster than they could be read"))
    }

    async fn attempt(&self, grounds: &Grounds) -> Result<TokenResponse, Attempt> {
        let connection = &grounds.row.connection;
        let environment = self.records.environment(&connection.environment).await?;
        let access = self.records.access(connection.user, connection.customer).await?;
        let position =
            self.log.settle(&[grounds.client.record(), &*environment, &*access, &grounds.row]).await.touched_or()?;
        let draft = self.draft(grounds, environment, access).await?;
        let now = self.clock.now();
        let certificate = grounds.client.certificate();
        let expires_in = i64::try_from(life(draft.life, grounds, now).as_secs()).unwrap_or(0);
        let claims = PassingClaims {
            iat: now.seconds(),
            exp: now.seconds() + expires_in,
            jti: TokenId::generate(&*self.random),
            secret: grounds.client.secret(),
            cnf: certificate.map(|bound| Confirmation { certificate: bound.thumbprint() }),
            cert: certificate.map(ProvenCertificate::registration),
            // Of a code that was replayed meanwhile, the tokens are dead when they are born.
            rev: if grounds.row.replayed { position.min(grounds.row.position) } else { position },
        };
        let keys = self.key_ring.of(&connection.environment);
        let signer = keys
            .as_ref()
            .and_then(|keys| keys.signer(now))
            .ok_or_else(|| Refusal::new(Reason::StoreUnavailable).detail("this environment has no signing key yet"))?;
        let access_token = signer.sign(&draft.claims, &claims);
        Ok(TokenResponse { access_token, expires_in, refresh_token: grounds.refresh_token.clone(), draft })
    }

    /// What the token has in common with others that stand on the same records: kept, or judged and written.
    async fn draft(
        &self,
        grounds: &Grounds,
        environment: Arc<Cached<Option<EnvironmentRecord>>>,
        access: Arc<Cached<Option<WorkspaceAccess>>>,
    ) -> Result<Arc<Draft>, Refusal> {
        let connection = &grounds.row.connection;
        let (Some(cached), Some(client)) = (&grounds.row.cached, grounds.client.client_record()) else {
            return Box::pin(self.write(grounds, &environment, &access)).await.map(Arc::new);
        };
        let sources = Sources {
            client: Arc::clone(client),
            environment,
            access,
            connections: Arc::clone(cached),
            scopes: grounds.scopes.clone(),
            resources: grounds.resources.clone(),
        };
        if let Some(kept) = self.drafts.find(connection.id, &sources) {
            return Ok(kept);
        }
        let draft = Arc::new(Box::pin(self.write(grounds, &sources.environment, &sources.access)).await?);
        self.drafts.keep(connection.id, sources, &draft);
        Ok(draft)
    }

    async fn write(
        &self,
        grounds: &Grounds,
        environment: &Arc<Cached<Option<EnvironmentRecord>>>,
        access: &Arc<Cached<Option<WorkspaceAccess>>>,
    ) -> Result<Draft, Refusal> {
        let connection = &grounds.row.connection;
        let Basis { environment, apis, reachable, scopes } = self.basis(grounds, environment, access).await?;
        let listed = reachable.len() <= self.settings.workspaces_in_token;
        let mut audience: Vec<_> = apis.iter().map(|api| api.audience.clone()).collect();
        let claims = LastingClaims {
            iss: self.settings.issuer(&connection.environment),
            sub: connection.user,
            aud: if audience.len() == 1 { Audience::One(audience.remove(0)) } else { Audience::Several(audience) },
            client_id: grounds.client.id(),
            scope: &scopes,
            environment: &connection.environment,
            customer: connection.customer,
            workspaces: listed.then(|| reachable.iter().map(|workspace| workspace.id).collect()),
            workspaces_count: (!listed).then_some(reachable.len()),
            connection_id: connection.id,
            app: connection.app,
            unattended: grounds.unattended,
        };
        let reach = Reach::new(&reachable, (&connection.environment, connection.id), &self.settings);
        Ok(Draft::new(&claims, &environment.api_base_url, &reach, self.configured_life(grounds, &apis)))
    }

    /// What decides today; refuses where it leaves nothing.
    async fn basis<'a>(
        &self,
        grounds: &Grounds,
        environment: &'a Arc<Cached<Option<EnvironmentRecord>>>,
        access: &'a Arc<Cached<Option<WorkspaceAccess>>>,
    ) -> Result<Basis<'a>, Refusal> {
        let connection = &grounds.row.connection;
        let access = access.value.as_ref();
        let reachable = access.map(|access| access.reachable(&connection.workspaces)).unwrap_or_default();
        if reachable.is_empty() {
            // A user who is shut out may be let in again; access that was taken away ends what stood on it.
            if access.is_none_or(|access| access.user.enabled) {
                let by = (EndedBy::AccessLost, domain::Actor::Server);
                revocation::end_one(self, connection, by, grounds.client.request()).await?;
            }
            return Err(Reason::AccessLost.into());
        }
        let record = environment
            .value
            .as_ref()
            .ok_or_else(|| Refusal::new(Reason::Internal).detail("a connection's environment does not exist"))?;
        let wanted = grounds.scopes.intersection(&grounds.client.app().scopes);
        let apis = choose(record, &grounds.resources, &wanted)?;
        let scopes = wanted.restricted(|scope| apis.iter().any(|api| api.understands(scope)));
        if scopes.is_empty() && !grounds.scopes.is_empty() {
            let reason = if grounds.resources.is_empty() { Reason::ScopeTooWide } else { Reason::ResourceUnknown };
            return Err(Refusal::new(reason).detail("nothing of what was granted is understood there"));
        }
        Ok(Basis { environment: &record.environment, apis, reachable, scopes })
    }

    /// As long as API, app or configuration say.
    fn configured_life(&self, grounds: &Grounds, apis: &[Arc<Api>]) -> Duration {
        let of_api = apis.iter().filter_map(|api| api.token_lifetime).min();
        let of_app = grounds.client.app().lifetimes.access_token;
        match (of_api, of_app) {
            (Some(api), Some(app)) => api.min(app),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.settings.access_token,
        }
    }

    async fn read_again(&self, grounds: &mut Grounds) -> Result<(), Refusal> {
        grounds.client = self.receive_again(&grounds.client).await?;
        if grounds.unattended && !grounds.client.app().client_credentials {
            return Err(Refusal::from(Reason::ClientCredentialsOff).after_authentication());
        }
        let read = self.connections.find(grounds.row.connection.id).await?;
        let ended = read.value.as_ref().and_then(|row| row.ended);
        if grounds.row.opened && matches!(ended, Some((_, EndedBy::CodeReplayed))) {
            // DESIGN, decision 3: exactly one redemption is answered with 200, however soon its replays come.
            grounds.row.replayed = true;
            return Ok(());
        }
        if let Some(callback) = &grounds.callback {
            check_callback(grounds.client.app(), callback)?;
        }
        let connection = read.value.filter(|row| row.liveness(self.clock.now()) == domain::Liveness::Active);
        let gone = if grounds.unattended { Reason::DefaultUserMissing } else { Reason::RefreshEnded };
        let connection = connection.ok_or(gone)?;
        self.check_receiver(&grounds.client, &connection)?;
        grounds.row = Row::new(connection, read.position);
        Ok(())
    }
}

/// Never beyond the end of the connection or of the certificate that the token is bound to: so no log entry is needed
/// when that expires.
fn life(configured: Duration, grounds: &Grounds, now: Timestamp) -> Duration {
    let end = grounds.row.connection.expires_at;
    let end = grounds.client.certificate().map_or(end, |certificate| end.min(certificate.ends()));
    configured.min(LONGEST_ACCESS_TOKEN).min(end.since(now))
}

struct Basis<'a> {
    environment: &'a Environment,
    apis: Vec<Arc<Api>>,
    reachable: Vec<&'a Workspace>,
    scopes: ScopeSet,
}

enum Attempt {
    Touched,
    Refused(Box<Refusal>),
}

impl<E: Into<Refusal>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Self::Refused(Box::new(error.into()))
    }
}

trait TouchedOr<T> {
    fn touched_or(self) -> Result<T, Attempt>;
}

impl<T> TouchedOr<T> for Result<T, Unsettled> {
    fn touched_or(self) -> Result<T, Attempt> {
        self.map_err(|unsettled| match unsettled {
            Unsettled::Touched => Attempt::Touched,
            stale @ Unsettled::Stale => stale.into(),
        })
    }
}

/// Whether every API that `resources` names exists in `environment`: asked before anything is spent.
pub(crate) async fn check_resources(
    protocol: &Protocol,
    environment: &EnvironmentName,
    resources: &[String],
) -> Result<(), Refusal> {
    if resources.is_empty() {
        return Ok(());
    }
    let record = protocol.records.environment(environment).await?;
    let record = record.value.as_ref().ok_or(Reason::ResourceUnknown)?;
    choose(record, resources, &ScopeSet::default()).map(drop)
}

/// RFC 8707 §2: the APIs named by `resource`, each of which must exist. When none is named: the default API, or those
/// that understand what was granted if the default one understands nothing of it.
fn choose(record: &EnvironmentRecord, resources: &[String], wanted: &ScopeSet) -> Result<Vec<Arc<Api>>, Refusal> {
    if resources.is_empty() {
        let default = record.apis.iter().find(|api| api.is_default).or(record.apis.first());
        let missing = || Refusal::new(Reason::ResourceUnknown).detail("this environment has no API");
        let default = default.ok_or_else(missing)?;
        let meets = |api: &Api| wanted.iter().any(|scope| api.understands(scope));
        if meets(default) || wanted.is_empty() {
            return Ok(vec![Arc::clone(default)]);
        }
        let others: Vec<_> = record.apis.iter().filter(|api| meets(api)).cloned().collect();
        return Ok(if others.is_empty() { vec![Arc::clone(default)] } else { others });
    }
    let mut chosen: Vec<Arc<Api>> = Vec::with_capacity(resources.len());
    for resource in resources {
        let api = record.apis.iter().find(|api| api.audience == *resource).ok_or(Reason::ResourceUnknown)?;
        if !chosen.iter().any(|seen| seen.id == api.id) {
            chosen.push(Arc::clone(api));
        }
    }
    Ok(chosen)
}
