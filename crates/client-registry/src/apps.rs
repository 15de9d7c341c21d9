//! Apps: creation and deletion.

use domain::{
    App, AppId, ApplicationKind, EndedBy, EnvironmentName, KeyState, Lifetimes, MutualTls, Publisher, ScopeSet,
    Subject, TeamId,
};
use storage::{Change, Committed, ConnectionFilter};

use crate::callback_url;
use crate::mutual_tls::Holdings;
use crate::text::{email, line};
use crate::work::Initiator;
use crate::{Registry, RegistryError};

/// What a new app is made of.
#[derive(Clone, Debug)]
pub struct AppDraft {
    /// The team that will own it.
    pub team: TeamId,
    /// Its name; 3 to 60 characters.
    pub name: String,
    /// What it does and why it needs access; 1 to 500 characters.
    pub description: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Where users get help.
    pub support_email: Option<String>,
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

impl Registry {
    /// Makes an app. It has no key yet.
    ///
    /// # Errors
    /// What is wrong with the draft; the store.
    pub async fn create_app(&self, by: &Initiator, draft: AppDraft) -> Result<App, RegistryError> {
        let mut work = self.work(by);
        self.team(draft.team).await?;
        let environments = self.known_environments(draft.environments).await?;
        self.require_known_scopes(&draft.scopes, &environments).await?;
        let publisher = Publisher { name: line("publisher", &draft.publisher.name, 2, 100)?, ..draft.publisher };
        let mut app = App {
            id: AppId::generate(&*self.random),
            team: draft.team,
            name: line("name", &draft.name, 3, 60)?,
            description: line("description", &draft.description, 1, 500)?,
            publisher,
            support_email: draft.support_email.map(|address| email("support e-mail", &address)).transpose()?,
            kind: draft.kind,
            callback_urls: Vec::new(),
            client_credentials: draft.client_credentials,
            mutual_tls: MutualTls::Off,
            rotate_refresh_tokens: false,
            legacy_parameters_until: None,
            environments,
            scopes: draft.scopes,
            lifetimes: Lifetimes::default(),
            created_at: work.now,
            deleted_at: None,
            version: 1,
        };
        for url in &draft.callback_urls {
            self.add_callback_url(&mut app, url)?;
        }
        let words = format!("name: {}; scopes: {}", app.name, app.scopes);
        work.change(Change::AddApp(app.clone())).record("app.created", app.id, app.id, words);
        work.commit().await?;
        Ok(app)
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
