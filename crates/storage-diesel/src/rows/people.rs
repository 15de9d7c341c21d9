//! Customers, workspaces, users and their part in customers.

use diesel::prelude::*;
use domain::{Customer, Membership, Timestamp, User, Workspace};
use storage::StoreError;

use super::{counted, list, read, read_list, read_name, read_word, word};
use crate::schema::{customers, memberships, users, workspaces};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = customers)]
pub(crate) struct CustomerRow {
    id: String,
    environment: String,
    name: String,
    created_at: i64,
}

impl From<&Customer> for CustomerRow {
    fn from(customer: &Customer) -> Self {
        Self {
            id: customer.id.to_string(),
            environment: customer.environment.to_string(),
            name: customer.name.clone(),
            created_at: customer.created_at.millis(),
        }
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StoreError;

    fn try_from(row: CustomerRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            environment: read_name(row.environment)?,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = workspaces)]
pub(crate) struct WorkspaceRow {
    id: String,
    customer_id: String,
    name: String,
    created_at: i64,
}

impl From<&Workspace> for WorkspaceRow {
    fn from(workspace: &Workspace) -> Self {
        Self {
            id: workspace.id.to_string(),
            customer_id: workspace.customer.to_string(),
            name: workspace.name.clone(),
            created_at: workspace.created_at.millis(),
        }
    }
}

impl TryFrom<WorkspaceRow> for Workspace {
    type Error = StoreError;

    fn try_from(row: WorkspaceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            customer: read(&row.customer_id)?,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct UserRow {
    id: String,
    email: String,
    name: String,
    kind: String,
    password_hash: Option<String>,
    enabled: bool,
    failed_logins: i64,
    created_at: i64,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_lowercase(),
            name: user.name.clone(),
            kind: word(user.kind),
            password_hash: user.password_hash.clone(),
            enabled: user.enabled,
            failed_logins: user.failed_logins.into(),
            created_at: user.created_at.millis(),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            email: row.email,
            name: row.name,
            kind: read_word(&row.kind)?,
            password_hash: row.password_hash,
            enabled: row.enabled,
            failed_logins: counted(row.failed_logins)?,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships)]
pub(crate) struct MembershipRow {
    user_id: String,
    customer_id: String,
    pub(crate) role: String,
    pub(crate) workspaces: String,
}

impl From<&Membership> for MembershipRow {
    fn from(membership: &Membership) -> Self {
        Self {
            user_id: membership.user.to_string(),
            customer_id: membership.customer.to_string(),
            role: word(membership.role),
            workspaces: list(&membership.workspaces),
        }
    }
}

impl TryFrom<MembershipRow> for Membership {
    type Error = StoreError;

    fn try_from(row: MembershipRow) -> Result<Self, StoreError> {
        Ok(Self {
            user: read(&row.user_id)?,
            customer: read(&row.customer_id)?,
            role: read_word(&row.role)?,
            workspaces: read_list(&row.workspaces)?,
        })
    }
}
