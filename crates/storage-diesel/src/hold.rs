//! How a transaction stands to the revocation log.

use std::time::Duration;

/// What a transaction holds from its first statement to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Nothing but the rows it writes.
    Rows,
    /// Nobody appends to the log meanwhile: what it writes is either seen by a later revocation, or that revocation's
    /// position is before the one it answers with.
    LogStill,
    /// It alone appends to the log.
    Log,
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    /// What it holds.
    pub(crate) hold: Hold,
    /// How long one of its statements may take.
    pub(crate) statement: Duration,
}
