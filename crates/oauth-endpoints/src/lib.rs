//! The HTTP face of Countersign: the JSON endpoints (token, revoke, introspect, connections, metadata, keys) and the
//! pages of the authorize flow.
//!
//! `server` makes a [`State`], wraps an actix application in [`observe`] and enters [`routes`]. A handler extracts,
//! calls `protocol` or `client-registry`, and responds; it decides nothing. `console` writes its pages with [`sessions`]
//! and [`pages`]. This crate must never know SQL, Redis or
//! where certificates come from.

mod authorize;
mod connected_apps;
mod connections;
mod discovery;
mod documents;
mod echo;
mod environment;
mod form;
pub mod generated_tokens;
mod introspect;
pub mod invitations;
mod metrics;
mod origin;
pub mod pages;
mod problem;
mod request;
mod respond;
mod revoke;
pub mod sessions;
mod sign_in;
mod state;
mod strangers;
pub mod test_authorization;
mod token;
mod unattended;
mod verify;

use std::future::ready;

use actix_web::web::{self, ServiceConfig, get, post, resource};

pub use discovery::KnownMetadata;
pub use environment::At;
pub use form::BODY_LIMIT;
pub use metrics::Metrics;
pub use origin::TrustedProxies;
pub use problem::{FieldProblem, Problem};
pub use request::{Call, Noted, bearer_token, observe, shown};
pub use respond::Failure;
pub use sessions::{PageConfig, SignInLimits};
pub use sign_in::{MailFailure, Mailer, NotHashed, Passwords, PasswordsBusy};
pub use state::{ActivitySink, State};
pub use strangers::Strangers;
pub use verify::verify_routes;

/// Enters every route: each endpoint at its own path and under `/{environment}`.
pub fn routes(config: &mut ServiceConfig) {
    for prefix in ["", "/{environment}"] {
        let at = |path: &str| format!("{prefix}{path}");
        // Paths are compared in this order: what machines call comes first.
        config
            .service(
                resource(at("/oauth/token"))
                    .route(post().to(token::token))
                    .default_service(web::to(token::wrong_method)),
            )
            .service(
                resource(at("/oauth/introspect"))
                    .route(post().to(introspect::introspect))
                    .default_service(web::to(documents::only_post)),
            )
            .service(
                resource(at("/oauth/revoke"))
                    .route(post().to(revoke::revoke))
                    .default_service(web::to(documents::only_post)),
            )
            .service(
                resource(at("/oauth/connections"))
                    .route(get().to(connections::connections))
                    .default_service(web::to(documents::only_get)),
            )
            .service(
                resource(at("/oauth/connections/{connection}/workspaces"))
                    .route(get().to(connections::workspaces))
                    .default_service(web::to(documents::only_get)),
            )
            .service(
                resource(at("/oauth/mtls/echo"))
                    .route(get().to(echo::echo))
                    .route(post().to(echo::echo))
                    .default_service(web::to(documents::only_get)),
            )
            .service(
                resource(at("/oauth/jwks"))
                    .route(get().to(discovery::jwks))
                    .default_service(web::to(documents::only_get)),
            )
            .service(
                resource(at("/.well-known/oauth-authorization-server"))
                    .route(get().to(discovery::metadata))
                    .default_service(web::to(documents::only_get)),
            );
        authorize::routes(config, prefix);
        sign_in::routes(config, prefix);
        sessions::routes(config, prefix);
        unattended::routes(config, prefix);
        connected_apps::routes(config, prefix);
    }
    for asset in pages::assets::all() {
        config.service(resource(asset.path()).route(get().to(move || ready(asset.answer()))));
    }
    config.service(resource("/docs/errors").route(get().to(documents::error_catalogue)));
    // RFC 8414 §3.1: the path-inserted form for an issuer with a path.
    config.service(
        resource("/.well-known/oauth-authorization-server/{environment}").route(get().to(discovery::metadata)),
    );
    config.default_service(web::to(documents::nothing_here));
}
