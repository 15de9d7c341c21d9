//! Units that ring the bell once they are committed, so that other replicas read the log at once.

use std::sync::Arc;

use async_trait::async_trait;
use storage::{Committed, StoreError, Unit, Units, WakeUp};

pub(super) struct RingingUnits {
    pub(super) units: Arc<dyn Units>,
    pub(super) bell: Arc<dyn WakeUp>,
}

#[async_trait]
impl Units for RingingUnits {
    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let committed = self.units.commit(unit).await?;
        // Nobody waits for the bell: it makes readers look sooner and nothing depends on it.
        let bell = Arc::clone(&self.bell);
        tokio::spawn(async move { bell.ring().await });
        Ok(committed)
    }
}
