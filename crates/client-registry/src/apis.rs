//! APIs: what tokens are for, the scopes each understands, the words for them, and its credentials.

use std::collections::HashSet;
use std::time::Duration;

use domain::{
    Api, ApiCredential, ApiId, ApiSecretText, EnvironmentName, ManagementScope, Scope, ScopeWords, SecretId,
    SecretState, Subject,
};
use storage::Change;
use url::Url;

use crate::text::line;
use crate::work::{About, Initiator, Work};
use crate::{Policy, Registry, RegistryError};

/// What a new API is made of.
#[derive(Clone, Debug)]
pub struct ApiDraft {
    /// The environment it belongs to.
    pub environment: EnvironmentName,
    /// What people call it; 1 to 60 characters.
    pub name: String,
    /// The `aud` of its tokens: an absolute URI.
    pub audience: String,
    /// The scopes it understands, with the words for them.
    pub scopes: Vec<ScopeWords>,
    /// How long its access tokens live, where it wants another life than the configured one.
    pub token_lifetime: Option<Duration>,
    /// Whether it becomes the environment's default API.
    pub is_default: bool,
}

/// One edit of an API.
#[derive(Clone, Debug)]
pub enum ApiEdit {
    /// Its name.
    Name(String),
    /// The scopes it understands, with the words for them.
    Scopes(Vec<ScopeWords>),
    /// How long its access tokens live.
    TokenLifetime(Option<Duration>),
    /// Makes it the environment's default API.
    MakeDefault,
}

/// A credential that was just made: the API authenticates by its id and the secret.
#[derive(Debug)]
pub struct NewApiCredential {
    /// As stored.
    pub credential: ApiCredential,
    /// The text, to be shown once and never to be had again.
    pub text: ApiSecretText,
}

impl Registry {
    /// Makes an API of an environment.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the environment; [`RegistryError::Exists`] for the audience; what else is
    /// wrong with the draft; the store.
    pub async fn create_api(&self, by: &Initiator, draft: ApiDraft) -> Result<Api, RegistryError> {
        self.known_environments(vec![draft.environment.clone()]).await?;
        let siblings = self.stores.directory.apis(&draft.environment).await?;
        let mut work = self.work(by);
        let api = Api {
            id: ApiId::generate(&*self.random),
            environment: draft.environment,
            name: line("name", &draft.name, 1, 60)?,
            audience: checked_audience("audience", &draft.audience)?,
            scopes: checked_scopes(draft.scopes)?,
            token_lifetime: self.checked_token_lifetime(draft.token_lifetime)?,
            is_default: draft.is_default,
            created_at: work.now,
        };
        if siblings.iter().any(|sibling| sibling.audience == api.audience) {
            return Err(RegistryError::Exists { what: format!("an API with the audience {}", api.audience) });
        }
        if api.is_default {
            step_down(&mut work, &siblings);
        }
        work.change(Change::AddApi(api.clone()));
        work.touch(Subject::Environment(api.environment.clone()));
        work.record("api.created", api.id, About::default(), format!("{} of {}", api.audience, api.environment));
        work.commit().await?;
        Ok(api)
    }

    /// Makes all of `edits`, or none.
    ///
    /// Older access tokens live on: they carry what was consented to, and the API itself decides what a scope it no
    /// longer lists opens. The next issue gives only what is listed.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; what is wrong with an edit; the store.
    pub async fn edit_api(&self, by: &Initiator, id: ApiId, edits: Vec<ApiEdit>) -> Result<Api, RegistryError> {
        let mut api = self.api(id).await?;
        let mut work = self.work(by);
        let mut words = Vec::new();
        for edit in edits {
            words.push(match edit {
                ApiEdit::Name(name) => {
                    api.name = line("name", &name, 1, 60)?;
                    format!("name: {}", api.name)
                }
                ApiEdit::Scopes(scopes) => {
                    api.scopes = checked_scopes(scopes)?;
                    format!("scopes: {}", api.scope_set())
                }
                ApiEdit::TokenLifetime(life) => {
                    api.token_lifetime = self.checked_token_lifetime(life)?;
                    "access token life".to_owned()
                }
                ApiEdit::MakeDefault => {
                    let siblings = self.stores.directory.apis(&api.environment).await?;
                    step_down(&mut work, siblings.iter().filter(|sibling| sibling.id != id));
                    api.is_default = true;
                    "default".to_owned()
                }
            });
        }
        work.change(Change::ReplaceApi(api.clone())).touch(Subject::Environment(api.environment.clone())).record(
            "api.edited",
            id,
            About::default(),
            words.join("; "),
        );
        work.commit().await?;
        Ok(api)
    }

    /// Makes a credential for an API, to introspect tokens with.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn add_api_credential(&self, by: &Initiator, id: ApiId) -> Result<NewApiCredential, RegistryError> {
        let api = self.api(id).await?;
        let mut work = self.work(by);
        let text = ApiSecretText::generate(&*self.random);
        let (root_key, hash) = self.hasher.hash(&text);
        let credential = ApiCredential {
            id: SecretId::generate(&*self.random),
            api: id,
            root_key,
            hash,
            state: SecretState::Active,
            created_at: work.now,
        };
        work.change(Change::AddApiCredential(credential.clone())).touch(Subject::Environment(api.environment)).record(
            "api_credential.created",
            credential.id,
            About::default(),
            format!("API: {id}"),
        );
        work.commit().await?;
        Ok(NewApiCredential { credential, text })
    }

    /// Revokes a credential of an API for good.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Stale`] when it was revoked before; the store.
    pub async fn revoke_api_credential(&self, by: &Initiator, api: ApiId, id: SecretId) -> Result<(), RegistryError> {
        let api = self.api(api).await?;
        let mut work = self.work(by);
        work.change(Change::SetApiCredentialState(id, api.id, SecretState::Revoked))
            .touch(Subject::Environment(api.environment))
            .record("api_credential.revoked", id, About::default(), format!("API: {}", api.id));
        work.commit().await.map(drop)
    }

    async fn api(&self, id: ApiId) -> Result<Api, RegistryError> {
        self.stores.directory.api_by_id(id).await?.ok_or_else(|| RegistryError::not_found("API", id))
    }

    fn checked_token_lifetime(&self, life: Option<Duration>) -> Result<Option<Duration>, RegistryError> {
        let longest = self.policy().longest_access_token;
        let shortest = Policy::SHORTEST_ACCESS_TOKEN;
        match life {
            Some(life) if life < shortest || life > longest => Err(RegistryError::invalid(
                "access token life",
                format!("is {} s; choose {} s to {} s", life.as_secs(), shortest.as_secs(), longest.as_secs()),
            )),
            _ => Ok(life),
        }
    }
}

/// An environment has one default API: the former one becomes an ordinary one.
fn step_down<'a>(work: &mut Work<'_>, siblings: impl IntoIterator<Item = &'a Api>) {
    for former in siblings.into_iter().filter(|sibling| sibling.is_default) {
        work.change(Change::ReplaceApi(Api { is_default: false, ..former.clone() }));
        work.record("api.edited", former.id, About::default(), "no longer the default");
    }
}

/// RFC 8707 §2: a resource is an absolute URI without a fragment. It is kept and compared as written.
pub(crate) fn checked_audience(field: &'static str, text: &str) -> Result<String, RegistryError> {
    let text = line(field, text, 1, 500)?;
    match Url::parse(&text) {
        Ok(url) if url.fragment().is_none() && !text.contains(char::is_whitespace) => Ok(text),
        _ => Err(RegistryError::invalid(field, "is not an absolute URI without a fragment; write https://…")),
    }
}

/// The scopes of the management API are on no consent page and in no app but those of management keys.
pub(crate) fn reserved(scope: &Scope) -> RegistryError {
    RegistryError::invalid("scopes", format!("holds {scope}, which is kept for management keys; leave it out"))
}

pub(crate) fn checked_scopes(scopes: Vec<ScopeWords>) -> Result<Vec<ScopeWords>, RegistryError> {
    let mut seen = HashSet::new();
    scopes
        .into_iter()
        .map(|ScopeWords { scope, words }| {
            if ManagementScope::is_reserved(&scope) {
                return Err(reserved(&scope));
            }
            if !seen.insert(scope.clone()) {
                return Err(RegistryError::invalid("scopes", format!("names {scope} twice; name it once")));
            }
            Ok(ScopeWords { words: line("words of a scope", &words, 1, 200)?, scope })
        })
        .collect()
}
