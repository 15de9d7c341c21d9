//! `connection`.

use clap::{Args, Subcommand};
use client_registry::{ConnectionRequestDraft, Ended};
use domain::{
    ClientId, Connection, ConnectionId, ConnectionRequest, CustomerId, EndedBy, EnvironmentName, Liveness, ScopeSet,
    Timestamp, UserId, WorkspaceId,
};
use storage::{Connections as _, Cursor, Directory as _};

use super::answer::{Answer, Fields, fields};
use super::arguments::environment;
use super::failure::Failure;
use super::opened::Opened;

/// How many connections are read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum ConnectionCommand {
    /// Ask a customer to let a key act on its own. The customer's side answers it on the authorize pages.
    Request {
        /// The key.
        #[arg(long)]
        key: ClientId,
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
        /// What it wants to do, separated by spaces; all the app may when left out.
        #[arg(long, default_value = "")]
        scopes: ScopeSet,
    },
    /// List the requests of a key.
    Requests {
        /// The key.
        #[arg(long)]
        key: ClientId,
    },
    /// List the connections of a key, a user or a customer.
    List(List),
    /// Show one.
    Show {
        /// Its id.
        id: ConnectionId,
    },
    /// End one.
    End {
        /// Its id.
        id: ConnectionId,
    },
    /// Take a workspace out of one; without its last workspace it ends.
    RemoveWorkspace {
        /// Its id.
        id: ConnectionId,
        /// The workspace.
        workspace: WorkspaceId,
    },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false, id = "whose")]
struct Whose {
    /// Of this key, in one environment; ended ones too.
    #[arg(long)]
    key: Option<ClientId>,
    /// Of this user.
    #[arg(long)]
    user: Option<UserId>,
    /// Of this customer.
    #[arg(long)]
    customer: Option<CustomerId>,
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    whose: Whose,
    /// Which environment, for a key.
    #[arg(long, value_parser = environment, default_value = "default")]
    environment: EnvironmentName,
    /// How many to show at most.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

pub(super) async fn run(command: ConnectionCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator, now) = (&opened.registry, &opened.operator, opened.now());
    match command {
        ConnectionCommand::Request { key, customer, scopes } => {
            let draft = ConnectionRequestDraft { key, customer, scopes };
            let made = registry.request_connection(operator, draft).await?;
            Ok(Answer::One(
                request(&made, opened),
                Some("Send the link to the customer: somebody who may connect apps there answers it."),
            ))
        }
        ConnectionCommand::Requests { key } => {
            let all = opened.store.connection_requests(key).await?;
            Ok(Answer::Many("requests", all.iter().map(|one| request(one, opened)).collect()))
        }
        ConnectionCommand::List(list) => {
            let found = self::list(&list, opened).await?;
            Ok(Answer::Many("connections", found.iter().map(|one| shown(one, now)).collect()))
        }
        ConnectionCommand::Show { id } => {
            let found = opened.store.find(id).await?.value.ok_or_else(|| Failure::absent("connection", id))?;
            Ok(Answer::one(shown(&found, now)))
        }
        ConnectionCommand::End { id } => Ok(ended(id, registry.end_connection(operator, id, EndedBy::Operator).await?)),
        ConnectionCommand::RemoveWorkspace { id, workspace } => {
            let outcome = registry.remove_connection_workspace(operator, id, workspace, EndedBy::Operator).await?;
            Ok(ended(id, outcome))
        }
    }
}

async fn list(list: &List, opened: &Opened) -> Result<Vec<Connection>, Failure> {
    let (store, limit) = (&opened.store, list.limit);
    match (list.whose.key, list.whose.user, list.whose.customer) {
        (Some(key), ..) => {
            let mut all: Vec<Connection> = Vec::new();
            let mut cursor = None;
            loop {
                let left = limit.saturating_sub(u32::try_from(all.len()).unwrap_or(u32::MAX)).min(PAGE);
                let page = store.of_key(key, &list.environment, cursor, left).await?;
                cursor = page.last().map(|last| Cursor { created_at: last.created_at, id: last.id });
                all.extend(page);
                if cursor.is_none() || left == 0 {
                    return Ok(all);
                }
            }
        }
        (_, Some(user), _) => Ok(store.of_user(user, limit).await?),
        (_, _, Some(customer)) => Ok(store.of_customer(customer, limit).await?),
        _ => Err(Failure::Refused("name a key, a user or a customer".to_owned())),
    }
}

fn ended(id: ConnectionId, outcome: Ended) -> Answer {
    Answer::done(match outcome {
        Ended::Now => format!("{id} has ended"),
        Ended::Before => format!("{id} had ended before"),
        Ended::InPart => format!("{id} goes on without the workspace"),
    })
}

fn request(request: &ConnectionRequest, opened: &Opened) -> Fields {
    let base = opened.config.public_url.as_str().trim_end_matches('/');
    let state = match request.answered_by {
        Some(connection) => format!("answered by {connection}"),
        None if request.expires_at <= opened.now() => "expired".to_owned(),
        None => "open".to_owned(),
    };
    fields! {
        id: request.id,
        environment: request.environment.as_str(),
        key: request.key,
        customer: request.customer,
        scopes: request.scopes.to_string(),
        state: state,
        link: format!("{base}{}/ui/oauth/unattended/{}", request.environment.prefix(), request.id),
        created_at: request.created_at.to_string(),
        expires_at: request.expires_at.to_string(),
    }
}

fn shown(connection: &Connection, now: Timestamp) -> Fields {
    let state = match connection.liveness(now) {
        Liveness::Active => "active".to_owned(),
        Liveness::IdleExpired => "idle too long".to_owned(),
        Liveness::TooOld => "too old".to_owned(),
        Liveness::Ended(by) => {
            let by = serde_json::to_value(by).ok().and_then(|by| by.as_str().map(str::to_owned));
            format!("ended by {}", by.unwrap_or_default())
        }
    };
    fields! {
        id: connection.id,
        environment: connection.environment.as_str(),
        key: connection.key,
        customer: connection.customer,
        user: connection.user,
        granted_by: connection.granted_by,
        purpose: connection.purpose,
        label: connection.label,
        workspaces: connection.workspaces,
        scopes: connection.scopes.to_string(),
        state: state,
        bound_to: connection.bound_to,
        created_at: connection.created_at.to_string(),
        last_used_at: connection.used_at().map(|at| at.to_string()),
    }
}
