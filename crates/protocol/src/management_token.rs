//! Whose an access token for this server's own management API is. Checked as a gateway would have it checked
//! (`gateway_check.rs`), and then for what only management keys have.

use domain::{ClientId, EnvironmentName, MANAGEMENT_CUSTOMER, ManagedTeams, ManagementScope, Permissions, Reason};

use crate::Protocol;
use crate::gateway_check::ShownToken;
use crate::refusal::Refusal;
use crate::shown::Shown;
use crate::trail::Trail;

/// A token of a management key that is good now, in the hands of whoever holds what it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagementToken {
    /// The key that got it.
    pub key: ClientId,
    /// The teams it reaches.
    pub teams: ManagedTeams,
    /// What its scopes let it do there.
    pub permissions: Permissions,
}

impl Protocol {
    /// Whose `token` is, if it is good for the management API.
    ///
    /// # Errors
    /// What is wrong with it; the rate of its key; a store that is down, or a replica that may not know the latest
    /// revocations.
    pub async fn check_management_token(
        &self,
        token: &str,
        certificate: &Shown,
        trail: &mut Trail,
    ) -> Result<ManagementToken, Refusal> {
        let environment = EnvironmentName::default_environment();
        let shown = ShownToken { text: token, certificate };
        let audience = self.settings.management_audience();
        let verified = self.check_token(&environment, &shown, &audience, trail).await?;
        let claims = &verified.claims;
        // Only the operator connects keys at this customer, and only for client credentials.
        let granted = claims.unattended && claims.customer == MANAGEMENT_CUSTOMER;
        let permissions = ManagementScope::permissions(&claims.scope).filter(|_| granted);
        let permissions = permissions.ok_or(Reason::ScopeMissing)?;
        let [workspace] = claims.workspaces.as_deref().unwrap_or_default() else {
            return Err(Refusal::new(Reason::TokenInvalid).detail("a management key reaches one workspace"));
        };
        self.limits.take(&environment, claims.client_id)?;
        Ok(ManagementToken { key: claims.client_id, teams: ManagedTeams::of(*workspace), permissions })
    }
}
