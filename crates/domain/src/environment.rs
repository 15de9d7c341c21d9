//! Environments (one hosting environment of the platform each) and the APIs their tokens are for.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::ApiId;
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;

/// Names that would shadow a path of ours.
const RESERVED: &[&str] = &[
    "api",
    "assets",
    "console",
    "default",
    "dev",
    "docs",
    "favicon",
    "health",
    "jwks",
    "login",
    "mailbox",
    "metrics",
    "oauth",
    "openapi",
    "robots",
    "setup",
    "static",
    "ui",
    "well-known",
];

/// The name of an environment: also its path prefix (`prod2` → `/prod2`). The default one has no prefix.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct EnvironmentName(Arc<str>);

/// Text that cannot name an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEnvironmentName {
    /// Other characters, or too short or too long.
    #[error("an environment's name is 2 to 31 characters of a-z, 0-9 and hyphen, and starts with a letter")]
    Form,
    /// A path of the server itself.
    #[error("this name is reserved for a path of the server; choose another")]
    Reserved,
}

impl EnvironmentName {
    /// The environment that has no path prefix.
    #[must_use]
    pub fn default_environment() -> Self {
        static NAME: LazyLock<EnvironmentName> = LazyLock::new(|| EnvironmentName("default".into()));
        NAME.clone()
    }

    /// Whether this is the environment without a path prefix.
    #[must_use]
    pub fn is_default(&self) -> bool {
        &*self.0 == "default"
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before `/oauth/token` in this environment: empty, or `/name`.
    #[must_use]
    pub fn prefix(&self) -> String {
        if self.is_default() { String::new() } else { format!("/{}", self.0) }
    }
}

impl FromStr for EnvironmentName {
    type Err = InvalidEnvironmentName;

    /// Reads a name for a prefix: `[a-z][a-z0-9-]{1,30}` outside the reserved list.
    fn from_str(text: &str) -> Result<Self, InvalidEnvironmentName> {
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let goes_on_well = bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !(starts_well && goes_on_well && (2..=31).contains(&text.len())) {
            return Err(InvalidEnvironmentName::Form);
        }
        if RESERVED.contains(&text) {
            return Err(InvalidEnvironmentName::Reserved);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for EnvironmentName {
    type Error = InvalidEnvironmentName;

    /// As [`FromStr`], and `default` besides: the form in which stored values and tokens name it.
    fn try_from(text: String) -> Result<Self, InvalidEnvironmentName> {
        if text == "default" { Ok(Self::default_environment()) } else { text.parse() }
    }
}

impl From<EnvironmentName> for String {
    fn from(name: EnvironmentName) -> Self {
        name.0.as_ref().into()
    }
}

impl Serialize for EnvironmentName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One hosting environment of the platform: a path prefix, an issuer, signing keys of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name and prefix.
    pub name: EnvironmentName,
    /// What people call it.
    pub display_name: String,
    /// Where the platform's API of this environment lives; the audience of its default API.
    pub api_base_url: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What tokens are for: a resource server of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its id, also the user name of its credential at introspection and verify.
    pub id: ApiId,
    /// The environment it belongs to.
    pub environment: EnvironmentName,
    /// What people call it.
    pub name: String,
    /// The `aud` of its tokens; a `resource` of RFC 8707 names it.
    pub audience: String,
    /// The scopes it understands, with the words for them on the consent page.
    pub scopes: Vec<ScopeWords>,
    /// How long its access tokens live, where it wants another life than the configured one.
    pub token_lifetime: Option<Duration>,
    /// Whether tokens are for it when a request names no `resource`.
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Api {
    /// The scopes this API understands.
    #[must_use]
    pub fn scope_set(&self) -> ScopeSet {
        self.scopes.iter().map(|words| words.scope.clone()).collect()
    }

    /// Whether this API understands `scope`.
    #[must_use]
    pub fn understands(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|words| words.scope == *scope)
    }
}

/// A scope and what a customer reads on the consent page for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeWords {
    /// The scope.
    pub scope: Scope,
    /// One sentence that starts with a verb: "See the reports of the workspaces you choose".
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_prefixes_that_shadow_nothing() {
        for good in ["prod2", "eu-west-1", "ab"] {
            assert_eq!(good.parse::<EnvironmentName>().map(|name| name.prefix()), Ok(format!("/{good}")));
        }
        for bad in ["", "a", "2prod", "Prod", "prod/2", "-x", &"a".repeat(32)] {
            assert_eq!(bad.parse::<EnvironmentName>(), Err(InvalidEnvironmentName::Form), "{bad}");
        }
        for reserved in ["oauth", "default", "ui"] {
            assert_eq!(reserved.parse::<EnvironmentName>(), Err(InvalidEnvironmentName::Reserved));
        }
        assert_eq!(EnvironmentName::default_environment().prefix(), "");
    }
}
