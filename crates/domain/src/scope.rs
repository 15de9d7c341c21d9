//! Scopes: sets of tokens, always written in sorted order.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One scope token (RFC 6749 §3.3: printable ASCII without space, `"` and `\`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Scope(Arc<str>);

/// Text that is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is printable ASCII without space, double quote and backslash, 1 to 100 characters")]
pub struct InvalidScope;

impl Scope {
    /// The token's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if (1..=100).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidScope)
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.as_ref().to_owned()
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of scopes; written sorted, so that the same set is always the same text. Cheap to clone: a token request
/// hands the same set through many hands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ScopeSet(Arc<Sorted>);

#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Sorted {
    scopes: Box<[Scope]>,
    /// The scopes with spaces between.
    text: Box<str>,
}

impl ScopeSet {
    /// Whether no scope is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.scopes.is_empty()
    }

    /// Whether `other` has every scope of this set.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.iter().all(|scope| other.contains(scope))
    }

    /// The scopes that both sets have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.restricted(|scope| other.contains(scope))
    }

    /// The scopes of this set that `keep` keeps.
    #[must_use]
    pub fn restricted(&self, keep: impl Fn(&Scope) -> bool) -> Self {
        if self.iter().all(&keep) {
            return self.clone();
        }
        self.iter().filter(|scope| keep(scope)).cloned().collect()
    }

    /// Whether `scope` is in the set.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.scopes.binary_search(scope).is_ok()
    }

    /// The scopes in sorted order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.scopes.iter()
    }

    /// The scopes in sorted order with spaces between (RFC 6749 §3.3).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        let words: Vec<_> = scopes.iter().map(Scope::as_str).collect();
        let text = words.join(" ").into();
        Self(Arc::new(Sorted { scopes: scopes.into(), text }))
    }
}

impl FromStr for ScopeSet {
    type Err = InvalidScope;

    /// Reads scopes with single or repeated spaces between them; a doubled scope counts once.
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        text.split(' ').filter(|token| !token.is_empty()).map(str::parse).collect()
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        text.parse()
    }
}

impl From<ScopeSet> for String {
    fn from(scopes: ScopeSet) -> Self {
        scopes.to_string()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_set_is_written_sorted_and_without_doubles() {
        let set: ScopeSet = "write read  write".parse().expect("two scopes");
        assert_eq!(set.to_string(), "read write");
    }

    #[test]
    fn quotes_and_line_breaks_are_no_scope() {
        assert!("re\"ad".parse::<ScopeSet>().is_err());
        assert!("read\nwrite".parse::<ScopeSet>().is_err());
    }

    proptest! {
        #[test]
        fn what_parses_prints_to_the_same_set(text: String) {
            if let Ok(set) = text.parse::<ScopeSet>() {
                prop_assert_eq!(set.to_string().parse::<ScopeSet>(), Ok(set));
            }
        }
    }
}
