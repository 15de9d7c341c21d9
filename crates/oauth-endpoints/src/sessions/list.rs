//! The list of a person's sessions: bounded, and what decides. A session that is not in it does not hold, so that none
//! can live on unseen, and one that is ended is refused with its next request on every replica. Were the list lost, all
//! of its sessions would be over.

use std::time::Duration;

use domain::{Timestamp, UserId};
use protocol::authorize::{BrowserNotes, form_token};
use serde::{Deserialize, Serialize};
use storage::StoreError;

const KIND: &str = "sessions-of";
/// How many sessions a person can have at once; the oldest ends for one more.
const MOST: usize = 20;

/// A session as its person knows it again.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Listed {
    /// The session's id: a secret.
    pub(super) id: String,
    /// When it began.
    pub(super) signed_in_at: Timestamp,
    /// The browser, in plain words.
    pub(super) browser: String,
    /// The network it began in.
    pub(super) network: String,
}

impl Listed {
    /// What names it on pages: the id cannot be told from it.
    pub(super) fn handle(&self) -> String {
        form_token("listed session", &self.id)
    }
}

/// The list of one person.
pub(super) struct SessionList<'a> {
    notes: &'a BrowserNotes,
    user: String,
    /// How long a session lives at most.
    session: Duration,
    now: Timestamp,
}

impl<'a> SessionList<'a> {
    pub(super) fn of(user: UserId, notes: &'a BrowserNotes, session: Duration, now: Timestamp) -> Self {
        Self { notes, user: user.to_string(), session, now }
    }

    /// Those that began no longer ago than a session lives, the newest first.
    pub(super) async fn read(&self) -> Result<Vec<Listed>, StoreError> {
        let listed: Option<Vec<Listed>> = self.notes.read(KIND, &self.user).await?;
        let mut listed = self.alive(listed);
        listed.reverse();
        Ok(listed)
    }

    /// Whether the session `id` is in it.
    pub(super) async fn has(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.read().await?.iter().any(|listed| listed.id == id))
    }

    /// Adds a session that begins now.
    pub(super) async fn add(&self, new: &Listed) -> Result<(), StoreError> {
        let add = |listed: Option<Vec<Listed>>| {
            let mut listed = self.alive(listed);
            listed.push(new.clone());
            let over = listed.len().saturating_sub(MOST);
            listed.drain(..over);
            Some(listed)
        };
        // No session outlives the list that it was added to last.
        self.notes.change((KIND, &self.user), self.session, add).await
    }

    /// Takes out those that are not to be kept.
    pub(super) async fn keep(&self, kept: impl Fn(&Listed) -> bool) -> Result<(), StoreError> {
        let keep = |listed: Option<Vec<Listed>>| {
            let before = self.alive(listed);
            let after: Vec<Listed> = before.iter().filter(|listed| kept(listed)).cloned().collect();
            (after.len() < before.len()).then_some(after)
        };
        self.notes.change((KIND, &self.user), self.session, keep).await
    }

    fn alive(&self, listed: Option<Vec<Listed>>) -> Vec<Listed> {
        let mut listed = listed.unwrap_or_default();
        listed.retain(|listed| self.now < listed.signed_in_at + self.session);
        listed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::RootKeyId;
    use protocol::{RootKey, RootKeys};
    use storage::{InProcess, InProcessLimits};
    use testkit::{FrozenClock, SeededRandom};

    use super::*;

    const LIFE: Duration = Duration::from_secs(12 * 3600);
    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn notes() -> BrowserNotes {
        let store = Arc::new(InProcess::new(Arc::new(FrozenClock::at(NOW)), InProcessLimits::default()));
        let roots = RootKeys::new(&[RootKey { id: RootKeyId(1), bytes: [7; 32].into() }]).expect("a root key");
        BrowserNotes::new(store, Arc::new(roots), Arc::new(SeededRandom::seeded(7)))
    }

    fn listed(id: usize, signed_in_at: Timestamp) -> Listed {
        Listed { id: id.to_string(), signed_in_at, browser: String::new(), network: String::new() }
    }

    fn list(notes: &BrowserNotes) -> SessionList<'_> {
        SessionList::of(UserId::from_bytes([1; 16]), notes, LIFE, NOW)
    }

    async fn ids(list: &SessionList<'_>) -> Vec<String> {
        list.read().await.expect("the store answers").into_iter().map(|listed| listed.id).collect()
    }

    #[actix_web::test]
    async fn one_session_more_than_there_may_be_ends_the_oldest() {
        let notes = notes();
        for id in 0..=MOST {
            list(&notes).add(&listed(id, NOW)).await.expect("the store answers");
        }
        assert_eq!(ids(&list(&notes)).await.len(), MOST);
        assert!(!list(&notes).has("0").await.expect("it answers") && list(&notes).has("1").await.expect("it answers"));
        let somebody_else = SessionList::of(UserId::from_bytes([2; 16]), &notes, LIFE, NOW);
        assert!(ids(&somebody_else).await.is_empty());
    }

    #[actix_web::test]
    async fn what_is_older_than_a_session_lives_is_not_listed() {
        let notes = notes();
        for (id, age) in [(1, LIFE), (2, Duration::from_secs(12 * 3600 - 1)), (3, Duration::ZERO)] {
            list(&notes).add(&listed(id, NOW - age)).await.expect("the store answers");
        }
        assert_eq!(ids(&list(&notes)).await, ["3", "2"]);
    }

    #[actix_web::test]
    async fn of_sessions_that_begin_and_end_at_once_none_is_lost() {
        let notes = notes();
        list(&notes).add(&listed(99, NOW)).await.expect("the store answers");
        let (one, other) = (list(&notes), list(&notes));
        let (first, second) = (listed(1, NOW), listed(2, NOW));
        let gone = one.keep(|listed| listed.id != "99");
        let (a, b, c) = futures_util::join!(one.add(&first), other.add(&second), gone);
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        let mut all = ids(&one).await;
        all.sort();
        assert_eq!(all, ["1", "2"]);
    }
}
