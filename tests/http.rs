//! What RFCs and the product promise, told over HTTP to real replicas on real stores: a folder per RFC with a file per
//! section, and `product/` for what Countersign promises beyond them.
//!
//! One program, so that one PostgreSQL and one Redis serve all of it, each story on a database and prefix of its own.
//! `cargo test -p tests --test http rfc6749` tells the stories of one folder.

#![expect(
    clippy::indexing_slicing,
    reason = "a missing member of JSON is null, and the story fails by what it expects"
)]
#![expect(clippy::needless_pass_by_value, reason = "a story is written where it is passed, and told once")]

mod product;
mod rfc6749;
mod rfc7009;
mod rfc7517;
mod rfc7636;
mod rfc7662;
mod rfc8414;
mod rfc8705;
mod rfc8707;
mod rfc9068;
mod rfc9700;
mod world;
