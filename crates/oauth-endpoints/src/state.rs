//! What handlers share: one value per replica, made by `server`.

use std::sync::Arc;

use client_registry::Registry;
use domain::Activity;
use protocol::Protocol;
use storage::{BrowserState, Counters};

use crate::discovery::KnownMetadata;
use crate::metrics::Metrics;
use crate::origin::TrustedProxies;
use crate::sessions::PageConfig;
use crate::sign_in::{Mailer, Passwords};
use crate::strangers::Strangers;

/// Takes in what happened; keeps no request waiting.
pub trait ActivitySink: Send + Sync {
    /// Queues `activity` to be written, or counts it as lost when the queue is full.
    fn note(&self, activity: Activity);
}

/// Everything a handler works with.
pub struct State {
    /// The rules of the wire.
    pub protocol: Arc<Protocol>,
    /// The life of what is registered.
    pub registry: Registry,
    /// What browsers leave between two requests.
    pub browser: Arc<dyn BrowserState>,
    /// Rate counters of all replicas.
    pub counters: Arc<dyn Counters>,
    /// Where attempts are noted.
    pub activity: Arc<dyn ActivitySink>,
    /// What is counted.
    pub metrics: Metrics,
    /// Sends sign-in codes.
    pub mailer: Arc<dyn Mailer>,
    /// Verifies people's passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Lifetimes and limits of the pages.
    pub pages: PageConfig,
    /// The metadata that was given last, for when no store answers.
    pub metadata: KnownMetadata,
    /// Failures of client authentication from one address.
    pub strangers: Strangers,
    /// The operator's name, on every page.
    pub operator: String,
    /// Whose word on the peer's address is taken.
    pub proxies: TrustedProxies,
}
