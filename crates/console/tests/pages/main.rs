//! The console over HTTP, as a browser without scripts uses it: on SQLite and the in-process store, with a frozen clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

mod activity;
mod approvals;
mod apps;
mod attacks;
#[path = "../../../oauth-endpoints/tests/pages/browser.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod browser;
mod callers;
mod certificates;
#[path = "../../../oauth-endpoints/tests/pages/connection.rs"]
mod connection;
mod customers;
mod docs;
mod hostile;
mod invitations;
mod keys;
mod new_app;
mod overview;
mod permissions;
mod routes;
mod scene;
mod settings;
mod step_up;
mod team;
mod teams;
mod test_authorization;
mod tokens;
#[path = "../../../oauth-endpoints/tests/pages/world.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod world;

use actix_web::web::ServiceConfig;

/// As `server` enters them.
fn routes(config: &mut ServiceConfig) {
    console::routes(config);
    oauth_endpoints::routes(config);
}
