//! A signed-in person: 12 hours at most, one hour without a page, and never a user who was shut out meanwhile.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use domain::{Timestamp, User, UserId, UserKind};
use protocol::authorize::{BrowserNotes, form_token};
use serde::{Deserialize, Serialize};
use storage::{Directory, StoreError};

use super::PageConfig;
use super::list::{Listed, SessionList};

const KIND: &str = "session";
/// How far the stored moment of the last page may lag: most pages write nothing.
const LAG: Duration = Duration::from_secs(60);
/// How long a renewed session still answers to its old id: requests were on their way with it, and browsers drop the
/// answer that has the new one when a button is pressed twice.
const MOMENT: Duration = Duration::from_secs(10);

/// A person who is signed in.
#[derive(Clone)]
pub struct Session {
    /// The cookie's value: a secret.
    id: RefCell<String>,
    /// What its forms, and what it began, are bound to: a secret that no cookie holds, and that stays when the id is
    /// renewed.
    pub(super) stem: String,
    /// The person, as the directory knows it now.
    pub user: User,
    /// When it signed in.
    pub(crate) signed_in_at: Timestamp,
    /// When it last gave its password: then, or since.
    pub(super) proved_at: Cell<Timestamp>,
}

impl Session {
    /// The name of something that `id` names in this session: it names nothing in another.
    pub(crate) fn own(&self, id: &str) -> String {
        format!("{}:{id}", self.stem)
    }

    pub(super) fn id(&self) -> String {
        self.id.borrow().clone()
    }
}

impl std::fmt::Debug for Session {
    /// Without the id, which is the cookie.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("signed_in_at", &self.signed_in_at).finish_non_exhaustive()
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Note {
    user: UserId,
    password: String,
    signed_in_at: Timestamp,
    seen_at: Timestamp,
    /// When the password was given again.
    #[serde(default)]
    proved_at: Option<Timestamp>,
}

/// Changes with the password: what was begun with an old one ends when it is reset (ASVS 7.4.3).
pub(crate) fn password_mark(user: &User) -> String {
    form_token("password", user.password_hash.as_deref().unwrap_or_default())
}

/// What finding and making sessions takes.
pub(super) struct Sessions<'a> {
    pub(super) notes: &'a BrowserNotes,
    pub(super) config: &'a PageConfig,
    pub(super) now: Timestamp,
}

impl Sessions<'_> {
    /// The session `id`, if it still holds.
    pub(super) async fn find(&self, id: &str, directory: &dyn Directory) -> Result<Option<Session>, StoreError> {
        let Some(note) = self.notes.read::<Note>(KIND, id).await? else { return Ok(None) };
        let signed_in_at = note.signed_in_at;
        let proved_at = note.proved_at.unwrap_or(signed_in_at);
        let ends = (note.signed_in_at + self.config.session).min(note.seen_at + self.config.session_idle);
        if self.now >= ends {
            return Ok(None);
        }
        let user = directory.user(note.user).await?;
        let holds = |user: &User| user.enabled && user.kind == UserKind::Person && password_mark(user) == note.password;
        let Some(user) = user.filter(holds) else { return Ok(None) };
        let Some(listed) = self.list(user.id).find(id).await? else { return Ok(None) };
        if listed.id == id && self.now.since(note.seen_at) > LAG {
            // It may have been ended since it was found in the list, and just be put back: the list decides next time.
            self.write(id, &Note { seen_at: self.now, ..note }).await?;
        }
        let id = RefCell::new(id.to_owned());
        Ok(Some(Session { id, stem: listed.stem, user, signed_in_at, proved_at: Cell::new(proved_at) }))
    }

    /// Remembers that the person has just given its password, under a new id (ASVS 7.2.4): whoever else came to know the
    /// old one learns nothing of the new one, and is not taken for somebody who has given it. `false` if the session
    /// was ended meanwhile.
    pub(super) async fn renew(&self, session: &Session) -> Result<bool, StoreError> {
        let old = session.id();
        let Some(note) = self.notes.read::<Note>(KIND, &old).await? else { return Ok(false) };
        let proved = Note { seen_at: self.now, proved_at: Some(self.now), ..note.clone() };
        let fresh = self.notes.fresh_id();
        self.write(&fresh, &proved).await?;
        let list = self.list(session.user.id);
        let id = list.renew(&session.stem, (&old, &fresh), self.now + MOMENT).await?;
        let Some(id) = id.filter(|id| *id != old) else {
            self.notes.remove(KIND, &fresh).await?;
            return Ok(false);
        };
        if id == fresh {
            self.notes.write(KIND, &old, &note, MOMENT).await?;
        } else {
            // Another form of the same session was quicker: this person has proved as much, and gets the same id.
            self.notes.remove(KIND, &fresh).await?;
            self.write(&id, &proved).await?;
        }
        session.id.replace(id);
        session.proved_at.set(self.now);
        Ok(true)
    }

    /// A new session under a new id, of a `browser` in a `network`.
    pub(super) async fn begin(&self, user: User, (browser, network): (String, String)) -> Result<Session, StoreError> {
        let id = self.notes.fresh_id();
        let (stem, signed_in_at) = (self.notes.fresh_id(), self.now);
        let listed = Listed { id: id.clone(), stem: stem.clone(), earlier: None, signed_in_at, browser, network };
        self.list(user.id).add(&listed).await?;
        let password = password_mark(&user);
        let note = Note { user: user.id, password, signed_in_at, seen_at: self.now, proved_at: None };
        self.write(&id, &note).await?;
        Ok(Session { id: RefCell::new(id), stem, user, signed_in_at, proved_at: Cell::new(self.now) })
    }

    /// Ends a session.
    pub(super) async fn end(&self, session: &Session) -> Result<(), StoreError> {
        self.list(session.user.id).keep(|listed| listed.stem != session.stem).await?;
        self.notes.remove(KIND, &session.id()).await
    }

    /// The sessions of `user` that hold, the newest first, each with when it was seen last.
    pub(super) async fn of(&self, user: UserId) -> Result<Vec<(Listed, Timestamp)>, StoreError> {
        let mut held = Vec::new();
        for listed in self.list(user).read().await? {
            let note = self.notes.read::<Note>(KIND, &listed.id).await?;
            if let Some(note) = note.filter(|note| self.now < note.seen_at + self.config.session_idle) {
                held.push((listed, note.seen_at));
            }
        }
        Ok(held)
    }

    /// Ends the other sessions of the same person whose handle is `wanted`, and says how many.
    pub(super) async fn end_others(
        &self,
        session: &Session,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<usize, StoreError> {
        let list = self.list(session.user.id);
        let mut over = list.read().await?;
        over.retain(|listed| listed.stem != session.stem && wanted(&listed.handle()));
        list.keep(|listed| over.iter().all(|over| over.stem != listed.stem)).await?;
        for listed in &over {
            self.notes.remove(KIND, &listed.id).await?;
        }
        Ok(over.len())
    }

    fn list(&self, user: UserId) -> SessionList<'_> {
        SessionList::of(user, self.notes, self.config.session, self.now)
    }

    async fn write(&self, id: &str, note: &Note) -> Result<(), StoreError> {
        self.notes.write(KIND, id, note, self.config.session_idle).await
    }
}
