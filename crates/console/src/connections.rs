//! Connections as developers read them, for the tabs that list them.

use domain::{Connection, ConnectionId, EndedBy, Liveness, Purpose, Timestamp};
use oauth_endpoints::sessions::Visitor;
use storage::{Cursor, NamedConnection};

use crate::pages::{Action, Choice, ConnectionCard, moment};
use crate::place::{Place, Tab};

/// What became of a connection, as people choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Active,
    Expired,
    Ended,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Ended];

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Expired => "Expired",
            Self::Ended => "Ended",
        }
    }

    pub(crate) const fn stored(self) -> storage::Stage {
        match self {
            Self::Active => storage::Stage::Active,
            Self::Expired => storage::Stage::Expired,
            Self::Ended => storage::Stage::Ended,
        }
    }

    /// What a page offers.
    pub(crate) fn choices(chosen: Option<Self>) -> Vec<Choice> {
        let all = Choice { value: String::new(), words: "All".to_owned(), chosen: chosen.is_none() };
        let choice = |stage: Self| Choice {
            value: stage.word().to_owned(),
            words: stage.name().to_owned(),
            chosen: chosen == Some(stage),
        };
        std::iter::once(all).chain(Self::ALL.into_iter().map(choice)).collect()
    }
}

/// A connection for a page; `ends_at` is the tab from which it can be ended, for those who may.
pub(crate) fn card(visitor: &Visitor, named: &NamedConnection, ends_at: Option<Tab>) -> ConnectionCard {
    let connection = &named.connection;
    let stood = stood(connection, visitor.now());
    let mut actions = Vec::new();
    if let (Some(tab), true) = (ends_at, stood.stage == Stage::Active) {
        let path =
            |verb: &str| visitor.path(&format!("{}/{}/{verb}", Place::Tab(connection.app, tab).path(), connection.id));
        if tab == Tab::Tokens {
            actions.push(Action { name: "Regenerate Token", url: path("regenerate"), is_dangerous: false });
        }
        actions.push(Action { name: "End", url: path("end"), is_dangerous: true });
    }
    ConnectionCard {
        id: connection.id.to_string(),
        customer: named.customer.clone(),
        label: connection.label.clone(),
        stage: stood.stage.name(),
        is_active: stood.stage == Stage::Active,
        why: stood.why,
        until: moment(stood.at),
        purpose: match connection.purpose {
            Purpose::Attended => "Acts for whoever authorized it",
            Purpose::Unattended => "Acts on its own (client credentials)",
            Purpose::Generated => "Tokens made by hand",
            Purpose::Test => "A test authorization, for minutes",
        },
        key: named.key.clone(),
        key_id: connection.key.to_string(),
        environment: connection.environment.to_string(),
        more_workspaces: connection.workspaces.len().saturating_sub(named.workspaces.len()),
        workspaces: named.workspaces.clone(),
        scopes: connection.scopes.to_string(),
        granted_by: named.granted_by.clone(),
        created_at: moment(connection.created_at),
        last_used: connection.used_at().map(moment),
        actions,
    }
}

/// Where a connection stands, and since or until when.
struct Stood {
    stage: Stage,
    why: &'static str,
    at: Timestamp,
}

fn stood(connection: &Connection, now: Timestamp) -> Stood {
    match connection.liveness(now) {
        Liveness::Active => {
            let idle = connection.last_used_at + connection.idle;
            let why = if idle < connection.expires_at { "Unless it is used before" } else { "Its age, at the latest" };
            Stood { stage: Stage::Active, why, at: idle.min(connection.expires_at) }
        }
        Liveness::IdleExpired => Stood {
            stage: Stage::Expired,
            why: "Nothing used it for too long; connect again",
            at: connection.last_used_at + connection.idle,
        },
        Liveness::TooOld => {
            Stood { stage: Stage::Expired, why: "It reached its age; connect again", at: connection.expires_at }
        }
        Liveness::Ended(by) => {
            let at = connection.ended.map_or(now, |(at, _)| at);
            Stood { stage: Stage::Ended, why: ended(by), at }
        }
    }
}

/// Why it ended, and what there is to do.
const fn ended(by: EndedBy) -> &'static str {
    match by {
        EndedBy::User => "Whoever authorized it ended it",
        EndedBy::CustomerAdmin => "An admin of the customer ended it",
        EndedBy::Developer => "Your team ended it, or the app revoked its refresh token",
        EndedBy::KeyRevoked => "Its API key was revoked",
        EndedBy::SecretRevoked => "The secret that it was obtained with was revoked, and what it obtained with it",
        EndedBy::AppDeleted => "The app was deleted",
        EndedBy::Operator => "The operator ended it",
        EndedBy::Reuse => {
            "A refresh token came back that had been replaced: two programs share it, or somebody copied it"
        }
        EndedBy::CodeReplayed => "Its authorization code was used twice: have the callback page redeem each code once",
        EndedBy::AccessLost => {
            "Whoever authorized it may connect none of its workspaces any more; somebody else of the customer has to connect"
        }
        EndedBy::Replaced => "A newer one took its place",
    }
}

/// Leaves at most `rows` of what was read, and says where the next page begins.
pub(crate) fn cut(read: &mut Vec<NamedConnection>, rows: u32) -> Option<Cursor> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let more = read.len() > rows;
    read.truncate(rows);
    let last = read.last().filter(|_| more)?;
    Some(Cursor { created_at: last.connection.created_at, id: last.connection.id })
}

pub(crate) fn write_cursor(cursor: Cursor) -> String {
    format!("{}.{}", cursor.created_at.millis(), cursor.id)
}

/// Whatever is no cursor begins at the beginning.
pub(crate) fn read_cursor(text: &str) -> Option<Cursor> {
    let (millis, id) = text.split_once('.')?;
    let id: ConnectionId = id.parse().ok()?;
    Some(Cursor { created_at: Timestamp::from_millis(millis.parse().ok()?), id })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_as_it_was_written(millis: i64, id: [u8; 16]) {
            let cursor = Cursor { created_at: Timestamp::from_millis(millis), id: ConnectionId::from_bytes(id) };
            prop_assert_eq!(read_cursor(&write_cursor(cursor)), Some(cursor));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = (read_cursor(&text), Stage::of(&text));
        }
    }
}
