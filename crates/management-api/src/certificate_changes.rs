//! Registering certificates and names, removing them, and requiring that they are shown.

use actix_web::web::Bytes;
use certificates::NameKind;
use client_registry::{AppEdit, CertificateDraft, Holder};
use domain::{CertificateId, MutualTls, Permission, Reason, Voucher};
use oauth_endpoints::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::answers::Answer;
use crate::caller::{Caller, absent, parsed};
use crate::idempotency::{self, Made};
use crate::registered::{MutualTlsView, RegisteredView};
use crate::schemas;

/// A certificate to be registered, or a name of certificates: one of `pem` and `name`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCertificate {
    /// The certificate, with or without its chain. A private key is refused.
    #[serde(default)]
    #[schema(nullable = false, max_length = 65536)]
    pem: Option<String>,
    /// A name that counts under the app's own authorities.
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<NewName>,
    /// What the team calls it; taken from the certificate or the name when left out.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    label: Option<String>,
    /// The only API key it is for.
    #[serde(default)]
    #[schema(nullable = false)]
    key: Option<String>,
}

/// A name of certificates.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewName {
    kind: NewNameKind,
    #[schema(min_length = 1, max_length = 2048)]
    value: String,
}

/// Of which kind a name is (RFC 8705 §2.1.2).
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewNameKind {
    Subject,
    Dns,
    Uri,
    Ip,
    Email,
}

impl From<NewNameKind> for NameKind {
    fn from(kind: NewNameKind) -> Self {
        match kind {
            NewNameKind::Subject => Self::Subject,
            NewNameKind::Dns => Self::Dns,
            NewNameKind::Uri => Self::Uri,
            NewNameKind::Ip => Self::Ip,
            NewNameKind::Email => Self::Email,
        }
    }
}

/// Whether certificates must be shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MutualTlsChange {
    #[schema(schema_with = schemas::mutual_tls)]
    mode: MutualTls,
    /// Changes nothing, and says what would be.
    #[serde(default)]
    dry_run: bool,
}

/// How much may stop.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Force {
    /// Removes it even where clients stop working.
    pub(crate) force: Option<bool>,
}

/// Register a certificate, or a name of certificates.
#[utoipa::path(post, path = "/api/v1/apps/{app}/certificates", tag = "Certificates", request_body = NewCertificate, params(("app" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day.")), responses((status = 201, body = RegisteredView, headers(("Location" = String)))))]
pub(crate) async fn add(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, register).await
}

async fn register(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let app = caller.app(Permission::Edit).await?;
    caller.confirmed()?;
    let NewCertificate { pem, name, label, key } = parsed(body)?;
    let registry = &caller.state.registry;
    let holder = match key {
        None => Holder::App(app.id),
        Some(key) => {
            let id = key.parse().map_err(|error: domain::InvalidId| wrong("key", error.to_string()))?;
            let known =
                registry.key_of(&app, id).await.map_err(|_| wrong("key", "is none of this app's".to_owned()))?;
            Holder::Key(known.0.id)
        }
    };
    let draft = CertificateDraft { holder, label };
    let made = match (pem, name) {
        (Some(pem), None) => registry.add_certificate(app.by(), draft, pem.as_bytes()).await,
        (None, Some(NewName { kind, value })) => {
            registry.add_certificate_name(app.by(), draft, (kind.into(), &value), Voucher::App).await
        }
        _ => return Err(wrong("pem", "write either pem or name".to_owned())),
    };
    let made = made.map_err(|error| caller.refused(error))?;
    let location = format!("/api/v1/apps/{}/certificates/{}", app.id, made.id);
    Ok(Made::new(&RegisteredView::of(&made, caller.now()), location))
}

/// Remove a registered certificate or name: tokens that are bound to it end at once.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/certificates/{certificate}", tag = "Certificates", params(("app" = String, Path), ("certificate" = String, Path), Force), responses((status = 200, body = RegisteredView)))]
pub(crate) async fn remove(caller: Caller) -> Answer {
    let app = caller.app(Permission::Edit).await?;
    caller.confirmed()?;
    let id: CertificateId = caller.named("certificate")?;
    let Force { force } = caller.query()?;
    let registry = &caller.state.registry;
    let (known, _) = registry.certificates_of(&app).await.map_err(|error| caller.refused(error))?;
    if !known.iter().any(|known| known.id == id) {
        return Err(absent("registered certificate", id));
    }
    let removed = registry.remove_certificate(app.by(), id, force.unwrap_or(false)).await;
    let removed = removed.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&RegisteredView::of(&removed, caller.now())))
}

/// Say whether an app's clients must show certificates, or find out what that would mean.
#[utoipa::path(put, path = "/api/v1/apps/{app}/mutual-tls", tag = "Certificates", request_body = MutualTlsChange, params(("app" = String, Path), ("If-Match" = String, Header, description = "The ETag of the app as it was read.")), responses((status = 200, body = MutualTlsView, headers(("ETag" = String)))))]
pub(crate) async fn set_mutual_tls(mut caller: Caller) -> Answer {
    let app = caller.app(Permission::Edit).await?;
    let seen = caller.seen(&app)?;
    let MutualTlsChange { mode, dry_run } = caller.body().await?;
    let registry = &caller.state.registry;
    let readiness = registry.readiness(app.id).await.map_err(|error| caller.refused(error))?;
    if dry_run {
        return Ok(caller.versioned(&app, &MutualTlsView::of(app.mutual_tls, &readiness)));
    }
    caller.confirmed()?;
    let edited = registry.edit_app(app.by(), app.id, Some(seen), vec![AppEdit::MutualTls(mode)]).await;
    let edited = edited.map_err(|error| caller.refused_at(error))?;
    Ok(caller.versioned(&edited, &MutualTlsView::of(edited.mutual_tls, &readiness)))
}

fn wrong(field: &str, detail: String) -> Problem {
    Problem::new(Reason::FieldRefused).field(field, detail)
}
