//! What can be edited on an app, with the rule of each edit and what it ends.

use std::time::Duration;

use domain::{
    Actor, ApiKey, App, AppId, ApplicationKind, CallbackUrl, EnvironmentName, KeyKind, KeyState, Lifetimes, MutualTls,
    ScopeSet, Subject, Timestamp,
};
use storage::Change;

use crate::callback_url::{self, Violation};
use crate::text::{email, line, web_page};
use crate::work::{Initiator, Work};
use crate::{Policy, Registry, RegistryError};

/// One edit of an app.
#[derive(Clone, Debug)]
pub enum AppEdit {
    /// Its name.
    Name(String),
    /// Its description, the title of the authorize page.
    Description(String),
    /// Who publishes it. The operator's verification was of the former name and is taken back.
    PublisherName(String),
    /// Whether the operator has verified the publisher. Refused to everybody else.
    PublisherVerified(bool),
    /// Where users get help.
    SupportEmail(Option<String>),
    /// What the app is, for those who look for more.
    HomepageUrl(Option<String>),
    /// Its privacy notice.
    PrivacyUrl(Option<String>),
    /// Where it runs.
    Kind(ApplicationKind),
    /// Registers a callback URL.
    AddCallbackUrl(String),
    /// Takes a callback URL away.
    RemoveCallbackUrl(String),
    /// The environments it may be used in.
    Environments(Vec<EnvironmentName>),
    /// The scopes it may ask for.
    Scopes(ScopeSet),
    /// Its own lifetimes.
    Lifetimes(Lifetimes),
    /// *Enable Client Credentials*.
    ClientCredentials(bool),
    /// *Enable Mutual TLS Authentication*.
    MutualTls(MutualTls),
    /// Whether refresh tokens rotate even for keys that authenticate.
    RotateRefreshTokens(bool),
    /// Until when old client libraries may send everything in the query string; `None` is off.
    LegacyParametersUntil(Option<Timestamp>),
}

/// A part of a form that cannot be taken, and why.
#[derive(Debug)]
pub struct AppFault {
    /// The part, as the edit that would have set it.
    pub edit: AppEdit,
    /// Why it cannot be taken.
    pub why: RegistryError,
}

/// What edits of one app are judged by.
pub(crate) struct Editing<'a> {
    /// Who edits.
    pub(crate) by: &'a Initiator,
    /// The app's keys.
    pub(crate) keys: &'a [ApiKey],
    /// The present moment.
    pub(crate) now: Timestamp,
}

impl Registry {
    /// Makes all of `edits`, or none. `seen` is the version the editor looked at, where there was a look.
    ///
    /// # Errors
    /// [`RegistryError::Stale`] when the app is not at version `seen` any more; what is wrong with an edit; the store.
    pub async fn edit_app(
        &self,
        by: &Initiator,
        id: AppId,
        seen: Option<i64>,
        edits: Vec<AppEdit>,
    ) -> Result<App, RegistryError> {
        let before = self.live_app(id).await?;
        if seen.is_some_and(|version| version != before.version) {
            return Err(RegistryError::Stale { what: format!("app {id}") });
        }
        let keys = self.stores.directory.keys(id).await?;
        let mut work = self.work(by);
        let mut after = before.clone();
        let mut words = Vec::new();
        for edit in edits {
            words.push(self.apply(&mut after, edit, &Editing { by, keys: &keys, now: work.now }).await?);
        }
        self.check_mutual_tls(&before, &after, work.now).await?;
        write_entries(&mut work, &before, &after, &keys);
        work.change(Change::ReplaceApp(after.clone())).record("app.edited", id, id, words.join("; "));
        if before.publisher != after.publisher {
            record_publisher(&mut work, &before, &after);
        }
        work.commit().await?;
        Ok(App { version: before.version + 1, ..after })
    }

    /// All that is wrong with `edits` of an app, for a form that shows it at once.
    ///
    /// # Errors
    /// The store.
    pub async fn faults_of_edits(
        &self,
        by: &Initiator,
        app: &App,
        edits: Vec<AppEdit>,
    ) -> Result<Vec<AppFault>, RegistryError> {
        let keys = self.stores.directory.keys(app.id).await?;
        let editing = Editing { by, keys: &keys, now: self.clock.now() };
        let mut after = app.clone();
        let mut faults = self.faults(&mut after, edits, &editing).await?;
        if let Err(why) = self.check_mutual_tls(app, &after, editing.now).await {
            let why = unless_store(why)?;
            faults.push(AppFault { edit: AppEdit::LegacyParametersUntil(after.legacy_parameters_until), why });
        }
        Ok(faults)
    }

    /// Makes those of `edits` that can be made, and says why the others cannot.
    pub(crate) async fn faults(
        &self,
        app: &mut App,
        edits: Vec<AppEdit>,
        editing: &Editing<'_>,
    ) -> Result<Vec<AppFault>, RegistryError> {
        let mut faults = Vec::new();
        for edit in edits {
            if let AppEdit::Lifetimes(lifetimes) = edit
                && let found = lifetime_faults(&lifetimes, self.policy())
                && !found.is_empty()
            {
                faults.extend(found.into_iter().map(|why| AppFault { edit: edit.clone(), why }));
            } else if let Err(why) = self.apply(app, edit.clone(), editing).await {
                faults.push(AppFault { edit, why: unless_store(why)? });
            }
        }
        Ok(faults)
    }

    /// Makes one edit and says what it was, for the audit record.
    pub(crate) async fn apply(
        &self,
        app: &mut App,
        edit: AppEdit,
        editing: &Editing<'_>,
    ) -> Result<String, RegistryError> {
        Ok(match edit {
            AppEdit::Name(name) => {
                app.name = line("name", &name, 3, 60)?;
                format!("name: {}", app.name)
            }
            AppEdit::Description(description) => {
                app.description = line("description", &description, 1, 500)?;
                "description".to_owned()
            }
            AppEdit::PublisherName(name) => {
                app.publisher.name = line("publisher", &name, 2, 100)?;
                app.publisher.verified = false;
                format!("publisher: {}, not verified", app.publisher.name)
            }
            AppEdit::PublisherVerified(verified) => {
                // DESIGN, decision 18: customers are told that the operator has looked.
                if editing.by.actor != Actor::Operator {
                    return Err(RegistryError::OperatorOnly);
                }
                app.publisher.verified = verified;
                format!("publisher verified: {verified}")
            }
            AppEdit::SupportEmail(address) => {
                app.support_email = address.map(|address| email("support e-mail", &address)).transpose()?;
                "support e-mail".to_owned()
            }
            AppEdit::HomepageUrl(url) => {
                app.homepage_url = url.map(|url| web_page("home page", &url)).transpose()?;
                format!("home page: {}", app.homepage_url.as_deref().unwrap_or("none"))
            }
            AppEdit::PrivacyUrl(url) => {
                app.privacy_url = url.map(|url| web_page("privacy notice", &url)).transpose()?;
                format!("privacy notice: {}", app.privacy_url.as_deref().unwrap_or("none"))
            }
            AppEdit::Kind(kind) => {
                self.check_application_kind(app, kind, editing)?;
                app.kind = kind;
                format!("kind: {kind:?}")
            }
            AppEdit::AddCallbackUrl(url) => self.add_callback_url(app, &url)?,
            AppEdit::RemoveCallbackUrl(url) => remove_callback_url(app, &url)?,
            AppEdit::Environments(names) => {
                app.environments = self.known_environments(names).await?;
                format!("environments: {}", listed(&app.environments))
            }
            AppEdit::Scopes(scopes) => {
                self.require_known_scopes(&scopes, &app.environments).await?;
                app.scopes = scopes;
                format!("scopes: {}", app.scopes)
            }
            AppEdit::Lifetimes(lifetimes) => {
                if let Some(fault) = lifetime_faults(&lifetimes, self.policy()).into_iter().next() {
                    return Err(fault);
                }
                app.lifetimes = lifetimes;
                "lifetimes".to_owned()
            }
            AppEdit::ClientCredentials(on) => {
                app.client_credentials = on;
                format!("client credentials: {on}")
            }
            AppEdit::MutualTls(mode) => {
                app.mutual_tls = mode;
                format!("mutual TLS: {mode:?}")
            }
            AppEdit::RotateRefreshTokens(on) => {
                app.rotate_refresh_tokens = on;
                format!("rotate refresh tokens: {on}")
            }
            AppEdit::LegacyParametersUntil(until) => {
                if let Some(until) = until {
                    check_legacy(app, editing.keys, until.since(editing.now), self.policy())?;
                }
                app.legacy_parameters_until = until;
                until.map_or_else(|| "legacy parameters: off".to_owned(), |until| format!("legacy parameters: {until}"))
            }
        })
    }

    /// Whether an app may come to run elsewhere: with nothing that only the former kind may have.
    fn check_application_kind(
        &self,
        app: &App,
        kind: ApplicationKind,
        editing: &Editing<'_>,
    ) -> Result<(), RegistryError> {
        if kind == ApplicationKind::Native {
            return match app.legacy_parameters_until {
                Some(until) if until > editing.now => Err(RegistryError::LegacyParametersRefused),
                _ => Ok(()),
            };
        }
        let on_devices = |url: &&CallbackUrl| {
            let found = callback_url::parse(url.as_str(), kind, &self.policy().callback_urls).err().unwrap_or_default();
            found.iter().any(Violation::needs_native_app)
        };
        let on_devices: Vec<_> =
            app.callback_urls.iter().filter(on_devices).map(|url| url.as_str().to_owned()).collect();
        if !on_devices.is_empty() {
            return Err(RegistryError::CallbacksOnDevices(on_devices));
        }
        let public = editing.keys.iter().filter(|key| key.kind == KeyKind::Public && key.state == KeyState::Active);
        let public: Vec<_> = public.map(|key| key.id).collect();
        if public.is_empty() { Ok(()) } else { Err(RegistryError::PublicKeysActive(public)) }
    }

    pub(crate) fn add_callback_url(&self, app: &mut App, text: &str) -> Result<String, RegistryError> {
        let url = self.accepted_callback_url(text, app.kind)?;
        if app.callback_urls.contains(&url) {
            return Err(RegistryError::Exists { what: format!("the callback URL {text} of this app") });
        }
        let limit = self.policy().callback_urls_per_app;
        if app.callback_urls.len() >= limit {
            return Err(RegistryError::TooMany { what: "callback URLs", limit, remedy: "remove one first" });
        }
        app.callback_urls.push(url);
        Ok(format!("callback URL added: {text}"))
    }
}

/// What is wrong with a request, unless it is the store that failed.
fn unless_store(error: RegistryError) -> Result<RegistryError, RegistryError> {
    if matches!(error, RegistryError::Store(_)) { Err(error) } else { Ok(error) }
}

/// Who is said to publish an app has a record of its own: customers rely on it.
pub(crate) fn record_publisher(work: &mut Work<'_>, before: &App, after: &App) {
    let action = match (before.publisher.verified, after.publisher.verified) {
        (_, true) => "app.publisher_verified",
        (true, false) => "app.publisher_unverified",
        (false, false) => return,
    };
    let words = format!("publisher: {}; before: {}", after.publisher.name, before.publisher.name);
    work.record(action, after.id, after.id, words);
}

fn remove_callback_url(app: &mut App, text: &str) -> Result<String, RegistryError> {
    let place = app.callback_urls.iter().position(|registered| registered.as_str() == text);
    let place = place.ok_or_else(|| RegistryError::not_found("callback URL of this app", text))?;
    app.callback_urls.remove(place);
    Ok(format!("callback URL removed: {text}"))
}

/// Writes what the edit ends.
///
/// A token does not name its app's environments or scopes one by one, so taking one of them away ends all older
/// access tokens of the app: those who keep access get a new one by their next refresh, the others get the reason.
/// Switching client credentials off ends what each key got by them and nothing else. Every other edit ends nothing.
fn write_entries(work: &mut Work<'_>, before: &App, after: &App, keys: &[ApiKey]) {
    let fewer_environments = before.environments.iter().any(|name| !after.environments.contains(name));
    if fewer_environments || !before.scopes.is_subset(&after.scopes) {
        work.revoke(Subject::App(after.id));
    } else {
        work.touch(Subject::App(after.id));
    }
    if before.client_credentials && !after.client_credentials {
        for key in keys {
            work.revoke(Subject::ClientCredentials(key.id));
        }
    }
}

/// What is wrong with each of the lifetimes.
fn lifetime_faults(lifetimes: &Lifetimes, policy: &Policy) -> Vec<RegistryError> {
    let within = |field, value: Option<Duration>, shortest: Duration, longest: Duration| {
        let value = value.filter(|value| *value < shortest || *value > longest)?;
        let seconds = (value.as_secs(), shortest.as_secs(), longest.as_secs());
        let words = format!("is {} s; choose {} s to {} s", seconds.0, seconds.1, seconds.2.max(seconds.1));
        Some(RegistryError::invalid(field, words))
    };
    let absolute = lifetimes.connection_absolute.unwrap_or(policy.connection_absolute);
    let decade = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    let shortest_idle = Policy::SHORTEST_CONNECTION_IDLE;
    let access_token = lifetimes.access_token;
    [
        within("access token life", access_token, Policy::SHORTEST_ACCESS_TOKEN, policy.longest_access_token),
        within("connection life", lifetimes.connection_absolute, shortest_idle, decade),
        within("connection idle life", lifetimes.connection_idle, shortest_idle, absolute),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Everything in the query string exposes secrets to logs, so it is for old server-side libraries alone, and ends.
fn check_legacy(app: &App, keys: &[ApiKey], ahead: Duration, policy: &Policy) -> Result<(), RegistryError> {
    let has_secret_key = keys.iter().any(|key| key.kind == KeyKind::Secret && key.state != KeyState::Revoked);
    if app.kind != ApplicationKind::Web || !has_secret_key {
        return Err(RegistryError::LegacyParametersRefused);
    }
    if ahead.is_zero() || ahead > policy.longest_legacy_parameters {
        let days = policy.longest_legacy_parameters.as_secs() / (24 * 60 * 60);
        let problem = format!("must end within {days} days from now; choose a date in that time");
        return Err(RegistryError::invalid("legacy parameters", problem));
    }
    Ok(())
}

pub(crate) fn listed<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
