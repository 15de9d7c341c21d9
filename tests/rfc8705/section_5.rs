//! Metadata.

use serde_json::json;

use crate::world::over_mutual_tls;

// RFC 8705 §3.3 and §5
#[test]
fn the_metadata_says_where_certificates_are_asked_for() {
    over_mutual_tls(async |world| {
        for prefix in ["", "/prod2"] {
            let document = world.gets(&format!("{prefix}/.well-known/oauth-authorization-server")).await.json();
            let at = |path: &str| format!("https://mtls.id.example.com{prefix}/oauth/{path}");
            assert_eq!(
                document["mtls_endpoint_aliases"],
                json!({
                    "token_endpoint": at("token"),
                    "revocation_endpoint": at("revoke"),
                    "introspection_endpoint": at("introspect"),
                })
            );
            assert_eq!(document["tls_client_certificate_bound_access_tokens"], json!(true));
            let methods = document["token_endpoint_auth_methods_supported"].as_array().cloned().unwrap_or_default();
            for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
                assert!(methods.contains(&json!(method)), "{methods:?}");
            }
            assert_eq!(document["issuer"], world.issuer(prefix), "the issuer is one, whichever address is used");
        }
    });
}
