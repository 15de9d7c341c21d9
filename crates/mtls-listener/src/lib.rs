//! What a TLS peer proves to hold: listeners that ask for a client certificate, or believe a proxy that did.
//!
//! `server` makes a [`ServerIdentity`] and a configuration ([`asking_for_certificates`]), notes each connection's peer
//! ([`note_peer`]), and lets every request through the [`Door`] of its listener, which says what the request came with
//! and removes what clients may not say themselves. [`follow`] reloads files.
//!
//! **Trust is decided elsewhere.** The handshake proves possession of whatever certificate was sent, by whomever it was
//! signed: only the app that calls says whose word counts (`certificates`, `protocol`). So a certificate that does not
//! count is answered in JSON, not by a dead connection, and a session that is resumed or a connection that is kept is
//! judged anew with every request. This crate must never know clients, tokens or storage.

mod door;
mod files;
mod peer;
mod possession;
mod proxied;
mod reload;
mod tls;

pub use door::{Door, Refused};
pub use files::{LoadFault, TrustFiles};
pub use peer::{Peer, note_peer};
pub use possession::MOST_CHAIN_BYTES;
pub use proxied::{Form, InvalidForm};
pub use reload::{Followed, follow};
pub use tls::{ServerIdentity, asking_for_certificates, for_proxies, without_client_certificates};
