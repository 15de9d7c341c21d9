//! `key`.

use clap::{Subcommand, ValueEnum};
use client_registry::KeyDraft;
use domain::{ApiKey, AppId, ClientId, EnvironmentName, KeyKind};
use storage::Directory as _;

use super::answer::{Answer, Fields, SHOWN_ONCE, ended, fields};
use super::arguments::{Moment, environment, moment};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make an API key, with its first secret where its kind has secrets.
    Create {
        /// The app.
        #[arg(long)]
        app: AppId,
        /// What the team calls it.
        #[arg(long)]
        label: String,
        /// How it authenticates.
        #[arg(long, value_enum, default_value = "secret")]
        kind: Kind,
        /// An environment it may be used in; the app's when left out.
        #[arg(long, value_parser = environment)]
        environment: Option<Vec<EnvironmentName>>,
        /// When it stops working by itself: a date, or how long (365d).
        #[arg(long, value_parser = moment)]
        expires: Option<Moment>,
    },
    /// List the keys of an app.
    List {
        /// The app.
        #[arg(long)]
        app: AppId,
    },
    /// Show one.
    Show {
        /// The key.
        key: ClientId,
    },
    /// Take one out of use; its older access tokens end, its connections stay.
    Deactivate {
        /// The key.
        key: ClientId,
    },
    /// Take one into use again.
    Activate {
        /// The key.
        key: ClientId,
    },
    /// Revoke one for good; its connections end.
    Revoke {
        /// The key.
        key: ClientId,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Kind {
    /// By a secret.
    Secret,
    /// By a registered certificate alone.
    Certificate,
    /// By a secret, on a connection of a registered certificate.
    CertificateAndSecret,
    /// Not at all: a native app's public client.
    Public,
}

impl From<Kind> for KeyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Secret => Self::Secret,
            Kind::Certificate => Self::Certificate,
            Kind::CertificateAndSecret => Self::CertificateAndSecret,
            Kind::Public => Self::Public,
        }
    }
}

pub(super) async fn run(command: KeyCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator) = (&opened.registry, &opened.operator);
    match command {
        KeyCommand::Create { app, label, kind, environment, expires } => {
            let kind = kind.into();
            let expires_at = expires.map(|moment| moment.from(opened.now()));
            let draft = KeyDraft { app, label, kind, environments: environment, expires_at };
            let made = registry.create_key(operator, draft).await?;
            let fields = shown(&made.key);
            Ok(match made.secret {
                Some(new) => {
                    let fields = fields.with("secret_id", new.secret.id.to_string()).with("secret", new.text.reveal());
                    Answer::One(fields, Some(SHOWN_ONCE))
                }
                None => Answer::one(fields),
            })
        }
        KeyCommand::List { app } => {
            let keys = opened.store.keys(app).await?;
            Ok(Answer::Many("keys", keys.iter().map(shown).collect()))
        }
        KeyCommand::Show { key } => {
            let key = opened.store.key(key).await?.ok_or_else(|| Failure::absent("API key", key))?;
            Ok(Answer::one(shown(&key)))
        }
        KeyCommand::Deactivate { key } => {
            registry.set_key_active(operator, key, false).await?;
            Ok(Answer::done(format!("{key} is inactive")))
        }
        KeyCommand::Activate { key } => {
            registry.set_key_active(operator, key, true).await?;
            Ok(Answer::done(format!("{key} is active")))
        }
        KeyCommand::Revoke { key } => {
            let committed = registry.revoke_key(operator, key).await?;
            Ok(Answer::done(format!("{key} is revoked; {}", ended(committed.ended))))
        }
    }
}

fn shown(key: &ApiKey) -> Fields {
    fields! {
        id: key.id,
        app: key.app,
        label: key.label,
        kind: key.kind,
        state: key.state,
        environments: key.environments,
        created_at: key.created_at.to_string(),
        expires_at: key.expires_at.map(|moment| moment.to_string()),
    }
}
