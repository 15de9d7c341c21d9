//! Codes, browser state, counters and the wake-up bell in Redis or Valkey, a single server or a Cluster.
//!
//! `server` connects it. It must never know of HTTP, of OAuth's rules or of the SQL store.
//!
//! Every operation is one command on one key, so that it is atomic and at home in a Cluster. Every call is bounded in
//! time, none is tried again once it may have been carried out, and while the store is down a breaker answers in its
//! place, so that an outage costs neither threads nor memory.

mod breaker;
mod connecting;
mod link;
mod ringing;
mod store;
mod url;

pub use connecting::RedisOptions;
pub use store::RedisStore;
pub use url::check_redis_url;
