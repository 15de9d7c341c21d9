//! Customers, workspaces, users and memberships.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use domain::{Customer, CustomerId, Membership, User, UserId, Workspace, WorkspaceId};
use storage::StoreError;

use super::super::Conn;
use crate::failure::{added, changed};
use crate::rows::{CustomerRow, MembershipRow, UserRow, WorkspaceRow};
use crate::schema::{customers, memberships, users, workspaces};

pub(super) async fn add_customer(conn: &mut Conn, customer: &Customer) -> Result<(), StoreError> {
    let done = diesel::insert_into(customers::table).values(CustomerRow::from(customer)).execute(conn).await;
    added(done, || format!("customer {}", customer.id), || format!("environment {}", customer.environment))
}

pub(super) async fn add_workspace(conn: &mut Conn, workspace: &Workspace) -> Result<(), StoreError> {
    let done = diesel::insert_into(workspaces::table).values(WorkspaceRow::from(workspace)).execute(conn).await;
    added(done, || format!("workspace {}", workspace.id), || format!("customer {}", workspace.customer))
}

pub(super) async fn remove_workspace(conn: &mut Conn, id: WorkspaceId, customer: CustomerId) -> Result<(), StoreError> {
    let done = diesel::delete(workspaces::table)
        .filter(workspaces::id.eq(id.to_string()))
        .filter(workspaces::customer_id.eq(customer.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("workspace {id}"))
}

pub(super) async fn add_user(conn: &mut Conn, user: &User) -> Result<(), StoreError> {
    let done = diesel::insert_into(users::table).values(UserRow::from(user)).execute(conn).await;
    let what = || format!("user {}", user.email);
    added(done, what, what)
}

pub(super) async fn set_password(conn: &mut Conn, user: UserId, hash: &str) -> Result<(), StoreError> {
    let done = diesel::update(users::table)
        .filter(users::id.eq(user.to_string()))
        .set(users::password_hash.eq(hash.to_owned()))
        .execute(conn)
        .await;
    changed(done, || format!("user {user}"))
}

pub(super) async fn set_enabled(conn: &mut Conn, user: UserId, enabled: bool) -> Result<(), StoreError> {
    let done = diesel::update(users::table)
        .filter(users::id.eq(user.to_string()))
        .set(users::enabled.eq(enabled))
        .execute(conn)
        .await;
    changed(done, || format!("user {user}"))
}

pub(super) async fn set_membership(conn: &mut Conn, membership: &Membership) -> Result<(), StoreError> {
    let done = diesel::insert_into(memberships::table)
        .values(MembershipRow::from(membership))
        .on_conflict((memberships::user_id, memberships::customer_id))
        .do_update()
        .set((
            memberships::role.eq(excluded(memberships::role)),
            memberships::workspaces.eq(excluded(memberships::workspaces)),
        ))
        .execute(conn)
        .await;
    let what = || format!("user {} or customer {}", membership.user, membership.customer);
    added(done, what, what)
}

pub(super) async fn remove_membership(conn: &mut Conn, user: UserId, customer: CustomerId) -> Result<(), StoreError> {
    let done = diesel::delete(memberships::table)
        .filter(memberships::user_id.eq(user.to_string()))
        .filter(memberships::customer_id.eq(customer.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("the part of user {user} in customer {customer}"))
}
