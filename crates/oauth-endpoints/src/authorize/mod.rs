//! The pages on which an app is let in: its own page, the workspaces, and the way back.
//!
//! 1. [`start`]: the request is checked and kept as a [`Transaction`] of this browser.
//! 2. [`review`]: the app's page, Submit or Deny.
//! 3. `sign_in`, unless somebody is signed in.
//! 4. [`choose`]: *Workspaces to be given access*; its answer is the consent.
//! 5. [`leave`]: back to the callback URL.

mod case;
mod choices;
mod choose;
mod leave;
mod noting;
mod review;
mod start;
mod stopped;
mod transaction;

use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::documents;

pub(crate) use case::{Case, publisher, stopped};
pub(crate) use choose::{Ticked, deny};
pub(crate) use noting::note;
pub(crate) use review::next;
pub(crate) use stopped::{malformed_page, stop_page};
pub(crate) use transaction::{Asked, Transaction};

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}{path}"));
    for path in ["/oauth/authorize", "/ui/oauth/authorize"] {
        config.service(at(path).route(get().to(start::start)).route(post().to(start::push)));
    }
    config
        .service(
            at("/ui/oauth/authorize/answer")
                .route(post().to(review::answer))
                .default_service(web::to(documents::only_post)),
        )
        .service(at("/ui/oauth/pre_authorized").route(get().to(choose::page)).route(post().to(choose::answer)));
}
