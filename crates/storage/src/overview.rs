//! What lists and confirmation pages tell of apps beside the apps themselves: counted by the store, so that a page of
//! fifty apps costs as many statements as a page of one.

use domain::{AppId, ClientId, Timestamp};

/// The moments by which [`AppFacts`] are counted.
#[derive(Clone, Copy, Debug)]
pub struct FactsAt {
    /// The present moment.
    pub now: Timestamp,
    /// What ended before this moment is not told any more.
    pub ended_since: Timestamp,
    /// What ends after this moment is not told yet.
    pub ending_until: Timestamp,
    /// From when on attempts are counted; merged ones from the start of their hour or minute.
    pub attempts_since: Timestamp,
}

/// What a list says of one app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppFacts {
    /// The app.
    pub app: AppId,
    /// How many of its API keys can be used now.
    pub keys: u64,
    /// When the first of its active keys ends or ended, within the time that is told.
    pub key_ends: Option<Timestamp>,
    /// The same of the active secrets of active keys.
    pub secret_ends: Option<Timestamp>,
    /// The same of its registered certificates.
    pub certificate_ends: Option<Timestamp>,
    /// How many attempts there were.
    pub attempts: u64,
    /// How many of these were refused.
    pub refused: u64,
    /// When its last token was given, to the hour.
    pub last_token: Option<Timestamp>,
}

impl AppFacts {
    /// Those of an app of which nothing is known.
    #[must_use]
    pub const fn none(app: AppId) -> Self {
        Self {
            app,
            keys: 0,
            key_ends: None,
            secret_ends: None,
            certificate_ends: None,
            attempts: 0,
            refused: 0,
            last_token: None,
        }
    }
}

/// Who uses an app, and would notice that it stops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppUse {
    /// The tokens that its keys were given, by key and grant.
    pub tokens: Vec<KeyUse>,
    /// Its connections that people made.
    pub attended: Living,
    /// Its connections by which it acts on its own.
    pub unattended: Living,
}

/// Tokens that a key was given by one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key: ClientId,
    /// The grant type.
    pub grant: String,
    /// How many.
    pub tokens: u64,
    /// When the last one was given, to the hour.
    pub last: Timestamp,
}

/// Connections of one purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Living {
    /// How many can be used.
    pub live: u64,
    /// How many of these were.
    pub used: u64,
}
