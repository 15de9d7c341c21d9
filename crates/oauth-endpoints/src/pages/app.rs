//! Who asks, and what for: the identity line and the permissions, the same on every page of the flow.

/// The app as people see it. Every string here was written by the app's developer.
#[derive(Clone, Debug)]
pub struct AppIdentity {
    /// The app's name.
    pub name: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Where the browser goes afterwards.
    pub returns_to: ReturnTarget,
}

impl AppIdentity {
    /// The first letter or digit of the name, for the tile beside it.
    #[must_use]
    pub fn initial(&self) -> String {
        self.name.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "?".to_owned(), |c| c.to_uppercase().to_string())
    }

    pub(super) fn is_unverified(&self) -> bool {
        matches!(self.publisher, Publisher::Unverified(_))
    }
}

/// Who publishes an app, and whether the operator knows them.
#[derive(Clone, Debug)]
pub enum Publisher {
    /// The operator itself.
    Operator,
    /// Another company, verified by the operator.
    Verified(String),
    /// A name that nobody has checked.
    Unverified(String),
}

/// Where the browser goes when the flow is over.
#[derive(Clone, Debug)]
pub enum ReturnTarget {
    /// A web site: the callback URL's host (with its port, if it has one).
    Site(String),
    /// A program on this computer, by a loopback address.
    ThisComputer(String),
    /// An installed app, by its custom scheme.
    NativeApp(String),
    /// Nowhere: an unattended connection asked for without a callback.
    StaysHere,
}

impl ReturnTarget {
    /// What an accepted callback URL leads to.
    #[must_use]
    pub fn of(callback: &str) -> Self {
        match callback.split_once("://") {
            Some((scheme @ ("https" | "http"), rest)) => {
                let host = rest.split(['/', '?']).next().unwrap_or_default().to_owned();
                if scheme == "http" { Self::ThisComputer(host) } else { Self::Site(host) }
            }
            _ => Self::NativeApp(callback.split(':').next().unwrap_or_default().to_owned()),
        }
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// The app calls on behalf of the person who connected it.
    #[default]
    Interactive,
    /// The app acts on its own (client credentials).
    Unattended,
    /// A developer of the app tries what it gets.
    Test,
}

/// What the app asks for and for how long.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// One for each scope; they are shown as one line per verb.
    pub list: Vec<Permission>,
    /// How long the connection lives, as a sentence without its full stop:
    /// "Until you end it, at most 1 year; it also ends after 90 days without use".
    pub duration: String,
}

impl Permissions {
    /// At most one line per verb, in the order see, change, delete, other.
    pub(super) fn lines(&self) -> Vec<PermissionLine> {
        [Verb::See, Verb::Change, Verb::Delete, Verb::Other]
            .into_iter()
            .filter_map(|verb| {
                let words: Vec<&str> = self.list.iter().filter(|p| p.verb == verb).map(|p| p.words.as_str()).collect();
                (!words.is_empty()).then(|| PermissionLine { verb, words: listed(&words) })
            })
            .collect()
    }
}

/// One scope in the words of the API it belongs to.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The kind of act.
    pub verb: Verb,
    /// "reports and dashboards" after See, Change or Delete; a whole phrase for [`Verb::Other`].
    pub words: String,
}

/// The kinds of act that people tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reading.
    See,
    /// Creating and changing.
    Change,
    /// Deleting.
    Delete,
    /// Whatever the API's words say.
    Other,
}

impl Verb {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::See => "See",
            Self::Change => "Change",
            Self::Delete => "Delete",
            Self::Other => "Do",
        }
    }
}

/// The permissions of one verb.
pub(super) struct PermissionLine {
    pub(super) verb: Verb,
    pub(super) words: String,
}

/// "cases", "cases and reports", "cases, reports and users". Words that have commas of their own are kept apart by
/// semicolons.
fn listed(words: &[&str]) -> String {
    match words {
        [all @ .., last] if !all.is_empty() && !words.iter().any(|one| one.contains([',', ';'])) => {
            format!("{} and {last}", all.join(", "))
        }
        _ => words.join("; "),
    }
}

/// A link that an app's developer wrote is shown only as `https`, so that no other scheme can act in our page.
pub(super) fn web_link(url: Option<&String>) -> Option<&str> {
    url.map(String::as_str).filter(|url| url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_as_people_list_them() {
        assert_eq!(listed(&["cases"]), "cases");
        assert_eq!(listed(&["cases", "reports"]), "cases and reports");
        assert_eq!(listed(&["cases", "reports", "users"]), "cases, reports and users");
        assert_eq!(listed(&["cases, closed ones too", "reports"]), "cases, closed ones too; reports");
    }
}
