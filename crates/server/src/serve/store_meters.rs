//! How long the stores take and what became of audit records. The names of operations come from the stores' own code,
//! so labels are few and nothing is allocated to count.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry as Meters, Unit};
use storage::{Observer, Operation, Outcome};

/// In seconds: a read of SQLite takes a fraction of a millisecond, a unit of work up to ten seconds.
const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    store: &'static str,
    op: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AuditLabels {
    sink: &'static str,
    outcome: &'static str,
}

/// The meters of the stores.
#[derive(Debug)]
pub(super) struct StoreMeters {
    operations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    audited: Family<AuditLabels, Counter>,
}

impl StoreMeters {
    /// The meters, entered in `meters`.
    pub(super) fn registered(meters: &mut Meters) -> Self {
        let operations: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let audited = Family::default();
        meters.register_with_unit(
            "store_operation_duration",
            "How long operations of the database and of Redis took",
            Unit::Seconds,
            operations.clone(),
        );
        meters.register("audit_events", "Audit records, by what became of the change they go with", audited.clone());
        let store = Self { operations, audited };
        // An alert looks for an increase, which the first failure is only if there was a zero before.
        store.audited(0, Outcome::Done);
        store.audited(0, Outcome::Failed);
        store
    }
}

impl Observer for StoreMeters {
    fn operated(&self, operation: Operation) {
        let Operation { store, name, outcome, elapsed } = operation;
        let labels = OperationLabels { store, op: name, outcome: outcome.as_str() };
        self.operations.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    fn audited(&self, records: usize, outcome: Outcome) {
        let labels = AuditLabels { sink: "database", outcome: outcome.as_str() };
        self.audited.get_or_create(&labels).inc_by(records as u64);
    }
}
