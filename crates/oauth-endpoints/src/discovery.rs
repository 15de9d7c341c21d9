//! What anybody may read: metadata (RFC 8414) and keys (RFC 7517) of an environment.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use protocol::Metadata;

use crate::environment::At;
use crate::state::State;

/// The same document at its RFC 8414 path, under the environment's own prefix, and path-inserted.
pub(crate) async fn metadata(state: web::Data<State>, at: At) -> HttpResponse {
    let metadata = Metadata::of(&state.protocol.settings, &at.name, at.record());
    cached(&state, HttpResponse::Ok()).json(metadata)
}

/// The public keys; verifiers may keep them as long as `max-age` says, and rotation waits that long.
pub(crate) async fn jwks(state: web::Data<State>, at: At) -> HttpResponse {
    let keys = state.protocol.key_ring.of(&at.name);
    let body = keys.map_or_else(|| "{\"keys\":[]}".to_owned(), |keys| keys.jwks().to_owned());
    cached(&state, HttpResponse::Ok()).insert_header((CONTENT_TYPE, "application/jwk-set+json")).body(body)
}

fn cached(state: &State, mut builder: actix_web::HttpResponseBuilder) -> actix_web::HttpResponseBuilder {
    let seconds = state.protocol.settings.jwks_cache.as_secs();
    builder.insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")));
    builder.insert_header(("Access-Control-Allow-Origin", "*"));
    builder
}
