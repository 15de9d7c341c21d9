//! From a person's consent to a code. Nothing that was checked when the request came in is believed: the key, the
//! callback URL, the scopes and the person's access are looked at again.

use domain::{App, AppId, AuthorizationCode, ClientId, CustomerId, Reason, UserId, WorkspaceId};
use storage::{Dependent, EnvironmentRecord, Unsettled};

use super::callback::{Caller, callback};
use super::request::allowed_scopes;
use super::test::TEST_CODE;
use super::{AuthorizationRequest, CallbackAnswer, Stop};
use crate::Protocol;
use crate::codes::{CodeGrant, CodeTerms, key_of, seal};
use crate::refusal::Refusal;
use crate::trail::Trail;

/// How often consent begins again because something it read was touched meanwhile.
const ATTEMPTS: usize = 4;

/// What a person chose.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The person.
    pub user: UserId,
    /// The customer whose workspaces were ticked.
    pub customer: CustomerId,
    /// The ticked workspaces.
    pub workspaces: Vec<WorkspaceId>,
}

/// A consent that was found good and can be turned into a code, once.
#[derive(Debug)]
pub struct Given {
    app: AppId,
    consent: Consent,
    scopes: domain::ScopeSet,
}

/// Why a consent was not accepted.
#[derive(Debug)]
pub enum NotGiven {
    /// A ticked workspace is not open to this person any more: ask again.
    NoLongerOpen,
    /// The key or the callback URL ended meanwhile: an error page.
    Stop(Box<Stop>),
    /// The app is told.
    Refused(Refusal),
}

impl From<Stop> for NotGiven {
    fn from(stop: Stop) -> Self {
        Self::Stop(Box::new(stop))
    }
}

impl From<Refusal> for NotGiven {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<storage::StoreError> for NotGiven {
    fn from(error: storage::StoreError) -> Self {
        Self::from(Stop::from(Refusal::from(error)))
    }
}

impl Protocol {
    /// Whether a request that was good may still be answered: its key works, its callback URL is registered.
    ///
    /// # Errors
    /// [`Stop`].
    pub async fn reaffirm_authorization(
        &self,
        request: &AuthorizationRequest,
        trail: &mut Trail,
    ) -> Result<domain::App, Stop> {
        Ok(self.still(request, trail).await?.stored().app.clone())
    }

    /// Checks a consent against what is so today.
    ///
    /// # Errors
    /// [`NotGiven`].
    pub async fn consent(
        &self,
        request: &AuthorizationRequest,
        environment: &EnvironmentRecord,
        consent: Consent,
        trail: &mut Trail,
    ) -> Result<Given, NotGiven> {
        trail.customer = Some(consent.customer);
        let caller = self.settled(request, &consent, trail).await?;
        let app = &caller.stored().app;
        self.check_room(app, request.client, consent.user).await?;
        let scopes = request.scopes.intersection(&allowed_scopes(caller.stored(), environment));
        if scopes.is_empty() && !request.scopes.is_empty() {
            return Err(Refusal::from(Reason::ScopeTooWide).into());
        }
        Ok(Given { app: app.id, consent, scopes })
    }

    /// DESIGN, decision 18: whether an app may have `user` among its users. One whose publisher is not verified may have
    /// so many and no more.
    ///
    /// # Errors
    /// [`Reason::TooManyUsers`]; the store.
    pub async fn check_room(&self, app: &App, key: ClientId, user: UserId) -> Result<(), Refusal> {
        let limit = self.settings.users_of_unverified_app;
        if app.publisher.verified || self.connections.users_of_app_of(key, user).await? < limit {
            return Ok(());
        }
        Err(Refusal::new(Reason::TooManyUsers).saying(format!(
            "an app whose publisher is not verified may have {limit} users; have the publisher verified."
        )))
    }

    /// Makes the code and the answer that carries it. Call it once for a request.
    ///
    /// # Errors
    /// A refusal: the code could not be kept, so none is given.
    pub async fn answer_with_code(
        &self,
        request: &AuthorizationRequest,
        given: Given,
    ) -> Result<CallbackAnswer, Refusal> {
        let now = self.clock.now();
        let code = AuthorizationCode::generate(self.root_keys.newest(), now, &*self.random);
        let life = if request.test { TEST_CODE } else { self.settings.code };
        let grant = CodeGrant {
            expires_at: now + life,
            app: given.app,
            customer: given.consent.customer,
            user: given.consent.user,
            workspaces: given.consent.workspaces,
            scopes: given.scopes,
            callback: request.callback.as_str().to_owned(),
            terms: CodeTerms {
                redirect_uri: request.redirect_uri.clone(),
                code_challenge: request.code_challenge.clone(),
            },
            test: request.test,
        };
        let key = key_of(&request.environment, request.client, &code);
        let sealed = seal(&self.root_keys, key, &grant, &*self.random);
        self.codes.put(key, &sealed, life).await?;
        Ok(request.destination().success(&self.settings, &code))
    }

    /// The key and the person's access as they are now, with every revocation up to now seen.
    async fn settled(
        &self,
        request: &AuthorizationRequest,
        consent: &Consent,
        trail: &mut Trail,
    ) -> Result<Caller, NotGiven> {
        for _ in 0..ATTEMPTS {
            let caller = self.still(request, trail).await?;
            let access = self.records.access(consent.user, consent.customer).await?;
            let inputs: [&dyn Dependent; 2] = [caller.record(), &*access];
            match self.log.settle(&inputs).await {
                Err(Unsettled::Touched) => continue,
                Err(stale @ Unsettled::Stale) => return Err(Stop::from(Refusal::from(stale)).into()),
                Ok(_) => {}
            }
            // A customer of another environment is not a choice here.
            let open = access.value.as_ref().filter(|access| access.customer.environment == request.environment);
            let reachable = open.map_or(0, |access| access.reachable(&consent.workspaces).len());
            if consent.workspaces.is_empty() || reachable != consent.workspaces.len() {
                return Err(NotGiven::NoLongerOpen);
            }
            return Ok(caller);
        }
        Err(Stop::from(Refusal::new(Reason::StoreUnavailable).detail("records changed faster than they are read"))
            .into())
    }

    async fn still(&self, request: &AuthorizationRequest, trail: &mut Trail) -> Result<Caller, Stop> {
        let caller = self.caller(&request.environment, request.client, trail).await?;
        // A test's answer goes to a page of this server, which no app can have registered.
        if !request.test {
            callback(&caller.stored().app, request.redirect_uri.as_deref().or(Some(request.callback.as_str())))?;
        }
        Ok(caller)
    }
}
