//! What a store can answer instead of a result.

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It could not be reached, or did not answer in time. Whether a write happened is unknown; a take is never
    /// tried again.
    #[error("the {store} is not available: {cause}")]
    Unavailable {
        /// Which one: `database`, `redis` or `in-process store`.
        store: &'static str,
        /// What its driver said.
        cause: String,
    },
    /// What was to be changed has been changed by somebody else meanwhile, or is not there any more.
    #[error("{what} was changed meanwhile or does not exist")]
    Conflict {
        /// What was to be changed.
        what: String,
    },
    /// Something with this name or id exists already.
    #[error("{what} exists already")]
    Exists {
        /// What exists.
        what: String,
    },
    /// A row that this version cannot read.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// The database cannot be reached or did not answer in time.
    #[must_use]
    pub fn database(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { store: "database", cause: cause.to_string() }
    }

    /// Redis cannot be reached or did not answer in time.
    #[must_use]
    pub fn redis(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable { store: "redis", cause: cause.to_string() }
    }

    /// A row that this version cannot read; `why` is without secrets.
    #[must_use]
    pub fn corrupt(why: impl std::fmt::Display) -> Self {
        Self::Corrupt(why.to_string())
    }
}
