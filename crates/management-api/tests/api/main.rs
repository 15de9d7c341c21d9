//! The API over HTTP, for everybody who may call it, beside the console: on SQLite and the in-process store, with a frozen
//! clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]
#![expect(clippy::indexing_slicing, reason = "a missing member of JSON is null, which no test expects")]

#[path = "../../../oauth-endpoints/tests/pages/browser.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod browser;
mod caller;
mod confirmation;
#[path = "../../../oauth-endpoints/tests/pages/connection.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod connection;
mod matrix;
mod operations;
mod people;
mod stage;
#[path = "../../../console/tests/pages/team.rs"]
#[expect(dead_code, reason = "the console's suite uses all of it")]
mod team;
mod tokens;
#[path = "../../../oauth-endpoints/tests/pages/world.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod world;

use actix_web::web::ServiceConfig;

/// As `server` enters them.
fn routes(config: &mut ServiceConfig) {
    console::routes(config);
    management_api::routes(config);
    oauth_endpoints::routes(config);
}
