//! Users and their parts in customers.
//!
//! What ends when somebody may do less (each within a second, on every replica):
//! - *Part taken away, or down to member*: the connections of that user at that customer end, for they could reach
//!   nothing any more. Each has a log entry of its own, so what the user has at other customers lives on.
//! - *Part set to connector*: the older access tokens of the user end. Its connections stay, and the next issue gives
//!   each what the new role still allows. Tokens name the user but not the role, so this reaches its other customers
//!   too, where a refresh mends it. It is done without comparing to the former role: two admins at work at once could
//!   otherwise make a reduction look like an extension.
//! - *User shut out*: the older access tokens of the user end. Its connections stay, unusable, until it is let in.

use domain::{CustomerId, EndedBy, Membership, Role, Subject, Timestamp, User, UserId, UserKind, WorkspaceId};
use storage::{Change, ConnectionFilter};

use crate::text::{email, line};
use crate::work::{About, Initiator, Work};
use crate::{Registry, RegistryError};

/// What a new user is made of.
#[derive(Clone, Debug)]
pub struct UserDraft {
    /// The address it signs in with; kept in lower case.
    pub email: String,
    /// What people call it; 1 to 100 characters.
    pub name: String,
    /// Person or service.
    pub kind: UserKind,
    /// The password's PHC string, where a person gets one now.
    pub password_hash: Option<String>,
}

impl Registry {
    /// Makes a user. It is part of no customer yet.
    ///
    /// # Errors
    /// [`RegistryError::Exists`] for the address; what else is wrong with the draft; the store.
    pub async fn create_user(&self, by: &Initiator, draft: UserDraft) -> Result<User, RegistryError> {
        require_person_for_password(draft.kind, draft.password_hash.as_deref())?;
        let address = email("e-mail", &draft.email)?;
        if self.stores.directory.user_by_email(&address).await?.is_some() {
            return Err(RegistryError::Exists { what: format!("a user with the address {address}") });
        }
        let mut work = self.work(by);
        let user = User {
            id: UserId::generate(&*self.random),
            email: address,
            name: line("name", &draft.name, 1, 100)?,
            kind: draft.kind,
            password_hash: draft.password_hash,
            enabled: true,
            failed_logins: 0,
            created_at: work.now,
        };
        let words = format!("kind: {:?}", user.kind);
        work.change(Change::AddUser(user.clone())).record("user.created", user.id, About::default(), words);
        work.commit().await?;
        Ok(user)
    }

    /// Sets a person's password, given as its PHC string, and forgets failed sign-ins.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Invalid`] for a service user; the store.
    pub async fn set_password(&self, by: &Initiator, id: UserId, hash: String) -> Result<(), RegistryError> {
        let user = self.user(id).await?;
        require_person_for_password(user.kind, Some(&hash))?;
        let mut work = self.work(by);
        work.change(Change::SetPassword(id, hash)).touch(Subject::User(id)).record(
            "user.password_set",
            id,
            About::default(),
            "",
        );
        work.commit().await?;
        Ok(self.stores.directory.clear_failed_logins(id).await?)
    }

    /// Forgets a user's failed sign-ins, so that it may try again.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn unlock_user(&self, by: &Initiator, id: UserId) -> Result<(), RegistryError> {
        let user = self.user(id).await?;
        let mut work = self.work(by);
        work.record("user.unlocked", id, About::default(), format!("after {} failed sign-ins", user.failed_logins));
        work.commit().await?;
        Ok(self.stores.directory.clear_failed_logins(id).await?)
    }

    /// Lets a user in, or shuts it out.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; the store.
    pub async fn set_user_enabled(&self, by: &Initiator, id: UserId, enabled: bool) -> Result<(), RegistryError> {
        self.user(id).await?;
        let mut work = self.work(by);
        work.change(Change::SetUserEnabled(id, enabled));
        if enabled {
            work.touch(Subject::User(id)).record("user.enabled", id, About::default(), "");
        } else {
            work.revoke(Subject::User(id)).record("user.disabled", id, About::default(), "");
        }
        work.commit().await.map(drop)
    }

    /// Sets a user's part in a customer, in place of the one it had.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the user, customer or a workspace; [`RegistryError::Invalid`] for workspaces
    /// that do not fit the role; the store.
    pub async fn set_membership(&self, by: &Initiator, membership: Membership) -> Result<(), RegistryError> {
        let Membership { user, customer, role, .. } = membership;
        self.user(user).await?;
        self.customer(customer).await?;
        self.check_workspaces(&membership).await?;
        let mut work = self.work(by);
        match role {
            Role::Admin => work.touch(Subject::User(user)),
            Role::Connector => work.revoke(Subject::User(user)),
            Role::Member => end_connections_at(&mut work, user, customer),
        };
        let words = format!("customer: {customer}; role: {role:?}; {} workspaces", membership.workspaces.len());
        work.change(Change::SetMembership(membership)).record("membership.set", user, customer, words);
        work.commit().await.map(drop)
    }

    /// Takes a user's part in a customer away.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for the customer or the membership; the store.
    pub async fn remove_membership(
        &self,
        by: &Initiator,
        user: UserId,
        customer: CustomerId,
    ) -> Result<(), RegistryError> {
        let members = self.stores.directory.members(customer).await?;
        if !members.iter().any(|(member, _)| member.id == user) {
            return Err(RegistryError::not_found("member of this customer", user));
        }
        let mut work = self.work(by);
        end_connections_at(&mut work, user, customer);
        work.change(Change::RemoveMembership(user, customer)).record("membership.removed", user, customer, "");
        work.commit().await.map(drop)
    }

    pub(crate) async fn user(&self, id: UserId) -> Result<User, RegistryError> {
        self.stores.directory.user(id).await?.ok_or_else(|| RegistryError::not_found("user", id))
    }

    async fn check_workspaces(&self, membership: &Membership) -> Result<(), RegistryError> {
        match (membership.role, membership.workspaces.is_empty()) {
            (Role::Connector, true) => return Err(RegistryError::NoWorkspace),
            (Role::Admin | Role::Member, false) => {
                let problem = "must be empty for this role; list workspaces for connectors only";
                return Err(RegistryError::invalid("workspaces", problem));
            }
            _ => {}
        }
        let known: Vec<WorkspaceId> =
            self.stores.directory.workspaces(membership.customer).await?.iter().map(|known| known.id).collect();
        match membership.workspaces.iter().find(|listed| !known.contains(listed)) {
            Some(unknown) => Err(RegistryError::not_found("workspace of this customer", *unknown)),
            None => Ok(()),
        }
    }
}

fn end_connections_at<'w, 'a>(work: &'w mut Work<'a>, user: UserId, customer: CustomerId) -> &'w mut Work<'a> {
    let (at, until): (Timestamp, Timestamp) = (work.now, work.revoked_until());
    work.change(Change::EndConnections {
        which: ConnectionFilter::OfMembership(user, customer),
        by: EndedBy::AccessLost,
        at,
        entry_until: Some(until),
    })
    .touch(Subject::User(user))
}

fn require_person_for_password(kind: UserKind, hash: Option<&str>) -> Result<(), RegistryError> {
    if kind == UserKind::Service && hash.is_some() {
        let problem = "is for people; nobody signs in as a service user";
        return Err(RegistryError::invalid("password", problem));
    }
    Ok(())
}
