//! What forms about an app share: `templates/app_form.html` shows it, for a new app and for an edit.

use client_registry::callback_url::{ChecklistLine, Outcome};
use oauth_endpoints::pages::AppIdentity;

use super::{Choice, Problem};

/// The fields of an app that people type, as they stand now.
#[derive(Clone, Debug)]
pub(crate) struct AppFields {
    pub(crate) problems: Vec<Problem>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) publisher: String,
    /// Whether the operator has looked at the publisher whose name is typed.
    pub(crate) verified: bool,
    pub(crate) support_email: String,
    pub(crate) homepage: String,
    pub(crate) privacy: String,
    /// Where it can run.
    pub(crate) kinds: Vec<Choice>,
    pub(crate) rows: Vec<CallbackRow>,
    /// How many there may be.
    pub(crate) most_rows: usize,
    pub(crate) environments: Vec<Choice>,
    pub(crate) scopes: Vec<OfferedScope>,
    pub(crate) preview: Preview,
}

/// A callback URL as typed.
#[derive(Clone, Debug)]
pub(crate) struct CallbackRow {
    /// Counted from one.
    pub(crate) number: usize,
    pub(crate) url: String,
    /// What was found in it; nothing where it was not looked at.
    pub(crate) lines: Vec<CheckedLine>,
}

impl CallbackRow {
    pub(crate) fn is_refused(&self) -> bool {
        self.lines.iter().any(|line| line.class == "bad")
    }
}

/// A line of the checklist.
#[derive(Clone, Debug)]
pub(crate) struct CheckedLine {
    pub(crate) class: &'static str,
    /// The sign before it.
    pub(crate) sign: &'static str,
    /// What the sign says, to those who do not see it.
    pub(crate) said: &'static str,
    pub(crate) message: String,
}

impl From<ChecklistLine> for CheckedLine {
    fn from(line: ChecklistLine) -> Self {
        let (class, sign, said) = match line.outcome {
            Outcome::Passed => ("good", "✓", "in order"),
            Outcome::Failed => ("bad", "✗", "refused"),
            Outcome::Notice => ("warn", "!", "to know"),
            Outcome::NotChecked => ("quiet", "…", "not checked"),
        };
        Self { class, sign, said, message: line.message }
    }
}

/// A scope, in the words of its API.
#[derive(Clone, Debug)]
pub(crate) struct OfferedScope {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// The head of the authorize page, as customers would read it.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// Its title.
    pub(crate) title: String,
    pub(crate) app: AppIdentity,
    /// What is quoted of an app whose publisher nobody has checked.
    pub(crate) quoted: Option<String>,
}

/// A message cut at its back-quotes: whether each piece is code, and the piece.
pub(crate) fn pieces(message: &str) -> impl Iterator<Item = (bool, &str)> {
    message.split('`').enumerate().map(|(place, text)| (place % 2 == 1, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_code() {
        let of = |message| pieces(message).collect::<Vec<_>>();
        assert_eq!(of("Uses `https`."), [(false, "Uses "), (true, "https"), (false, ".")]);
        assert_eq!(of("Plain."), [(false, "Plain.")]);
    }
}
