//! `jwks`: the keys that sign access tokens.

use clap::Subcommand;
use domain::{Actor, AuditRecord, EnvironmentName};
use protocol::new_key;
use storage::{Change, Directory as _, SigningKey, SigningKeyState, SigningKeys as _, Unit, Units as _};

use super::answer::{Answer, Fields, fields};
use super::arguments::environment;
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum JwksCommand {
    /// List the published keys of all environments.
    List,
    /// Publish the next key of an environment. Running servers sign with it once every cache can know it.
    Rotate {
        /// Which environment.
        #[arg(long, value_parser = environment, default_value = "default")]
        environment: EnvironmentName,
    },
}

pub(super) async fn run(command: JwksCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        JwksCommand::List => {
            let keys = opened.store.published().await?;
            Ok(Answer::Many("keys", keys.iter().map(shown).collect()))
        }
        JwksCommand::Rotate { environment } => rotate(environment, opened).await,
    }
}

async fn rotate(environment: EnvironmentName, opened: &Opened) -> Result<Answer, Failure> {
    let known = opened.store.environments().await?;
    if !known.iter().any(|one| one.name == environment) {
        return Err(Failure::absent("environment", environment));
    }
    let published = opened.store.published().await?;
    let is_next = |key: &&SigningKey| key.environment == environment && key.state == SigningKeyState::Next;
    if let Some(next) = published.iter().find(is_next) {
        return Err(Failure::Refused(format!("{} is published already and signs next; wait for it", next.kid)));
    }
    let now = opened.now();
    let key = new_key(&environment, SigningKeyState::Next, &opened.roots, &*opened.random, now);
    let audit = AuditRecord {
        at: now,
        actor: Actor::Operator,
        action: "signing_key.published",
        target: key.kid.clone(),
        app: None,
        customer: None,
        detail: format!("environment: {environment}"),
        request: None,
    };
    let fields = shown(&key);
    let unit = Unit { changes: vec![Change::AddSigningKey(key)], entries: vec![], audit: vec![audit] };
    opened.store.commit(unit).await?;
    Ok(Answer::one(fields))
}

fn shown(key: &SigningKey) -> Fields {
    fields! {
        kid: key.kid,
        environment: key.environment.as_str(),
        state: format!("{:?}", key.state).to_lowercase(),
        root_key: key.root_key.0,
        published_at: key.published_at.to_string(),
        signs_since: key.activated_at.map(|moment| moment.to_string()),
        retired_at: key.retired_at.map(|moment| moment.to_string()),
    }
}
