//! The settings of an app, and the pages that ask before something is done to it as a whole.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{APP_FORM_SCRIPT, AppFields, CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Frame, Head, Problem};

/// The form of an app again, and what else can be done with it.
#[derive(Clone, Debug, Template)]
#[template(path = "settings.html")]
pub(crate) struct SettingsPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) may_edit: bool,
    pub(crate) fields: AppFields,
    pub(crate) behaviour: BehaviourFields,
    pub(crate) client_credentials: bool,
    pub(crate) client_credentials_url: String,
    /// How it goes away, for those who may do that.
    pub(crate) parting: Option<Parting>,
    pub(crate) stale: Option<Stale>,
    pub(crate) saved: bool,
}

/// Where an app is given away or deleted.
#[derive(Clone, Debug)]
pub(crate) struct Parting {
    pub(crate) transfer_url: String,
    pub(crate) delete_url: String,
}

/// What an app sets of its own.
#[derive(Clone, Debug)]
pub(crate) struct BehaviourFields {
    pub(crate) access_token: Life,
    pub(crate) connection_idle: Life,
    pub(crate) connection_life: Life,
    pub(crate) rotate: bool,
    /// Whether parameters are taken in the URL; nothing to choose for apps that must not.
    pub(crate) legacy: Vec<Choice>,
}

/// How long something lives.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// As typed.
    pub(crate) text: String,
    /// What holds where nothing is typed.
    pub(crate) server: String,
}

/// Somebody changed the app while the form was open.
#[derive(Clone, Debug)]
pub(crate) struct Stale {
    /// Who, where it was somebody with a name.
    pub(crate) by: Option<String>,
    pub(crate) at: Option<Moment>,
    /// Where the form says something else than the app.
    pub(crate) differing: Vec<Differing>,
}

/// A field of both.
#[derive(Clone, Debug)]
pub(crate) struct Differing {
    pub(crate) what: &'static str,
    pub(crate) now: String,
    pub(crate) yours: String,
}

/// Asks before something is done to an app as a whole.
#[derive(Clone, Debug, Template)]
#[template(path = "ask.html")]
pub(crate) struct AskPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    /// The question.
    pub(crate) title: &'static str,
    /// What will happen.
    pub(crate) sentences: Vec<String>,
    /// Who would notice.
    pub(crate) stopping: Vec<String>,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    /// The teams to choose from.
    pub(crate) teams: Vec<Choice>,
    /// Why there is nothing to choose, so that nothing can be done.
    pub(crate) nothing_to_choose: Option<&'static str>,
    /// The name to be typed.
    pub(crate) typed: Option<TypedName>,
    pub(crate) needs_password: bool,
    pub(crate) button: &'static str,
    pub(crate) is_dangerous: bool,
    pub(crate) back_url: String,
}

/// The name of what is deleted, to be typed.
#[derive(Clone, Debug)]
pub(crate) struct TypedName {
    pub(crate) name: String,
}

/// The apps that can be restored.
#[derive(Clone, Debug, Template)]
#[template(path = "deleted_apps.html")]
pub(crate) struct DeletedAppsPage {
    pub(crate) frame: Frame,
    pub(crate) apps_url: String,
    pub(crate) apps: Vec<DeletedApp>,
}

/// An app that was deleted not long ago.
#[derive(Clone, Debug)]
pub(crate) struct DeletedApp {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) team: String,
    pub(crate) deleted_at: Moment,
    /// Until when it can be restored.
    pub(crate) until: Moment,
    pub(crate) form: FormPost,
}
