//! The API keys of an app, and making them.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Frame, Head, Problem, ShownSecret};

/// The API keys of an app, oldest first.
#[derive(Clone, Debug, Template)]
#[template(path = "keys.html")]
pub(crate) struct KeysPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) keys: Vec<KeyCard>,
    /// Where one is made, for those who may.
    pub(crate) new_url: Option<String>,
}

/// One API key.
#[derive(Clone, Debug)]
pub(crate) struct KeyCard {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) is_usable: bool,
    /// Where it may be used, if in fewer environments than the app.
    pub(crate) environments: Option<Vec<String>>,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Option<Moment>,
    pub(crate) has_secrets: bool,
    pub(crate) secrets: Vec<SecretRow>,
    /// What can be done with it, by those who may.
    pub(crate) actions: Vec<Action>,
}

/// One secret, of which only the end is known.
#[derive(Clone, Debug)]
pub(crate) struct SecretRow {
    pub(crate) last_four: String,
    pub(crate) state: &'static str,
    pub(crate) is_usable: bool,
    pub(crate) created_at: Moment,
    /// When it ends by itself.
    pub(crate) ends_at: Option<Moment>,
    pub(crate) last_used_at: Option<Moment>,
    /// Whether nobody has used it for so long that nobody may need it.
    pub(crate) is_idle: bool,
    /// What can be done with it, by those who may.
    pub(crate) actions: Vec<Action>,
}

/// Something that can be done.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) is_dangerous: bool,
}

/// *+ API Key*.
#[derive(Clone, Debug, Template)]
#[template(path = "new_key.html")]
pub(crate) struct NewKeyPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    pub(crate) label: String,
    pub(crate) kinds: Vec<KindChoice>,
    /// The app's environments, where there are several.
    pub(crate) environments: Vec<Choice>,
    pub(crate) expiries: Vec<Choice>,
}

/// How a key may authenticate.
#[derive(Clone, Debug)]
pub(crate) struct KindChoice {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) chosen: bool,
}

/// Asks before a key gets another secret.
#[derive(Clone, Debug, Template)]
#[template(path = "secret_form.html")]
pub(crate) struct SecretFormPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) title: &'static str,
    /// What the key is called, and its id.
    pub(crate) key: (String, String),
    pub(crate) about: &'static str,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    /// What is chosen, by the name of its field.
    pub(crate) field: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) choices: Vec<Choice>,
    pub(crate) button: &'static str,
}

/// A secret that was just made, shown once.
#[derive(Clone, Template)]
#[template(path = "new_secret.html")]
pub(crate) struct NewSecretPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) title: &'static str,
    /// What the key is called.
    pub(crate) label: String,
    /// What becomes of the older secrets.
    pub(crate) others: Option<String>,
    pub(crate) shown: ShownSecret,
}
