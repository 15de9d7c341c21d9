//! The texts that are worth stealing: secrets of API keys, authorization codes, refresh tokens, invitations' tokens.
//!
//! They cannot be printed or compared with `==`, they are wiped on drop, and prefix and checksum are part of the
//! type, so a mistyped one is named before it costs a hash or a look-up.

use std::fmt;
use std::time::Duration;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::base62;
use crate::ids::ConnectionId;
use crate::random::{Random, bytes};
use crate::time::Timestamp;

/// Names one key of the root-key list; every stored or issued value carries the id of the key it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootKeyId(pub u8);

/// Text that is not a secret, code or refresh token; says what is wrong without repeating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Does not start as this kind of text does.
    #[error("it does not start with {0}")]
    Prefix(&'static str),
    /// Shorter than every text of this kind.
    #[error("it is not complete: {}", counted(*.0, "is missing", "are missing"))]
    TooShort(usize),
    /// Longer than every text of this kind.
    #[error("it is too long: {}", counted(*.0, "is too many", "are too many"))]
    TooLong(usize),
    /// Right length, but the checksum or alphabet is off.
    #[error("it was mistyped or changed: its checksum does not match")]
    Checksum,
}

fn counted(characters: usize, one: &str, several: &str) -> String {
    if characters == 1 { format!("1 character {one}") } else { format!("{characters} characters {several}") }
}

/// Declares text of a prefix and so many bytes.
macro_rules! credential {
    ($(#[$what:meta])* $name:ident, $prefix:literal, $bytes:literal) => {
        $(#[$what])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Reads what was presented.
            ///
            /// # Errors
            /// [`Malformed`], which says whether characters are missing, too many or changed.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                read($prefix, text).map(Self)
            }

            /// The bytes, for hashing.
            #[must_use]
            pub fn expose(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// The printed form, for the one place that is meant to show it.
            #[must_use]
            pub fn reveal(&self) -> String {
                write($prefix, &self.0)
            }
        }
    };
}

credential! {
    /// The secret of an API key: 256 random bits, printed once as `sk_…`.
    ApiSecretText, "sk_", 32
}

impl ApiSecretText {
    /// A new secret.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self(bytes(random))
    }
}

credential! {
    /// What an invitation's mail carries: 256 random bits, as `it_…`. Whoever has it can read that mail.
    InvitationToken, "it_", 32
}

impl InvitationToken {
    /// A new token.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self(bytes(random))
    }
}

credential! {
    /// An authorization code (RFC 6749 §4.1.2): root key, time of issue and 160 random bits, as `ac_…`.
    AuthorizationCode, "ac_", 25
}

impl AuthorizationCode {
    /// A new code, issued `now` under `key`.
    #[must_use]
    pub fn generate(key: RootKeyId, now: Timestamp, random: &dyn Random) -> Self {
        let mut code = [0; 25];
        let seconds = u32::try_from(now.seconds()).unwrap_or(u32::MAX);
        let (head, chance) = code.split_at_mut(5);
        head.copy_from_slice(&[&[key.0][..], &seconds.to_be_bytes()].concat());
        random.fill(chance);
        Self(code)
    }

    /// The root key its derived values depend on.
    #[must_use]
    pub fn root_key(&self) -> RootKeyId {
        RootKeyId(self.0[0])
    }

    /// How long ago it says it was issued. Anyone can write a time here: use it for words, never for a decision.
    #[must_use]
    pub fn claimed_age(&self, now: Timestamp) -> Duration {
        let [_, a, b, c, d, ..] = self.0;
        now.since(Timestamp::from_seconds(i64::from(u32::from_be_bytes([a, b, c, d]))))
    }
}

/// A refresh token: root key, connection, sequence and a tag over them (see `protocol`), as `rt_…`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RefreshToken {
    root_key: u8,
    connection: [u8; 16],
    sequence: u32,
    tag: [u8; 20],
}

impl RefreshToken {
    const PREFIX: &'static str = "rt_";

    /// The token of `connection` at `sequence`, with the tag that `protocol` computed.
    #[must_use]
    pub fn new(key: RootKeyId, connection: ConnectionId, sequence: u32, tag: [u8; 20]) -> Self {
        Self { root_key: key.0, connection: *connection.as_bytes(), sequence, tag }
    }

    /// Reads a presented token. The tag is not checked here.
    ///
    /// # Errors
    /// [`Malformed`], which says whether characters are missing, too many or changed.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut body: [u8; 41] = read(Self::PREFIX, text)?;
        let [root_key, rest @ ..] = body;
        let (connection, rest) = rest.split_first_chunk().expect("40 bytes hold 16");
        let (sequence, tag) = rest.split_first_chunk().expect("24 bytes hold 4");
        let token = Self {
            root_key,
            connection: *connection,
            sequence: u32::from_be_bytes(*sequence),
            tag: tag.try_into().expect("20 bytes are left"),
        };
        body.zeroize();
        Ok(token)
    }

    /// The root key the tag was made under.
    #[must_use]
    pub fn root_key(&self) -> RootKeyId {
        RootKeyId(self.root_key)
    }

    /// The connection it continues.
    #[must_use]
    pub fn connection(&self) -> ConnectionId {
        ConnectionId::from_bytes(self.connection)
    }

    /// Which of the connection's refresh tokens it is.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Whether its tag is `expected`, in constant time.
    #[must_use]
    pub fn has_tag(&self, expected: &[u8; 20]) -> bool {
        self.tag.ct_eq(expected).into()
    }

    /// The printed form, for the answer that carries it.
    #[must_use]
    pub fn reveal(&self) -> String {
        let body = [&[self.root_key][..], &self.connection, &self.sequence.to_be_bytes(), &self.tag].concat();
        write(Self::PREFIX, &body)
    }
}

macro_rules! unprintable {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
unprintable!(ApiSecretText InvitationToken AuthorizationCode RefreshToken);

fn write(prefix: &str, body: &[u8]) -> String {
    let mut text = String::with_capacity(prefix.len() + base62::digits_for(body.len()) + base62::CHECKSUM_DIGITS);
    text.push_str(prefix);
    base62::encode(body, &mut text);
    base62::append_checksum(&mut text);
    text
}

fn read<const N: usize>(prefix: &'static str, text: &str) -> Result<[u8; N], Malformed> {
    let expected = prefix.len() + base62::digits_for(N) + base62::CHECKSUM_DIGITS;
    if !text.starts_with(prefix) {
        return Err(Malformed::Prefix(prefix));
    }
    match text.len().cmp(&expected) {
        std::cmp::Ordering::Less => return Err(Malformed::TooShort(expected - text.len())),
        std::cmp::Ordering::Greater => return Err(Malformed::TooLong(text.len() - expected)),
        std::cmp::Ordering::Equal => {}
    }
    base62::strip_checksum(text)
        .and_then(|body| body.strip_prefix(prefix))
        .and_then(base62::decode)
        .ok_or(Malformed::Checksum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Counting;
    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (n, byte) in (1..).zip(bytes) {
                *byte = n;
            }
        }
    }

    #[test]
    fn an_incomplete_secret_is_told_how_much_is_missing() {
        let text = ApiSecretText::generate(&Counting).reveal();
        assert_eq!(ApiSecretText::parse(&text[..text.len() - 3]).err(), Some(Malformed::TooShort(3)));
        assert_eq!(ApiSecretText::parse(&text.replace("sk_", "ak_")).err(), Some(Malformed::Prefix("sk_")));
        assert!(ApiSecretText::parse(&text).is_ok());
    }

    #[test]
    fn a_secret_cannot_be_printed() {
        assert_eq!(format!("{:?}", ApiSecretText::generate(&Counting)), "ApiSecretText(…)");
    }

    #[test]
    fn a_code_says_when_it_was_issued() {
        let issued = Timestamp::from_seconds(1_795_000_000);
        let code = AuthorizationCode::generate(RootKeyId(3), issued, &Counting);
        let code = AuthorizationCode::parse(&code.reveal()).expect("just printed");
        assert_eq!(code.claimed_age(issued + Duration::from_secs(90)), Duration::from_secs(90));
        assert_eq!(code.root_key(), RootKeyId(3));
    }

    proptest! {
        #[test]
        fn a_refresh_token_reads_as_it_was_written(key: u8, connection: [u8; 16], sequence: u32, tag: [u8; 20]) {
            let text = RefreshToken::new(RootKeyId(key), ConnectionId::from_bytes(connection), sequence, tag).reveal();
            let read = RefreshToken::parse(&text).expect("just printed");
            prop_assert_eq!(read.root_key(), RootKeyId(key));
            prop_assert_eq!(read.connection(), ConnectionId::from_bytes(connection));
            prop_assert_eq!(read.sequence(), sequence);
            prop_assert!(read.has_tag(&tag));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "(sk_|it_|ac_|rt_)?.{0,80}") {
            let _ = ApiSecretText::parse(&text);
            let _ = InvitationToken::parse(&text);
            let _ = AuthorizationCode::parse(&text);
            let _ = RefreshToken::parse(&text);
        }
    }
}
