//! Where the document is.

use reqwest::Method;

use crate::world::{Answer, in_both_worlds};

// RFC 8414 §3.1: for an issuer with a path, the well-known part is inserted before the path.
#[test]
fn the_document_of_an_environment_is_at_the_path_inserted_form() {
    in_both_worlds(async |world| {
        let answer = world.gets("/.well-known/oauth-authorization-server/prod2").await;
        assert_eq!(answer.json()["issuer"].as_str(), Some(world.issuer("/prod2").as_str()));
    });
}

// PROTOCOL, "Everywhere": the same document under the environment's own prefix.
#[test]
fn the_same_document_is_under_the_environments_prefix() {
    in_both_worlds(async |world| {
        let inserted = world.gets("/.well-known/oauth-authorization-server/prod2").await;
        let own = world.gets("/prod2/.well-known/oauth-authorization-server").await;
        assert_eq!((own.status, own.text), (200, inserted.text));
    });
}

// RFC 8414 §3.3: the issuer is the one whose document was asked for.
#[test]
fn the_endpoints_of_an_environment_are_under_its_prefix() {
    in_both_worlds(async |world| {
        let document = world.gets("/prod2/.well-known/oauth-authorization-server").await.json();
        for name in
            ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint", "introspection_endpoint"]
        {
            let url = document[name].as_str().unwrap_or_default();
            assert!(url.starts_with(&world.url(0, "/prod2/oauth/")), "{name}: {url}");
        }
    });
}

// DESIGN §1
#[test]
fn an_environment_that_does_not_exist_has_no_document() {
    in_both_worlds(async |world| {
        for path in [
            "/.well-known/oauth-authorization-server/prod3",
            "/prod3/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/default",
        ] {
            assert_eq!(world.gets(path).await.status, 404, "{path}");
        }
    });
}

// RFC 9110 §9.3.2
#[test]
fn head_is_answered_as_get_is_without_the_body() {
    in_both_worlds(async |world| {
        for path in ["/.well-known/oauth-authorization-server", "/oauth/jwks", "/docs/errors"] {
            let (whole, head) = (world.gets(path).await, world.sends(Method::HEAD, path).await);
            assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
            assert_eq!(head.header("content-length"), whole.text.len().to_string(), "{path}");
            assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
        }
        assert_eq!(world.sends(Method::HEAD, "/oauth/token").await.status, 405);
        let probe = world.http.head(world.management_url("/health/ready"));
        assert_eq!(Answer::to(probe).await.status, 200);
    });
}
