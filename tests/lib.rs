//! HTTP-level tests: what a client, a browser or an operator sees of the running program.
//!
//! Called by `cargo test`; the folders are named after the RFC or the product rule they hold the server to, see
//! `tests/README.md`. They must not know how the server is built: they talk to it over HTTP, and to its parts
//! through `testkit`.
//!
//! This library is what the suites share.
