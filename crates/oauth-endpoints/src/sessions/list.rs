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
    /// What the session is bound to beneath its ids: a secret that no cookie holds.
    pub(super) stem: String,
    /// The id before this one, and until when it is still answered.
    pub(super) earlier: Option<(String, Timestamp)>,
    /// When it began.
    pub(super) signed_in_at: Timestamp,
    /// The browser, in plain words.
    pub(super) browser: String,
    /// The network it began in.
    pub(super) network: String,
}

impl Listed {
    /// What names it on pages: neither id nor stem can be told from it.
    pub(super) fn handle(&self) -> String {
        form_token("listed session", &self.stem)
    }

    fn answers_to(&self, id: &str, now: Timestamp) -> bool {
        self.id == id || self.earlier.as_ref().is_some_and(|(earlier, until)| earlier == id && now < *until)
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

    /// The session that `id` names, or named a moment ago.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Listed>, StoreError> {
        Ok(self.read().await?.into_iter().find(|listed| listed.answers_to(id, self.now)))
    }

    /// Puts the id `fresh` in the place of `old`, which is answered until `until`; says which id the session has then.
    /// It is another one where somebody else was quicker, and none where the session was ended.
    pub(super) async fn renew(
        &self,
        stem: &str,
        (old, fresh): (&str, &str),
        until: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let renew = |listed: Option<Vec<Listed>>| {
            let mut listed = self.alive(listed);
            let own = listed.iter_mut().find(|listed| listed.stem == stem && listed.id == old)?;
            own.earlier = Some((std::mem::replace(&mut own.id, fresh.to_owned()), until));
            Some(listed)
        };
        self.notes.change((KIND, &self.user), self.session, renew).await?;
        Ok(self.read().await?.into_iter().find(|listed| listed.stem == stem).map(|listed| listed.id))
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
        Listed {
            id: id.to_string(),
            stem: format!("stem of {id}"),
            earlier: None,
            signed_in_at,
            browser: String::new(),
            network: String::new(),
        }
    }

    fn list(notes: &BrowserNotes) -> SessionList<'_> {
        SessionList::of(UserId::from_bytes([1; 16]), notes, LIFE, NOW)
    }

    async fn ids(list: &SessionList<'_>) -> Vec<String> {
        list.read().await.expect("the store answers").into_iter().map(|listed| listed.id).collect()
    }

    async fn has(list: &SessionList<'_>, id: &str) -> bool {
        list.find(id).await.expect("the store answers").is_some()
    }

    #[actix_web::test]
    async fn one_session_more_than_there_may_be_ends_the_oldest() {
        let notes = notes();
        for id in 0..=MOST {
            list(&notes).add(&listed(id, NOW)).await.expect("the store answers");
        }
        assert_eq!(ids(&list(&notes)).await.len(), MOST);
        assert!(!has(&list(&notes), "0").await && has(&list(&notes), "1").await);
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

    #[actix_web::test]
    async fn of_renewals_at_once_all_get_the_same_id_and_the_old_one_is_answered_for_a_moment() {
        let notes = notes();
        list(&notes).add(&listed(1, NOW)).await.expect("the store answers");
        let until = NOW + Duration::from_secs(10);
        let (one, other) = (list(&notes), list(&notes));
        let (first, second) =
            futures_util::join!(one.renew("stem of 1", ("1", "a"), until), other.renew("stem of 1", ("1", "b"), until));
        let now_called = first.expect("it answers").expect("it is there");
        assert_eq!(second.expect("it answers"), Some(now_called.clone()));
        let at = |now| SessionList::of(UserId::from_bytes([1; 16]), &notes, LIFE, now);
        assert!(has(&at(NOW), "1").await && has(&at(NOW), &now_called).await);
        assert!(!has(&at(until), "1").await && has(&at(until), &now_called).await);
        let ended = one.renew("stem of 2", ("2", "c"), until).await.expect("it answers");
        assert_eq!(ended, None);
    }
}
