//! The claims of an access token (RFC 9068) and the subjects of revocation they name.

use domain::{
    AppId, CertificateId, ClientId, ConnectionId, CustomerId, EnvironmentName, Position, ScopeSet, SecretId, Subject,
    Thumbprint, TokenId, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// One audience or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One API.
    One(String),
    /// Several APIs, asked for by repeated `resource` (RFC 8707 §2).
    Several(Vec<String>),
}

impl Audience {
    /// Whether `audience` is among them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

/// What a token is bound to (RFC 8705 §3.1): whoever shows it has to hold the key of this certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The certificate's thumbprint.
    #[serde(rename = "x5t#S256")]
    pub certificate: Thumbprint,
}

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The environment's issuer.
    pub iss: String,
    /// The user it acts as.
    pub sub: UserId,
    /// The APIs it is for.
    pub aud: Audience,
    /// The API key that got it.
    pub client_id: ClientId,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it expires, in seconds.
    pub exp: i64,
    /// Its id.
    pub jti: TokenId,
    /// What it may do.
    pub scope: ScopeSet,
    /// The environment.
    pub environment: EnvironmentName,
    /// The customer.
    pub customer: CustomerId,
    /// The workspaces it reaches, when they are few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// How many it reaches, when they are many: introspection and verify answer membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspaces_count: Option<usize>,
    /// The connection it stands on.
    pub connection_id: ConnectionId,
    /// The app of the key.
    pub app: AppId,
    /// The secret it was got with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretId>,
    /// Whether it was got by client credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
    /// What it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The registration of the certificate it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<CertificateId>,
    /// The log position its issuer had applied (DESIGN, decision 1).
    pub rev: Position,
}

/// The claims that all tokens have alike which stand on the same records.
#[derive(Serialize)]
pub(crate) struct LastingClaims<'a> {
    pub(crate) iss: String,
    pub(crate) sub: UserId,
    pub(crate) aud: Audience,
    pub(crate) client_id: ClientId,
    pub(crate) scope: &'a ScopeSet,
    pub(crate) environment: &'a EnvironmentName,
    pub(crate) customer: CustomerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspaces: Option<Vec<WorkspaceId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspaces_count: Option<usize>,
    pub(crate) connection_id: ConnectionId,
    pub(crate) app: AppId,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unattended: bool,
}

/// The claims of one token alone. With [`LastingClaims`] they are [`Claims`].
#[derive(Serialize)]
pub(crate) struct PassingClaims {
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<SecretId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cert: Option<CertificateId>,
    pub(crate) rev: Position,
}

impl Claims {
    /// Everything whose end ends this token.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::with_capacity(12);
        subjects.extend([
            Subject::Environment(self.environment.clone()),
            Subject::Customer(self.customer),
            Subject::App(self.app),
            Subject::Key(self.client_id),
            Subject::User(self.sub),
            Subject::Connection(self.connection_id),
            Subject::ConnectionWorkspaces(self.connection_id),
            Subject::Token(self.jti),
        ]);
        subjects.extend(self.secret.map(Subject::Secret));
        subjects.extend(self.cnf.map(|bound| Subject::Certificate(bound.certificate)));
        subjects.extend(self.cert.map(Subject::Registration));
        subjects.extend(self.unattended.then_some(Subject::ClientCredentials(self.client_id)));
        subjects
    }
}
