//! What anybody may read: metadata (RFC 8414) and keys (RFC 7517) of an environment. Both answer without a store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use domain::EnvironmentName;
use protocol::Metadata;
use storage::EnvironmentRecord;

use crate::environment::{At, named};
use crate::request::Call;
use crate::respond::Failure;
use crate::state::State;

/// The last metadata of each environment, for when the database is gone (DESIGN §6: metadata always answers).
#[derive(Default)]
pub struct KnownMetadata(Mutex<HashMap<EnvironmentName, Arc<str>>>);

impl KnownMetadata {
    fn remember(&self, name: &EnvironmentName, document: &Arc<str>) {
        let mut known = self.0.lock().expect("no panic while held");
        if known.get(name) != Some(document) {
            known.insert(name.clone(), Arc::clone(document));
        }
    }

    fn recall(&self, name: &EnvironmentName) -> Option<Arc<str>> {
        self.0.lock().expect("no panic while held").get(name).cloned()
    }
}

/// The same document at its RFC 8414 path, under the environment's own prefix, and path-inserted.
pub(crate) async fn metadata(state: web::Data<State>, at: Result<At, Failure>, request: HttpRequest) -> HttpResponse {
    match at {
        Ok(at) => document(&state, &at.name, at.record()),
        Err(failure @ Failure::NotFound(_)) => failure.into_response(),
        Err(failure) => match named(&request).ok().and_then(|name| state.metadata.recall(&name)) {
            Some(known) => json(&state, &known),
            None => failure.into_response(),
        },
    }
}

fn document(state: &State, name: &EnvironmentName, record: &EnvironmentRecord) -> HttpResponse {
    let metadata = Metadata::of(&state.protocol.settings, name, record);
    let text: Arc<str> = serde_json::to_string(&metadata).expect("metadata has string keys only").into();
    state.metadata.remember(name, &text);
    json(state, &text)
}

fn json(state: &State, text: &str) -> HttpResponse {
    cached(state, HttpResponse::Ok()).insert_header((CONTENT_TYPE, "application/json")).body(text.to_owned())
}

/// The public keys; verifiers may keep them as long as `max-age` says, and rotation waits that long.
pub(crate) async fn jwks(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    match named(&request).ok().and_then(|name| state.protocol.key_ring.of(&name)) {
        Some(keys) => cached(&state, HttpResponse::Ok())
            .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
            .body(keys.jwks().to_owned()),
        None => Failure::NotFound(Call::of(&request).id).into_response(),
    }
}

fn cached(state: &State, mut builder: HttpResponseBuilder) -> HttpResponseBuilder {
    let seconds = state.protocol.settings.jwks_cache.as_secs();
    builder.insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")));
    builder.insert_header(("Access-Control-Allow-Origin", "*"));
    builder
}
