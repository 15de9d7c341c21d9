//! One operation on its way to the store: what changes, who must hear of it, and who did it.

use std::time::Duration;

use domain::{Actor, AppId, AuditRecord, CustomerId, Effect, NewLogEntry, RequestId, Subject, Timestamp};
use storage::{Change, Committed, Unit};

use crate::{Registry, RegistryError};

/// Who asks for an operation, and in which HTTP request.
#[derive(Clone, Debug)]
pub struct Initiator {
    /// Who.
    pub actor: Actor,
    /// In which request, where there is one.
    pub request: Option<RequestId>,
}

impl Initiator {
    /// The operator, at the command line.
    #[must_use]
    pub const fn operator() -> Self {
        Self { actor: Actor::Operator, request: None }
    }
}

/// What an audit record is about, beside the target itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About {
    pub(crate) app: Option<AppId>,
    pub(crate) customer: Option<CustomerId>,
}

impl From<AppId> for About {
    fn from(app: AppId) -> Self {
        Self { app: Some(app), customer: None }
    }
}

impl From<CustomerId> for About {
    fn from(customer: CustomerId) -> Self {
        Self { app: None, customer: Some(customer) }
    }
}

/// A unit that is being put together.
pub(crate) struct Work<'a> {
    registry: &'a Registry,
    by: &'a Initiator,
    /// The moment everything in it happens at.
    pub(crate) now: Timestamp,
    unit: Unit,
}

impl Registry {
    pub(crate) fn work<'a>(&'a self, by: &'a Initiator) -> Work<'a> {
        Work { registry: self, by, now: self.clock.now(), unit: Unit::default() }
    }
}

impl Work<'_> {
    /// Adds a change.
    pub(crate) fn change(&mut self, change: Change) -> &mut Self {
        self.unit.changes.push(change);
        self
    }

    /// Ends the older access tokens of `subject`, and drops the cached records that depend on it.
    pub(crate) fn revoke(&mut self, subject: Subject) -> &mut Self {
        let until = self.revoked_until();
        self.unit.entries.push(NewLogEntry { subject, effect: Effect::Revoke, until });
        self
    }

    /// Drops the cached records that depend on `subject`; tokens live on.
    pub(crate) fn touch(&mut self, subject: Subject) -> &mut Self {
        let until = self.now + self.registry.policy.changes_kept;
        self.unit.entries.push(NewLogEntry { subject, effect: Effect::Change, until });
        self
    }

    /// Until when an entry that ends tokens is kept: every token it ends has expired by then.
    pub(crate) fn revoked_until(&self) -> Timestamp {
        // An hour more: a command's clock may differ from the replicas'.
        let longest = self.registry.policy.longest_access_token + Duration::from_secs(3600);
        self.now + longest.max(self.registry.policy.changes_kept)
    }

    /// Writes down that `action` was done to `target`. `detail` never holds a secret.
    pub(crate) fn record(
        &mut self,
        action: &'static str,
        target: impl Into<String>,
        about: impl Into<About>,
        detail: impl Into<String>,
    ) -> &mut Self {
        let About { app, customer } = about.into();
        self.unit.audit.push(AuditRecord {
            at: self.now,
            actor: self.by.actor.clone(),
            action,
            target: target.into(),
            app,
            customer,
            detail: detail.into(),
            request: self.by.request,
        });
        self
    }

    /// Does all of it, or nothing.
    pub(crate) async fn commit(self) -> Result<Committed, RegistryError> {
        Ok(self.registry.stores.units.commit(self.unit).await?)
    }
}
