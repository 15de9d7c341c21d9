//! The operator's part of the trust: anchors and revocation lists from files, replaced while the server runs.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::anchor::Anchor;
use crate::crl::Crl;

/// What the operator trusts at one moment.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Every anchor, so that lists and certificates are known to be of their issuers.
    pub anchors: Vec<Anchor>,
    /// The anchors whose word counts for names, for every app that asks for the operator's.
    pub vouching: Vec<Anchor>,
    /// The lists.
    pub crls: Vec<Crl>,
    /// Grows with every replacement: verdicts of another generation are out of date.
    pub generation: u64,
}

/// What the operator trusts now. Cloning it gives another handle of the same.
#[derive(Clone, Debug, Default)]
pub struct OperatorTrust(Arc<ArcSwap<Trust>>);

impl OperatorTrust {
    /// What is trusted now.
    #[must_use]
    pub fn current(&self) -> Arc<Trust> {
        self.0.load_full()
    }

    /// Trusts this from now on; its generation is set here.
    pub fn replace(&self, trust: &Trust) {
        self.0.rcu(|before| Trust { generation: before.generation + 1, ..trust.clone() });
    }
}
