//! What a certificate says, and who vouches for it: bytes in, a verdict out, with time as an argument.
//!
//! `client-registry` reads what people paste ([`Chain`], [`Certificate`], [`name`]); `protocol` asks, for the app that
//! calls, whether what a TLS peer showed counts ([`judge`], [`judge_exact`]); `server` fills the operator's part
//! ([`OperatorTrust`]) from files. This crate must never know sockets, HTTP, storage, async or TLS sessions: it does not
//! care how a certificate came here.

mod anchor;
mod certificate;
mod chain;
mod crl;
mod fault;
mod judge;
mod name;
mod subject;
mod trust;

pub use anchor::Anchor;
pub use certificate::{Certificate, thumbprint};
pub use chain::{Chain, MOST_BYTES, MOST_CERTIFICATES, ReadError};
pub use crl::Crl;
pub use fault::Fault;
pub use judge::{Vouched, judge, judge_exact};
pub use name::{InvalidName, NameKind, name};
pub use trust::{OperatorTrust, Trust};

#[cfg(test)]
mod made;
