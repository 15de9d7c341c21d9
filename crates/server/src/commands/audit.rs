//! `audit`.

use clap::Subcommand;
use storage::{ActivityLog as _, AuditRow};

use super::answer::{Answer, Fields, fields};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List changes, newest first.
    List {
        /// Only of what has this id or name: an app, a key, a user, ….
        #[arg(long)]
        target: Option<String>,
        /// How many to show at most.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
}

pub(super) async fn run(command: AuditCommand, opened: &Opened) -> Result<Answer, Failure> {
    let AuditCommand::List { target, limit } = command;
    let rows = opened.store.audit(target.as_deref(), limit).await?;
    Ok(Answer::Many("audit", rows.iter().map(shown).collect()))
}

fn shown(row: &AuditRow) -> Fields {
    fields! {
        at: row.at.to_string(),
        actor: row.actor,
        action: row.action,
        target: row.target,
        detail: row.detail,
        request: row.request,
    }
}
