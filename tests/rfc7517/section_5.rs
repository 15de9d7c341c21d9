//! The JWK set.

use crate::world::in_both_worlds;

// RFC 7517 §4, RFC 7518 §6.2
#[test]
fn the_set_holds_public_signing_keys_and_nothing_private() {
    in_both_worlds(async |world| {
        let set = world.gets("/oauth/jwks").await.json();
        let keys = set["keys"].as_array().cloned().unwrap_or_default();
        assert_eq!(keys.len(), 1, "{set}");
        for key in keys {
            let told = |member: &str| key[member].as_str().unwrap_or_default().to_owned();
            assert_eq!([told("kty"), told("crv"), told("alg"), told("use")], ["EC", "P-256", "ES256", "sig"]);
            assert!(!told("kid").is_empty() && told("x").len() == 43 && told("y").len() == 43, "{key}");
            assert!(key.get("d").is_none(), "a private key was published");
        }
    });
}

// RFC 7517 §8.5.1
#[test]
fn the_set_has_its_own_content_type_and_says_how_long_it_may_be_kept() {
    in_both_worlds(async |world| {
        let answer = world.gets("/oauth/jwks").await;
        assert_eq!(answer.header("content-type"), "application/jwk-set+json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
    });
}

// DESIGN, decision 15: kid is globally unique, no two environments share a key.
#[test]
fn no_two_environments_share_a_key() {
    in_both_worlds(async |world| {
        let (here, there) = (world.gets("/oauth/jwks").await.json(), world.gets("/prod2/oauth/jwks").await.json());
        for member in ["kid", "x"] {
            assert_ne!(here["keys"][0][member], there["keys"][0][member]);
        }
    });
}
