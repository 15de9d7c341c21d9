//! RFC 7662: what a token is, for the key that got it and for the API it is for.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use domain::{ClientId, EnvironmentName, Liveness, RefreshToken, Subject, Timestamp, WorkspaceId};
use serde::Serialize;
use storage::Bounded;

use crate::Protocol;
use crate::claims::{Claims, Confirmation};
use crate::client_authentication::{AuthenticatedApi, AuthenticatedClient};
use crate::gateway_check::Identity;
use crate::refusal::Refusal;
use crate::token::{AuthorizationDetail, Reach, WorkspaceName};

/// Who asks.
pub enum Introspector {
    /// An API key: sees its own tokens.
    Key(AuthenticatedClient),
    /// A registered API: sees access tokens that are for it.
    Api(AuthenticatedApi),
}

/// The answer: exactly `{"active":false}`, or what the token is.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// Not active, not known, or not the asker's to see: all alike (RFC 7662 §2.2).
    Inactive {
        /// `false`.
        active: bool,
    },
    /// Active.
    Active(Box<ActiveToken>),
}

impl Introspection {
    /// The one answer for everything that is not active.
    pub const INACTIVE: Self = Self::Inactive { active: false };
}

/// An active token (RFC 7662 §2.2, with the members of the token answer).
#[derive(Debug, Serialize)]
pub struct ActiveToken {
    active: bool,
    token_type: &'static str,
    #[serde(flatten)]
    claims: PublicClaims,
    /// Left out of what is told of a refresh token: which ones are left is decided at its use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workspaces: Vec<WorkspaceName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspaces_count: Option<usize>,
    /// Whether the workspace that was asked about is one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_member: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<[AuthorizationDetail; 1]>,
}

#[derive(Debug, Serialize)]
struct PublicClaims {
    iss: String,
    sub: domain::UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<crate::claims::Audience>,
    client_id: ClientId,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<domain::TokenId>,
    scope: String,
    environment: EnvironmentName,
    customer: domain::CustomerId,
    connection_id: domain::ConnectionId,
    /// What it is bound to (RFC 8705 §3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// A token whose signature was checked before.
pub(crate) struct Verified {
    kid: String,
    pub(crate) claims: Claims,
    pub(crate) subjects: Vec<Subject>,
    identity: OnceLock<Arc<Identity>>,
}

impl Verified {
    /// Whose it is, written out once.
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        self.identity.get_or_init(|| Arc::new(Identity::of(&self.claims)))
    }
}

/// Tokens that were verified before, by their SHA-256: a signature is checked once per replica.
pub struct VerifiedTokens(Bounded<[u8; 32], Arc<Verified>>);

impl VerifiedTokens {
    /// Remembers up to `capacity` tokens.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(storage::bounded(capacity))
    }
}

impl Protocol {
    /// What `token` is to `asker`; `workspace` asks whether it reaches that one.
    ///
    /// # Errors
    /// A store that is down, or a replica that may not know the latest revocations.
    pub async fn introspect(
        &self,
        asker: &Introspector,
        environment: &EnvironmentName,
        token: &str,
        workspace: Option<&str>,
    ) -> Result<Introspection, Refusal> {
        self.log.fresh()?;
        if let Ok(token) = RefreshToken::parse(token) {
            return match asker {
                Introspector::Key(client) => self.introspect_refresh_token(client, &token).await,
                Introspector::Api(_) => Ok(Introspection::INACTIVE),
            };
        }
        let Some(verified) = self.verify(environment, token) else { return Ok(Introspection::INACTIVE) };
        let claims = &verified.claims;
        let sees = match asker {
            Introspector::Key(client) => claims.client_id == client.id(),
            Introspector::Api(api) => claims.aud.contains(&api.api().audience),
        };
        if !sees || !self.log.stands(&verified.subjects, claims.rev) {
            return Ok(Introspection::INACTIVE);
        }
        self.describe(claims, workspace).await
    }

    /// The claims of an unexpired token of this environment, whatever the revocation log says.
    pub(crate) fn verify(&self, environment: &EnvironmentName, token: &str) -> Option<Arc<Verified>> {
        let keys = self.key_ring.of(environment)?;
        let hash: [u8; 32] = digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()?;
        let known = self.verified.0.get(&hash).filter(|known| keys.publishes(&known.kid));
        let verified = if let Some(known) = known {
            known
        } else {
            let (kid, claims) = keys.verify(token)?;
            let subjects = claims.subjects();
            let verified = Arc::new(Verified { kid, claims, subjects, identity: OnceLock::new() });
            self.verified.0.insert(hash, Arc::clone(&verified));
            verified
        };
        let claims = &verified.claims;
        let alive = Timestamp::from_seconds(claims.exp) > self.clock.now();
        let ours = claims.environment == *environment && claims.iss == self.settings.issuer(environment);
        (alive && ours).then_some(verified)
    }

    async fn describe(&self, claims: &Claims, workspace: Option<&str>) -> Result<Introspection, Refusal> {
        let access = self.records.access(claims.sub, claims.customer).await?;
        let environment = self.records.environment(&claims.environment).await?;
        let ticked = self.ticked(claims).await?;
        let reachable = access.value.as_ref().map(|access| access.reachable(&ticked)).unwrap_or_default();
        let asked = workspace.map(|asked| {
            let id: Option<WorkspaceId> = asked.parse().ok();
            id.is_some_and(|id| reachable.iter().any(|workspace| workspace.id == id))
        });
        let reach = Reach::new(&reachable, (&claims.environment, claims.connection_id), &self.settings);
        let details = environment.value.as_ref().map(|record| {
            AuthorizationDetail::of(&claims.scope, claims.customer, &record.environment.api_base_url, &reach.named)
        });
        Ok(Introspection::Active(Box::new(ActiveToken {
            active: true,
            token_type: "Bearer",
            claims: PublicClaims {
                iss: claims.iss.clone(),
                sub: claims.sub,
                aud: Some(claims.aud.clone()),
                client_id: claims.client_id,
                iat: claims.iat,
                exp: claims.exp,
                jti: Some(claims.jti),
                scope: claims.scope.to_string(),
                environment: claims.environment.clone(),
                customer: claims.customer,
                connection_id: claims.connection_id,
                cnf: claims.cnf,
            },
            workspaces: reach.named,
            workspaces_count: reach.count,
            workspace_member: asked,
            authorization_details: details,
        })))
    }

    /// The workspaces that a token was given.
    async fn ticked(&self, claims: &Claims) -> Result<Vec<WorkspaceId>, Refusal> {
        if let Some(listed) = &claims.workspaces {
            return Ok(listed.clone());
        }
        // Too many to be listed in the token: the connection knows them (DESIGN, decision 17).
        Ok(self.connections.find(claims.connection_id).await?.value.map(|row| row.workspaces).unwrap_or_default())
    }

    /// Whether a token reaches `workspace` today.
    pub(crate) async fn reaches(&self, claims: &Claims, workspace: &str) -> Result<bool, Refusal> {
        let Ok(asked) = workspace.parse::<WorkspaceId>() else { return Ok(false) };
        let ticked = self.ticked(claims).await?;
        if !ticked.contains(&asked) {
            return Ok(false);
        }
        let access = self.records.access(claims.sub, claims.customer).await?;
        Ok(access.value.as_ref().is_some_and(|access| !access.reachable(&[asked]).is_empty()))
    }

    async fn introspect_refresh_token(
        &self,
        client: &AuthenticatedClient,
        token: &RefreshToken,
    ) -> Result<Introspection, Refusal> {
        if self.root_keys.check_refresh_token(client.environment(), client.id(), token).is_err() {
            return Ok(Introspection::INACTIVE);
        }
        let read = self.connections.find(token.connection()).await?;
        let Some(connection) = read.value else { return Ok(Introspection::INACTIVE) };
        let now = self.clock.now();
        let current = connection.rotation.sequence == token.sequence();
        let access = self.records.access(connection.user, connection.customer).await?;
        let stands = access.value.as_ref().is_some_and(|access| access.user.enabled);
        if connection.key != client.id() || connection.liveness(now) != Liveness::Active || !current || !stands {
            return Ok(Introspection::INACTIVE);
        }
        let expires = connection.expires_at.min(connection.last_used_at + connection.idle);
        Ok(Introspection::Active(Box::new(ActiveToken {
            active: true,
            token_type: "refresh_token",
            claims: PublicClaims {
                iss: self.settings.issuer(&connection.environment),
                sub: connection.user,
                aud: None,
                client_id: connection.key,
                iat: connection.rotation.rotated_at.seconds(),
                exp: expires.seconds(),
                jti: None,
                scope: connection.scopes.to_string(),
                environment: connection.environment.clone(),
                customer: connection.customer,
                connection_id: connection.id,
                cnf: connection.bound_to.map(|certificate| Confirmation { certificate }),
            },
            workspaces: Vec::new(),
            workspaces_count: Some(connection.workspaces.len()),
            workspace_member: None,
            authorization_details: None,
        })))
    }
}
