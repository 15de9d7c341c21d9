//! The root-key list and everything derived from it (DESIGN, decision 15).
//!
//! A root key is 32 random bytes from configuration. It is never used itself: HKDF-SHA-256 (RFC 5869) derives one key
//! per purpose, so that no value made for one purpose can serve another. Each stored or issued value names its root
//! key; new values use the newest.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use domain::{
    ApiSecretText, AuthorizationCode, ClientId, ConnectionId, EnvironmentName, Random, RefreshToken, RootKeyId,
};
use zeroize::Zeroizing;

/// One entry of the root-key list.
pub struct RootKey {
    /// Its id, 0 to 255, never given to another key.
    pub id: RootKeyId,
    /// 32 random bytes.
    pub bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RootKey({})", self.id.0)
    }
}

/// A sealed or tagged value that cannot be what it says.
#[derive(Debug, thiserror::Error)]
pub enum BrokenSeal {
    /// It names a root key that is not in the list.
    #[error("it depends on root key {0}, which is not in the configured list")]
    UnknownRootKey(u8),
    /// It was changed, or was made for another place.
    #[error("it was changed or belongs somewhere else")]
    Changed,
}

/// What a sealed value is for; the label of its derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// Payloads of codes and browser state, in the store that may be lost.
    Transient,
    /// Private signing keys, in the database.
    AtRest,
}

/// The derived keys of every root key in the list.
pub struct RootKeys {
    newest: RootKeyId,
    derived: BTreeMap<RootKeyId, Derived>,
}

struct Derived {
    refresh_tag: hmac::Key,
    connection_of_code: hmac::Key,
    secret_pepper: hmac::Key,
    transient: hmac::Key,
    at_rest: hmac::Key,
}

impl RootKeys {
    /// Derives the keys of `list`, newest first. `None` when the list is empty or an id stands twice.
    #[must_use]
    pub fn new(list: &[RootKey]) -> Option<Self> {
        let newest = list.first()?.id;
        let derived: BTreeMap<_, _> = list.iter().map(|key| (key.id, Derived::from(key))).collect();
        (derived.len() == list.len()).then_some(Self { newest, derived })
    }

    /// The root key that new values depend on.
    #[must_use]
    pub fn newest(&self) -> RootKeyId {
        self.newest
    }

    /// The keyed hash of an API key's secret. 256 random bits need no slow hash (DESIGN, decision 4).
    #[must_use]
    pub fn secret_hash(&self, key: RootKeyId, secret: &ApiSecretText) -> Option<[u8; 32]> {
        let tag = hmac::sign(&self.derived.get(&key)?.secret_pepper, secret.expose());
        tag.as_ref().try_into().ok()
    }

    /// The connection that redeeming `code` makes: the same for every redemption, and for nobody to guess.
    ///
    /// # Errors
    /// [`BrokenSeal::UnknownRootKey`].
    pub fn connection_of(&self, code: &AuthorizationCode) -> Result<ConnectionId, BrokenSeal> {
        let tag = hmac::sign(&self.of(code.root_key())?.connection_of_code, code.expose());
        let bits = tag.as_ref().first_chunk().expect("a SHA-256 tag holds 128 bits");
        Ok(ConnectionId::from_bytes(*bits))
    }

    /// The refresh token of `connection` at `sequence`, under the newest root key.
    #[must_use]
    pub fn refresh_token(
        &self,
        environment: &EnvironmentName,
        client: ClientId,
        connection: ConnectionId,
        sequence: u32,
    ) -> RefreshToken {
        let key = &self.of(self.newest).expect("the newest key is in the list").refresh_tag;
        let tag = refresh_tag(key, environment, client, (connection, sequence));
        RefreshToken::new(self.newest, connection, sequence, tag)
    }

    /// Whether `token` was made by [`Self::refresh_token`] for this environment and client.
    ///
    /// # Errors
    /// [`BrokenSeal`].
    pub fn check_refresh_token(
        &self,
        environment: &EnvironmentName,
        client: ClientId,
        token: &RefreshToken,
    ) -> Result<(), BrokenSeal> {
        let key = &self.of(token.root_key())?.refresh_tag;
        let expected = refresh_tag(key, environment, client, (token.connection(), token.sequence()));
        if token.has_tag(&expected) { Ok(()) } else { Err(BrokenSeal::Changed) }
    }

    /// Seals `plain` for `place`: the result opens only there. AES-256-GCM under a key of its own for each place, so
    /// that no number of values wears a key out.
    #[must_use]
    pub fn seal(&self, what: Sealed, place: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let key = self.of(self.newest).expect("the newest key is in the list").sealing(what, place);
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = plain.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut sealed)
            .expect("the plain text is far below the limit of GCM");
        [&[self.newest.0][..], &nonce, &sealed].concat()
    }

    /// Opens what [`Self::seal`] sealed for `place`.
    ///
    /// # Errors
    /// [`BrokenSeal`].
    pub fn open(&self, what: Sealed, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BrokenSeal> {
        let (root_key, rest) = sealed.split_first().ok_or(BrokenSeal::Changed)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(BrokenSeal::Changed)?;
        let key = self.of(RootKeyId(*root_key))?.sealing(what, place);
        let mut plain = Zeroizing::new(body.to_vec());
        let length = key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut plain)
            .map_err(|_| BrokenSeal::Changed)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    fn of(&self, id: RootKeyId) -> Result<&Derived, BrokenSeal> {
        self.derived.get(&id).ok_or(BrokenSeal::UnknownRootKey(id.0))
    }
}

impl client_registry::SecretHasher for RootKeys {
    fn hash(&self, secret: &ApiSecretText) -> (RootKeyId, [u8; 32]) {
        (self.newest, self.secret_hash(self.newest, secret).expect("the newest key is in the list"))
    }
}

impl Derived {
    fn from(key: &RootKey) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"countersign root key").extract(&*key.bytes);
        let derive = |label: &[u8]| {
            let mut bytes = Zeroizing::new([0; 32]);
            root.expand(&[label], hkdf::HKDF_SHA256)
                .and_then(|output| output.fill(&mut *bytes))
                .expect("32 bytes are within what HKDF can give");
            hmac::Key::new(hmac::HMAC_SHA256, &*bytes)
        };
        Self {
            refresh_tag: derive(b"refresh tag"),
            connection_of_code: derive(b"connection of code"),
            secret_pepper: derive(b"secret pepper"),
            transient: derive(b"sealed payload"),
            at_rest: derive(b"data at rest"),
        }
    }

    fn sealing(&self, what: Sealed, place: &[u8]) -> LessSafeKey {
        let parent = match what {
            Sealed::Transient => &self.transient,
            Sealed::AtRest => &self.at_rest,
        };
        let key = hmac::sign(parent, place);
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("a SHA-256 tag is an AES-256 key"))
    }
}

fn refresh_tag(
    key: &hmac::Key,
    environment: &EnvironmentName,
    client: ClientId,
    (connection, sequence): (ConnectionId, u32),
) -> [u8; 20] {
    let mut context = hmac::Context::with_key(key);
    context.update(environment.as_str().as_bytes());
    context.update(&[0]);
    context.update(client.as_bytes());
    context.update(connection.as_bytes());
    context.update(&sequence.to_be_bytes());
    *context.sign().as_ref().first_chunk().expect("a SHA-256 tag holds 160 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn keys(ids: &[u8]) -> RootKeys {
        let list: Vec<_> =
            ids.iter().map(|id| RootKey { id: RootKeyId(*id), bytes: Zeroizing::new([*id; 32]) }).collect();
        RootKeys::new(&list).expect("different ids")
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let keys = keys(&[2, 1]);
        let sealed = keys.seal(Sealed::Transient, b"here", b"payload", &Fixed(9));
        assert_eq!(&**keys.open(Sealed::Transient, b"here", &sealed).expect("unchanged"), b"payload");
        assert!(keys.open(Sealed::Transient, b"there", &sealed).is_err());
        assert!(keys.open(Sealed::AtRest, b"here", &sealed).is_err());
    }

    #[test]
    fn a_value_of_a_retired_root_key_opens_while_the_key_is_listed() {
        let sealed = keys(&[1]).seal(Sealed::AtRest, b"kid", b"key", &Fixed(9));
        assert!(keys(&[2, 1]).open(Sealed::AtRest, b"kid", &sealed).is_ok());
        assert!(matches!(keys(&[2]).open(Sealed::AtRest, b"kid", &sealed), Err(BrokenSeal::UnknownRootKey(1))));
    }

    #[test]
    fn a_refresh_token_is_good_for_its_client_and_environment_only() {
        let keys = keys(&[1]);
        let (here, client) = (EnvironmentName::default_environment(), ClientId::from_bytes([3; 16]));
        let token = keys.refresh_token(&here, client, ConnectionId::from_bytes([4; 16]), 7);
        assert!(keys.check_refresh_token(&here, client, &token).is_ok());
        assert!(keys.check_refresh_token(&here, ClientId::from_bytes([5; 16]), &token).is_err());
        assert!(keys.check_refresh_token(&"prod2".parse().expect("a name"), client, &token).is_err());
    }

    #[test]
    fn an_id_stands_once_in_the_list() {
        let twice: Vec<_> = [1, 1].map(|id| RootKey { id: RootKeyId(id), bytes: Zeroizing::new([id; 32]) }).into();
        assert!(RootKeys::new(&twice).is_none() && RootKeys::new(&[]).is_none());
    }
}
