//! Authentication of an API (resource server) for introspection: its id and one of its credentials.

use std::sync::Arc;

use domain::{Api, ApiId, EnvironmentName, Reason};
use storage::{ApiRecord, Cached};

use super::Presented;
use crate::Protocol;
use crate::refusal::Refusal;

/// Proof that a request came from a registered API.
#[derive(Clone)]
pub struct AuthenticatedApi {
    record: Arc<Cached<Option<ApiRecord>>>,
}

impl AuthenticatedApi {
    /// The API.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.record.value.as_ref().expect("a witness is made from a record that exists").api
    }
}

impl Protocol {
    /// Authenticates an API of `environment`; `None` when the name is not an API's.
    ///
    /// # Errors
    /// `invalid_client`, or a store that is down.
    pub async fn authenticate_api(
        &self,
        environment: &EnvironmentName,
        presented: &Presented,
    ) -> Result<Option<AuthenticatedApi>, Refusal> {
        let Ok(id) = presented.name().parse::<ApiId>() else { return Ok(None) };
        let text = presented.secret()?.ok_or(Reason::AuthenticationMissing)?;
        let record = self.records.api(id).await?;
        let stored = record.value.as_ref().filter(|stored| stored.api.environment == *environment);
        let Some(stored) = stored else { return Err(Reason::ClientUnknown.into()) };
        let now = self.clock.now();
        let good = stored.credentials.iter().filter(|credential| credential.is_usable(now)).any(|credential| {
            let shown = self.root_keys.secret_hash(credential.root_key, &text);
            shown.is_some_and(|shown| {
                aws_lc_rs::constant_time::verify_slices_are_equal(&shown, &credential.hash).is_ok()
            })
        });
        if good { Ok(Some(AuthenticatedApi { record })) } else { Err(Reason::SecretWrong.into()) }
    }
}
