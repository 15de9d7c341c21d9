//! The callback-URL policy: which URLs an app may register, which presented URL is one of them, how
//! a mismatch is explained, and how an answer is put on the end of one.
//!
//! An app's form calls [`parse`] (and [`checklist`] for the lines under the field); the authorize
//! endpoint calls [`callback_for`], then [`append_answer`] or [`closest_difference`]. Nothing here
//! resolves a name or opens a connection: "publicly accessible" is judged as a property of the name.
//!
//! 1. `written_form`: the text must be what a WHATWG parser writes back, byte for byte.
//! 2. `parts`: no part of it may confuse a server, a browser or the reader of an answer.
//! 3. `scheme` and `host`: https on a public name, or what native apps may use beside it.
//! 4. `matching`: at authorize time bytes are compared and nothing is decoded.

mod address;
mod answer;
mod checklist;
mod difference;
mod exception;
mod host;
mod international_name;
mod list;
mod matching;
mod network;
mod parts;
mod policy;
mod scheme;
mod special_use_name;
mod violation;
mod written_form;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;

use domain::{ApplicationKind, CallbackUrl};
use url::Url;

pub use self::answer::append_answer;
pub use self::checklist::{ChecklistLine, Outcome, checklist};
pub use self::difference::{ClosestDifference, Component, Difference, closest_difference};
pub use self::exception::{CallbackException, CallbackExceptionError};
pub use self::list::beside_each_other;
pub use self::matching::{callback_for, matches};
pub use self::policy::CallbackPolicy;
pub use self::violation::{Rule, Violation};

/// The longest callback URL that is taken by default, in bytes.
pub const MAX_CALLBACK_URL_BYTES: usize = 2_000;

/// Applies every rule to what a developer typed; the accepted URL keeps its exact bytes.
///
/// # Errors
/// Everything that is wrong with it, in the order of the rules, so that all can be mended at once.
pub fn parse(text: &str, kind: ApplicationKind, policy: &CallbackPolicy) -> Result<CallbackUrl, Vec<Violation>> {
    let examined = Examined::of(text, kind, policy);
    if examined.violations.is_empty() { Ok(CallbackUrl::accepted(text)) } else { Err(examined.violations) }
}

/// What all rules together found; the one code under [`parse`] and [`checklist`].
struct Examined {
    /// The parsed text, when it is a URL at all.
    url: Option<Url>,
    violations: Vec<Violation>,
}

impl Examined {
    fn of(text: &str, kind: ApplicationKind, policy: &CallbackPolicy) -> Self {
        let mut violations = Vec::new();
        if text.len() > policy.max_bytes {
            violations.push(Violation::TooLong { bytes: text.len(), limit: policy.max_bytes });
            return Self { url: None, violations };
        }
        let url = written_form::check(text, &mut violations);
        if let Some(url) = &url {
            // The later rules look at the canonical form, so that whoever follows the advice of the
            // first does not meet the rest one submit later.
            parts::check(text, url, &mut violations);
            policy.check_own_origin(url, &mut violations);
            scheme::check(url, kind, policy, &mut violations);
            host::check(url, kind, policy, &mut violations);
        }
        Self { url, violations }
    }
}
