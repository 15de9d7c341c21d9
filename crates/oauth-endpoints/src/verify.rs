//! `/oauth/verify`: what gateways ask before they let a request through (nginx `auth_request`, forward-auth of Traefik
//! and Caddy, Envoy's `ext_authz`). Not among the public routes: the server puts it on listeners of their own.
//!
//! `Authorization` holds the caller's bearer token, `Countersign-Authorization` the gateway's own credential, because
//! gateways pass the caller's headers on as they are.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use actix_web::web::{self, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use domain::{ActivityKind, ErrorCode, Reason};
use protocol::{AuthenticatedApi, GatewayCheck, Identity, Parameters, Presented, Refusal, Shown, Trail};

use crate::documents;
use crate::environment::At;
use crate::request::{Noted, authorization, bearer, shown};
use crate::respond::{Attempt, no_store};
use crate::state::State;

/// Where the gateway's credential is.
const GATEWAY: &str = "countersign-authorization";

/// Enters the check at its own path and under `/{environment}`. Envoy appends the path that it asks about.
pub fn verify_routes(config: &mut ServiceConfig) {
    for prefix in ["", "/{environment}"] {
        for path in ["/oauth/verify", "/oauth/verify/{asked:.*}"] {
            config.service(resource(format!("{prefix}{path}")).to(verify));
        }
    }
    config.default_service(web::to(documents::nothing_here));
}

/// Any method: gateways that forward the caller's own must be answered too.
async fn verify(state: web::Data<State>, at: At, request: HttpRequest) -> HttpResponse {
    let mut trail = Trail::default();
    match check(&state, &at, &request, &mut trail).await {
        Ok(identity) => {
            let mut response = no_store(&mut HttpResponse::Ok()).finish();
            tell(&identity, response.headers_mut());
            response.extensions_mut().insert(Noted { reason: None, key: trail.key });
            response
        }
        Err(refusal) => {
            let mut attempt = Attempt::new(&state, &request, ActivityKind::Verify, at.name.clone());
            attempt.trail = trail;
            refused(attempt, refusal)
        }
    }
}

async fn check(state: &State, at: &At, request: &HttpRequest, trail: &mut Trail) -> Result<Arc<Identity>, Refusal> {
    let api = gateway(state, at, request).await?;
    let query = Parameters::parse(request.query_string().as_bytes())?;
    // RFC 6750 §2.3: logs and histories keep URLs.
    if query.find("access_token").is_some() {
        return Err(Reason::TokenInQuery.into());
    }
    // A fault of the caller, not of the gateway.
    let of_caller = |_| Refusal::new(Reason::TokenMissing).saying("send one Authorization header, with the token.");
    let header = authorization(request).map_err(of_caller)?.ok_or(Reason::TokenMissing)?;
    let token = bearer(header).ok_or(Reason::TokenMissing)?;
    let headers = |name: &str| {
        // What cannot be read is no id of anything.
        let values = request.headers().get_all(name).map(|value| value.to_str().unwrap_or("?"));
        values.filter(|value| !value.is_empty())
    };
    let check = GatewayCheck {
        environment: &at.name,
        api: &api,
        token,
        certificate: &shown(request),
        // Whatever names a key or a workspace is checked: what a caller adds can only narrow.
        keys: headers("key").chain(query.find("key")).collect(),
        workspaces: headers("workspace").chain(query.find("workspace")).collect(),
    };
    state.protocol.check_at_gateway(&check, trail).await
}

async fn gateway(state: &State, at: &At, request: &HttpRequest) -> Result<AuthenticatedApi, Refusal> {
    let credential = request.headers().get(GATEWAY).and_then(|value| value.to_str().ok());
    let missing = || {
        Refusal::new(Reason::AuthenticationMissing)
            .saying("the gateway sent no credential of its API as Countersign-Authorization: Basic.")
    };
    let presented = Presented::read(Some(credential.ok_or_else(missing)?), &Parameters::parse(b"")?, &Shown::NotAsked)?;
    let api = state.protocol.authenticate_api(&at.name, &presented).await?;
    api.ok_or_else(|| Refusal::new(Reason::ClientUnknown).detail("the gateway's name is not an API's"))
}

/// 401 or 403 with the caller's challenge (RFC 6750 §3), and every identity header empty, so that a gateway that copies
/// them copies nothing of the caller's.
fn refused(attempt: Attempt<'_>, refusal: Refusal) -> HttpResponse {
    let public = refusal.public();
    let mut response = attempt.finish::<()>(Err(refusal));
    tell(&Identity::default(), response.headers_mut());
    response.headers_mut().remove(WWW_AUTHENTICATE);
    if public.error == ErrorCode::InvalidClient {
        // The gateway's fault: its caller must not throw a good token away, nor be asked for another one.
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    // RFC 6750 §3.1: who sent no token is told no error.
    let challenge = match public.reason {
        Reason::TokenMissing => "Bearer realm=\"countersign\"".to_owned(),
        _ => format!(
            "Bearer realm=\"countersign\", error=\"{}\", error_description=\"{}\"",
            public.error.as_str(),
            public.description
        ),
    };
    let challenges = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if let Some(challenge) = HeaderValue::from_str(&challenge).ok().filter(|_| challenges) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Every identity header, always: one that were left out could be the caller's own behind the gateway.
fn tell(identity: &Identity, headers: &mut HeaderMap) {
    let told = [
        ("countersign-subject", &identity.subject),
        ("countersign-client", &identity.client),
        ("countersign-app", &identity.app),
        ("countersign-customer", &identity.customer),
        ("countersign-connection", &identity.connection),
        ("countersign-environment", &identity.environment),
        ("countersign-scope", &identity.scope),
        ("countersign-workspaces", &identity.workspaces),
        ("countersign-certificate", &identity.certificate),
        ("countersign-token-id", &identity.token),
        ("countersign-expires", &identity.expires),
    ];
    for (name, value) in told {
        let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""));
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_header_is_set_though_nothing_is_known() {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("countersign-app"), HeaderValue::from_static("somebody's"));
        tell(&Identity::default(), &mut headers);
        assert_eq!(headers.len(), 11);
        assert!(headers.iter().all(|(_, value)| value.is_empty()));
    }
}
