//! Why a command did not do what it was asked, and the exit code of that.

use client_registry::RegistryError;
use storage::StoreError;

use crate::config::{Faults, RootKeyFile};
use crate::serve::StartFault;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was refused; the sentence says why.
    Refused(String),
    /// A store cannot be reached.
    OutOfReach(String),
}

impl Failure {
    pub(super) fn sentence(&self) -> &str {
        match self {
            Self::Refused(sentence) | Self::OutOfReach(sentence) => sentence,
        }
    }

    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::OutOfReach(_) => 3,
        }
    }

    pub(super) fn absent(what: &str, id: impl std::fmt::Display) -> Self {
        Self::Refused(format!("there is no {what} {id}; check the id as it was printed when it was made"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => Self::OutOfReach(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Store(error) => error.into(),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Refused(faults.to_string())
    }
}

impl From<RootKeyFile> for Failure {
    fn from(error: RootKeyFile) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<StartFault> for Failure {
    fn from(fault: StartFault) -> Self {
        match fault {
            StartFault::Store(error) => error.into(),
            _ => Self::Refused(fault.to_string()),
        }
    }
}
