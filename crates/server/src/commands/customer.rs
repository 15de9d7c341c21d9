//! `customer`.

use clap::Subcommand;
use client_registry::CustomerDraft;
use domain::{Customer, CustomerId, EnvironmentName};
use storage::Directory as _;

use super::answer::{Answer, Fields, fields};
use super::arguments::environment;
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// Make a customer.
    Create {
        /// What people call it.
        name: String,
        /// Its environment.
        #[arg(long, value_parser = environment, default_value = "default")]
        environment: EnvironmentName,
    },
    /// List those of an environment.
    List {
        /// Which environment.
        #[arg(long, value_parser = environment, default_value = "default")]
        environment: EnvironmentName,
    },
    /// Show one, with its users.
    Show {
        /// Its id.
        id: CustomerId,
    },
}

pub(super) async fn run(command: CustomerCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        CustomerCommand::Create { name, environment } => {
            let draft = CustomerDraft { environment, name };
            Ok(Answer::one(shown(&opened.registry.create_customer(&opened.operator, draft).await?)))
        }
        CustomerCommand::List { environment } => {
            let exists = opened.store.environments().await?.iter().any(|known| known.name == environment);
            if !exists {
                return Err(Failure::absent("environment", environment));
            }
            let all = opened.store.customers(&environment).await?;
            Ok(Answer::Many("customers", all.iter().map(shown).collect()))
        }
        CustomerCommand::Show { id } => {
            let customer = opened.store.customer(id).await?.ok_or_else(|| Failure::absent("customer", id))?;
            let members = opened.store.members(id).await?;
            let members: Vec<String> = members
                .iter()
                .map(|(user, part)| {
                    format!("{} {} ({})", user.id, user.email, format!("{:?}", part.role).to_lowercase())
                })
                .collect();
            Ok(Answer::one(shown(&customer).with("members", members)))
        }
    }
}

fn shown(customer: &Customer) -> Fields {
    fields! {
        id: customer.id,
        environment: customer.environment.as_str(),
        name: customer.name,
        created_at: customer.created_at.to_string(),
    }
}
