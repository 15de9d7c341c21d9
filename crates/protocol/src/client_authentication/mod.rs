//! Client authentication (RFC 6749 §2.3): exactly one method per request, of the kind the key is registered for.
//!
//! [`AuthenticatedClient`] is a witness: only this module makes one, and every endpoint that needs an authenticated
//! client takes it as an argument.

mod api;
mod presented;

use std::sync::Arc;

use domain::{
    ApiKey, ApiSecretText, App, ClientId, Connection, EnvironmentName, KeyKind, KeyState, MutualTls, Reason,
    RegisteredCertificate, RequestId, SecretId, Timestamp,
};
use storage::{Cached, ClientRecord};

pub use self::api::AuthenticatedApi;
pub(crate) use self::presented::named_in_header;
pub use self::presented::{Presented, Transport};
use crate::Protocol;
use crate::confirmation::{ProvenCertificate, Standing};
use crate::refusal::Refusal;
use crate::shown::Shown;
use crate::trail::Trail;

/// Proof that a request came from the holder of this API key's credential; for a public key, that it named it.
#[derive(Clone)]
pub struct AuthenticatedClient {
    record: Arc<Cached<Option<ClientRecord>>>,
    secret: Option<SecretId>,
    environment: EnvironmentName,
    request: Option<RequestId>,
    shown: Shown,
    standing: Standing,
}

impl AuthenticatedClient {
    /// The key's id.
    #[must_use]
    pub fn id(&self) -> ClientId {
        self.key().id
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &ApiKey {
        &self.stored().key
    }

    /// Its app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.stored().app
    }

    /// The secret that was shown, for keys that have secrets.
    #[must_use]
    pub fn secret(&self) -> Option<SecretId> {
        self.secret
    }

    /// The environment it authenticated in.
    #[must_use]
    pub fn environment(&self) -> &EnvironmentName {
        &self.environment
    }

    /// The request it authenticated in.
    pub(crate) fn request(&self) -> Option<RequestId> {
        self.request
    }

    /// The certificate it came with, when that is one of its app's: what is issued is bound to it.
    #[must_use]
    pub fn certificate(&self) -> Option<&ProvenCertificate> {
        self.standing.proven()
    }

    /// Whether it has authenticated at all: a public key only named itself.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.key().kind != KeyKind::Public
    }

    /// Whether refresh tokens of this client rotate: those of public clients that are bound to no certificate do
    /// (RFC 9700 §4.14.2), others' by the app's switch (DESIGN, decision 2).
    #[must_use]
    pub fn rotates(&self) -> bool {
        (!self.is_confidential() && self.certificate().is_none()) || self.app().rotate_refresh_tokens
    }

    /// The cached record it stands on.
    pub(crate) fn record(&self) -> &Arc<Cached<Option<ClientRecord>>> {
        &self.record
    }

    fn stored(&self) -> &ClientRecord {
        self.record.value.as_ref().expect("a witness is made from a record that exists")
    }
}

/// How a client stands: no witness, so that nothing can be asked for with it.
pub(crate) struct Reflection {
    client: AuthenticatedClient,
    doubt: Option<Refusal>,
}

impl Reflection {
    pub(crate) fn key(&self) -> &ApiKey {
        self.client.key()
    }

    pub(crate) fn app(&self) -> &App {
        self.client.app()
    }

    /// The registration that recognises the certificate.
    pub(crate) fn registration(&self) -> Option<&RegisteredCertificate> {
        let proven = self.client.certificate()?;
        self.client.stored().certificates.iter().find(|registered| registered.id == proven.registration())
    }

    /// Why the certificate does not count.
    pub(crate) fn into_doubt(self) -> Option<Refusal> {
        let authenticated = self.client.is_confidential();
        self.doubt.map(|doubt| if authenticated { doubt.after_authentication() } else { doubt })
    }
}

impl Protocol {
    /// Authenticates a client in `environment`.
    ///
    /// # Errors
    /// A refusal: `invalid_client` (all reasons look alike on the wire until a credential was right),
    /// `wrong_environment`, or a store that is down.
    pub async fn authenticate(
        &self,
        environment: &EnvironmentName,
        presented: &Presented,
        trail: &mut Trail,
    ) -> Result<AuthenticatedClient, Refusal> {
        let client = self.identify(environment, presented, trail).await?;
        let now = self.clock.now();
        self.check_certificate(client.stored(), environment, &client.standing)
            .map_err(|refusal| if client.secret.is_some() { refusal.after_authentication() } else { refusal })?;
        if trail.authenticated {
            self.limits.take(environment, client.id())?;
        }
        if let Some(secret) = client.secret {
            self.last_used.secret(secret, now);
        }
        match client.standing {
            Standing::Proven(certificate) => self.last_used.certificate(certificate.registration(), now),
            Standing::Doubted { doubt, news: true } => trail.notice = Some(doubt.reason.code()),
            _ => {}
        }
        Ok(client)
    }

    /// How a client stands that shows this, whether or not its app would let it in: for the mirror alone.
    ///
    /// # Errors
    /// As [`Self::authenticate`], except that a certificate beside another credential is not asked for.
    pub(crate) async fn reflect(
        &self,
        environment: &EnvironmentName,
        presented: &Presented,
    ) -> Result<Reflection, Refusal> {
        let mut trail = Trail::default();
        let client = self.identify(environment, presented, &mut trail).await?;
        if trail.authenticated {
            self.limits.take(environment, client.id())?;
        }
        let elsewhere = self.settings.mtls_issuer(environment);
        Ok(Reflection { doubt: client.standing.refusal(elsewhere.as_deref()), client })
    }

    /// Everything but whether a certificate that is needed beside another credential came.
    async fn identify(
        &self,
        environment: &EnvironmentName,
        presented: &Presented,
        trail: &mut Trail,
    ) -> Result<AuthenticatedClient, Refusal> {
        // Read before the look-up, so that a malformed or missing secret tells nothing of what is registered.
        let shown = presented.secret()?;
        let record = self.records.client(presented.client_id()?).await?;
        let Some(stored) = &record.value else {
            let reason = if shown.is_some() { Reason::ClientUnknown } else { Reason::AuthenticationMissing };
            return Err(reason.into());
        };
        trail.found(stored.key.id, stored.app.id);
        let now = self.clock.now();
        let secret = self.check_kind(stored, presented, shown.as_ref(), now)?;
        let standing = self.standing(&record, presented.certificate()).await;
        trail.certificate = standing.noted();
        if stored.key.kind == KeyKind::Certificate {
            self.check_certificate(stored, environment, &standing)?;
        }
        // A public key's name proves nothing: what it shows besides does, and its grant says so.
        trail.authenticated = stored.key.kind != KeyKind::Public;
        check_usable(stored, now).map_err(|reason| Refusal::new(reason).after_authentication())?;
        self.check_environment(stored, environment)?;
        let shown = presented.certificate().clone();
        let environment = environment.clone();
        Ok(AuthenticatedClient { record, secret, environment, request: trail.request, shown, standing })
    }

    /// The secret, for keys that have one. RFC 6749 §2.3: one method, and that of the registration.
    fn check_kind(
        &self,
        stored: &ClientRecord,
        presented: &Presented,
        secret: Option<&ApiSecretText>,
        now: Timestamp,
    ) -> Result<Option<SecretId>, Refusal> {
        match stored.key.kind {
            KeyKind::Secret | KeyKind::CertificateAndSecret => self.check_secret(stored, secret, now).map(Some),
            KeyKind::Public | KeyKind::Certificate if secret.is_some() => Err(Reason::AuthenticationKindWrong.into()),
            // RFC 8705 §2: the request has `client_id`, and no other credential.
            KeyKind::Certificate if presented.transport() == Transport::Header => {
                Err(Reason::AuthenticationKindWrong.into())
            }
            KeyKind::Public | KeyKind::Certificate => Ok(None),
        }
    }

    /// RFC 8705 §2: who needs a registered certificate has shown one that counts.
    fn check_certificate(
        &self,
        stored: &ClientRecord,
        environment: &EnvironmentName,
        standing: &Standing,
    ) -> Result<(), Refusal> {
        let needed = stored.app.mutual_tls == MutualTls::Required || stored.key.kind.needs_certificate();
        if !needed || standing.proven().is_some() {
            return Ok(());
        }
        let elsewhere = self.settings.mtls_issuer(environment);
        standing.refusal(elsewhere.as_deref()).map_or(Ok(()), Err)
    }

    /// Whether `client` may use `connection`: one that was bound to a certificate needs one of the app's for ever.
    ///
    /// # Errors
    /// `invalid_grant`: none came, or it does not count.
    pub(crate) fn check_bound(&self, client: &AuthenticatedClient, connection: &Connection) -> Result<(), Refusal> {
        if connection.bound_to.is_none() || client.certificate().is_some() {
            return Ok(());
        }
        let elsewhere = self.settings.mtls_issuer(client.environment());
        client.standing.refusal_of_bound(elsewhere.as_deref()).map_or(Ok(()), Err)
    }

    /// The same witness over the record as it is now, for an issuer whose record was touched while it worked.
    ///
    /// # Errors
    /// As [`Self::authenticate`], when the key or secret may not be used any more.
    pub(crate) async fn reaffirm(&self, client: &AuthenticatedClient) -> Result<AuthenticatedClient, Refusal> {
        let record = self.records.client(client.id()).await?;
        let told = |reason| Refusal::new(reason).after_authentication();
        let stored = record.value.as_ref().ok_or_else(|| told(Reason::KeyRevoked))?;
        let now = self.clock.now();
        check_usable(stored, now).map_err(told)?;
        if let Some(id) = client.secret {
            let secret = stored.secrets.iter().find(|secret| secret.id == id);
            if !secret.is_some_and(|secret| secret.is_usable(now)) {
                return Err(told(Reason::SecretRevoked));
            }
        }
        self.check_environment(stored, &client.environment)?;
        let standing = self.standing(&record, &client.shown).await;
        let binding = client.certificate().is_some();
        if binding && standing.proven().is_none() {
            return Err(standing
                .refusal(None)
                .unwrap_or(Reason::CertificateUnregistered.into())
                .after_authentication());
        }
        self.check_certificate(stored, &client.environment, &standing).map_err(Refusal::after_authentication)?;
        Ok(AuthenticatedClient { record, standing, ..client.clone() })
    }

    fn check_secret(
        &self,
        stored: &ClientRecord,
        shown: Option<&ApiSecretText>,
        now: Timestamp,
    ) -> Result<SecretId, Refusal> {
        let text = shown.ok_or(Reason::AuthenticationMissing)?;
        let matching = stored.secrets.iter().find(|secret| {
            let shown = self.root_keys.secret_hash(secret.root_key, text);
            shown.is_some_and(|shown| aws_lc_rs::constant_time::verify_slices_are_equal(&shown, &secret.hash).is_ok())
        });
        let Some(secret) = matching else { return Err(Reason::SecretWrong.into()) };
        if secret.is_usable(now) {
            return Ok(secret.id);
        }
        let reason = match secret.state {
            domain::SecretState::Inactive => Reason::SecretInactive,
            domain::SecretState::Revoked => Reason::SecretRevoked,
            domain::SecretState::Active | domain::SecretState::RotatingUntil(_) => Reason::SecretExpired,
        };
        Err(Refusal::new(reason).after_authentication())
    }

    /// PROTOCOL: the right credentials at the wrong prefix are told the right one, if there is exactly one other.
    fn check_environment(&self, stored: &ClientRecord, environment: &EnvironmentName) -> Result<(), Refusal> {
        if stored.key.is_allowed_in(environment, &stored.app) {
            return Ok(());
        }
        let mut allowed = stored.app.environments.iter().filter(|name| stored.key.is_allowed_in(name, &stored.app));
        let refusal = match (allowed.next(), allowed.next()) {
            (Some(only), None) => {
                let url = self.settings.issuer(only);
                Refusal::new(Reason::WrongEnvironment)
                    .saying(format!("this API key belongs to the environment at {url} ; use {url}/oauth/token."))
            }
            _ => Refusal::new(Reason::EnvironmentNotAllowed),
        };
        Err(refusal.after_authentication())
    }
}

/// Whether the key and its app may be used at all.
pub(crate) fn check_usable(stored: &ClientRecord, now: Timestamp) -> Result<(), Reason> {
    if stored.app.deleted_at.is_some() {
        return Err(Reason::AppDeleted);
    }
    match stored.key.state {
        KeyState::Revoked => Err(Reason::KeyRevoked),
        KeyState::Inactive => Err(Reason::KeyInactive),
        KeyState::Active if stored.key.is_usable(now) => Ok(()),
        KeyState::Active => Err(Reason::KeyExpired),
    }
}
