//! The log: positions, order, and that no reader ever steps over an entry (DESIGN, decision 1).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Effect, EndedBy, EnvironmentName, LogEntry, NewLogEntry, Position, Subject, TokenId};

use super::fixtures::{World, fresh_bytes, revocation, stored};
use super::{Durable, run_each};
use crate::{Change, ConnectionFilter, Opened, Unit};

/// How many tasks commit while others read.
const COMMITTERS: usize = 8;

/// How many units each of them commits.
const UNITS_EACH: usize = 12;

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        a_reader_misses_no_revocation_however_many_commit,
        a_units_position_is_that_of_its_last_entry,
        a_unit_without_entries_moves_nothing,
        every_kind_of_subject_is_read_back,
        a_page_is_no_longer_than_asked,
        entries_past_their_time_are_not_read,
        a_revocation_sees_every_connection_opened_before_it,
    );
}

/// The promise of one second rests on this: what is at or below a head that was read has all been seen.
pub async fn a_reader_misses_no_revocation_however_many_commit(store: &Durable) {
    let (start, now) = store.head().await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for limit in [1, 7, 1000] {
        let (store, done) = (store.clone(), done.clone());
        readers.spawn(async move { follow(&store, start, limit, &done).await });
    }
    let mut committers = tokio::task::JoinSet::new();
    for number in 0..COMMITTERS {
        let store = store.clone();
        committers.spawn(async move {
            let mut committed = Vec::new();
            for step in 0..UNITS_EACH {
                let tokens: Vec<_> = (0..=(number + step) % 3).map(|_| Subject::Token(fresh_token())).collect();
                let entries = tokens.iter().map(|token| revocation(token.clone(), now)).collect();
                let unit = Unit { entries, ..Unit::default() };
                let position = store.units.commit(unit).await.expect("it is committed").position;
                committed.extend(tokens.into_iter().map(|token| (token, position)));
            }
            committed
        });
    }
    let committed: Vec<_> = committers.join_all().await.into_iter().flatten().collect();
    done.store(true, Ordering::SeqCst);
    for seen in readers.join_all().await {
        for (token, position) in &committed {
            let at = seen.get(token).unwrap_or_else(|| panic!("a reader missed the entry committed by {position:?}"));
            assert!(at <= position, "an entry lies behind the position its unit was answered with");
        }
    }
}

/// Reads on until nothing more is committed, as a replica does, and checks the order.
async fn follow(store: &Durable, start: Position, limit: u32, done: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut position = start;
    loop {
        let all_committed = done.load(Ordering::SeqCst);
        let page = store.log.read_after(position, limit).await.expect("the log can be read");
        for entry in &page.entries {
            assert!(entry.position > position, "{:?} comes after {position:?}", entry.position);
            assert!(entry.position <= page.head, "{:?} lies beyond the head {:?}", entry.position, page.head);
            position = entry.position;
            let earlier = seen.insert(entry.subject.clone(), entry.position);
            assert_eq!(earlier, None, "an entry was read twice");
        }
        let full = page.entries.len() == usize::try_from(limit).expect("a small number");
        if !full {
            position = page.head;
            if all_committed {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Where each entry was seen.
type Seen = HashMap<Subject, Position>;

/// Who committed knows what a reader must have applied.
pub async fn a_units_position_is_that_of_its_last_entry(store: &Durable) {
    let (start, now) = store.head().await;
    let tokens = [fresh_token(), fresh_token()];
    let entries = tokens.map(|token| revocation(Subject::Token(token), now)).into();
    let committed = store.units.commit(Unit { entries, ..Unit::default() }).await.expect("it is committed");
    let found = tokens.map(Subject::Token);
    let mut positions = Vec::new();
    for entry in read_all(store, start).await {
        if found.contains(&entry.subject) {
            positions.push(entry.position);
        }
    }
    assert_eq!(positions.len(), 2);
    assert_eq!(positions.last(), Some(&committed.position));
}

/// Nothing to be told, nothing appended; the position is the head all the same.
pub async fn a_unit_without_entries_moves_nothing(store: &Durable) {
    let world = World::add(store).await;
    let (before, _) = store.head().await;
    let changes = vec![Change::SetUserEnabled(world.user.id, false)];
    let committed = store.units.commit(Unit { changes, ..Unit::default() }).await.expect("it is committed");
    let (after, _) = store.head().await;
    assert!(before <= committed.position && committed.position <= after);
}

/// With its effect and its end, to the millisecond.
pub async fn every_kind_of_subject_is_read_back(store: &Durable) {
    let (start, now) = store.head().await;
    let world = World::add(store).await;
    let connection = world.connection().id;
    let subjects = [
        Subject::Environment(world.environment.name.clone()),
        Subject::Environment(EnvironmentName::default_environment()),
        Subject::Customer(world.customer.id),
        Subject::App(world.app.id),
        Subject::Key(world.key.id),
        Subject::ClientCredentials(world.key.id),
        Subject::Secret(world.secret.id),
        Subject::User(world.user.id),
        Subject::Connection(connection),
        Subject::ConnectionWorkspaces(connection),
        Subject::Token(fresh_token()),
    ];
    let until = now + Duration::from_millis(1_234_567);
    let entries: Vec<_> = [Effect::Revoke, Effect::Change]
        .into_iter()
        .flat_map(|effect| subjects.iter().cloned().map(move |subject| NewLogEntry { subject, effect, until }))
        .collect();
    store.units.commit(Unit { entries: entries.clone(), ..Unit::default() }).await.expect("it is committed");
    let read: Vec<_> = read_all(store, start)
        .await
        .into_iter()
        .map(|LogEntry { subject, effect, until, .. }| NewLogEntry { subject, effect, until })
        .filter(|entry| entries.contains(entry))
        .collect();
    assert!(read == entries, "{read:#?}");
}

/// And tells by the head that there is more.
pub async fn a_page_is_no_longer_than_asked(store: &Durable) {
    let (start, now) = store.head().await;
    let entries = (0..5).map(|_| revocation(Subject::Token(fresh_token()), now)).collect();
    let committed = store.units.commit(Unit { entries, ..Unit::default() }).await.expect("it is committed");
    let page = store.log.read_after(start, 3).await.expect("the log can be read");
    assert_eq!(page.entries.len(), 3);
    assert!(page.head >= committed.position);
}

/// A replica that starts need not hear of what no living token can name.
pub async fn entries_past_their_time_are_not_read(store: &Durable) {
    let (start, now) = store.head().await;
    let past = NewLogEntry {
        subject: Subject::Token(fresh_token()),
        effect: Effect::Revoke,
        until: now - Duration::from_secs(60),
    };
    let living = revocation(Subject::Token(fresh_token()), now);
    let entries = vec![past.clone(), living.clone()];
    store.units.commit(Unit { entries, ..Unit::default() }).await.expect("it is committed");
    let read = read_all(store, start).await;
    assert!(read.iter().any(|entry| entry.subject == living.subject));
    assert!(read.iter().all(|entry| entry.subject != past.subject));
}

/// Either it ends the new row, or the row's position shows that it came later.
pub async fn a_revocation_sees_every_connection_opened_before_it(store: &Durable) {
    let world = World::add(store).await;
    let mut openings = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let (store, connection) = (store.clone(), world.connection());
        let opening = world.opening(&connection);
        openings.spawn(async move {
            let opened = store.connections.open(opening).await.expect("it can be opened");
            assert_eq!(opened.value, Opened::Created);
            (connection.id, opened.position)
        });
    }
    let end = Change::EndConnections {
        which: ConnectionFilter::OfKey(world.key.id),
        by: EndedBy::KeyRevoked,
        at: world.now,
        entry_until: None,
    };
    let entries = vec![revocation(Subject::Key(world.key.id), world.now)];
    let unit = Unit { changes: vec![end], entries, audit: vec![] };
    let revoked = store.units.commit(unit).await.expect("it is committed");
    let mut ended = 0;
    for (id, opened_at) in openings.join_all().await {
        let row = stored(store, id).await;
        let came_before = opened_at < revoked.position;
        assert_eq!(row.ended.is_some(), came_before, "opened at {opened_at:?}, revoked at {:?}", revoked.position);
        ended += u64::from(came_before);
    }
    assert_eq!(revoked.ended, ended);
}

/// All entries after `start`, page by page.
pub(super) async fn read_all(store: &Durable, start: Position) -> Vec<LogEntry> {
    let mut all = Vec::new();
    let mut position = start;
    loop {
        let page = store.log.read_after(position, 1000).await.expect("the log can be read");
        let Some(last) = page.entries.last() else { return all };
        position = last.position;
        all.extend(page.entries);
    }
}

pub(super) fn fresh_token() -> TokenId {
    TokenId::from_bytes(fresh_bytes())
}
