//! Whoever observes the store is told what it does.

use std::sync::{Arc, Mutex};

use domain::{Actor, AuditRecord, Timestamp};
use storage::contract::fixtures::environment;
use storage::{ActivityLog, Change, Directory, Observer, Operation, Outcome, Unit, Units};
use storage_diesel::{Options, PoolState};

use super::{migrated, patient, sqlite};

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, line: String) {
        self.0.lock().expect("no panic while held").push(line);
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic while held"))
    }
}

impl Observer for Notes {
    fn operated(&self, operation: Operation) {
        self.add(format!("{} {} {}", operation.store, operation.name, operation.outcome.as_str()));
    }

    fn audited(&self, records: usize, outcome: Outcome) {
        self.add(format!("audit {records} {}", outcome.as_str()));
    }
}

#[tokio::test]
async fn operations_and_audit_records_are_told_of_with_their_outcome() {
    let (_folder, url) = sqlite();
    let notes = Arc::new(Notes::default());
    let store = migrated(&url, Options { observer: Some(notes.clone()), ..patient() }).await;
    let environment = environment(Timestamp::from_seconds(1_000_000));
    let unit = || Unit {
        changes: vec![Change::AddEnvironment(environment.clone())],
        audit: vec![record(), record()],
        ..Unit::default()
    };
    store.commit(unit()).await.expect("nothing stands against it");
    assert_eq!(notes.taken(), ["database units.commit done", "audit 2 done"]);
    store.commit(unit()).await.expect_err("it exists");
    assert_eq!(notes.taken(), ["database units.commit refused", "audit 2 refused"]);
    store.record(&record()).await.expect("nothing stands against it");
    store.commit(Unit::default()).await.expect("there is nothing to do");
    store.environments().await.expect("it answers");
    let expected = ["database activity.record done", "audit 1 done", "database units.commit done"];
    assert_eq!(notes.taken(), [expected.as_slice(), &["database directory.environments done"]].concat());
    assert_eq!(store.connections(), PoolState { idle: 2, used: 0 }, "one that reads and one that writes");
}

fn record() -> AuditRecord {
    AuditRecord {
        at: Timestamp::from_seconds(1_000_000),
        actor: Actor::Server,
        action: "environment.created",
        target: "env".into(),
        app: None,
        customer: None,
        detail: String::new(),
        request: None,
    }
}
