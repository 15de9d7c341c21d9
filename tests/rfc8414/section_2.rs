//! What the document holds.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, in_both_worlds};

const DOCUMENT: &str = "/.well-known/oauth-authorization-server";

async fn document(world: &World) -> Value {
    let answer = world.gets(DOCUMENT).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

// RFC 8414 §2
#[test]
fn the_document_is_exactly_what_this_server_does() {
    in_both_worlds(async |world| {
        let at = |path: &str| world.url(0, path);
        let expected = json!({
            "issuer": world.issuer(""),
            "authorization_endpoint": at("/oauth/authorize"),
            "token_endpoint": at("/oauth/token"),
            "jwks_uri": at("/oauth/jwks"),
            "scopes_supported": ["reports.read", "reports.write"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "revocation_endpoint": at("/oauth/revoke"),
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "introspection_endpoint": at("/oauth/introspect"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        assert_eq!(document(world).await, expected);
    });
}

// RFC 8414 §2: every advertised endpoint answers.
#[test]
fn every_advertised_json_endpoint_answers() {
    in_both_worlds(async |world| {
        let document = document(world).await;
        for (name, method, status) in [
            ("token_endpoint", Method::POST, 401),
            ("revocation_endpoint", Method::POST, 401),
            ("introspection_endpoint", Method::POST, 401),
            ("jwks_uri", Method::GET, 200),
        ] {
            let url = document[name].as_str().unwrap_or_else(|| panic!("{name} is missing"));
            let answer = crate::world::Answer::to(world.http.request(method, url)).await;
            assert_eq!(answer.status, status, "{name}: {answer:?}");
        }
    });
}

// RFC 8414 §3.2
#[test]
fn the_document_is_json_that_may_be_kept_a_while() {
    in_both_worlds(async |world| {
        let answer = world.gets(DOCUMENT).await;
        assert!(answer.header("content-type").starts_with("application/json"));
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
    });
}
