//! `migrate`: the database's schema.

use clap::{Args, Subcommand};
use storage_diesel::{migrate, pending_migrations};

use super::answer::{Answer, fields};
use super::failure::Failure;
use crate::config::Config;
use crate::registry::database;

#[derive(Args, Debug)]
pub(super) struct Migrate {
    #[command(subcommand)]
    command: Option<MigrateCommand>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum MigrateCommand {
    /// Show what is missing, and change nothing.
    Status,
}

pub(super) async fn run(command: &Migrate, config: &Config) -> Result<Answer, Failure> {
    let (url, options) = database(&config.database);
    if matches!(command.command, Some(MigrateCommand::Status)) {
        let pending = pending_migrations(&url, &options).await?;
        return Ok(Answer::one(fields! { up_to_date: pending.is_empty(), pending: pending }));
    }
    migrate(&url, &options).await?;
    Ok(Answer::done("the schema is up to date"))
}
