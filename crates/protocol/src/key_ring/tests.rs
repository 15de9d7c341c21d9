use domain::{AppId, ClientId, ConnectionId, CustomerId, Position, Random, RootKeyId, ScopeSet, TokenId, UserId};
use zeroize::Zeroizing;

use super::*;
use crate::claims::Audience;
use crate::root_keys::RootKey;

const CACHE: Duration = Duration::from_secs(300);

struct Fixed;
impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn roots() -> RootKeys {
    RootKeys::new(&[RootKey { id: RootKeyId(1), bytes: Zeroizing::new([1; 32]) }]).expect("one key")
}

fn stored(kid: &str, state: SigningKeyState, published: i64) -> SigningKey {
    let (private, public_point) = generate();
    SigningKey {
        kid: kid.into(),
        environment: EnvironmentName::default_environment(),
        state,
        public_point,
        sealed_private: roots().seal(Sealed::AtRest, kid.as_bytes(), &private, &Fixed),
        root_key: RootKeyId(1),
        published_at: Timestamp::from_seconds(published),
        activated_at: None,
        retired_at: (state == SigningKeyState::Retiring).then(|| Timestamp::from_seconds(published)),
    }
}

fn claims() -> Claims {
    Claims {
        iss: "https://auth.example".into(),
        sub: UserId::from_bytes([1; 16]),
        aud: Audience::One("https://api.example".into()),
        client_id: ClientId::from_bytes([2; 16]),
        iat: 1,
        exp: 2,
        jti: TokenId::from_bytes([3; 16]),
        scope: ScopeSet::default(),
        environment: EnvironmentName::default_environment(),
        customer: CustomerId::from_bytes([4; 16]),
        workspaces: Some(vec![]),
        workspaces_count: None,
        connection_id: ConnectionId::from_bytes([5; 16]),
        app: AppId::from_bytes([6; 16]),
        secret: None,
        unattended: false,
        cnf: None,
        cert: None,
        rev: Position(9),
    }
}

fn ring(keys: &[SigningKey], now: i64) -> KeyRing {
    let ring = KeyRing::new(CACHE);
    ring.load(keys, &roots(), Timestamp::from_seconds(now)).expect("usable keys");
    ring
}

#[test]
fn what_a_key_signs_its_environment_verifies() {
    let ring = ring(&[stored("a", SigningKeyState::Active, 0)], 1000);
    let keys = ring.of(&EnvironmentName::default_environment()).expect("loaded");
    let Claims { iat, exp, jti, rev, .. } = claims();
    let passing = PassingClaims { iat, exp, jti, secret: None, cnf: None, cert: None, rev };
    let mut lasting = serde_json::to_value(claims()).expect("JSON");
    let members = lasting.as_object_mut().expect("an object");
    members.retain(|name, _| !matches!(name.as_str(), "iat" | "exp" | "jti" | "rev"));
    let lasting = Payload::begin(lasting.to_string());
    let token = keys.signer(Timestamp::from_seconds(1000)).expect("active").sign(&lasting, &passing);
    assert_eq!(keys.verify(&token), Some(("a".into(), claims())));
    let mut forged = token.clone();
    forged.replace_range(token.len() - 5.., "AAAAA");
    assert_eq!(keys.verify(&forged), None);
}

#[test]
fn a_running_replica_signs_with_a_new_key_only_after_it_served_it_for_the_cache_time() {
    let old = stored("old", SigningKeyState::Active, 0);
    let ring = ring(std::slice::from_ref(&old), 1000);
    let retired =
        SigningKey { state: SigningKeyState::Retiring, retired_at: Some(Timestamp::from_seconds(1990)), ..old };
    let new = stored("new", SigningKeyState::Active, 1500);
    ring.load(&[retired, new], &roots(), Timestamp::from_seconds(2000)).expect("usable keys");
    let keys = ring.of(&EnvironmentName::default_environment()).expect("loaded");
    let kid = |at| keys.signer(Timestamp::from_seconds(at)).map(|signer| signer.kid().to_owned());
    assert_eq!(kid(2299).as_deref(), Some("old"), "this replica has served it for 299 s only");
    assert_eq!(kid(2300).as_deref(), Some("new"));
}

#[test]
fn the_first_key_of_an_environment_signs_at_once() {
    let ring = ring(&[stored("a", SigningKeyState::Active, 1000)], 1000);
    let keys = ring.of(&EnvironmentName::default_environment()).expect("loaded");
    assert!(keys.signer(Timestamp::from_seconds(1000)).is_some());
}

#[test]
fn a_key_that_will_sign_next_is_published_and_does_not_sign() {
    let ring = ring(&[stored("next", SigningKeyState::Next, 0)], 1000);
    let keys = ring.of(&EnvironmentName::default_environment()).expect("loaded");
    assert!(keys.signer(Timestamp::from_seconds(1000)).is_none());
    assert!(keys.jwks().contains("\"kid\":\"next\"") && !keys.jwks().contains("\"d\""));
}
