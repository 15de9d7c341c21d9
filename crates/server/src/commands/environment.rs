//! `environment`.

use clap::Subcommand;
use client_registry::EnvironmentDraft;
use domain::{Environment, EnvironmentName, ScopeWords};
use storage::Directory as _;

use super::answer::{Answer, Fields, ended, fields};
use super::arguments::{environment, scope_words};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum EnvironmentCommand {
    /// Make an environment and its default API.
    Create {
        /// Its name and path prefix; `default` has no prefix.
        #[arg(value_parser = environment)]
        name: EnvironmentName,
        /// What people call it.
        #[arg(long)]
        display_name: String,
        /// Where the platform's API lives there: the audience of the default API.
        #[arg(long)]
        api_base_url: String,
        /// A scope of the default API and the words for it: --scope read="See your reports".
        #[arg(long, value_parser = scope_words, value_name = "SCOPE=WORDS")]
        scope: Vec<ScopeWords>,
    },
    /// List all.
    List,
    /// Show one.
    Show {
        /// Its name.
        #[arg(value_parser = environment)]
        name: EnvironmentName,
    },
    /// End everything of one: its access tokens and its connections. It stays, and can be connected to again.
    Revoke {
        /// Its name.
        #[arg(value_parser = environment)]
        name: EnvironmentName,
    },
}

pub(super) async fn run(command: EnvironmentCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        EnvironmentCommand::Create { name, display_name, api_base_url, scope } => {
            let draft = EnvironmentDraft { name, display_name, api_base_url, scopes: scope };
            let made = opened.registry.create_environment(&opened.operator, draft).await?;
            Ok(Answer::one(shown(&made, opened)))
        }
        EnvironmentCommand::List => {
            let all = opened.store.environments().await?;
            Ok(Answer::Many("environments", all.iter().map(|one| shown(one, opened)).collect()))
        }
        EnvironmentCommand::Show { name } => {
            let all = opened.store.environments().await?;
            let found = all.iter().find(|one| one.name == name);
            found.map(|one| Answer::one(shown(one, opened))).ok_or_else(|| Failure::absent("environment", name))
        }
        EnvironmentCommand::Revoke { name } => {
            let committed = opened.registry.revoke_environment(&opened.operator, &name).await?;
            Ok(Answer::done(format!("every access token of {name} is revoked; {}", ended(committed.ended))))
        }
    }
}

fn shown(environment: &Environment, opened: &Opened) -> Fields {
    let base = opened.config.public_url.as_str().trim_end_matches('/');
    fields! {
        name: environment.name.as_str(),
        display_name: environment.display_name,
        issuer: format!("{base}{}", environment.name.prefix()),
        api_base_url: environment.api_base_url,
        created_at: environment.created_at.to_string(),
    }
}
