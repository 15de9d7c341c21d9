//! Activity and audit.

use async_trait::async_trait;
use domain::{Activity, AppId, AuditRecord, ClientId, Timestamp};
use storage::{
    ActivityFilter, ActivityLog, ActivityRow, AuditRow, CertificateUse, RefusalCount, StoreError, SuccessCount,
};

use crate::store::{DieselStore, Engine};

#[async_trait]
impl ActivityLog for DieselStore {
    async fn append(
        &self,
        single: &[Activity],
        successes: &[(SuccessCount, u64)],
        refusals: &[(RefusalCount, u64)],
    ) -> Result<(), StoreError> {
        let (single, successes, refusals) = (single.to_vec(), successes.to_vec(), refusals.to_vec());
        let statement = self.options.unit;
        write!(self, self.options.unit, activity::append(&single, &successes, &refusals, statement))
    }

    async fn activity(&self, filter: &ActivityFilter, limit: u32) -> Result<Vec<ActivityRow>, StoreError> {
        read!(self, activity::read(filter, limit))
    }

    async fn certificate_use(
        &self,
        app: AppId,
        since: Timestamp,
    ) -> Result<Vec<(ClientId, CertificateUse)>, StoreError> {
        read!(self, certificates::shown(app, since))
    }

    async fn audit(&self, target: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        read!(self, activity::audit(target, limit))
    }

    async fn record(&self, record: &AuditRecord) -> Result<(), StoreError> {
        let record = record.clone();
        write!(self, self.options.wait, auditing 1, activity::record(&record))
    }
}
