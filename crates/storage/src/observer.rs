//! What stores tell of their own work to whoever counts it.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use crate::StoreError;

/// One operation of a store. Its words are few and the same for ever, so that they can be labels of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Whose: `database` or `redis`.
    pub store: &'static str,
    /// Which, as `connections.open`.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// From the call to the answer, with the wait for a connection.
    pub elapsed: Duration,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store did it.
    Done,
    /// What is in the store stood against it: nothing is wrong with the store.
    Refused,
    /// The store could not do it, or did not say whether it did.
    Failed,
}

impl Outcome {
    /// That of an operation that gave this `answer`.
    pub fn of<T>(answer: &Result<T, StoreError>) -> Self {
        match answer {
            Ok(_) => Self::Done,
            Err(StoreError::Conflict { .. } | StoreError::Exists { .. }) => Self::Refused,
            Err(StoreError::Unavailable { .. } | StoreError::Corrupt(_)) => Self::Failed,
        }
    }

    /// As a label has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Is told of what a store has done. It is called on the path of requests and must not wait.
pub trait Observer: Debug + Send + Sync {
    /// An operation has ended.
    fn operated(&self, operation: Operation);

    /// The transaction that so many audit records go with has ended; they are written only if it is done.
    fn audited(&self, records: usize, outcome: Outcome);
}

/// Does `work`, which is the operation `name` of `store`, and tells `observer` how it ended.
///
/// # Errors
/// Those of `work`.
pub async fn observed<T>(
    observer: Option<&dyn Observer>,
    (store, name): (&'static str, &'static str),
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let began = Instant::now();
    let answer = work.await;
    if let Some(observer) = observer {
        observer.operated(Operation { store, name, outcome: Outcome::of(&answer), elapsed: began.elapsed() });
    }
    answer
}
