//! `/certificate-inspections`: what a certificate says, before it is registered. Nothing of it is kept.

use certificates::{Certificate, Chain};
use client_registry::RegistryError;
use domain::{CertificateName, Thumbprint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::Caller;
use crate::schemas::{self, moment};

/// A certificate to be read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pasted {
    /// The certificate, with or without its chain. A private key is refused.
    #[schema(max_length = 65536)]
    pem: String,
}

/// What a certificate says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certificate)]
pub(crate) struct CertificateView {
    subject: String,
    issuer: String,
    serial: String,
    /// `x5t#S256` (RFC 8705).
    #[schema(value_type = String)]
    thumbprint: Thumbprint,
    /// Of what kind its key is.
    key: String,
    extended_usages: Vec<String>,
    alternative_names: Vec<NameView>,
    #[schema(schema_with = schemas::date_time)]
    not_before: String,
    #[schema(schema_with = schemas::date_time)]
    not_after: String,
    is_self_signed: bool,
    is_authority: bool,
    /// Whether its usages let a client show it.
    is_for_clients: bool,
}

/// One name of a certificate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateName)]
pub(crate) struct NameView {
    #[schema(schema_with = name_kind)]
    kind: &'static str,
    value: String,
}

fn name_kind() -> utoipa::openapi::ObjectBuilder {
    let of = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
    of.enum_values(Some(["subject", "dns", "uri", "ip", "email"]))
}

impl From<&CertificateName> for NameView {
    fn from(name: &CertificateName) -> Self {
        let (kind, value) = match name {
            CertificateName::Subject(value) => ("subject", value),
            CertificateName::Dns(value) => ("dns", value),
            CertificateName::Uri(value) => ("uri", value),
            CertificateName::Ip(value) => ("ip", value),
            CertificateName::Email(value) => ("email", value),
        };
        Self { kind, value: value.clone() }
    }
}

impl From<&Certificate> for CertificateView {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            thumbprint: certificate.thumbprint,
            key: certificate.key.clone(),
            extended_usages: certificate.extended_usages.clone(),
            alternative_names: certificate.alternative_names.iter().map(NameView::from).collect(),
            not_before: moment(certificate.not_before),
            not_after: moment(certificate.not_after),
            is_self_signed: certificate.is_self_signed,
            is_authority: certificate.is_authority,
            is_for_clients: certificate.is_for_clients,
        }
    }
}

/// What a certificate says. Nothing of it is kept.
#[utoipa::path(post, path = "/api/v1/certificate-inspections", tag = "Certificates", request_body = Pasted, responses((status = 200, body = CertificateView)))]
pub(crate) async fn inspect(mut caller: Caller) -> Answer {
    let Pasted { pem } = caller.body().await?;
    let chain = Chain::read(pem.as_bytes()).map_err(|error| caller.refused(RegistryError::from(error)))?;
    Ok(caller.ok(&CertificateView::from(chain.own())))
}
