//! What is asked for: as typed, and as an order.

use std::time::Duration;

use domain::{Connection, CustomerId, WorkspaceAccess, WorkspaceId};
use oauth_endpoints::generated_tokens::{Wanted, chosen_scopes, part_at_fault};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::PageForm;
use protocol::{NotGenerated, TokenOrder};

use crate::pages::Problem;

/// What was typed, as it was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) workspaces: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) lifetime: String,
    pub(super) stops_now: bool,
}

impl Typed {
    pub(super) fn of(form: &PageForm) -> Self {
        let all = |name| form.all(name).map(str::to_owned).collect();
        Self {
            key: form.one("key").to_owned(),
            label: form.one("label").trim().to_owned(),
            workspaces: all(field::WORKSPACE),
            scopes: all(field::SCOPE),
            lifetime: form.one("lifetime").to_owned(),
            stops_now: form.one("old") == "now",
        }
    }

    /// What an earlier connection has.
    pub(super) fn like(connection: &Connection) -> Self {
        Self {
            key: connection.key.to_string(),
            label: connection.label.clone().unwrap_or_default(),
            workspaces: connection.workspaces.iter().map(ToString::to_string).collect(),
            scopes: connection.scopes.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }

    /// What was asked for already.
    pub(super) fn again(wanted: &Wanted) -> Self {
        let order = &wanted.order;
        Self {
            key: order.key.to_string(),
            label: order.label.clone(),
            workspaces: order.workspaces.iter().map(ToString::to_string).collect(),
            scopes: order.scopes.iter().map(ToString::to_string).collect(),
            lifetime: order.lifetime.as_secs().to_string(),
            stops_now: wanted.replaces.as_ref().is_some_and(|replaced| replaced.stops_now),
        }
    }

    /// The order, if all that it needs was typed; `access` is where this person may let apps in.
    pub(super) fn order(
        &self,
        environment: &domain::EnvironmentName,
        access: &[WorkspaceAccess],
    ) -> Result<TokenOrder, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut or = |problem: Problem| problems.push(problem);
        let key = self.key.parse().ok();
        if key.is_none() {
            or(Problem::new("key", "choose an API key"));
        }
        if self.label.is_empty() {
            or(Problem::new("label", "give the tokens a label, so that your team knows them again"));
        }
        let chosen = self.chosen(access).map_err(&mut or).ok();
        let scopes = chosen_scopes(&self.scopes);
        if scopes.is_none() {
            or(Problem::new("scopes", "choose what the tokens may do, at least one scope"));
        }
        let lifetime = self.lifetime.parse().ok().map(Duration::from_secs);
        if lifetime.is_none() {
            or(Problem::new("lifetime", "choose how long they live"));
        }
        match (key, chosen, scopes, lifetime) {
            (Some(key), Some((customer, workspaces)), Some(scopes), Some(lifetime)) if problems.is_empty() => {
                let (environment, label) = (environment.clone(), self.label.clone());
                Ok(TokenOrder { environment, key, customer, workspaces, scopes, lifetime, label })
            }
            _ => Err(problems),
        }
    }

    /// The customer and its workspaces that were ticked.
    fn chosen(&self, access: &[WorkspaceAccess]) -> Result<(CustomerId, Vec<WorkspaceId>), Problem> {
        let problem = |words| Problem::new("workspaces", words);
        let ticked: Result<Vec<WorkspaceId>, _> = self.workspaces.iter().map(|id| id.parse()).collect();
        let mut ticked = ticked.map_err(|_| problem("choose workspaces of the list"))?;
        ticked.sort_unstable();
        ticked.dedup();
        let reached = access.iter().map(|part| (part.customer.id, part.reachable(&ticked).len()));
        let mut touched = reached.filter(|(_, count)| *count > 0);
        match (touched.next(), touched.next()) {
            (Some(_), Some(_)) => Err(problem("choose workspaces of one customer; tokens are for one customer each")),
            (Some((customer, count)), None) if count == ticked.len() => Ok((customer, ticked)),
            (Some(_), None) => {
                Err(problem("a workspace that you chose is not open to you any more; look at your choice again"))
            }
            (None, _) => Err(problem("choose at least one workspace")),
        }
    }
}

/// What stands against an order, at the field that can mend it.
pub(super) fn problem(not: &NotGenerated) -> Problem {
    Problem::new(part_at_fault(not), &not.to_string())
}
