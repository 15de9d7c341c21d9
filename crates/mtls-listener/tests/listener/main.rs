//! The listener with real TLS: what reaches a handler, what is refused, and what happens when files change.

mod handshakes;
mod listening;
mod reload;
