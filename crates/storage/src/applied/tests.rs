use std::sync::Mutex as StdMutex;

use async_trait::async_trait;
use domain::{ClientId, LogEntry, UserId};

use super::*;
use crate::LogPage;

#[derive(Default)]
struct Script {
    entries: StdMutex<Vec<LogEntry>>,
    fails: AtomicBool,
}

impl Script {
    fn append(&self, subject: Subject, effect: Effect) -> Position {
        let mut entries = self.entries.lock().expect("no panic while held");
        let position = Position(i64::try_from(entries.len()).expect("few") + 1);
        entries.push(LogEntry { position, subject, effect, until: Timestamp::from_seconds(1_000_000) });
        position
    }
}

#[async_trait]
impl RevocationLog for Script {
    async fn read_after(&self, position: Position, limit: u32) -> Result<LogPage, StoreError> {
        if self.fails.load(Ordering::Acquire) {
            return Err(StoreError::database("gone"));
        }
        let all = self.entries.lock().expect("no panic while held");
        let entries = all.iter().filter(|entry| entry.position > position).take(limit as usize).cloned().collect();
        let head = all.last().map_or(Position(0), |entry| entry.position);
        Ok(LogPage { entries, head, now: Timestamp::from_seconds(1) })
    }
}

struct NoTime;
impl LearnTime for NoTime {
    fn learn(&self, _: Timestamp, _: Duration) {}
}

struct Record(Vec<Subject>, Position);
impl Dependent for Record {
    fn subjects(&self) -> &[Subject] {
        &self.0
    }
    fn position(&self) -> Position {
        self.1
    }
}

fn log(lease: Duration) -> (Arc<Script>, AppliedLog) {
    let script = Arc::new(Script::default());
    (Arc::clone(&script), AppliedLog::new(script, Arc::new(NoTime), lease))
}

fn key() -> Subject {
    Subject::Key(ClientId::from_bytes([1; 16]))
}

#[tokio::test]
async fn a_token_ends_by_a_later_entry_and_not_by_an_earlier_one() {
    let (script, log) = log(Duration::from_secs(60));
    let at = script.append(key(), Effect::Revoke);
    log.read().await.expect("the script answers");
    assert!(!log.stands(&[key()], Position(at.0 - 1)));
    assert!(log.stands(&[key()], at));
    assert!(log.stands(&[Subject::User(UserId::from_bytes([1; 16]))], Position(0)));
}

#[tokio::test]
async fn an_edit_drops_a_record_and_ends_no_token() {
    let (script, log) = log(Duration::from_secs(60));
    script.append(key(), Effect::Change);
    log.read().await.expect("the script answers");
    assert!(log.stands(&[key()], Position(0)));
    assert!(!log.untouched(&Record(vec![key()], Position(0))));
}

#[tokio::test]
async fn nothing_is_fresh_before_the_first_read_or_after_the_lease() {
    let (_, unread) = log(Duration::from_secs(60));
    assert!(unread.fresh().is_err());
    let (_, expired) = log(Duration::ZERO);
    expired.read().await.expect("the script answers");
    assert!(expired.fresh().is_err());
}

#[tokio::test]
async fn an_issuer_waits_for_what_it_has_read() {
    let (script, log) = log(Duration::from_secs(60));
    log.read().await.expect("the script answers");
    let at = script.append(key(), Effect::Revoke);
    let newer_row = Record(vec![key()], at);
    let older_record = Record(vec![key()], Position(0));
    assert_eq!(log.settle(&[&newer_row]).await.expect("caught up"), at);
    assert!(matches!(log.settle(&[&newer_row, &older_record]).await, Err(Unsettled::Touched)));
}

#[tokio::test]
async fn an_issuer_that_cannot_catch_up_does_not_issue() {
    let (script, log) = log(Duration::from_secs(60));
    log.read().await.expect("the script answers");
    script.fails.store(true, Ordering::Release);
    assert!(matches!(log.settle(&[&Record(vec![], Position(5))]).await, Err(Unsettled::Stale)));
}

#[tokio::test]
async fn a_log_that_became_shorter_is_never_fresh_again() {
    let (script, log) = log(Duration::from_secs(60));
    script.append(key(), Effect::Revoke);
    log.read().await.expect("the script answers");
    script.entries.lock().expect("no panic while held").clear();
    assert!(log.read().await.is_err() && log.fresh().is_err());
}
