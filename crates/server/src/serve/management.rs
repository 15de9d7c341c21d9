//! The management listener: probes and metrics, and the check of gateways, for operators' tools alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServiceRequest};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{App, HttpResponse, HttpServer, Route, guard, middleware, web};
use oauth_endpoints::{observe, verify_routes};
use serde_json::json;

use super::door::admit;
use super::{Replica, StartFault, gauges, revocation_lists};
use crate::config::Config;

/// A replica further apart from the database's time is not ready (DESIGN, decision 7).
const TOO_FAR: Duration = Duration::from_secs(30);

pub(super) fn bind(replica: &Arc<Replica>, config: &Config) -> Result<(Server, SocketAddr), StartFault> {
    let data = web::Data::from(Arc::clone(replica));
    let address = config.listen.management;
    let (state, door) = (replica.state.clone(), config.verify.door());
    let server = HttpServer::new(move || {
        let admit = middleware::from_fn(move |request: ServiceRequest, next| admit(door, request, next));
        App::new()
            .app_data(state.clone())
            .app_data(data.clone())
            .route("/health/live", read().to(live))
            .route("/health/ready", read().to(ready))
            .route("/health/started", read().to(ready))
            .route("/metrics", read().to(metrics))
            .service(web::scope("").wrap(admit).wrap(middleware::from_fn(observe)).configure(verify_routes))
    })
    .workers(1)
    .disable_signals()
    .bind(address)
    .map_err(|cause| StartFault::Listen { address, cause })?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    Ok((server.run(), bound))
}

/// By GET or HEAD.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Alive as long as it answers at all.
async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({ "status": "live" }))
}

/// Ready while it serves, knows the latest revocations and agrees with the database on the time. A Redis that is gone
/// does not make it unready: refresh, client credentials and introspection go on (DESIGN §6).
async fn ready(replica: web::Data<Replica>) -> HttpResponse {
    let checks = [
        ("serving", replica.is_serving()),
        ("revocations_fresh", replica.state.protocol.log.fresh().is_ok()),
        ("clock_near_database", replica.clock.apart_from_system() <= TOO_FAR),
    ];
    let all = checks.iter().all(|(_, good)| *good);
    let mut response = if all { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let checks: serde_json::Map<_, _> = checks.iter().map(|(name, good)| ((*name).to_owned(), json!(good))).collect();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "status": if all { "ready" } else { "not ready" }, "checks": checks }))
}

async fn metrics(replica: web::Data<Replica>) -> HttpResponse {
    let mut text = String::new();
    if prometheus_client::encoding::text::encode(&mut text, &replica.meters).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    let end = text.rfind("# EOF").unwrap_or(text.len());
    text.truncate(end);
    looked_at(&mut text, &replica);
    text.push_str("# EOF\n");
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        .body(text)
}

/// What no meter counts but is looked at now.
fn looked_at(text: &mut String, replica: &Replica) {
    let protocol = &replica.state.protocol;
    text.push_str(&revocation_lists::metrics(&replica.trust.current(), protocol.clock.now()));
    gauges::single(text, ("countersign_activity_lost", "counter"), replica.activity.lost());
    gauges::single(text, ("countersign_revocation_position", "gauge"), protocol.log.position().0);
    gauges::connections(text, replica.store.connections());
    replica.key_ends.metrics(text);
    replica.certificates.metrics(text);
    gauges::runtime(text, &replica.runtime);
    gauges::process(text);
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    gauges::family(text, ("build", "info"), [(version, 1)]);
}
