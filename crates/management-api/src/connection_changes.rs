//! Ending connections, and asking customers for unattended ones.

use actix_web::web::Bytes;
use client_registry::ConnectionRequestDraft;
use domain::{EndedBy, Permission, Reason};
use oauth_endpoints::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::app_changes::Ended;
use crate::caller::{Caller, parsed};
use crate::connections::RequestView;
use crate::faults::{refused, scopes};
use crate::idempotency::{self, Made};

/// A customer to be asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnectionRequest {
    customer: String,
    /// What the API key wants to do; all that the app may when left out.
    #[serde(default)]
    scopes: Vec<String>,
}

/// End a connection of an app. Its access tokens die within a second.
#[utoipa::path(delete, path = "/api/v1/apps/{app}/connections/{connection}", tag = "Connections", params(("app" = String, Path), ("connection" = String, Path)), responses((status = 200, body = Ended)))]
pub(crate) async fn end(caller: Caller) -> Answer {
    let app = caller.app(Permission::Edit).await?;
    let registry = &caller.state.registry;
    let its = registry.connection_of(&app, caller.named("connection")?).await.map_err(|error| caller.refused(error))?;
    let ended = registry.end_connection(app.by(), its.id, EndedBy::Developer).await;
    let ended = ended.map_err(|error| caller.refused(error))?;
    Ok(caller.ok(&Ended { connections: u64::from(ended == client_registry::Ended::Now) }))
}

/// Ask a customer to let an API key act on its own. An admin of the customer answers at the link.
#[utoipa::path(post, path = "/api/v1/apps/{app}/keys/{key}/connection-requests", tag = "Connections", request_body = NewConnectionRequest, params(("app" = String, Path), ("key" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it once, however often the request is repeated within a day.")), responses((status = 201, body = RequestView, headers(("Location" = String)))))]
pub(crate) async fn request(mut caller: Caller) -> Answer {
    let body = caller.read().await?;
    idempotency::once(caller, body, ask).await
}

async fn ask(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let app = caller.app(Permission::Edit).await?;
    let registry = &caller.state.registry;
    let (key, _) = registry.key_of(&app, caller.named("key")?).await.map_err(|error| caller.refused(error))?;
    let asked: NewConnectionRequest = parsed(body)?;
    let wrong = |error: domain::InvalidId| Problem::new(Reason::FieldRefused).field("customer", error.to_string());
    let customer = asked.customer.parse().map_err(wrong)?;
    let draft = ConnectionRequestDraft { key: key.id, customer, scopes: scopes(&asked.scopes).map_err(refused)? };
    let made = registry.request_connection(app.by(), draft).await.map_err(|error| caller.refused(error))?;
    let location = format!("/api/v1/apps/{}/keys/{}/connection-requests", app.id, key.id);
    Ok(Made::new(&RequestView::of(caller, &made), location))
}
