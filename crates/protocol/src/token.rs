//! The token endpoint (RFC 6749 §3.2): grant type → grant, by table.

use std::fmt::Write as _;
use std::sync::Arc;

use domain::{ConnectionId, CustomerId, EnvironmentName, Reason, ScopeSet, Workspace, WorkspaceId};
use serde::Serialize;

use crate::Protocol;
use crate::attribution::Spoken;
use crate::client_authentication::{AuthenticatedClient, Presented};
use crate::draft::Draft;
use crate::grants::{authorization_code, client_credentials, refresh_token};
use crate::legacy::{self, Place};
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::shown::Shown;
use crate::trail::Trail;

/// What the endpoint read from a request.
pub struct TokenRequest<'a> {
    /// The environment of its path.
    pub environment: EnvironmentName,
    /// Its `Authorization` header.
    pub authorization: Option<&'a str>,
    /// Its query string, which must hold no parameter of this endpoint unless the app's legacy switch is on.
    pub query: &'a [u8],
    /// The certificate of its connection.
    pub certificate: &'a Shown,
    /// Its body, known to be form-encoded or empty.
    pub body: &'a [u8],
}

/// A successful answer (RFC 6749 §5.1) with what an integration needs to go on.
pub struct TokenResponse {
    pub(crate) access_token: String,
    /// In seconds.
    pub(crate) expires_in: i64,
    pub(crate) refresh_token: Option<String>,
    /// What was granted.
    pub(crate) draft: Arc<Draft>,
}

impl TokenResponse {
    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The refresh token, where one was due.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_deref()
    }

    /// How long the access token lives, in seconds.
    #[must_use]
    pub fn expires_in(&self) -> i64 {
        self.expires_in
    }

    /// The answer's body.
    #[must_use]
    pub fn into_json(self) -> String {
        let Self { access_token, expires_in, refresh_token, draft } = self;
        let mut json = String::with_capacity(access_token.len() + draft.answer.len() + 200);
        // Tokens are base64url and base62, with dots and underscores: nothing of them needs to be escaped.
        json.push_str("{\"access_token\":\"");
        json.push_str(&access_token);
        json.push_str("\",\"token_type\":\"Bearer\",\"expires_in\":");
        let _ = write!(json, "{expires_in}");
        if let Some(refresh_token) = refresh_token {
            json.push_str(",\"refresh_token\":\"");
            json.push_str(&refresh_token);
            json.push('"');
        }
        json.push(',');
        json.push_str(&draft.answer);
        json
    }
}

/// A workspace with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkspaceName {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
}

impl From<&Workspace> for WorkspaceName {
    fn from(workspace: &Workspace) -> Self {
        Self { id: workspace.id, name: workspace.name.clone() }
    }
}

/// The workspaces of an answer: some by name; how many there are, and where all are listed, when that is not all.
pub(crate) struct Reach {
    pub(crate) named: Vec<WorkspaceName>,
    pub(crate) count: Option<usize>,
    pub(crate) uri: Option<String>,
}

impl Reach {
    /// What the connection of this environment reaches today.
    pub(crate) fn new(
        reachable: &[&Workspace],
        (environment, connection): (&EnvironmentName, ConnectionId),
        settings: &Settings,
    ) -> Self {
        let limit = settings.workspaces_in_answer;
        let all_are_named = reachable.len() <= limit;
        Self {
            named: reachable.iter().take(limit).map(|workspace| WorkspaceName::from(*workspace)).collect(),
            count: (!all_are_named).then_some(reachable.len()),
            uri: (!all_are_named).then(|| settings.workspaces_uri(environment, connection)),
        }
    }
}

/// RFC 9396 §7: what was granted, in the shape other servers' clients know.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorizationDetail {
    #[serde(rename = "type")]
    kind: &'static str,
    locations: [String; 1],
    actions: Vec<domain::Scope>,
    customer: CustomerId,
    workspaces: Vec<WorkspaceId>,
}

impl AuthorizationDetail {
    pub(crate) fn of(
        scope: &ScopeSet,
        customer: CustomerId,
        api_base_url: &str,
        workspaces: &[WorkspaceName],
    ) -> [Self; 1] {
        [Self {
            kind: "workspace_access",
            locations: [api_base_url.to_owned()],
            actions: scope.iter().cloned().collect(),
            customer,
            workspaces: workspaces.iter().map(|workspace| workspace.id).collect(),
        }]
    }
}

impl Protocol {
    /// Answers a token request. What became known on the way is left in `trail`.
    ///
    /// # Errors
    /// A refusal.
    pub async fn token(
        self: &Arc<Self>,
        request: TokenRequest<'_>,
        trail: &mut Trail,
    ) -> Result<TokenResponse, Refusal> {
        self.log.fresh()?;
        let (parameters, place) = legacy::choose(request.query, request.body)?;
        if place != Place::Body {
            let TokenRequest { authorization, query, body, .. } = request;
            Box::pin(legacy::check(self, &parameters, place, Spoken { authorization, query, body }, trail)).await?;
        }
        let presented = Presented::read(request.authorization, &parameters, request.certificate)?;
        let client = self.authenticate(&request.environment, &presented, trail).await?;
        if trail.legacy {
            self.limits.take_legacy(client.id())?;
        }
        self.grant(client, &parameters, trail).await.map_err(Refusal::after_authentication)
    }

    async fn grant(
        self: &Arc<Self>,
        client: AuthenticatedClient,
        parameters: &Parameters,
        trail: &mut Trail,
    ) -> Result<TokenResponse, Refusal> {
        match parameters.require("grant_type")? {
            "authorization_code" => {
                trail.grant = Some("authorization_code");
                Box::pin(authorization_code::grant(self, client, parameters, trail)).await
            }
            "refresh_token" => {
                trail.grant = Some("refresh_token");
                Box::pin(refresh_token::grant(self, client, parameters, trail)).await
            }
            "client_credentials" => {
                trail.grant = Some("client_credentials");
                client_credentials::grant(self, client, parameters, trail).await
            }
            _ => Err(Reason::GrantTypeUnsupported.into()),
        }
    }
}
