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
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    code_challenge_methods_supported: [&'static str; 1],
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
    /// RFC 8705 §3.3.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_endpoint_aliases: Option<Aliases>,
}

/// RFC 8705 §5: where clients show certificates.
#[derive(Debug, Serialize)]
struct Aliases {
    #[serde(rename = "token_endpoint")]
    token: String,
    #[serde(rename = "revocation_endpoint")]
    revocation: String,
    #[serde(rename = "introspection_endpoint")]
    introspection: String,
}

const SECRETS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
/// RFC 8705 §2.1.1 and §2.2.1.
const CERTIFICATES: [&str; 2] = ["tls_client_auth", "self_signed_tls_client_auth"];

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
        let certified = settings.mtls_issuer(environment);
        let certificates = if certified.is_some() { &CERTIFICATES[..] } else { &[] };
        let methods = |others: &[&'static str]| [&SECRETS[..], certificates, others].concat();
        let aliases = certified.map(|issuer| Aliases {
            token: format!("{issuer}/oauth/token"),
            revocation: format!("{issuer}/oauth/revoke"),
            introspection: format!("{issuer}/oauth/introspect"),
        });
        Self {
            authorization_endpoint: endpoint("authorize"),
            token_endpoint: endpoint("token"),
            jwks_uri: endpoint("jwks"),
            scopes_supported: scopes,
            response_types_supported: ["code"],
            response_modes_supported: ["query", "form_post"],
            grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
            token_endpoint_auth_methods_supported: methods(&["none"]),
            revocation_endpoint: endpoint("revoke"),
            revocation_endpoint_auth_methods_supported: methods(&["none"]),
            introspection_endpoint: endpoint("introspect"),
            introspection_endpoint_auth_methods_supported: methods(&[]),
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
            tls_client_certificate_bound_access_tokens: aliases.is_some(),
            mtls_endpoint_aliases: aliases,
            issuer,
        }
    }
}
