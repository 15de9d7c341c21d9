//! `api`.

use std::time::Duration;

use clap::Subcommand;
use client_registry::{ApiDraft, ApiEdit};
use domain::{Api, ApiId, EnvironmentName, ScopeWords, SecretId};
use storage::{Directory as _, Records as _};

use super::answer::{Answer, Fields, SHOWN_ONCE, fields};
use super::arguments::{duration, environment, scope_words};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum ApiCommand {
    /// Make an API of an environment.
    Create {
        /// What people call it.
        name: String,
        /// Its environment.
        #[arg(long, value_parser = environment, default_value = "default")]
        environment: EnvironmentName,
        /// The `aud` of its tokens: an absolute URI.
        #[arg(long)]
        audience: String,
        /// A scope and the words for it: --scope read="See your reports".
        #[arg(long, value_parser = scope_words, value_name = "SCOPE=WORDS")]
        scope: Vec<ScopeWords>,
        /// How long its access tokens live.
        #[arg(long, value_parser = duration)]
        token_life: Option<Duration>,
        /// Make it the environment's default API.
        #[arg(long)]
        default: bool,
    },
    /// List those of an environment.
    List {
        /// Which environment.
        #[arg(long, value_parser = environment, default_value = "default")]
        environment: EnvironmentName,
    },
    /// Show one.
    Show {
        /// Its id.
        id: ApiId,
    },
    /// Edit one.
    Set {
        /// Its id.
        id: ApiId,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
        /// All its scopes and the words for them, in place of the former ones.
        #[arg(long, value_parser = scope_words, value_name = "SCOPE=WORDS")]
        scope: Option<Vec<ScopeWords>>,
        /// How long its access tokens live.
        #[arg(long, value_parser = duration)]
        token_life: Option<Duration>,
        /// Make it the environment's default API.
        #[arg(long)]
        default: bool,
    },
    /// Make a credential for introspection: the API's id and a secret.
    AddCredential {
        /// Its id.
        id: ApiId,
    },
    /// Revoke a credential for good.
    RevokeCredential {
        /// The API's id.
        id: ApiId,
        /// The credential's id.
        credential: SecretId,
    },
}

pub(super) async fn run(command: ApiCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator) = (&opened.registry, &opened.operator);
    match command {
        ApiCommand::Create { name, environment, audience, scope, token_life, default } => {
            let (scopes, token_lifetime, is_default) = (scope, token_life, default);
            let draft = ApiDraft { environment, name, audience, scopes, token_lifetime, is_default };
            Ok(Answer::one(shown(&registry.create_api(operator, draft).await?)))
        }
        ApiCommand::List { environment } => {
            let all = opened.store.apis(&environment).await?;
            Ok(Answer::Many("apis", all.iter().map(shown).collect()))
        }
        ApiCommand::Show { id } => show(id, opened).await,
        ApiCommand::Set { id, name, scope, token_life, default } => {
            let edits = [
                name.map(ApiEdit::Name),
                scope.map(ApiEdit::Scopes),
                token_life.map(|life| ApiEdit::TokenLifetime(Some(life))),
                default.then_some(ApiEdit::MakeDefault),
            ];
            let edited = registry.edit_api(operator, id, edits.into_iter().flatten().collect()).await?;
            Ok(Answer::one(shown(&edited)))
        }
        ApiCommand::AddCredential { id } => {
            let made = registry.add_api_credential(operator, id).await?;
            let fields = fields! { api: id, credential: made.credential.id, secret: made.text.reveal() };
            Ok(Answer::One(fields, Some(SHOWN_ONCE)))
        }
        ApiCommand::RevokeCredential { id, credential } => {
            registry.revoke_api_credential(operator, id, credential).await?;
            Ok(Answer::done(format!("{credential} is revoked")))
        }
    }
}

async fn show(id: ApiId, opened: &Opened) -> Result<Answer, Failure> {
    let record = opened.store.api(id).await?.value.ok_or_else(|| Failure::absent("API", id))?;
    let credentials: Vec<_> = record.credentials.iter().map(|credential| credential.id).collect();
    Ok(Answer::one(shown(&record.api).with("credentials", serde_json::json!(credentials))))
}

fn shown(api: &Api) -> Fields {
    fields! {
        id: api.id,
        environment: api.environment.as_str(),
        name: api.name,
        audience: api.audience,
        scopes: api.scope_set().to_string(),
        token_life_seconds: api.token_lifetime.map(|life| life.as_secs()),
        default: api.is_default,
    }
}
