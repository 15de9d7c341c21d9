//! `/apps/{app}/certificates` and `/mutual-tls`: what an app says its clients hold, and whether they must show it.

use certificates::Certificate;
use client_registry::KeyReadiness;
use domain::{CertificateId, ClientId, MutualTls, Permission, Recognition, RegisteredCertificate, Timestamp, Voucher};
use serde::Serialize;
use storage::CertificateUse;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::Caller;
use crate::certificates::{CertificateView, NameView};
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// A certificate, or a name of certificates, that an app registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredCertificate)]
pub(crate) struct RegisteredView {
    #[schema(value_type = String)]
    id: CertificateId,
    label: String,
    /// The only API key it is for; every one of the app where there is none.
    #[schema(value_type = Option<String>)]
    key: Option<ClientId>,
    /// `x5t#S256` of the very certificate; absent for a name.
    thumbprint: Option<String>,
    /// What the very certificate says, where it can be read; absent for a name.
    certificate: Option<CertificateView>,
    /// The name that certificates have; absent for a certificate.
    name: Option<NameView>,
    /// Under whose authorities the name counts.
    #[schema(value_type = Option<String>)]
    voucher: Option<Voucher>,
    #[schema(format = DateTime)]
    not_before: Option<String>,
    #[schema(format = DateTime)]
    not_after: Option<String>,
    /// Whether it can be shown now.
    is_valid: bool,
    #[schema(schema_with = schemas::date_time)]
    added_at: String,
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// Whether clients show certificates, and what requiring it would mean for each API key that is in use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MutualTls)]
pub(crate) struct MutualTlsView {
    #[schema(schema_with = schemas::mutual_tls)]
    pub(crate) mode: MutualTls,
    /// Whether clients of some key would be refused that are not now, if it were required.
    would_refuse: bool,
    keys: Vec<ReadinessView>,
}

/// Whether an API key is ready for mutual TLS to be required.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(crate) struct ReadinessView {
    #[schema(value_type = String)]
    key: ClientId,
    label: String,
    /// How many registered certificates count for it that can be shown now.
    certificates: usize,
    /// How its clients came in the last 24 hours.
    day: UseView,
    /// How its clients came in the last 30 days.
    month: UseView,
    /// Whether clients of it would be refused that are not now.
    would_be_refused: bool,
}

/// How clients came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateUse)]
pub(crate) struct UseView {
    registered: u64,
    unregistered: u64,
    without: u64,
}

impl RegisteredView {
    pub(crate) fn of(certificate: &RegisteredCertificate, now: Timestamp) -> Self {
        let (mut thumbprint, mut named, mut voucher, mut validity) = (None, None, None, None);
        let mut says = None;
        match &certificate.recognition {
            Recognition::Exact { thumbprint: own, not_before, not_after, der } => {
                thumbprint = Some(own.to_string());
                says = Certificate::read(der).ok().as_ref().map(CertificateView::from);
                validity = Some((*not_before, *not_after));
            }
            Recognition::Named { name, voucher: its } => {
                named = Some(NameView::from(name));
                voucher = Some(*its);
            }
        }
        Self {
            id: certificate.id,
            label: certificate.label.clone(),
            key: certificate.key,
            thumbprint,
            certificate: says,
            name: named,
            voucher,
            not_before: validity.map(|(from, _)| moment(from)),
            not_after: validity.map(|(_, until)| moment(until)),
            is_valid: certificate.is_valid(now),
            added_at: moment(certificate.added_at),
            last_used_at: certificate.last_used_at.map(moment),
        }
    }
}

impl From<CertificateUse> for UseView {
    fn from(CertificateUse { registered, unregistered, without }: CertificateUse) -> Self {
        Self { registered, unregistered, without }
    }
}

impl MutualTlsView {
    pub(crate) fn of(mode: MutualTls, readiness: &[KeyReadiness]) -> Self {
        let keys = readiness.iter().map(|ready| ReadinessView {
            key: ready.key.id,
            label: ready.key.label.clone(),
            certificates: ready.certificates,
            day: ready.day.into(),
            month: ready.month.into(),
            would_be_refused: ready.would_be_refused(),
        });
        Self { mode, would_refuse: readiness.iter().any(KeyReadiness::would_be_refused), keys: keys.collect() }
    }
}

/// The certificates and names that an app registered, oldest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/certificates", tag = "Certificates", params(("app" = String, Path), Paging), responses((status = 200, body = Page<RegisteredView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let (all, _) = caller.state.registry.certificates_of(&app).await.map_err(|error| caller.refused(error))?;
    let now = caller.now();
    let page = paging.of(all, |one| one.id.to_string(), |one| RegisteredView::of(&one, now))?;
    Ok(caller.ok(&page))
}

/// Whether an app's clients show certificates, and what requiring it would mean.
#[utoipa::path(get, path = "/api/v1/apps/{app}/mutual-tls", tag = "Certificates", params(("app" = String, Path)), responses((status = 200, body = MutualTlsView, headers(("ETag" = String, description = "The app's version, for If-Match.")))))]
pub(crate) async fn mutual_tls(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let readiness = caller.state.registry.readiness(app.id).await.map_err(|error| caller.refused(error))?;
    Ok(caller.versioned(&app, &MutualTlsView::of(app.mutual_tls, &readiness)))
}
