//! Real parts for tests: PostgreSQL, Redis, Redis Cluster, an SMTP server, nginx, HAProxy, Caddy and Countersign itself, each started on
//! ports and folders of its own and ended with its owner; beside them a throw-away certificate authority and a
//! proxy that makes the network bad, a clock that stands still and chance that repeats.
//!
//! Called by the tests of every crate and by the `tests` package; never by the product.
//! It must not know what the product does with a part: no schema, no protocol rule, no page.
//!
//! * A part that is not installed fails the test and says what to install. Nothing is skipped, nothing is faked.
//! * Everything listens on 127.0.0.1, on ports that two test processes never share ([`Port`]).
//! * A part ends when its value is dropped, when the test panics, and also when the test process is killed: the
//!   kernel ends the children, and a watching shell removes the folder.
//! * Starting and stopping block the calling thread, within bounds; waiting for something to arrive is `async`.

#![expect(
    clippy::missing_panics_doc,
    reason = "a testkit reports by panicking: every function here does, with a message for the test's reader"
)]

mod authority;
mod clock;
mod front_proxy;
mod http;
mod mail;
mod port;
mod postgres;
mod process;
mod program;
mod proxy;
mod random;
mod redis_cluster;
mod redis_server;
mod scratch;
mod server_process;

pub use authority::{Authority, Issued};
pub use clock::FrozenClock;
pub use front_proxy::FrontProxy;
pub use http::http_client;
pub use mail::{Mail, MailCatcher};
pub use port::Port;
pub use postgres::{Database, Postgres};
pub use proxy::TcpProxy;
pub use random::SeededRandom;
pub use rcgen::CertificateParams;
pub use redis_cluster::RedisCluster;
pub use redis_server::Redis;
pub use server_process::{Finished, Launch, ServerProcess, Site};
