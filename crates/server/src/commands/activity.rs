//! `activity`.

use clap::{Args, Subcommand};
use domain::{AppId, ClientId, RequestId};
use storage::{ActivityFilter, ActivityLog as _, ActivityRow};

use super::answer::{Answer, Fields, fields};
use super::arguments::{Moment, moment};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum ActivityCommand {
    /// List attempts, newest first. Successes are merged by the hour, refusals before authentication by the minute.
    List(List),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true, id = "which")]
struct Which {
    /// Of this app.
    #[arg(long)]
    app: Option<AppId>,
    /// Of this key.
    #[arg(long)]
    key: Option<ClientId>,
    /// Of the request with this id, which its client was told.
    #[arg(long)]
    request: Option<RequestId>,
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    /// Only what was refused.
    #[arg(long)]
    refused: bool,
    /// Since a date, a time, or how long ago (24h).
    #[arg(long, value_parser = moment)]
    since: Option<Moment>,
    /// How many to show at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

pub(super) async fn run(command: ActivityCommand, opened: &Opened) -> Result<Answer, Failure> {
    let ActivityCommand::List(List { which, refused, since, limit }) = command;
    let filter = ActivityFilter {
        app: which.app,
        key: which.key,
        request: which.request,
        since: since.map(|since| since.before(opened.now())),
        refused,
    };
    let rows = opened.store.activity(&filter, limit).await?;
    Ok(Answer::Many("activity", rows.iter().map(shown).collect()))
}

fn shown(row: &ActivityRow) -> Fields {
    fields! {
        at: row.at.to_string(),
        count: row.count,
        endpoint: row.kind,
        grant: row.grant,
        result: row.refusal.as_deref().unwrap_or("success"),
        detail: row.detail,
        environment: row.environment.as_str(),
        key: row.key,
        certificate_registered: row.registered,
        certificate_unregistered: row.unregistered,
        customer: row.customer,
        connection: row.connection,
        request: row.request,
        address: row.address,
        user_agent: row.user_agent,
    }
}
