//! Apps: creation, deletion, and the way back.

use domain::{
    App, AppId, ApplicationKind, EndedBy, EnvironmentName, KeyState, Lifetimes, MANAGEMENT_TEAM, ManagementScope,
    MutualTls, Publisher, ScopeSet, Subject, TeamId, Timestamp,
};
use storage::{Change, Committed, ConnectionFilter};

use crate::apis::reserved;
use crate::app_edit::{AppEdit, AppFault, Editing};
use crate::callback_url;
use crate::mutual_tls::Holdings;
use crate::work::Initiator;
use crate::{Registry, RegistryError};

const DAY: u64 = 24 * 60 * 60;

/// What a new app is made of.
#[derive(Clone, Debug)]
pub struct AppDraft {
    /// The team that will own it.
    pub team: TeamId,
    /// Its name; 3 to 60 characters.
    pub name: String,
    /// What it does and why it needs access; 1 to 500 characters.
    pub description: String,
    /// Who publishes it; verified by nobody but the operator.
    pub publisher: Publisher,
    /// Where users get help.
    pub support_email: Option<String>,
    /// What the app is, for those who look for more; an `https` URL.
    pub homepage_url: Option<String>,
    /// Its privacy notice; an `https` URL.
    pub privacy_url: Option<String>,
    /// Where it runs.
    pub kind: ApplicationKind,
    /// Its callback URLs.
    pub callback_urls: Vec<String>,
    /// *Enable Client Credentials*.
    pub client_credentials: bool,
    /// The environments it may be used in; at least one.
    pub environments: Vec<EnvironmentName>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
}

impl AppDraft {
    /// Everything of it that an edit could set.
    fn edits(&self) -> Vec<AppEdit> {
        let mut edits = vec![
            AppEdit::Name(self.name.clone()),
            AppEdit::Description(self.description.clone()),
            AppEdit::PublisherName(self.publisher.name.clone()),
            AppEdit::SupportEmail(self.support_email.clone()),
            AppEdit::HomepageUrl(self.homepage_url.clone()),
            AppEdit::PrivacyUrl(self.privacy_url.clone()),
            AppEdit::Environments(self.environments.clone()),
            AppEdit::Scopes(self.scopes.clone()),
        ];
        edits.extend(self.publisher.verified.then_some(AppEdit::PublisherVerified(true)));
        edits.extend(self.callback_urls.iter().cloned().map(AppEdit::AddCallbackUrl));
        edits
    }
}

impl Registry {
    /// Makes an app. It has no key yet.
    ///
    /// # Errors
    /// What is wrong with the draft, the first thing of all; the store.
    pub async fn create_app(&self, by: &Initiator, draft: AppDraft) -> Result<App, RegistryError> {
        let mut work = self.work(by);
        require_open(self.team(draft.team).await?.id)?;
        let mut app = self.blank(&draft, work.now);
        for edit in draft.edits() {
            self.apply(&mut app, edit, &Editing { by, keys: &[], now: work.now }).await?;
        }
        let words = format!("name: {}; scopes: {}", app.name, app.scopes);
        work.change(Change::AddApp(app.clone())).record("app.created", app.id, app.id, words);
        work.commit().await?;
        Ok(app)
    }

    /// All that is wrong with `draft`, for a form that shows it at once: each part that cannot be taken, with why.
    ///
    /// # Errors
    /// The store.
    pub async fn faults_of_draft(&self, by: &Initiator, draft: &AppDraft) -> Result<Vec<AppFault>, RegistryError> {
        let now = self.clock.now();
        self.faults(&mut self.blank(draft, now), draft.edits(), &Editing { by, keys: &[], now }).await
    }

    /// An app with what cannot be edited later.
    fn blank(&self, draft: &AppDraft, now: Timestamp) -> App {
        App {
            id: AppId::generate(&*self.random),
            team: draft.team,
            name: String::new(),
            description: String::new(),
            publisher: Publisher { name: String::new(), verified: false },
            support_email: None,
            homepage_url: None,
            privacy_url: None,
            kind: draft.kind,
            callback_urls: Vec::new(),
            client_credentials: draft.client_credentials,
            mutual_tls: MutualTls::Off,
            rotate_refresh_tokens: false,
            legacy_parameters_until: None,
            environments: Vec::new(),
            scopes: ScopeSet::default(),
            lifetimes: Lifetimes::default(),
            created_at: now,
            deleted_at: None,
            version: 1,
        }
    }

    /// Deletes an app: its keys die at once and for good, its connections end.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::AppDeleted`], [`RegistryError::Stale`]; the store.
    pub async fn delete_app(&self, by: &Initiator, id: AppId) -> Result<Committed, RegistryError> {
        let app = self.live_app(id).await?;
        let Holdings { keys, certificates, anchors } = self.holdings(&app).await?;
        let mut work = self.work(by);
        let now = work.now;
        // Other apps may register them now.
        for certificate in &certificates {
            crate::certificates::take_away(&mut work, certificate);
        }
        for anchor in &anchors {
            crate::anchors::take_away(&mut work, anchor);
        }
        for key in keys.iter().filter(|key| key.state != KeyState::Revoked) {
            work.change(Change::SetKeyState(key.id, KeyState::Revoked)).touch(Subject::Key(key.id));
        }
        let words = format!("name: {}; {} API keys", app.name, keys.len());
        // One entry for the app covers the connections: every token of theirs names the app.
        work.change(Change::EndConnections {
            which: ConnectionFilter::OfApp(id),
            by: EndedBy::AppDeleted,
            at: now,
            entry_until: None,
        })
        .change(Change::ReplaceApp(App { deleted_at: Some(now), ..app }))
        .revoke(Subject::App(id))
        .record("app.deleted", id, id, words);
        work.commit().await
    }

    /// Brings a deleted app back, in the days in which that is possible. Its keys stay revoked and its connections ended:
    /// it is an app without any, under its old id, name and callback URLs. Certificates have to be registered again.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for an app that was not deleted; [`RegistryError::DeletedForGood`],
    /// [`RegistryError::Stale`]; the store.
    pub async fn restore_app(&self, by: &Initiator, id: AppId) -> Result<App, RegistryError> {
        let absent = || RegistryError::not_found("deleted app", id);
        let app = self.stores.directory.app(id).await?.ok_or_else(absent)?;
        let deleted_at = app.deleted_at.ok_or_else(absent)?;
        let mut work = self.work(by);
        if work.now.since(deleted_at) > self.policy().deleted_apps_kept {
            return Err(RegistryError::DeletedForGood { days: self.policy().deleted_apps_kept.as_secs() / DAY });
        }
        let words = format!("name: {}; deleted {deleted_at}", app.name);
        let restored = App { deleted_at: None, ..app };
        work.change(Change::ReplaceApp(restored.clone())).touch(Subject::App(id)).record("app.restored", id, id, words);
        work.commit().await?;
        Ok(App { version: restored.version + 1, ..restored })
    }

    /// The app `id`, unless it was deleted.
    pub(crate) async fn live_app(&self, id: AppId) -> Result<App, RegistryError> {
        let app = self.stores.directory.app(id).await?.ok_or_else(|| RegistryError::not_found("app", id))?;
        if app.deleted_at.is_some() { Err(RegistryError::AppDeleted) } else { Ok(app) }
    }

    /// The callback-URL rules' answer to `text`: the same code that the authorize endpoint relies on.
    pub(crate) fn accepted_callback_url(
        &self,
        text: &str,
        kind: ApplicationKind,
    ) -> Result<domain::CallbackUrl, RegistryError> {
        callback_url::parse(text, kind, &self.policy().callback_urls)
            .map_err(|violations| RegistryError::CallbackUrl { url: text.to_owned(), violations })
    }

    /// `names`, sorted and once each, if all of them exist.
    pub(crate) async fn known_environments(
        &self,
        mut names: Vec<EnvironmentName>,
    ) -> Result<Vec<EnvironmentName>, RegistryError> {
        let known = self.stores.directory.environments().await?;
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Err(RegistryError::invalid("environments", "is empty; name at least one"));
        }
        match names.iter().find(|name| !known.iter().any(|environment| environment.name == **name)) {
            Some(unknown) => Err(RegistryError::not_found("environment", unknown.clone())),
            None => Ok(names),
        }
    }

    /// A scope that no API of the environments understands is a typing error, or comes too early.
    pub(crate) async fn require_known_scopes(
        &self,
        scopes: &ScopeSet,
        environments: &[EnvironmentName],
    ) -> Result<(), RegistryError> {
        if let Some(scope) = scopes.iter().find(|scope| ManagementScope::is_reserved(scope)) {
            return Err(reserved(scope));
        }
        let mut known = Vec::new();
        for environment in environments {
            for api in self.stores.directory.apis(environment).await? {
                known.extend(api.scopes.into_iter().map(|words| words.scope));
            }
        }
        match scopes.iter().find(|scope| !known.contains(scope)) {
            None => Ok(()),
            Some(unknown) => Err(RegistryError::invalid(
                "scopes",
                format!("holds {unknown}, which no API of the app's environments understands; add it to an API first"),
            )),
        }
    }
}

/// The team of management keys gets its apps with them, and has no members.
pub(crate) fn require_open(team: TeamId) -> Result<(), RegistryError> {
    if team == MANAGEMENT_TEAM {
        return Err(RegistryError::invalid("team", "is kept for management keys; name another"));
    }
    Ok(())
}
