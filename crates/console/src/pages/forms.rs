//! What the console's forms share; `templates/forms.html` shows it.

use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::Unconfirmed;

use super::Example;

/// Something that keeps a form from being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The id of its field; empty where it is about no field alone.
    pub(crate) field: &'static str,
    /// A sentence that says what to do.
    pub(crate) words: String,
}

impl Problem {
    /// `words` as a sentence.
    pub(crate) fn new(field: &'static str, words: &str) -> Self {
        let mut letters = words.trim_end_matches('.').chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        Self { field, words: format!("{first}{}.", letters.as_str()) }
    }
}

impl From<Unconfirmed> for Problem {
    fn from(why: Unconfirmed) -> Self {
        Self::new(
            field::PASSWORD,
            &match why {
                Unconfirmed::Missing => "Type your password: this needs a proof that it is still you".to_owned(),
                Unconfirmed::Wrong => "The password is not right; type it again".to_owned(),
                Unconfirmed::PausedUntil(until) => {
                    format!("There were too many failed tries for your account; try again after {}", until.words)
                }
                Unconfirmed::TooManyTries { retry_seconds } => format!("Too many tries; wait {retry_seconds} s"),
            },
        )
    }
}

/// What is shown once: never again on reload or by the Back button, if the page is answered by
/// [`Visitor::show_once`](oauth_endpoints::sessions::Visitor::show_once).
#[derive(Clone)]
pub(crate) struct ShownSecret {
    /// What is to be copied, each by itself.
    pub(crate) values: Vec<ShownValue>,
    /// What is to be pasted.
    pub(crate) examples: Vec<Example>,
    /// Where to go when it is stored.
    pub(crate) after_url: String,
}

/// A name and its value.
#[derive(Clone)]
pub(crate) struct ShownValue {
    /// Unique on the page.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_a_sentence() {
        assert_eq!(
            Problem::new("", "the app was deleted; create a new one").words,
            "The app was deleted; create a new one."
        );
        assert_eq!(Problem::new("", "ärgerlich.").words, "Ärgerlich.");
        assert_eq!(Problem::new("", "").words, ".");
    }
}
