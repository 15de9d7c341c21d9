//! How a store connects and how long it waits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use storage::Observer;

/// Settings of a [`crate::DieselStore`].
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a call on the request path may wait in all: for a connection, for locks, for the answer.
    pub wait: Duration,
    /// How long a unit of work or a sweep may take: one that ends an app ends all of its connections. Its waits for a
    /// connection and for locks are bounded by [`Self::wait`] each.
    pub unit: Duration,
    /// How many connections are held at most: with PostgreSQL half for reads and half for writes, with SQLite so many
    /// for reads beside the one that writes. One more follows the revocation log.
    pub connections: usize,
    /// The certificates (PEM) that PostgreSQL's certificate must lead to, where the URL's `sslrootcert` names none.
    /// Without both, the public web's authorities are trusted.
    pub ca_file: Option<PathBuf>,
    /// Is told of every operation, and of audit records.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for Options {
    /// 500 ms, 10 s, 8 connections, told to nobody.
    fn default() -> Self {
        Self {
            wait: Duration::from_millis(500),
            unit: Duration::from_secs(10),
            connections: 8,
            ca_file: None,
            observer: None,
        }
    }
}
