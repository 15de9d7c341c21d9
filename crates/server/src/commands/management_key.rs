//! `management-key`.

use clap::{Args, Subcommand};
use client_registry::ManagementKeyDraft;
use domain::{ApiKey, App, MANAGEMENT_CUSTOMER, MANAGEMENT_TEAM, ManagedTeams, ManagementScope, TeamId};
use storage::{AppPlace, Connections as _, Cursor, Directory as _};

use super::answer::{Answer, Fields, SHOWN_ONCE, fields};
use super::arguments::{Moment, moment};
use super::failure::Failure;
use super::key::Kind;
use super::opened::Opened;

/// How many apps are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum ManagementKeyCommand {
    /// Make a key for the management API, which looks after developer teams and their apps.
    Create {
        /// What it is for.
        #[arg(long)]
        label: String,
        #[command(flatten)]
        teams: Teams,
        /// What it may do: countersign.read, countersign.apps.write, countersign.teams.write.
        #[arg(long, required = true, value_name = "SCOPE")]
        scope: Vec<ManagementScope>,
        /// How it authenticates.
        #[arg(long, value_enum, default_value = "secret")]
        kind: Kind,
        /// When it stops working by itself: a date, or how long (365d).
        #[arg(long, value_parser = moment)]
        expires: Option<Moment>,
    },
    /// List them. They are shown, rotated and revoked like other API keys.
    List,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Teams {
    /// It reaches this team.
    #[arg(long)]
    team: Option<TeamId>,
    /// It reaches every team, also those that are made later.
    #[arg(long)]
    every_team: bool,
}

pub(super) async fn run(command: ManagementKeyCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        ManagementKeyCommand::Create { label, teams, scope, kind, expires } => {
            let base = opened.config.public_url.as_str().trim_end_matches('/');
            let draft = ManagementKeyDraft {
                label,
                kind: kind.into(),
                teams: teams.team.map_or(ManagedTeams::Every, ManagedTeams::One),
                scopes: scope,
                expires_at: expires.map(|moment| moment.from(opened.now())),
                audience: format!("{base}/api/v1"),
            };
            let made = opened.registry.create_management_key(&opened.operator, draft).await?;
            let fields = fields! {
                id: made.key.key.id,
                app: made.key.key.app,
                teams: words(made.connection.workspaces.first().copied().map(ManagedTeams::of)),
                scopes: made.connection.scopes.to_string(),
                ends_unused_after_seconds: made.connection.idle.as_secs(),
                ends_at: made.connection.expires_at.to_string(),
            };
            Ok(match made.key.secret {
                Some(new) => {
                    let fields = fields.with("secret_id", new.secret.id.to_string()).with("secret", new.text.reveal());
                    Answer::One(fields, Some(SHOWN_ONCE))
                }
                None => Answer::One(fields, Some("Register a certificate for it next: cert add.")),
            })
        }
        ManagementKeyCommand::List => list(opened).await,
    }
}

async fn list(opened: &Opened) -> Result<Answer, Failure> {
    let (store, mut keys, mut after) = (&opened.store, Vec::new(), None);
    loop {
        let apps = store.apps_after(Some(&[MANAGEMENT_TEAM]), "", after.as_ref(), PAGE).await?;
        let Some(last) = apps.last() else { return Ok(Answer::Many("keys", keys)) };
        after = Some(AppPlace { name: last.name.clone(), id: last.id });
        for app in &apps {
            for key in store.keys(app.id).await? {
                let teams = reach(&key, app, opened).await?;
                keys.push(shown(&key, app, teams));
            }
        }
    }
}

/// What a key reaches by the connection that it was made with.
async fn reach(key: &ApiKey, app: &App, opened: &Opened) -> Result<Option<ManagedTeams>, Failure> {
    let mut after = None;
    for environment in &app.environments {
        loop {
            let connections = opened.store.of_key(key.id, environment, after, PAGE).await?;
            let its = connections.iter().find(|one| one.customer == MANAGEMENT_CUSTOMER);
            if let Some(workspace) = its.and_then(|one| one.workspaces.first()) {
                return Ok(Some(ManagedTeams::of(*workspace)));
            }
            let Some(last) = connections.last() else { break };
            after = Some(Cursor { created_at: last.created_at, id: last.id });
        }
    }
    Ok(None)
}

fn words(teams: Option<ManagedTeams>) -> String {
    match teams {
        Some(ManagedTeams::Every) => "every".to_owned(),
        Some(ManagedTeams::One(team)) => team.to_string(),
        None => "none".to_owned(),
    }
}

fn shown(key: &ApiKey, app: &App, teams: Option<ManagedTeams>) -> Fields {
    fields! {
        id: key.id,
        app: app.id,
        label: key.label,
        teams: words(teams),
        scopes: app.scopes.to_string(),
        kind: key.kind,
        state: key.state,
        created_at: key.created_at.to_string(),
        expires_at: key.expires_at.map(|moment| moment.to_string()),
    }
}
