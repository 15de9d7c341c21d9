//! Tokens made by hand: somebody of an app's team makes an access and a refresh token for one of its keys, to act as
//! that very person at a customer whose workspaces it may connect.
//!
//! What is made is a connection like any other ([`domain::Purpose::Generated`]), concluded like every grant, so that
//! everything which ends others ends it too. It takes no other's place: where there are as many as there may be, it is
//! refused.

use std::time::Duration;

use client_registry::{Permitted, token_label};
use domain::{
    Actor, ApiKey, App, AppId, AuditRecord, ClientId, Connection, ConnectionId, CustomerId, EndedBy, EnvironmentName,
    MutualTls, Purpose, Reason, RequestId, RotationState, ScopeSet, Timestamp, UserId, WorkspaceAccess, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use storage::{AsOf, AtLimit, ClientRecord, Dependent, Opened, Opening, StoreError, Unsettled};

use crate::authorize::{Caller, allowed_scopes};
use crate::conclusion::{Grounds, Row};
use crate::receiver::Receiver;
use crate::refusal::Refusal;
use crate::settings::{ENTRY_LIFE, Settings};
use crate::token::TokenResponse;
use crate::trail::Trail;
use crate::{Protocol, revocation};

/// What the app's activity calls it, where it names the grants.
pub const GENERATED_TOKEN: &str = "generated_token";
/// How often it begins again because something it read was touched meanwhile.
const ATTEMPTS: usize = 4;
/// The lifetimes that are offered, where they are shorter than the longest there may be.
const OFFERED: [Duration; 3] =
    [Duration::from_secs(3600), Duration::from_secs(24 * 3600), Duration::from_secs(30 * 24 * 3600)];

/// Exactly what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenOrder {
    /// The environment.
    pub environment: EnvironmentName,
    /// For which key of the app.
    pub key: ClientId,
    /// At which customer.
    pub customer: CustomerId,
    /// For which of its workspaces.
    pub workspaces: Vec<WorkspaceId>,
    /// What the tokens may do.
    pub scopes: ScopeSet,
    /// How long the refresh token lives; access tokens live as long as everybody's.
    pub lifetime: Duration,
    /// What it is called.
    pub label: String,
}

/// What was made.
pub struct GeneratedToken {
    /// The tokens.
    pub response: TokenResponse,
    /// What they stand on.
    pub connection: Connection,
    /// When the access token expires.
    pub access_token_ends: Timestamp,
}

/// Why no token can be made by hand for a key at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It is revoked, inactive or expired.
    #[error("this API key cannot be used now")]
    Unusable,
    /// It may not be used there.
    #[error("this API key may not be used in this environment")]
    Elsewhere,
    /// RFC 8705 §3: its tokens are bound to the certificate of the client that asks, and no client asks here.
    #[error(
        "tokens of this API key are bound to a client certificate, and a token made by hand could be bound to none"
    )]
    CertificateNeeded,
}

impl Obstacle {
    /// What stands against making tokens by hand for `key` of `app` in `environment`.
    #[must_use]
    pub fn of(app: &App, key: &ApiKey, environment: &EnvironmentName, now: Timestamp) -> Option<Self> {
        if app.deleted_at.is_some() || !key.is_usable(now) {
            return Some(Self::Unusable);
        }
        if !key.is_allowed_in(environment, app) {
            return Some(Self::Elsewhere);
        }
        // PROTOCOL: with *Required*, no token without a registered certificate; keys that authenticate by one get none
        // without it either.
        let bound = app.mutual_tls == MutualTls::Required || key.kind.needs_certificate();
        bound.then_some(Self::CertificateNeeded)
    }
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum NotGenerated {
    /// The app has no such key.
    #[error("this app has no such API key")]
    NoSuchKey,
    /// None can be made for the key.
    #[error("{0}")]
    Obstacle(#[from] Obstacle),
    /// Not one or more workspaces of one customer that this person may connect now.
    #[error("a workspace that was chosen is not open to you any more")]
    WorkspacesClosed,
    /// Nothing, or more than the app may ask for there.
    #[error("choose scopes among those that the app may ask for in this environment")]
    ScopesTooWide,
    /// Longer than such tokens may live, or no time at all.
    #[error("this is not a lifetime that such tokens may have")]
    LifetimeRefused,
    /// Not a label.
    #[error("{0}")]
    Label(String),
    /// The publisher was not verified, and other people use the app already (DESIGN, decision 18).
    #[error("the publisher of this app is not verified, so that no more people may connect it")]
    TooManyUsers,
    /// There are as many as one person may have for one key.
    #[error("you have {0} live tokens made by hand for this API key, which is the most; end one first")]
    TooMany(u32),
    /// It could not be done now.
    #[error("{}", .0.reason())]
    Refused(Refusal),
}

impl From<Refusal> for NotGenerated {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for NotGenerated {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// Whoever makes a token by hand, for a key that may be used.
pub(crate) struct Maker {
    caller: Caller,
    environment: EnvironmentName,
    request: Option<RequestId>,
}

impl Maker {
    pub(crate) fn stored(&self) -> &ClientRecord {
        self.caller.stored()
    }

    pub(crate) fn record(&self) -> &dyn Dependent {
        self.caller.record()
    }

    pub(crate) fn request(&self) -> Option<RequestId> {
        self.request
    }
}

impl Settings {
    /// The lifetimes that tokens of `app` made by hand may be given, the shortest first; the last is the longest.
    #[must_use]
    pub fn generated_token_lifetimes(&self, app: &App) -> Vec<Duration> {
        let longest = self.longest_generated_token(app);
        OFFERED.into_iter().filter(|offered| *offered < longest).chain([longest]).collect()
    }

    /// The one that is offered first.
    #[must_use]
    pub fn generated_token_lifetime(&self, app: &App) -> Duration {
        let wanted = self.generated_token.min(self.longest_generated_token(app));
        let offered = self.generated_token_lifetimes(app);
        offered.iter().rev().find(|offered| **offered <= wanted).or(offered.first()).copied().unwrap_or(wanted)
    }

    fn longest_generated_token(&self, app: &App) -> Duration {
        self.longest_generated_token.min(app.lifetimes.connection_absolute.unwrap_or(self.connection_absolute))
    }
}

impl Protocol {
    /// Whether what is asked for could be made now, in the name of whoever `app` was permitted to.
    ///
    /// # Errors
    /// [`NotGenerated`].
    pub async fn check_token_order(&self, app: &Permitted<App>, order: &TokenOrder) -> Result<(), NotGenerated> {
        self.judged(app, order).await.map(drop)
    }

    /// Makes what is asked for, to act as whoever `app` was permitted to. Nothing that was checked before is believed.
    ///
    /// # Errors
    /// [`NotGenerated`]: nothing was made, or what was made has ended again.
    pub async fn generate_token(
        &self,
        app: &Permitted<App>,
        order: &TokenOrder,
        trail: &mut Trail,
    ) -> Result<GeneratedToken, NotGenerated> {
        trail.grant = Some(GENERATED_TOKEN);
        trail.customer = Some(order.customer);
        trail.app = Some(app.id);
        trail.authenticated = true;
        let (maker, user) = self.judged(app, order).await?;
        trail.key = Some(order.key);
        let connection = self.connection_of(order, (maker.stored(), user));
        let position = self.open_generated(&connection, maker.request).await?;
        trail.connection = Some(connection.id);
        let refresh_token = self
            .root_keys
            .refresh_token(&connection.environment, connection.key, connection.id, connection.rotation.sequence)
            .reveal();
        let request = maker.request;
        let grounds = Grounds {
            client: Receiver::Maker(maker),
            row: Row::opened(connection.clone(), position),
            scopes: connection.scopes.clone(),
            resources: Vec::new(),
            callback: None,
            unattended: false,
            refresh_token: Some(refresh_token),
        };
        match self.conclude(grounds).await {
            Ok(response) => {
                let access_token_ends = self.clock.now() + Duration::from_secs(response.expires_in().unsigned_abs());
                Ok(GeneratedToken { response, connection, access_token_ends })
            }
            Err(refusal) => {
                // Nobody got its refresh token: it must not stand in anybody's list.
                revocation::end_one(self, &connection, (EndedBy::Developer, Actor::Server), request).await.ok();
                Err(refusal.into())
            }
        }
    }

    /// The maker's key again, for an issuer whose record of it was touched.
    pub(crate) async fn make_again(&self, maker: &Maker) -> Result<Maker, Refusal> {
        let stored = maker.stored();
        let again = self.maker((stored.app.id, stored.key.id), &maker.environment, maker.request).await;
        again.map_err(|not| match not {
            NotGenerated::Refused(refusal) => refusal,
            NotGenerated::Obstacle(Obstacle::CertificateNeeded) => Reason::CertificateMissing.into(),
            NotGenerated::Obstacle(Obstacle::Elsewhere) => Reason::EnvironmentNotAllowed.into(),
            _ => Reason::KeyInactive.into(),
        })
    }

    /// The key, if it is this app's and tokens can be made for it.
    async fn maker(
        &self,
        (app, key): (AppId, ClientId),
        environment: &EnvironmentName,
        request: Option<RequestId>,
    ) -> Result<Maker, NotGenerated> {
        self.log.fresh().map_err(Refusal::from)?;
        let record = self.records.client(key).await?;
        let caller = Caller::of(record).filter(|caller| caller.stored().app.id == app);
        let caller = caller.ok_or(NotGenerated::NoSuchKey)?;
        let ClientRecord { app, key, .. } = caller.stored();
        match Obstacle::of(app, key, environment, self.clock.now()) {
            Some(obstacle) => Err(obstacle.into()),
            None => Ok(Maker { caller, environment: environment.clone(), request }),
        }
    }

    /// Everything that is asked for as it stands now, with every revocation up to now seen.
    async fn judged(&self, app: &Permitted<App>, order: &TokenOrder) -> Result<(Maker, UserId), NotGenerated> {
        let Actor::User(user) = app.by().actor else { return Err(NotGenerated::WorkspacesClosed) };
        token_label(&order.label).map_err(|refused| NotGenerated::Label(refused.to_string()))?;
        for _ in 0..ATTEMPTS {
            let maker = self.maker((app.id, order.key), &order.environment, app.by().request).await?;
            let environment = self.records.environment(&order.environment).await?;
            let access = self.records.access(user, order.customer).await?;
            match self.log.settle(&[maker.record(), &*environment, &*access]).await {
                Err(Unsettled::Touched) => continue,
                Err(stale @ Unsettled::Stale) => return Err(Refusal::from(stale).into()),
                Ok(_) => {}
            }
            let Some(environment) = &environment.value else { return Err(Obstacle::Elsewhere.into()) };
            if !are_open(access.value.as_ref(), order) {
                return Err(NotGenerated::WorkspacesClosed);
            }
            if order.scopes.is_empty() || !order.scopes.is_subset(&allowed_scopes(maker.stored(), environment)) {
                return Err(NotGenerated::ScopesTooWide);
            }
            let longest = self.settings.longest_generated_token(&maker.stored().app);
            if order.lifetime.is_zero() || order.lifetime > longest {
                return Err(NotGenerated::LifetimeRefused);
            }
            if !maker.stored().app.publisher.verified {
                let others = self.connections.users_of_app_of(order.key, user).await?;
                if others >= self.settings.users_of_unverified_app {
                    return Err(NotGenerated::TooManyUsers);
                }
            }
            return Ok((maker, user));
        }
        Err(Refusal::new(Reason::StoreUnavailable).detail("records changed faster than they are read").into())
    }

    fn connection_of(&self, order: &TokenOrder, (stored, user): (&ClientRecord, UserId)) -> Connection {
        let now = self.clock.now();
        Connection {
            id: ConnectionId::generate(&*self.random),
            environment: order.environment.clone(),
            app: stored.app.id,
            key: order.key,
            obtained_with: None,
            customer: order.customer,
            user,
            granted_by: user,
            purpose: Purpose::Generated,
            label: Some(order.label.trim().to_owned()),
            workspaces: order.workspaces.clone(),
            scopes: order.scopes.clone(),
            rotation: RotationState::first(now),
            code_challenge: None,
            redirect_uri: None,
            bound_to: None,
            created_at: now,
            last_used_at: now,
            idle: stored.app.lifetimes.connection_idle.unwrap_or(self.settings.connection_idle),
            expires_at: now + order.lifetime,
            ended: None,
        }
    }

    async fn open_generated(
        &self,
        connection: &Connection,
        request: Option<RequestId>,
    ) -> Result<domain::Position, NotGenerated> {
        let live_limit = self.settings.connections_per_user_and_key;
        let opening = Opening {
            connection: connection.clone(),
            audit: AuditRecord {
                at: connection.created_at,
                actor: Actor::User(connection.user),
                action: "token.generated",
                target: connection.id.to_string(),
                app: Some(connection.app),
                customer: Some(connection.customer),
                detail: format!(
                    "key: {}; label: {}; {} workspaces, scopes: {}; until {}",
                    connection.key,
                    connection.label.as_deref().unwrap_or_default(),
                    connection.workspaces.len(),
                    connection.scopes,
                    connection.expires_at
                ),
                request,
            },
            live_limit,
            at_limit: AtLimit::Refuse,
            entry_until: connection.created_at + ENTRY_LIFE,
        };
        match self.connections.open(opening).await? {
            AsOf { value: Opened::Created, position } => Ok(position),
            AsOf { value: Opened::Full, .. } => Err(NotGenerated::TooMany(live_limit)),
            AsOf { value: Opened::Taken, .. } => {
                Err(Refusal::new(Reason::Internal).detail("a random id was drawn twice").into())
            }
        }
    }
}

/// Whether each of the workspaces may be connected by this person today, at a customer of that environment.
fn are_open(access: Option<&WorkspaceAccess>, order: &TokenOrder) -> bool {
    let access = access.filter(|access| access.customer.environment == order.environment);
    let reachable = access.map_or(0, |access| access.reachable(&order.workspaces).len());
    reachable > 0 && reachable == order.workspaces.len()
}
