//! What pages cost where there is much of everything, in statements and bytes: as much as where there is little. On SQLite
//! and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

#[path = "../../../oauth-endpoints/tests/pages/browser.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod browser;
#[path = "../../../oauth-endpoints/tests/pages/connection.rs"]
mod connection;
mod lists;
mod statements;
mod stores;
#[path = "../pages/team.rs"]
#[expect(dead_code, reason = "the suite of the pages uses all of it")]
mod team;
#[path = "../../../oauth-endpoints/tests/pages/world.rs"]
#[expect(dead_code, reason = "the suite of the authorize flow uses all of it")]
mod world;

use actix_web::web::ServiceConfig;

/// As `server` enters them.
fn routes(config: &mut ServiceConfig) {
    console::routes(config);
    oauth_endpoints::routes(config);
}
