//! The pages of the authorize flow over HTTP, as a browser without scripts uses them: on SQLite and the in-process
//! store, with a frozen clock.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so where it stands")]

mod account;
mod browser;
mod connecting;
mod connection;
mod refusals;
mod sessions;
mod signing_in;
mod unattended;
mod world;

use oauth_endpoints::routes;
