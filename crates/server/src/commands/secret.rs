//! `secret`.

use std::time::Duration;

use clap::Subcommand;
use client_registry::NewSecret;
use domain::{ApiSecret, ClientId, SecretId, SecretState, Timestamp};
use storage::Directory as _;

use super::answer::{Answer, Fields, SHOWN_ONCE, ended, fields};
use super::arguments::{Moment, duration, moment};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Add a secret to a key; the others go on working.
    Create {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// When it stops working by itself: a date, or how long (365d).
        #[arg(long, value_parser = moment)]
        expires: Option<Moment>,
    },
    /// Add a secret to a key and let the others work for a while only.
    Rotate {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// How long the older ones work; 0s ends them at once.
        #[arg(long, value_parser = duration)]
        overlap: Option<Duration>,
    },
    /// List the secrets of a key.
    List {
        /// The key.
        #[arg(long)]
        key: ClientId,
    },
    /// Take one out of use; what it obtained lives on.
    Deactivate {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// The secret's id.
        secret: SecretId,
    },
    /// Take one into use again.
    Activate {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// The secret's id.
        secret: SecretId,
    },
    /// Revoke one for good, and end what it obtained.
    Revoke {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// The secret's id.
        secret: SecretId,
        /// Let live what it obtained: only if it surely never leaked.
        #[arg(long)]
        keep_what_it_obtained: bool,
    },
}

pub(super) async fn run(command: SecretCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator) = (&opened.registry, &opened.operator);
    match command {
        SecretCommand::Create { key, expires } => {
            let expires = expires.map(|moment| moment.from(opened.now()));
            Ok(made(&registry.add_secret(operator, key, expires).await?, opened.now()))
        }
        SecretCommand::Rotate { key, overlap } => {
            Ok(made(&registry.rotate_secret(operator, key, overlap).await?, opened.now()))
        }
        SecretCommand::List { key } => {
            let secrets = opened.store.secrets(key).await?;
            Ok(Answer::Many("secrets", secrets.iter().map(|secret| shown(secret, opened.now())).collect()))
        }
        SecretCommand::Deactivate { key, secret } => {
            registry.set_secret_active(operator, key, secret, false).await?;
            Ok(Answer::done(format!("{secret} is inactive")))
        }
        SecretCommand::Activate { key, secret } => {
            registry.set_secret_active(operator, key, secret, true).await?;
            Ok(Answer::done(format!("{secret} is active")))
        }
        SecretCommand::Revoke { key, secret, keep_what_it_obtained } => {
            let committed = registry.revoke_secret(operator, key, secret, !keep_what_it_obtained).await?;
            Ok(Answer::done(format!("{secret} is revoked; {}", ended(committed.ended))))
        }
    }
}

fn made(new: &NewSecret, now: Timestamp) -> Answer {
    Answer::One(shown(&new.secret, now).with("secret", new.text.reveal()), Some(SHOWN_ONCE))
}

fn shown(secret: &ApiSecret, now: Timestamp) -> Fields {
    fields! {
        id: secret.id,
        key: secret.key,
        ends_in: secret.last_four,
        state: state(secret, now),
        created_at: secret.created_at.to_string(),
        expires_at: secret.expires_at.map(|moment| moment.to_string()),
        last_used_at: secret.last_used_at.map(|moment| moment.to_string()),
    }
}

fn state(secret: &ApiSecret, now: Timestamp) -> String {
    match secret.state {
        SecretState::Revoked => "revoked".to_owned(),
        _ if secret.expires_at.is_some_and(|end| end <= now) => "expired".to_owned(),
        SecretState::Active => "active".to_owned(),
        SecretState::Inactive => "inactive".to_owned(),
        SecretState::RotatingUntil(until) if until <= now => "expired".to_owned(),
        SecretState::RotatingUntil(until) => format!("rotating until {until}"),
    }
}
