//! What is typed into the form of an app: read, judged by the registry, and shown again with what was found.

mod choices;

use client_registry::{AppDraft, AppEdit, AppFault, RegistryError};
use domain::{App, ApplicationKind, EnvironmentName, Publisher, ScopeSet, TeamId};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::PageForm;

use crate::pages::Problem;

pub(crate) use choices::{Offered, fields};

/// Which button was pressed.
pub(crate) const DECISION: &str = "decision";
/// Where apps can run.
const KINDS: [ApplicationKind; 2] = [ApplicationKind::Web, ApplicationKind::Native];
/// How many callback URLs a new form has room for, and how many more a button makes room for.
const ROWS: usize = 3;

/// What stands in the form.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) publisher: String,
    pub(crate) support_email: String,
    pub(crate) homepage: String,
    pub(crate) privacy: String,
    pub(crate) kind: ApplicationKind,
    /// In their order, with the empty ones.
    pub(crate) callback_urls: Vec<String>,
    pub(crate) environments: Vec<EnvironmentName>,
    pub(crate) scopes: ScopeSet,
}

impl Typed {
    /// An empty form.
    pub(crate) fn nothing(publisher: String, environment: EnvironmentName, scopes: ScopeSet) -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            publisher,
            support_email: String::new(),
            homepage: String::new(),
            privacy: String::new(),
            kind: ApplicationKind::Web,
            callback_urls: vec![String::new(); ROWS],
            environments: vec![environment],
            scopes,
        }
    }

    /// What was posted; `kind` is what the app was before.
    pub(crate) fn of_form(form: &PageForm, kind: ApplicationKind) -> Self {
        let text = |name: &str| form.one(name).trim().to_owned();
        let named = |name: &str| EnvironmentName::try_from(name.to_owned()).ok();
        Self {
            name: text("name"),
            description: text("description"),
            publisher: text("publisher"),
            support_email: text("support_email"),
            homepage: text("homepage"),
            privacy: text("privacy"),
            kind: KINDS.into_iter().find(|kind| word(*kind) == form.one("kind")).unwrap_or(kind),
            callback_urls: form.all(field::CALLBACK_URL).map(|url| url.trim().to_owned()).collect(),
            environments: form.all(field::ENVIRONMENT).filter_map(named).collect(),
            scopes: form.all(field::SCOPE).filter_map(|scope| scope.parse().ok()).collect(),
        }
    }

    /// What the app is now.
    pub(crate) fn of_app(app: &App) -> Self {
        let mut callback_urls: Vec<_> = app.callback_urls.iter().map(|url| url.as_str().to_owned()).collect();
        callback_urls.push(String::new());
        callback_urls.resize(callback_urls.len().max(ROWS), String::new());
        Self {
            name: app.name.clone(),
            description: app.description.clone(),
            publisher: app.publisher.name.clone(),
            support_email: app.support_email.clone().unwrap_or_default(),
            homepage: app.homepage_url.clone().unwrap_or_default(),
            privacy: app.privacy_url.clone().unwrap_or_default(),
            kind: app.kind,
            callback_urls,
            environments: app.environments.clone(),
            scopes: app.scopes.clone(),
        }
    }

    /// Makes room for more callback URLs, up to `most`.
    pub(crate) fn make_room(&mut self, most: usize) {
        self.callback_urls.resize((self.callback_urls.len() + ROWS).min(most), String::new());
    }

    /// A new app of `team`.
    pub(crate) fn draft(&self, team: TeamId) -> AppDraft {
        AppDraft {
            team,
            name: self.name.clone(),
            description: self.description.clone(),
            publisher: Publisher { name: self.publisher.clone(), verified: false },
            support_email: unless_empty(&self.support_email),
            homepage_url: unless_empty(&self.homepage),
            privacy_url: unless_empty(&self.privacy),
            kind: self.kind,
            callback_urls: self.written().map(str::to_owned).collect(),
            client_credentials: false,
            environments: self.environments.clone(),
            scopes: self.scopes.clone(),
        }
    }

    /// What has to be edited so that `app` is what stands here.
    pub(crate) fn edits(&self, app: &App) -> Vec<AppEdit> {
        let now = Self::of_app(app);
        let mut environments = self.environments.clone();
        environments.sort();
        let single = [
            (self.name != now.name).then(|| AppEdit::Name(self.name.clone())),
            (self.description != now.description).then(|| AppEdit::Description(self.description.clone())),
            (self.publisher != now.publisher).then(|| AppEdit::PublisherName(self.publisher.clone())),
            (self.support_email != now.support_email).then(|| AppEdit::SupportEmail(unless_empty(&self.support_email))),
            (self.homepage != now.homepage).then(|| AppEdit::HomepageUrl(unless_empty(&self.homepage))),
            (self.privacy != now.privacy).then(|| AppEdit::PrivacyUrl(unless_empty(&self.privacy))),
            (environments != now.environments).then(|| AppEdit::Environments(self.environments.clone())),
            (self.scopes != now.scopes).then(|| AppEdit::Scopes(self.scopes.clone())),
        ];
        single.into_iter().flatten().chain(self.edits_of_where(app)).collect()
    }

    /// First the callback URLs that go, so that there is room for those that come, and nothing in the way of another
    /// kind.
    fn edits_of_where(&self, app: &App) -> Vec<AppEdit> {
        let gone = app.callback_urls.iter().filter(|url| !self.written().any(|written| written == url.as_str()));
        let mut edits: Vec<_> = gone.map(|url| AppEdit::RemoveCallbackUrl(url.as_str().to_owned())).collect();
        edits.extend((self.kind != app.kind).then_some(AppEdit::Kind(self.kind)));
        for (place, url) in self.written().enumerate() {
            let is_known = app.callback_urls.iter().any(|known| known.as_str() == url);
            // Written twice, it is refused as what is there already.
            if !is_known || self.written().take(place).any(|earlier| earlier == url) {
                edits.push(AppEdit::AddCallbackUrl(url.to_owned()));
            }
        }
        edits
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        self.callback_urls.iter().map(String::as_str).filter(|url| !url.is_empty())
    }
}

/// What the registry found, at the fields it is about.
pub(crate) fn problems(faults: Vec<AppFault>) -> Vec<Problem> {
    let nowhere = faults.iter().any(|fault| matches!(fault.edit, AppEdit::Environments(_)));
    // Without an environment no scope is understood, which says nothing of the scopes.
    let counts = |fault: &AppFault| !(nowhere && matches!(fault.edit, AppEdit::Scopes(_)));
    faults.into_iter().filter(counts).map(|fault| Problem::new(place_of(&fault), &fault.why.to_string())).collect()
}

/// Those that a look at the form tells before it is saved; what else stands against a callback URL is in its row.
pub(crate) fn seen_early(mut faults: Vec<AppFault>) -> Vec<Problem> {
    faults.retain(|fault| matches!(fault.edit, AppEdit::Kind(_)) || matches!(fault.why, RegistryError::TooMany { .. }));
    problems(faults)
}

/// The id of the field.
fn place_of(fault: &AppFault) -> &'static str {
    match &fault.edit {
        AppEdit::Name(_) => "name",
        AppEdit::Description(_) => "description",
        AppEdit::PublisherName(_) => "publisher",
        AppEdit::SupportEmail(_) => "support_email",
        AppEdit::HomepageUrl(_) => "homepage",
        AppEdit::PrivacyUrl(_) => "privacy",
        AppEdit::Kind(_) => "kind",
        AppEdit::AddCallbackUrl(_) | AppEdit::RemoveCallbackUrl(_) => "callback_url",
        AppEdit::Environments(_) => "environments",
        AppEdit::Scopes(_) => "scopes",
        AppEdit::LegacyParametersUntil(_) => "legacy",
        AppEdit::Lifetimes(_) => match &fault.why {
            RegistryError::Invalid { field: "connection life", .. } => "connection_life",
            RegistryError::Invalid { field: "connection idle life", .. } => "connection_idle",
            _ => "access_token",
        },
        AppEdit::PublisherVerified(_)
        | AppEdit::ClientCredentials(_)
        | AppEdit::MutualTls(_)
        | AppEdit::RotateRefreshTokens(_) => "",
    }
}

const fn word(kind: ApplicationKind) -> &'static str {
    match kind {
        ApplicationKind::Web => "web",
        ApplicationKind::Native => "native",
    }
}

fn unless_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
