//! Environments: hosting environments of the platform, each with a default API.

use domain::{Api, ApiId, EndedBy, Environment, EnvironmentName, ScopeWords, Subject};
use storage::{Change, Committed, ConnectionFilter};

use crate::apis::{checked_audience, checked_scopes};
use crate::text::line;
use crate::work::{About, Initiator};
use crate::{Registry, RegistryError};

/// What a new environment is made of.
#[derive(Clone, Debug)]
pub struct EnvironmentDraft {
    /// Its name and path prefix.
    pub name: EnvironmentName,
    /// What people call it; 1 to 60 characters.
    pub display_name: String,
    /// Where the platform's API lives there: the audience of the default API.
    pub api_base_url: String,
    /// The scopes of the default API, with the words for them.
    pub scopes: Vec<ScopeWords>,
}

impl Registry {
    /// Makes an environment and its default API. The server makes its signing keys when it hears of it.
    ///
    /// # Errors
    /// [`RegistryError::Exists`]; what is wrong with the draft; the store.
    pub async fn create_environment(
        &self,
        by: &Initiator,
        draft: EnvironmentDraft,
    ) -> Result<Environment, RegistryError> {
        let known = self.stores.directory.environments().await?;
        if known.iter().any(|environment| environment.name == draft.name) {
            return Err(RegistryError::Exists { what: format!("environment {}", draft.name) });
        }
        let mut work = self.work(by);
        let environment = Environment {
            name: draft.name,
            display_name: line("display name", &draft.display_name, 1, 60)?,
            api_base_url: checked_audience("API base URL", &draft.api_base_url)?,
            created_at: work.now,
        };
        let api = Api {
            id: ApiId::generate(&*self.random),
            environment: environment.name.clone(),
            name: format!("{} API", environment.display_name),
            audience: environment.api_base_url.clone(),
            scopes: checked_scopes(draft.scopes)?,
            token_lifetime: None,
            is_default: true,
            created_at: work.now,
        };
        work.change(Change::AddEnvironment(environment.clone()))
            .change(Change::AddApi(api.clone()))
            // Replicas may have kept for a moment that there is no such environment.
            .touch(Subject::Environment(environment.name.clone()))
            .record("environment.created", environment.name.clone(), About::default(), environment.api_base_url.clone())
            .record("api.created", api.id, About::default(), format!("default of {}", environment.name));
        work.commit().await?;
        Ok(environment)
    }

    /// Ends everything of an environment: its access tokens and its connections. The environment stays, and people may
    /// connect apps again.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn revoke_environment(&self, by: &Initiator, name: &EnvironmentName) -> Result<Committed, RegistryError> {
        let known = self.stores.directory.environments().await?;
        if !known.iter().any(|environment| environment.name == *name) {
            return Err(RegistryError::not_found("environment", name.clone()));
        }
        let mut work = self.work(by);
        let at = work.now;
        // One entry for the environment covers the connections: every token of theirs names it.
        work.change(Change::EndConnections {
            which: ConnectionFilter::OfEnvironment(name.clone()),
            by: EndedBy::Operator,
            at,
            entry_until: None,
        })
        .revoke(Subject::Environment(name.clone()))
        .record("environment.revoked", name.clone(), About::default(), "");
        work.commit().await
    }
}
