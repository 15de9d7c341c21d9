//! *Generate Token* and *Regenerate Token*: what the console and the management API share. What is asked for is said in
//! words in the mail with the code; once that is approved it is made, and the tokens whose place it takes end.

use std::time::Duration;

use client_registry::{Permitted, RegistryError};
use domain::{
    ApiKey, App, AppId, Connection, ConnectionId, EndedBy, Liveness, Purpose, ScopeSet, UserId, WorkspaceAccess,
};
use protocol::{GeneratedToken, NotGenerated, TokenOrder, Trail};
use serde::{Deserialize, Serialize};
use storage::StoreError;

use crate::sessions::{Approved, Visitor};

/// How long what is replaced goes on, unless it is stopped at once.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// How many workspaces are named in the mail.
const NAMED: usize = 10;

/// Everything that a code approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Of which app.
    pub app: AppId,
    /// The tokens.
    pub order: TokenOrder,
    /// What they are made in place of.
    pub replaces: Option<Replaced>,
}

/// Older tokens whose place the new ones take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The tokens.
    pub connection: ConnectionId,
    /// What they are called.
    pub label: String,
    /// Whether they end at once, or after a day.
    pub stops_now: bool,
}

/// What was made.
pub struct Made {
    /// The tokens, to be shown once.
    pub tokens: GeneratedToken,
    /// What they are called.
    pub label: String,
    /// What became of those whose place they take.
    pub older: Option<Older>,
}

/// What became of older tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Older {
    /// They have ended.
    Ended,
    /// They go on for a day at most.
    GoOn,
    /// They had ended before.
    HadEnded,
    /// They could not be ended and go on as before.
    NotEnded,
}

impl Replaced {
    /// `older`, if it can be replaced.
    #[must_use]
    pub fn of(older: &Connection, stops_now: bool) -> Self {
        Self { connection: older.id, label: older.label.clone().unwrap_or_default(), stops_now }
    }
}

impl Wanted {
    /// In words: what the mail says.
    #[must_use]
    pub fn facts(&self, app: &App, key: &ApiKey, access: &WorkspaceAccess) -> Vec<(&'static str, String)> {
        let order = &self.order;
        let names: Vec<_> = access.reachable(&order.workspaces).into_iter().map(|one| one.name.as_str()).collect();
        let more = names.len().saturating_sub(NAMED);
        let mut workspaces = names.get(..NAMED).unwrap_or(&names).join(", ");
        if more > 0 {
            workspaces = format!("{workspaces} and {more} more");
        }
        let mut facts = vec![
            ("App", app.name.clone()),
            ("API key", format!("{} ({})", key.label, key.id)),
            ("Label", order.label.clone()),
            ("Customer", access.customer.name.clone()),
            ("Workspaces", workspaces),
            ("Scopes", order.scopes.to_string()),
            ("Lifetime", life(order.lifetime)),
        ];
        facts.extend(self.replaces.as_ref().map(|replaced| {
            let end = if replaced.stops_now { "stops at once" } else { "goes on for 24 hours at most" };
            ("Takes the place of", format!("{}, which {end}", replaced.label))
        }));
        facts
    }
}

/// The part of an order that can be mended where `not` stands against it; empty where none can.
#[must_use]
pub const fn part_at_fault(not: &NotGenerated) -> &'static str {
    match not {
        NotGenerated::NoSuchKey | NotGenerated::Obstacle(_) | NotGenerated::TooMany(_) => "key",
        NotGenerated::WorkspacesClosed => "workspaces",
        NotGenerated::ScopesTooWide => "scopes",
        NotGenerated::LifetimeRefused => "lifetime",
        NotGenerated::Label(_) => "label",
        NotGenerated::TooManyUsers | NotGenerated::Refused(_) => "",
    }
}

/// Scopes that were listed: at least one.
#[must_use]
pub fn chosen_scopes(listed: &[String]) -> Option<ScopeSet> {
    listed.join(" ").parse().ok().filter(|scopes: &ScopeSet| !scopes.is_empty())
}

impl Visitor {
    /// Where `user` may let apps in today, in this environment: as whom and for what its tokens can be made.
    ///
    /// # Errors
    /// The store.
    pub async fn open_workspaces(&self, user: UserId) -> Result<Vec<WorkspaceAccess>, StoreError> {
        let mut access = self.state.protocol.directory.access_of(user, self.environment()).await?;
        // The same choices as on the workspace page.
        access.retain(|part| part.connectable().next().is_some());
        Ok(access)
    }

    /// Tokens of an app that others can take the place of.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for tokens that have ended; the store.
    pub async fn replaceable_tokens(
        &self,
        app: &Permitted<App>,
        id: ConnectionId,
    ) -> Result<Connection, RegistryError> {
        let older = self.state.registry.connection_of_app(app, id).await?;
        if older.purpose == Purpose::Generated && older.liveness(self.now()) == Liveness::Active {
            return Ok(older);
        }
        Err(RegistryError::NotFound { what: "live token made by hand", id: id.to_string() })
    }

    /// Makes exactly what was approved, if it may still be made.
    ///
    /// # Errors
    /// [`NotGenerated`]: nothing was made.
    pub async fn make_tokens(&self, app: &Permitted<App>, approved: Approved<Wanted>) -> Result<Made, NotGenerated> {
        let Wanted { order, replaces, .. } = approved.into_inner();
        let mut trail = Trail { request: Some(self.call.id), ..Trail::default() };
        let tokens = self.state.protocol.generate_token(app, &order, &mut trail).await?;
        self.note_generated(&trail, &order.label);
        let older = match &replaces {
            Some(replaced) => Some(self.take_place(app, replaced).await),
            None => None,
        };
        Ok(Made { tokens, label: order.label, older })
    }

    /// The new tokens are made whatever this comes to.
    async fn take_place(&self, app: &Permitted<App>, replaced: &Replaced) -> Older {
        let (registry, id) = (&self.state.registry, replaced.connection);
        let done = if replaced.stops_now {
            registry.end_connection_of_app(app, id, EndedBy::Replaced).await.map(drop)
        } else {
            registry.phase_out_connection(app, id, self.now() + OVERLAP).await
        };
        match done {
            Ok(()) if replaced.stops_now => Older::Ended,
            Ok(()) => Older::GoOn,
            Err(RegistryError::Stale { .. } | RegistryError::NotFound { .. }) => Older::HadEnded,
            Err(_) => Older::NotEnded,
        }
    }
}

/// A lifetime in words.
#[must_use]
pub fn life(life: Duration) -> String {
    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    let (number, unit) = match life.as_secs() {
        seconds if seconds > DAY && seconds % DAY == 0 => (seconds / DAY, "day"),
        seconds if seconds >= HOUR && seconds % HOUR == 0 => (seconds / HOUR, "hour"),
        seconds => (seconds.div_ceil(60), "minute"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_said_as_it_was_offered() {
        let of = |hours: u64| life(Duration::from_secs(hours * 3600));
        assert_eq!([of(1), of(24), of(30 * 24), of(36)], ["1 hour", "24 hours", "30 days", "36 hours"]);
        assert_eq!(life(Duration::from_secs(90)), "2 minutes");
    }
}
