//! Customers, workspaces and users for people; failed sign-ins, counted.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Customer, CustomerId, EnvironmentName, Membership, User, UserId, Workspace, WorkspaceAccess};
use storage::StoreError;

use super::{Conn, read_all};
use crate::failure::{changed, failed};
use crate::rows::{CustomerRow, MembershipRow, UserRow, WorkspaceRow};
use crate::schema::{customers, memberships, users, workspaces};

pub(crate) async fn customers(conn: &mut Conn, environment: &EnvironmentName) -> Result<Vec<Customer>, StoreError> {
    let rows: Vec<CustomerRow> = customers::table
        .filter(customers::environment.eq(environment.to_string()))
        .order((customers::name, customers::id))
        .select(CustomerRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn customer(conn: &mut Conn, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let row: Option<CustomerRow> = customers::table
        .filter(customers::id.eq(id.to_string()))
        .select(CustomerRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(Customer::try_from).transpose()
}

pub(crate) async fn workspaces(conn: &mut Conn, customer: CustomerId) -> Result<Vec<Workspace>, StoreError> {
    let rows: Vec<WorkspaceRow> = workspaces::table
        .filter(workspaces::customer_id.eq(customer.to_string()))
        .order((workspaces::name, workspaces::id))
        .select(WorkspaceRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn users(conn: &mut Conn, offset: u32, limit: u32) -> Result<Vec<User>, StoreError> {
    let rows: Vec<UserRow> = users::table
        .order(users::email)
        .offset(offset.into())
        .limit(limit.into())
        .select(UserRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn user(conn: &mut Conn, id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = users::table
        .filter(users::id.eq(id.to_string()))
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(User::try_from).transpose()
}

pub(crate) async fn user_by_email(conn: &mut Conn, email: &str) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = users::table
        .filter(users::email.eq(email.to_lowercase()))
        .select(UserRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(User::try_from).transpose()
}

pub(crate) async fn access_of(
    conn: &mut Conn,
    id: UserId,
    environment: &EnvironmentName,
) -> Result<Vec<WorkspaceAccess>, StoreError> {
    let rows: Vec<(UserRow, CustomerRow, MembershipRow, Option<WorkspaceRow>)> = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .inner_join(customers::table.on(customers::id.eq(memberships::customer_id)))
        .left_join(workspaces::table.on(workspaces::customer_id.eq(memberships::customer_id)))
        .filter(memberships::user_id.eq(id.to_string()))
        .filter(customers::environment.eq(environment.to_string()))
        .order((customers::name, customers::id, workspaces::name, workspaces::id))
        .select((
            UserRow::as_select(),
            CustomerRow::as_select(),
            MembershipRow::as_select(),
            Option::<WorkspaceRow>::as_select(),
        ))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut found: Vec<WorkspaceAccess> = Vec::new();
    let mut place: HashMap<CustomerId, usize> = HashMap::new();
    for (user, customer, membership, workspace) in rows {
        let customer = Customer::try_from(customer)?;
        let workspace = workspace.map(Workspace::try_from).transpose()?;
        let at = *place.entry(customer.id).or_insert(found.len());
        if let Some(access) = found.get_mut(at) {
            access.workspaces.extend(workspace);
        } else {
            let workspaces = workspace.into_iter().collect();
            let (user, membership) = (user.try_into()?, Some(membership.try_into()?));
            found.push(WorkspaceAccess { customer, user, membership, workspaces });
        }
    }
    Ok(found)
}

pub(crate) async fn members(conn: &mut Conn, customer: CustomerId) -> Result<Vec<(User, Membership)>, StoreError> {
    let rows: Vec<(UserRow, MembershipRow)> = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::customer_id.eq(customer.to_string()))
        .order(users::email)
        .select((UserRow::as_select(), MembershipRow::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    rows.into_iter().map(|(user, membership)| Ok((user.try_into()?, membership.try_into()?))).collect()
}

pub(crate) async fn count_failed_login(conn: &mut Conn, user: UserId) -> Result<u32, StoreError> {
    let count: Option<i64> = diesel::update(users::table)
        .filter(users::id.eq(user.to_string()))
        .set(users::failed_logins.eq(users::failed_logins + 1))
        .returning(users::failed_logins)
        .get_result(conn)
        .await
        .optional()
        .map_err(failed)?;
    let count = count.ok_or_else(|| StoreError::Conflict { what: format!("user {user}") })?;
    u32::try_from(count).map_err(StoreError::corrupt)
}

pub(crate) async fn clear_failed_logins(conn: &mut Conn, user: UserId) -> Result<(), StoreError> {
    let done = diesel::update(users::table)
        .filter(users::id.eq(user.to_string()))
        .set(users::failed_logins.eq(0))
        .execute(conn)
        .await;
    changed(done, || format!("user {user}"))
}
