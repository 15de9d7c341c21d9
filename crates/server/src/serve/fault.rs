//! Why a replica did not start, or ended by itself: one clear sentence each, with what to do.

use storage::StoreError;

/// A fault of a replica.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// A store could not be opened.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The schema is not this version's.
    #[error("the database lacks migrations ({0}); run `countersign migrate`, then start again")]
    NotMigrated(String),
    /// The root keys cannot be used.
    #[error("{0}")]
    RootKeys(#[from] crate::config::RootKeyFile),
    /// A stored signing key cannot be used.
    #[error("{0}; put the root key it was made under back into root_keys")]
    SigningKeys(#[from] protocol::UnusableKey),
    /// Mail cannot be sent with this configuration.
    #[error("{0}")]
    Mail(#[from] crate::mail::UnusableMail),
    /// A listener could not be bound.
    #[error("cannot listen on {address}: {cause}; choose another address or end the program that holds it")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// At a UNIX socket's path is something else, which listening there would delete.
    #[error("{} exists and is not a socket; choose another path, or move it away", .0.display())]
    NotASocket(std::path::PathBuf),
    /// Somebody answers at a UNIX socket's path.
    #[error("another server listens at {}; choose another path, or end that server", .0.display())]
    SocketInUse(std::path::PathBuf),
    /// A UNIX socket's path cannot be looked at.
    #[error("cannot listen at {}: {cause}; choose another path, or remove what is there", path.display())]
    Socket {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Logging could not be started.
    #[error("{0}")]
    Log(String),
    /// A certificate, key, trust anchor or revocation list cannot be used.
    #[error("this file cannot be used: {0}")]
    Load(#[from] mtls_listener::LoadFault),
    /// The certificates of development could not be made.
    #[error("the certificates of development could not be made: {0}")]
    Certificates(#[from] rcgen::Error),
    /// A file of development could not be written.
    #[error("cannot write {0}: {1}")]
    File(std::path::PathBuf, std::io::Error),
    /// A loop that a replica cannot be without has ended.
    #[error("a background task ended unexpectedly; the log has the cause; start the server again")]
    Background,
    /// What development starts with could not be made.
    #[error("the demo could not be set up: {0}")]
    Demo(String),
}
