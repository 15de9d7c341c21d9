//! The signing keys of this replica: parsed once, published, and used only after they were served long enough.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EnvironmentName, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::json;
use storage::{SigningKey, SigningKeyState};

use crate::claims::{Claims, PassingClaims};
use crate::draft::Payload;
use crate::root_keys::{BrokenSeal, RootKeys, Sealed};

/// Why a stored signing key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableKey {
    /// Its private part does not open.
    #[error("signing key {kid}: {cause}")]
    Sealed {
        /// Which.
        kid: String,
        /// Why.
        cause: BrokenSeal,
    },
    /// It is not a P-256 key.
    #[error("signing key {0} is not a P-256 key")]
    Form(String),
}

/// A parsed key with its pre-encoded header: signing is one signature and two encodings.
pub struct Signer {
    kid: String,
    header: String,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    /// The signed token (RFC 9068 §2.1: `typ` is `at+jwt`).
    #[must_use]
    pub(crate) fn sign(&self, lasting: &Payload, passing: &PassingClaims) -> String {
        let passing = serde_json::to_string(passing).expect("claims have string keys only");
        let mut token = String::with_capacity(self.header.len() + lasting.len() + passing.len() * 4 / 3 + 100);
        token.push_str(&self.header);
        token.push('.');
        lasting.finish(&passing, &mut token);
        let signature = self.pair.sign(&self.random, token.as_bytes()).expect("an in-memory P-256 key signs");
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// What one environment signs and verifies with.
pub struct EnvironmentKeys {
    signers: Vec<Candidate>,
    verifiers: HashMap<String, DecodingKey>,
    jwks: Arc<str>,
}

struct Candidate {
    signer: Arc<Signer>,
    state: SigningKeyState,
    /// From when on every verifier's cached JWKS has it.
    known_from: Timestamp,
    retired_at: Option<Timestamp>,
}

/// All signing keys of this replica. Loaded from the store, swapped as a whole.
pub struct KeyRing {
    cache_time: Duration,
    environments: ArcSwap<HashMap<EnvironmentName, Arc<EnvironmentKeys>>>,
    /// When this replica first served each key.
    served: Mutex<HashMap<String, Timestamp>>,
}

impl KeyRing {
    /// An empty ring. `cache_time` is how long verifiers may keep a JWKS (its `max-age`).
    #[must_use]
    pub fn new(cache_time: Duration) -> Self {
        Self { cache_time, environments: ArcSwap::default(), served: Mutex::default() }
    }

    /// Takes in what the store holds now.
    ///
    /// # Errors
    /// [`UnusableKey`]: one of those that do not open; all others were taken in.
    pub fn load(&self, stored: &[SigningKey], roots: &RootKeys, now: Timestamp) -> Result<(), UnusableKey> {
        let mut served = self.served.lock().expect("no panic while held");
        let first_load = served.is_empty();
        let mut unusable = Vec::new();
        let mut environments: HashMap<EnvironmentName, EnvironmentKeys> = HashMap::new();
        let mut published: HashMap<EnvironmentName, Vec<serde_json::Value>> = HashMap::new();
        for key in stored.iter().filter(|key| key.state != SigningKeyState::Removed) {
            // A replica that starts serves what others have served since it was published; one that runs must have
            // served a key itself for the cache time before it signs with it (DESIGN, decision 15).
            let since = *served.entry(key.kid.clone()).or_insert(if first_load { key.published_at } else { now });
            let entry = environments.entry(key.environment.clone()).or_insert_with(EnvironmentKeys::empty);
            let (x, y) = coordinates(&key.public_point).ok_or_else(|| UnusableKey::Form(key.kid.clone()))?;
            let verifier = DecodingKey::from_ec_components(&x, &y).map_err(|_| UnusableKey::Form(key.kid.clone()))?;
            entry.verifiers.insert(key.kid.clone(), verifier);
            published.entry(key.environment.clone()).or_default().push(json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key.kid, "x": x, "y": y,
            }));
            if key.state != SigningKeyState::Next {
                let signer = match parse(key, roots) {
                    Ok(signer) => signer,
                    // One key that does not open must not keep the others from being loaded.
                    Err(cause) => {
                        unusable.push(cause);
                        continue;
                    }
                };
                entry.signers.push(Candidate {
                    signer: Arc::new(signer),
                    state: key.state,
                    known_from: since + self.cache_time,
                    retired_at: key.retired_at,
                });
            }
        }
        served.retain(|kid, _| stored.iter().any(|key| key.kid == *kid));
        for (name, keys) in published {
            if let Some(entry) = environments.get_mut(&name) {
                entry.jwks = json!({ "keys": keys }).to_string().into();
            }
        }
        self.environments.store(Arc::new(environments.into_iter().map(|(name, keys)| (name, keys.into())).collect()));
        unusable.pop().map_or(Ok(()), Err)
    }

    /// The keys of `environment`.
    #[must_use]
    pub fn of(&self, environment: &EnvironmentName) -> Option<Arc<EnvironmentKeys>> {
        self.environments.load().get(environment).cloned()
    }
}

impl EnvironmentKeys {
    fn empty() -> Self {
        Self { signers: Vec::new(), verifiers: HashMap::new(), jwks: "{\"keys\":[]}".into() }
    }

    /// The key to sign with: the active one once every verifier can know it, until then the one before it.
    #[must_use]
    pub fn signer(&self, now: Timestamp) -> Option<&Signer> {
        let active = self.signers.iter().find(|candidate| candidate.state == SigningKeyState::Active);
        let before = || {
            let retiring = self.signers.iter().filter(|candidate| candidate.state == SigningKeyState::Retiring);
            retiring.max_by_key(|candidate| candidate.retired_at)
        };
        match active {
            Some(active) if active.known_from > now => Some(before().unwrap_or(active)),
            other => other,
        }
        .map(|candidate| &*candidate.signer)
    }

    /// The published set (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// Whether the key `kid` is published.
    #[must_use]
    pub fn publishes(&self, kid: &str) -> bool {
        self.verifiers.contains_key(kid)
    }

    /// The key id and claims of a token that one of these keys signed, whatever its age. `None` for anything else.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<(String, Claims)> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // RFC 9068 §4: the type must be checked, so that no other JWT passes for an access token.
        if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt")) {
            return None;
        }
        let kid = header.kid?;
        let key = self.verifiers.get(&kid)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        jsonwebtoken::decode::<Claims>(token, key, &validation).ok().map(|data| (kid, data.claims))
    }
}

/// A new key pair: the PKCS#8 private key and the uncompressed public point.
#[must_use]
pub fn generate() -> (zeroize::Zeroizing<Vec<u8>>, Vec<u8>) {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .expect("the system can make a P-256 key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
        .expect("a key that was just made parses");
    (zeroize::Zeroizing::new(document.as_ref().to_vec()), pair.public_key().as_ref().to_vec())
}

fn parse(key: &SigningKey, roots: &RootKeys) -> Result<Signer, UnusableKey> {
    let plain = roots
        .open(Sealed::AtRest, key.kid.as_bytes(), &key.sealed_private)
        .map_err(|cause| UnusableKey::Sealed { kid: key.kid.clone(), cause })?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &plain)
        .map_err(|_| UnusableKey::Form(key.kid.clone()))?;
    let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": key.kid }).to_string();
    Ok(Signer { kid: key.kid.clone(), header: URL_SAFE_NO_PAD.encode(header), pair, random: SystemRandom::new() })
}

fn coordinates(point: &[u8]) -> Option<(String, String)> {
    let (4, coordinates) = point.split_first().map(|(form, rest)| (*form, rest))? else { return None };
    let (x, y) = coordinates.split_at_checked(32)?;
    (y.len() == 32).then(|| (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)))
}

#[cfg(test)]
mod tests;
