//! RFC 8414: what an environment's server can do. Every advertised feature works; nothing else is listed.

use domain::EnvironmentName;
use serde::Serialize;
use storage::EnvironmentRecord;

use crate::settings::Settings;

/// Authorization server metadata.
#[derive(Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    code_challenge_methods_supported: [&'static str; 1],
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
}

const CLIENT_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

impl Metadata {
    /// The document of `environment`.
    #[must_use]
    pub fn of(settings: &Settings, environment: &EnvironmentName, record: &EnvironmentRecord) -> Self {
        let issuer = settings.issuer(environment);
        let endpoint = |path: &str| format!("{issuer}/oauth/{path}");
        let mut scopes: Vec<String> =
            record.apis.iter().flat_map(|api| api.scopes.iter().map(|words| words.scope.to_string())).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            authorization_endpoint: endpoint("authorize"),
            token_endpoint: endpoint("token"),
            jwks_uri: endpoint("jwks"),
            scopes_supported: scopes,
            response_types_supported: ["code"],
            response_modes_supported: ["query", "form_post"],
            grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
            token_endpoint_auth_methods_supported: CLIENT_METHODS,
            revocation_endpoint: endpoint("revoke"),
            revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
            introspection_endpoint: endpoint("introspect"),
            introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
            issuer,
        }
    }
}
