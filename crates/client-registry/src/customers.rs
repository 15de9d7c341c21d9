//! Customers and their workspaces.

use domain::{Customer, CustomerId, EnvironmentName, Subject, Workspace, WorkspaceId};
use storage::Change;

use crate::text::line;
use crate::work::Initiator;
use crate::{Registry, RegistryError};

/// What a new customer is made of.
#[derive(Clone, Debug)]
pub struct CustomerDraft {
    /// The environment it lives in.
    pub environment: EnvironmentName,
    /// What people call it; 1 to 100 characters.
    pub name: String,
}

impl Registry {
    /// Makes a customer. It has no workspace and no user yet.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the environment; [`RegistryError::Invalid`] for the name; the store.
    pub async fn create_customer(&self, by: &Initiator, draft: CustomerDraft) -> Result<Customer, RegistryError> {
        self.known_environments(vec![draft.environment.clone()]).await?;
        let mut work = self.work(by);
        let customer = Customer {
            id: CustomerId::generate(&*self.random),
            environment: draft.environment,
            name: line("name", &draft.name, 1, 100)?,
            created_at: work.now,
        };
        let words = format!("name: {}; environment: {}", customer.name, customer.environment);
        work.change(Change::AddCustomer(customer.clone())).record("customer.created", customer.id, customer.id, words);
        work.commit().await?;
        Ok(customer)
    }

    /// Adds a workspace to a customer. No connection reaches it until somebody ticks it.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::Exists`] for the name; the store.
    pub async fn create_workspace(
        &self,
        by: &Initiator,
        customer: CustomerId,
        name: &str,
    ) -> Result<Workspace, RegistryError> {
        self.customer(customer).await?;
        let name = line("name", name, 1, 100)?;
        let siblings = self.stores.directory.workspaces(customer).await?;
        if siblings.iter().any(|sibling| sibling.name == name) {
            return Err(RegistryError::Exists { what: format!("a workspace named {name} of this customer") });
        }
        let mut work = self.work(by);
        let workspace = Workspace { id: WorkspaceId::generate(&*self.random), customer, name, created_at: work.now };
        work.change(Change::AddWorkspace(workspace.clone())).touch(Subject::Customer(customer)).record(
            "workspace.created",
            workspace.id,
            customer,
            format!("name: {}", workspace.name),
        );
        work.commit().await?;
        Ok(workspace)
    }

    /// Removes a workspace from a customer.
    ///
    /// A token names its workspaces by number only in part (at most 20), and no subject is one workspace, so all older
    /// access tokens of the customer end. The connections stay: the next issue gives each what is left of it.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn remove_workspace(
        &self,
        by: &Initiator,
        customer: CustomerId,
        id: WorkspaceId,
    ) -> Result<(), RegistryError> {
        let workspaces = self.stores.directory.workspaces(customer).await?;
        let workspace = workspaces.into_iter().find(|workspace| workspace.id == id);
        let workspace = workspace.ok_or_else(|| RegistryError::not_found("workspace of this customer", id))?;
        let mut work = self.work(by);
        work.change(Change::RemoveWorkspace(id, customer)).revoke(Subject::Customer(customer)).record(
            "workspace.removed",
            id,
            customer,
            format!("name: {}", workspace.name),
        );
        work.commit().await.map(drop)
    }

    pub(crate) async fn customer(&self, id: CustomerId) -> Result<Customer, RegistryError> {
        self.stores.directory.customer(id).await?.ok_or_else(|| RegistryError::not_found("customer", id))
    }
}
