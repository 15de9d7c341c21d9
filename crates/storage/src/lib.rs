//! What Countersign needs of its stores: traits whose methods are whole operations, never a read to be followed by a
//! write. Also the in-process store, the log that every replica follows, and the records it caches by it.
//!
//! `protocol`, `client-registry` and `server` call it; `storage-diesel` and `storage-redis` implement it.
//! It must never know of Diesel, Redis or HTTP.
//!
//! Two kinds of store: what may be lost ([`Codes`], [`BrowserState`], [`Counters`], [`WakeUp`]: in-process or Redis)
//! and what may not (the rest: SQL), where an answer is given only after its commit.

mod activity;
mod applied;
mod browser;
mod cache;
mod codes;
mod connections;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod developers_view;
mod directory;
mod error;
mod in_process;
mod log;
mod observer;
mod overview;
mod records;
mod shelf;
mod signing_keys;
mod unit;

pub use activity::{ActivityFilter, ActivityLog, ActivityRow, AuditRow, CertificateUse, RefusalCount, SuccessCount};
pub use applied::{AppliedLog, Dependent, Fresh, LearnTime, Unsettled};
pub use browser::{BrowserState, Counters, WakeUp};
pub use cache::{Cached, CachedRecords, RECORD_LIFE};
pub use codes::{CodeKey, Codes, Taken};
pub use connections::{
    AtLimit, Binding, Bound, Connections, Cursor, LastUses, Opened, Opening, Rotated, Rotation, SweepPolicy,
};
pub use developers_view::{ConnectionsOfApp, NamedConnection, NamedCustomer, OpenRequest, Stage};
pub use directory::{AppPage, AppPlace, Directory};
pub use error::StoreError;
pub use in_process::{Bell, InProcess, InProcessLimits};
pub use log::{LogPage, RevocationLog};
pub use observer::{Observer, Operation, Outcome, observed};
pub use overview::{AppFacts, AppUse, FactsAt, KeyUse, Living};
pub use records::{ApiRecord, AsOf, ClientRecord, EnvironmentRecord, Records};
pub use shelf::{Bounded, bounded};
pub use signing_keys::{SigningKey, SigningKeyState, SigningKeys};
pub use unit::{Change, Committed, ConnectionFilter, Unit, Units};
