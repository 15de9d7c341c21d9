//! What every page has around its content, and the small parts that several pages share.

use jiff::Timestamp;

/// What surrounds the content of a page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The operator's name for its platform.
    pub operator: String,
    /// Name of the environment, when it is not the default one.
    pub environment: Option<String>,
    /// What the `theme` cookie says.
    pub theme: Theme,
    /// Who is signed in; `None` leaves the bar without a sign-out button.
    pub signed_in: Option<SignedIn>,
}

/// Light, dark, or what the system says. Kept in a cookie named [`Theme::COOKIE`] that the page's script writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Follow the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Name of the cookie that keeps the choice.
    pub const COOKIE: &str = "theme";

    /// Reads the cookie's value; anything unknown follows the system.
    #[must_use]
    pub fn from_cookie(value: Option<&str>) -> Self {
        match value {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Value of `<meta name=color-scheme>`.
    #[must_use]
    pub fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Value of `data-theme`, by which the stylesheet and the theme switch know the choice.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The person who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The e-mail address shown in the bar.
    pub email: String,
    /// Where the person sees its sessions.
    pub sessions_url: String,
    /// Where *Developer Apps* lives, for those who are in a developer team.
    pub developer_apps_url: Option<String>,
    /// Where *Teams* lives, for the same people.
    pub teams_url: Option<String>,
    /// Where *Connected apps* lives.
    pub connected_apps_url: String,
    /// The sign-out form.
    pub sign_out: FormPost,
}

/// Where a form posts to, and what it carries unseen (transaction, form token).
#[derive(Clone, Debug, Default)]
pub struct FormPost {
    /// Same-origin path.
    pub action: String,
    /// Hidden fields.
    pub hidden: Vec<Hidden>,
}

impl FormPost {
    /// A form without hidden fields.
    #[must_use]
    pub fn to(action: impl Into<String>) -> Self {
        Self { action: action.into(), hidden: Vec::new() }
    }

    /// The same form with one more hidden field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push(Hidden { name: name.into(), value: value.into() });
        self
    }
}

/// One hidden field.
#[derive(Clone)]
pub struct Hidden {
    /// Name of the field.
    pub name: String,
    /// Value of the field.
    pub value: String,
}

impl std::fmt::Debug for Hidden {
    /// Without the value: form tokens, codes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hidden").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A point in time as a page shows it: absolute in UTC; the page's script turns it into the reader's zone.
#[derive(Clone, Debug)]
pub struct Moment {
    /// For machines.
    pub iso: String,
    /// For people.
    pub words: String,
    pub(super) clock: String,
}

impl Moment {
    /// A moment from seconds since 1970. One outside the calendar (year 9999) is shown as its last day.
    #[must_use]
    pub fn at_unix_seconds(seconds: i64) -> Self {
        let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        Self {
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            words: at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
            clock: at.strftime("%H:%M UTC").to_string(),
        }
    }
}

/// The steps of connecting an app, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The app's page.
    Review,
    /// E-mail and password.
    SignIn,
    /// The e-mailed code.
    Verify,
    /// Workspaces to be given access.
    Choose,
}

impl Step {
    const ALL: [Self; 4] = [Self::Review, Self::SignIn, Self::Verify, Self::Choose];

    fn label(self) -> &'static str {
        match self {
            Self::Review => "Review",
            Self::SignIn => "Sign in",
            Self::Verify => "Verify",
            Self::Choose => "Choose workspaces",
        }
    }

    /// The step line with this step as the current one.
    pub(super) fn line(self) -> [StepMark; 4] {
        Self::ALL.map(|step| StepMark { label: step.label(), is_current: step == self, is_done: step < self })
    }
}

/// One step of the step line.
pub(super) struct StepMark {
    pub(super) label: &'static str,
    pub(super) is_current: bool,
    pub(super) is_done: bool,
}
