//! `workspace`.

use clap::Subcommand;
use domain::{CustomerId, Workspace, WorkspaceId};
use storage::Directory as _;

use super::answer::{Answer, Fields, fields};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Add a workspace to a customer.
    Create {
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
        /// What people call it.
        name: String,
    },
    /// List those of a customer.
    List {
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
    },
    /// Remove one; the older access tokens of the customer end.
    Remove {
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
        /// Its id.
        id: WorkspaceId,
    },
}

pub(super) async fn run(command: WorkspaceCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        WorkspaceCommand::Create { customer, name } => {
            Ok(Answer::one(shown(&opened.registry.create_workspace(&opened.operator, customer, &name).await?)))
        }
        WorkspaceCommand::List { customer } => {
            let all = opened.store.workspaces(customer).await?;
            Ok(Answer::Many("workspaces", all.iter().map(shown).collect()))
        }
        WorkspaceCommand::Remove { customer, id } => {
            opened.registry.remove_workspace(&opened.operator, customer, id).await?;
            Ok(Answer::done(format!("{id} is removed")))
        }
    }
}

fn shown(workspace: &Workspace) -> Fields {
    fields! {
        id: workspace.id,
        customer: workspace.customer,
        name: workspace.name,
        created_at: workspace.created_at.to_string(),
    }
}
