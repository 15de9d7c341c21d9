//! What a request came with, beside its text.

use std::sync::Arc;

use domain::PresentedCertificate;

/// What the caller showed to the listener that its request came by, or to the proxy before it. Nobody has judged it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The listener asks for no certificate: the caller could not show one.
    NotAsked,
    /// It was asked for one and has shown none.
    Without,
    /// It proved to hold the key of this one.
    With(Arc<PresentedCertificate>),
    /// The proxy says that it showed one, in a way that cannot be read.
    Unreadable,
}
