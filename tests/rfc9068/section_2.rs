//! Header and claims, verified as a resource server with a library of its own would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::EncodedPoint;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Value, json};

use crate::world::{World, in_both_worlds, part_of_jwt};

/// The key of the published set that the token names.
async fn published(world: &World, jwks: &str, token: &str) -> Value {
    let kid = part_of_jwt(token, 0)["kid"].clone();
    let set = world.gets(jwks).await.json();
    let keys = set["keys"].as_array().cloned().unwrap_or_default();
    keys.into_iter().find(|key| key["kid"] == kid).unwrap_or_else(|| panic!("{kid} is not in {set}"))
}

/// Whether the published key signed the token, by the `RustCrypto` implementation of ES256.
fn is_signed_by(key: &Value, token: &str) -> bool {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let coordinate = |name: &str| bytes(key[name].as_str().unwrap_or_default());
    let point = [&[4][..], &coordinate("x"), &coordinate("y")].concat();
    let key = VerifyingKey::from_encoded_point(&EncodedPoint::from_bytes(point).expect("a point"));
    let (signed, signature) = token.rsplit_once('.').expect("a JWT has three parts");
    let signature = Signature::from_slice(&bytes(signature)).expect("64 bytes");
    key.expect("a point of P-256").verify(signed.as_bytes(), &signature).is_ok()
}

// RFC 9068 §4, RFC 7515 §5.2
#[test]
fn the_signature_is_good_under_the_published_key() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let key = published(world, "/oauth/jwks", &tokens.access).await;
        assert!(is_signed_by(&key, &tokens.access));
    });
}

// DESIGN §1: an environment has its own signing keys.
#[test]
fn a_token_of_an_environment_is_signed_by_the_environments_key() {
    in_both_worlds(async |world| {
        let bot = world.report_bot().at("/prod2");
        let tokens = bot.is_let_in_by(&world.carol()).await;
        let key = published(world, "/prod2/oauth/jwks", &tokens.access).await;
        assert!(is_signed_by(&key, &tokens.access));
    });
}

// RFC 9068 §2.1
#[test]
fn the_header_says_at_jwt_and_names_its_key() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        let header = part_of_jwt(&tokens.access, 0);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
        assert!(header["kid"].as_str().is_some_and(|kid| kid.starts_with("key_")), "{header}");
    });
}

// RFC 9068 §2.2
#[test]
fn the_required_claims_are_there() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let claims = bot.is_let_in_by(&world.alice()).await.claims();
        assert_eq!(claims["iss"], json!(world.issuer("")));
        assert_eq!(claims["aud"], "https://api.example.com");
        assert_eq!(claims["sub"], json!(world.seed.alice));
        assert_eq!(claims["client_id"], json!(bot.id()));
        assert_eq!(claims["iat"].as_i64(), Some(domain::Clock::now(&*world.clock).seconds()));
        assert!(claims["exp"].is_i64() && claims["jti"].as_str().is_some_and(|id| id.starts_with("jti_")));
    });
}

// RFC 9068 §2.2.3
#[test]
fn scope_is_the_one_of_the_answer() {
    in_both_worlds(async |world| {
        let tokens = world.report_bot().is_let_in_by(&world.alice()).await;
        assert_eq!(tokens.claims()["scope"], tokens.body["scope"]);
    });
}

// RFC 9068 §2.2, RFC 7519 §4.1.7
#[test]
fn every_token_has_an_id_of_its_own() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        let second = bot.refreshes(&first.refresh).await.tokens();
        assert_ne!(first.claims()["jti"], second.claims()["jti"]);
    });
}

// DESIGN, decision 1: a token carries the ids of its subjects and the log position of its issuer.
#[test]
fn a_token_names_its_subjects_of_revocation() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let claims = tokens.claims();
        assert_eq!(claims["environment"], "default");
        assert_eq!(claims["customer"], json!(world.seed.acme.id));
        assert_eq!(claims["app"], json!(bot.card.app));
        assert_eq!(claims["secret"], json!(bot.card.secret_id));
        assert_eq!(claims["connection_id"].as_str(), Some(tokens.connection().as_str()));
        assert_eq!(claims["rev"].as_i64(), Some(world.replica(0).state.protocol.log.position().0));
    });
}

// RFC 8725 §3.11: another kind of JWT of ours, or of anybody, is no access token.
#[test]
fn a_token_of_one_environment_is_nothing_in_another() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        bot.at("/prod2").introspects(&tokens.access).await.is_inactive();
    });
}
