//! Typed ids: 128 random bits, printed as a prefix and 22 base62 digits. No bare `String` means an id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base62;
use crate::random::{Random, bytes};

/// Text that is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// It starts otherwise than an id of the expected kind.
    #[error("expected an id that starts with {0}, as it was printed when it was made")]
    OtherKind(&'static str),
    /// It starts like one.
    #[error("this id that starts with {0} is not complete, or mistyped; copy it as it was printed when it was made")]
    Mistyped(&'static str),
}

/// The digits of 128 bits, and of a checksum after them.
const DIGITS: usize = base62::digits_for(16);
const LONGEST: usize = 5 + DIGITS + base62::CHECKSUM_DIGITS;

/// An id's text, on the stack: every answer and every line of the log prints many.
struct Printed {
    text: [u8; LONGEST],
    length: usize,
}

impl Printed {
    fn new(prefix: &str, bits: &[u8; 16], checksum: bool) -> Self {
        let mut text = [0; LONGEST];
        let (head, rest) = text.split_at_mut(prefix.len());
        head.copy_from_slice(prefix.as_bytes());
        let (digits, _) = rest.split_at_mut(DIGITS);
        base62::write(bits, digits);
        let mut length = prefix.len() + DIGITS;
        if checksum {
            let (body, rest) = text.split_at_mut(length);
            let (tail, _) = rest.split_at_mut(base62::CHECKSUM_DIGITS);
            tail.copy_from_slice(&base62::checksum(body));
            length += base62::CHECKSUM_DIGITS;
        }
        Self { text, length }
    }

    fn as_str(&self) -> &str {
        let (text, _) = self.text.split_at(self.length);
        std::str::from_utf8(text).expect("prefix and digits are ASCII")
    }
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, checksum: $checksum:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// What the printed form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id from `random`.
            #[must_use]
            pub fn generate(random: &dyn Random) -> Self {
                Self(bytes(random))
            }

            /// The id with these bits, for ids that are derived rather than drawn.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            fn printed(self) -> Printed {
                Printed::new($prefix, &self.0, $checksum)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.printed().as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.printed().as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let begins_well = text.starts_with($prefix);
                let invalid = if begins_well { InvalidId::Mistyped } else { InvalidId::OtherKind };
                let body = if $checksum { base62::strip_checksum(text) } else { Some(text) };
                body.and_then(|body| body.strip_prefix($prefix))
                    .and_then(base62::decode)
                    .map(Self)
                    .ok_or(invalid($prefix))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.printed().as_str().to_owned()
            }
        }
    };
}

typed_id!(
    /// An API key's public name: the `client_id` of RFC 6749 §2.2. Carries a checksum, because people type it.
    ClientId, "ak_", checksum: true
);
typed_id!(
    /// An app: the identity of one integration.
    AppId, "app_", checksum: false
);
typed_id!(
    /// A developer team, the owner of apps.
    TeamId, "team_", checksum: false
);
typed_id!(
    /// One secret of an API key.
    SecretId, "sec_", checksum: false
);
typed_id!(
    /// An API (resource server) of an environment. Carries a checksum, because it is typed as a Basic user name.
    ApiId, "api_", checksum: true
);
typed_id!(
    /// A customer: a tenant inside an environment.
    CustomerId, "cus_", checksum: false
);
typed_id!(
    /// A workspace of a customer.
    WorkspaceId, "ws_", checksum: false
);
typed_id!(
    /// A user, a person or a service user.
    UserId, "usr_", checksum: false
);
typed_id!(
    /// A connection. Those made by an authorization code are derived from it (see `protocol`).
    ConnectionId, "con_", checksum: false
);
typed_id!(
    /// The `jti` of an access token (RFC 7519 §4.1.7).
    TokenId, "jti_", checksum: false
);
typed_id!(
    /// One HTTP request; shown in errors, answers, logs and activity.
    RequestId, "req_", checksum: false
);

typed_id!(
    /// An invitation into a developer team.
    InvitationId, "inv_", checksum: false
);
typed_id!(
    /// A registered certificate of an app.
    CertificateId, "crt_", checksum: false
);
typed_id!(
    /// A trust anchor of an app.
    AnchorId, "anc_", checksum: false
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_of_two_kinds_do_not_mix() {
        let app = AppId::from_bytes([7; 16]).to_string();
        assert_eq!(app.parse::<CustomerId>(), Err(InvalidId::OtherKind("cus_")));
    }

    #[test]
    fn a_shortened_id_is_not_one_of_another_kind() {
        let id = ApiId::from_bytes([7; 16]).to_string();
        let (shortened, _) = id.split_at(12);
        assert_eq!(shortened.parse::<ApiId>(), Err(InvalidId::Mistyped("api_")));
        assert_eq!("".parse::<ApiId>(), Err(InvalidId::OtherKind("api_")));
    }

    #[test]
    fn a_mistyped_client_id_is_not_a_client_id() {
        let id = ClientId::from_bytes([7; 16]).to_string();
        assert_eq!(id.len(), 3 + 22 + 6);
        let mistyped = id.replacen('1', "2", 1);
        assert!(mistyped != id && mistyped.parse::<ClientId>().is_err());
    }

    proptest! {
        #[test]
        fn an_id_reads_as_it_was_written(bits: [u8; 16]) {
            let id = ClientId::from_bytes(bits);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            let id = ConnectionId::from_bytes(bits);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
