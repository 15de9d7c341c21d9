//! What a gateway asks for every request it lets through: whose is the token, is it good here, and does whoever shows
//! it hold what it is bound to (RFC 6750, RFC 8705 §3). The gateway names itself by its API's credential.

use std::sync::Arc;

use domain::{EnvironmentName, MutualTls, Reason, WorkspaceId};

use crate::Protocol;
use crate::claims::Claims;
use crate::client_authentication::AuthenticatedApi;
use crate::introspection::Verified;
use crate::refusal::Refusal;
use crate::shown::Shown;
use crate::trail::Trail;

/// What a gateway was asked, and by whom.
pub struct GatewayCheck<'a> {
    /// The environment of the path.
    pub environment: &'a EnvironmentName,
    /// The API that the gateway stands before.
    pub api: &'a AuthenticatedApi,
    /// The bearer token of the request.
    pub token: &'a str,
    /// The certificate of the request, as the gateway saw it.
    pub certificate: &'a Shown,
    /// API keys that the request names: each must be the token's.
    pub keys: Vec<&'a str>,
    /// Workspaces that the request is about: the token must reach each.
    pub workspaces: Vec<&'a str>,
}

/// Whose a token is, as the gateway passes it on. What is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user it acts as.
    pub subject: String,
    /// The API key that got it.
    pub client: String,
    /// The app of that key.
    pub app: String,
    /// The customer.
    pub customer: String,
    /// The connection.
    pub connection: String,
    /// The environment.
    pub environment: String,
    /// The scopes, with spaces between them.
    pub scope: String,
    /// The workspaces, with commas between them; empty where a token has too many to list (DESIGN, decision 17).
    pub workspaces: String,
    /// The thumbprint of the certificate it is bound to, which the caller has shown.
    pub certificate: String,
    /// Its id.
    pub token: String,
    /// When it expires, in seconds.
    pub expires: String,
}

/// A bearer token, with what came beside it.
pub(crate) struct ShownToken<'a> {
    pub(crate) text: &'a str,
    /// The certificate of the request.
    pub(crate) certificate: &'a Shown,
}

impl Identity {
    pub(crate) fn of(claims: &Claims) -> Self {
        let listed = claims.workspaces.iter().flatten().map(WorkspaceId::to_string);
        Self {
            subject: claims.sub.to_string(),
            client: claims.client_id.to_string(),
            app: claims.app.to_string(),
            customer: claims.customer.to_string(),
            connection: claims.connection_id.to_string(),
            environment: claims.environment.to_string(),
            scope: claims.scope.to_string(),
            workspaces: listed.collect::<Vec<_>>().join(","),
            certificate: claims.cnf.map(|bound| bound.certificate.to_string()).unwrap_or_default(),
            token: claims.jti.to_string(),
            expires: claims.exp.to_string(),
        }
    }
}

impl Protocol {
    /// Whose the token is, if it is good for this request.
    ///
    /// # Errors
    /// What is wrong with it; a store that is down, or a replica that may not know the latest revocations.
    pub async fn check_at_gateway(
        &self,
        check: &GatewayCheck<'_>,
        trail: &mut Trail,
    ) -> Result<Arc<Identity>, Refusal> {
        let shown = ShownToken { text: check.token, certificate: check.certificate };
        let verified = self.check_token(check.environment, &shown, &check.api.api().audience, trail).await?;
        let claims = &verified.claims;
        if check.keys.iter().any(|named| *named != verified.identity().client) {
            return Err(Reason::KeyDiffers.into());
        }
        for workspace in &check.workspaces {
            if !self.reaches(claims, workspace).await? {
                return Err(Reason::WorkspaceNotReached.into());
            }
        }
        Ok(Arc::clone(verified.identity()))
    }

    /// The token, if it is good now, for the API of this audience, in the hands of whoever shows it.
    pub(crate) async fn check_token(
        &self,
        environment: &EnvironmentName,
        shown: &ShownToken<'_>,
        audience: &str,
        trail: &mut Trail,
    ) -> Result<Arc<Verified>, Refusal> {
        self.log.fresh()?;
        let verified = self.verify(environment, shown.text).ok_or(Reason::TokenInvalid)?;
        let claims = &verified.claims;
        trail.found(claims.client_id, claims.app);
        (trail.connection, trail.customer) = (Some(claims.connection_id), Some(claims.customer));
        if !self.log.stands(&verified.subjects, claims.rev) {
            return Err(Refusal::new(Reason::TokenInvalid).detail("it was revoked, or what it stood on has ended"));
        }
        if !claims.aud.contains(audience) {
            return Err(Reason::TokenForAnotherApi.into());
        }
        self.check_confirmation(claims, shown.certificate).await?;
        Ok(verified)
    }

    /// RFC 8705 §3: a bound token is good only with its certificate. That the certificate is still registered is the
    /// log's to say, and that it has not expired the token's own end.
    async fn check_confirmation(&self, claims: &Claims, shown: &Shown) -> Result<(), Refusal> {
        match (claims.cnf, shown) {
            (Some(bound), Shown::With(shown)) if shown.thumbprint == bound.certificate => Ok(()),
            (Some(_), Shown::With(shown)) => {
                Err(Refusal::new(Reason::TokenCertificateWrong).detail(format!("it came with {}", shown.thumbprint)))
            }
            (Some(_), Shown::NotAsked) => Err(Refusal::new(Reason::TokenCertificateMissing)
                .detail("this listener believes no header about certificates; set verify.form")),
            (Some(_), Shown::Without | Shown::Unreadable) => Err(Reason::TokenCertificateMissing.into()),
            (None, _) => {
                // One that was got before its app required certificates ends with that.
                let record = self.records.client(claims.client_id).await?;
                let requires = record.value.as_ref().is_some_and(|stored| stored.app.mutual_tls == MutualTls::Required);
                if requires { Err(Reason::TokenUnbound.into()) } else { Ok(()) }
            }
        }
    }
}
