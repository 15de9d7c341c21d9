//! A mirror for whoever sets up mutual TLS: which certificate the server saw, whether it counts for the client that asks,
//! and what is wrong if not. It binds nothing and ends nothing.

use std::sync::Arc;

use certificates::{Certificate, Fault, judge_exact};
use domain::{
    CertificateId, CertificateName, EnvironmentName, ErrorCode, KeyKind, MutualTls, PresentedCertificate, Reason,
    Recognition, Thumbprint,
};
use serde::Serialize;

use crate::Protocol;
use crate::client_authentication::{Presented, Reflection};
use crate::refusal::Refusal;
use crate::shown::Shown;

/// What the server saw.
#[derive(Debug, Serialize)]
pub struct Mirror {
    /// Whether this address asks for certificates.
    asks_for_certificates: bool,
    /// Where to come instead, when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    come_to: Option<String>,
    certificate: Option<SeenCertificate>,
    /// What is wrong with it, whoever shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Told>,
    /// What it is to the client that asks, when one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<SeenClient>,
}

#[derive(Debug, Serialize)]
struct SeenCertificate {
    #[serde(rename = "x5t#S256")]
    thumbprint: Thumbprint,
    sha256: String,
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    key: String,
    usages: Vec<&'static str>,
    extended_usages: Vec<String>,
    /// All that it could be registered by.
    names: Vec<CertificateName>,
    self_signed: bool,
    /// How many certificates came, its own among them.
    chain: usize,
}

#[derive(Debug, Serialize)]
struct SeenClient {
    client_id: String,
    authenticated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutual_tls: Option<MutualTls>,
    /// The registration that recognises the certificate.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matched: Option<Match>,
    /// Whether a token that was asked for like this would be bound to it.
    would_bind: bool,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Told>,
}

#[derive(Debug, Serialize)]
struct Match {
    registration: CertificateId,
    label: String,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<CertificateName>,
}

#[derive(Debug, Serialize)]
struct Told {
    reason: &'static str,
    description: String,
}

impl Told {
    fn of(refusal: &Refusal) -> Self {
        let public = refusal.public();
        Self { reason: public.reason.code(), description: public.description }
    }
}

impl Protocol {
    /// Holds up the mirror to a request that came with `shown`, and with these credentials if with any.
    ///
    /// # Errors
    /// A secret that is wrong; a store that is down.
    pub async fn mirror(
        &self,
        environment: &EnvironmentName,
        presented: Option<Presented>,
        shown: &Shown,
    ) -> Result<Mirror, Refusal> {
        let asks_for_certificates = *shown != Shown::NotAsked;
        let (certificate, problem) = match shown {
            Shown::With(shown) => self.look_at(shown),
            Shown::Unreadable => (None, Some(Reason::CertificateMalformed)),
            Shown::NotAsked | Shown::Without => (None, None),
        };
        let client = match presented {
            Some(presented) => Some(self.look_at_client(environment, &presented).await?),
            None => None,
        };
        Ok(Mirror {
            asks_for_certificates,
            come_to: self
                .settings
                .mtls_issuer(environment)
                .filter(|_| !asks_for_certificates)
                .map(|issuer| format!("{issuer}/oauth/mtls/echo")),
            certificate,
            problem: problem.map(|reason| Told::of(&Refusal::new(reason).after_authentication())),
            client,
        })
    }

    fn look_at(&self, shown: &Arc<PresentedCertificate>) -> (Option<SeenCertificate>, Option<Reason>) {
        let Some(Ok(own)) = shown.chain.first().map(|own| Certificate::read(own)) else {
            return (None, Some(Reason::CertificateMalformed));
        };
        let trust = self.trust.current();
        let fault = judge_exact(shown, &trust.anchors, &trust.crls, self.clock.now()).err();
        let seen = SeenCertificate {
            thumbprint: shown.thumbprint,
            sha256: own.fingerprint(),
            names: own.names(),
            not_before: own.not_before.to_string(),
            not_after: own.not_after.to_string(),
            subject: own.subject,
            issuer: own.issuer,
            serial: own.serial,
            key: own.key,
            usages: own.usages,
            extended_usages: own.extended_usages,
            self_signed: own.is_self_signed,
            chain: shown.chain.len(),
        };
        (Some(seen), fault.map(Fault::reason))
    }

    async fn look_at_client(
        &self,
        environment: &EnvironmentName,
        presented: &Presented,
    ) -> Result<SeenClient, Refusal> {
        match self.reflect(environment, presented).await {
            Ok(reflection) => Ok(seen_client(reflection)),
            // Nobody guesses secrets here, so there is nothing to slow down: the certificate was all there was.
            Err(refusal) if !presented.has_secret() && refusal.reason().error() == ErrorCode::InvalidClient => {
                Ok(SeenClient {
                    client_id: presented.name().to_owned(),
                    authenticated: false,
                    mutual_tls: None,
                    matched: None,
                    would_bind: false,
                    problem: Some(Told::of(&refusal)),
                })
            }
            Err(refusal) => Err(refusal),
        }
    }
}

fn seen_client(client: Reflection) -> SeenClient {
    let matched = client.registration().map(|registered| {
        let (by, name) = match &registered.recognition {
            Recognition::Exact { .. } => ("certificate", None),
            Recognition::Named { name, .. } => ("name", Some(name.clone())),
        };
        Match { registration: registered.id, label: registered.label.clone(), by, name }
    });
    let off = (client.app().mutual_tls == MutualTls::Off).then(|| Told {
        reason: "mutual_tls_off",
        description: "mutual TLS is off for this app; no certificate is looked at.".to_owned(),
    });
    let optional = client.app().mutual_tls == MutualTls::Optional && !client.key().kind.needs_certificate();
    let told = |refusal: &Refusal| match refusal.reason() {
        Reason::CertificateMissing if optional => Told {
            reason: Reason::CertificateMissing.code(),
            description: "no certificate came. This app does without (optional): tokens are bound to none.".to_owned(),
        },
        _ => Told::of(refusal),
    };
    SeenClient {
        client_id: client.key().id.to_string(),
        authenticated: client.key().kind != KeyKind::Public,
        mutual_tls: Some(client.app().mutual_tls),
        would_bind: matched.is_some(),
        matched,
        problem: off.or_else(|| client.into_doubt().as_ref().map(told)),
    }
}
