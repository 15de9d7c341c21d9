//! What may not be lost, in SQLite or PostgreSQL: registry, people, connections, revocation log, signing keys,
//! activity, audit. `server` opens a [`DieselStore`] and hands it to everybody as the traits of `storage`.
//!
//! It must never know of HTTP or of OAuth's rules; an answer is given only after its commit.
//!
//! The queries of the folder `both` are written once and compiled twice, in `sqlite` and in `postgres`, which give the
//! connection's type and what differs. `rows` and `schema` are the same for both.

#![expect(clippy::duplicate_mod, reason = "the folder `both` is compiled once for each dialect on purpose")]

mod failure;
mod hold;
mod migrations;
mod options;
mod postgres;
mod postgres_url;
mod rows;
mod schema;
mod sqlite;
mod store;
mod traits;

pub use options::Options;
pub use postgres_url::check_postgres_url;
pub use store::{DieselStore, PoolState, migrate, pending_migrations};
