//! `/apps/{app}/trust-anchors`: the authorities whose word an app takes for the names of its own clients.

use std::fmt::Write as _;

use actix_web::web::Bytes;
use certificates::Certificate;
use domain::{AnchorId, Permission, TrustAnchor};
use oauth_endpoints::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, absent, parsed};
use crate::certificate_changes::Force;
use crate::certificates::CertificateView;
use crate::idempotency::{self, Made};
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// An authority.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrustAnchor)]
pub(crate) struct AnchorView {
    #[schema(value_type = String)]
    id: AnchorId,
    label: String,
    /// The SHA-256 of its public key in hexadecimal, by which authorities are told apart.
    key_sha256: String,
    /// What its certificate says, where that can be read.
    certificate: Option<CertificateView>,
    #[schema(schema_with = schemas::date_time)]
    added_at: String,
}

/// An authority to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnchor {
    /// Its certificate, alone.
    #[schema(max_length = 65536)]
    pem: String,
    /// What the team calls it; taken from the certificate when left out.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    label: Option<String>,
}

impl From<&TrustAnchor> for AnchorView {
    fn from(anchor: &TrustAnchor) -> Self {
        let mut key_sha256 = String::new();
        for byte in anchor.key_digest {
            let _ = write!(key_sha256, "{byte:02x}");
        }
        Self {
            id: anchor.id,
            label: anchor.label.clone(),
            key_sha256,
            certificate: Certificate::read(&anchor.der).ok().as_ref().map(CertificateView::from),
            added_at: moment(anchor.added_at),
        }
    }
}

/// The trust anchors of an app, oldest first.
#[utoipa::path(get, path = "/api/v1/apps/{app}/trust-anchors", tag = "Certificates", params(("app" = String, Path), Paging), responses((status = 200, body = Page<AnchorView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let app = caller.app(Permission::View).await?;
    let paging: Paging = caller.query()?;
    let registered = caller.state.registry.registered_of(&app).await.map_err(|error| caller.refused(error))?;
    let page = paging.of(registered.anchors, |one| one.id.to_string(), |one| AnchorView::from(&one))?;
    Ok(caller.ok(&page))
}

/// Add an authority: certificates that it issues with a name that the app registered count for it.
#[utoipa::path(post, path = "/api/v1/apps/{app}/trust-anchors", tag = "Certificates", request_body = NewAnchor, params(("app" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day.")), responses((status = 201, body = AnchorView, headers(("Location" = String)))))]
pub(crate) async fn add(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, make).await
}

async fn make(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let app = caller.app(Permission::Edit).await?;
    caller.confirmed()?;
    let NewAnchor { pem, label } = parsed(body)?;
    let made = caller.state.registry.add_anchor(app.by(), app.id, label, pem.as_bytes()).await;
    let made = made.map_err(|error| caller.refused(error))?;
    Ok(Made::new(&AnchorView::from(&made), format!("/api/v1/apps/{}/trust-anchors", app.id)))
}

/// Remove an authority: tokens that clients got by names under the app's anchors end at once.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/trust-anchors/{anchor}", tag = "Certificates", params(("app" = String, Path), ("anchor" = String, Path), Force), responses((status = 200, body = AnchorView)))]
pub(crate) async fn remove(caller: Caller) -> Answer {
    let app = caller.app(Permission::Edit).await?;
    let id: AnchorId = caller.named("anchor")?;
    let registry = &caller.state.registry;
    let registered = registry.registered_of(&app).await.map_err(|error| caller.refused(error))?;
    if !registered.anchors.iter().any(|known| known.id == id) {
        return Err(absent("trust anchor", id));
    }
    caller.confirmed()?;
    let Force { force } = caller.query()?;
    let removed = registry.remove_anchor(app.by(), id, force.unwrap_or(false), false).await;
    Ok(caller.ok(&AnchorView::from(&removed.map_err(|error| caller.refused(error))?)))
}
