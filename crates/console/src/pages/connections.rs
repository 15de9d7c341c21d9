//! The connections of an app, and asking for unattended ones.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{Action, CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Frame, Head, Problem};

/// The connections of an app, newest first, and the requests that are open.
#[derive(Clone, Debug, Template)]
#[template(path = "customers.html")]
pub(crate) struct CustomersPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) url: String,
    /// What was searched for.
    pub(crate) customer: String,
    pub(crate) stages: Vec<Choice>,
    pub(crate) connections: Vec<ConnectionCard>,
    /// Why there is none.
    pub(crate) nothing: Option<NoConnection>,
    /// The first page, if this is another.
    pub(crate) first_url: Option<String>,
    pub(crate) next_url: Option<String>,
    pub(crate) requests: Vec<RequestRow>,
    /// Where a customer is asked for an unattended connection, for those who may.
    pub(crate) request_url: Option<String>,
}

/// Why no connection is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoConnection {
    /// There was none.
    Yet,
    /// None that was asked for.
    Matches,
}

/// One connection.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionCard {
    pub(crate) id: String,
    pub(crate) customer: String,
    /// What tokens made by hand are called.
    pub(crate) label: Option<String>,
    pub(crate) stage: &'static str,
    pub(crate) is_active: bool,
    /// Why it stands there.
    pub(crate) why: &'static str,
    /// When it ends at the latest, or ended.
    pub(crate) until: Moment,
    pub(crate) purpose: &'static str,
    pub(crate) key: String,
    pub(crate) key_id: String,
    pub(crate) environment: String,
    pub(crate) workspaces: Vec<String>,
    pub(crate) more_workspaces: usize,
    pub(crate) scopes: String,
    /// Name and address.
    pub(crate) granted_by: Option<(String, String)>,
    pub(crate) created_at: Moment,
    pub(crate) last_used: Option<Moment>,
    /// What can be done with it, by those who may.
    pub(crate) actions: Vec<Action>,
}

/// A request that was not answered yet.
#[derive(Clone, Debug)]
pub(crate) struct RequestRow {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) key: String,
    pub(crate) environment: String,
    pub(crate) scopes: String,
    /// What the customer's admin opens.
    pub(crate) link: String,
    pub(crate) created_at: Moment,
    pub(crate) expires_at: Moment,
    pub(crate) withdraw_url: Option<String>,
}

/// Asks a customer for an unattended connection.
#[derive(Clone, Debug, Template)]
#[template(path = "new_request.html")]
pub(crate) struct NewRequestPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) keys: Vec<Choice>,
    pub(crate) customer: String,
    /// Ids and names to choose from; others can be typed.
    pub(crate) customers: Vec<(String, String)>,
    pub(crate) scopes: Vec<Choice>,
    /// How long the link works.
    pub(crate) days: u64,
    /// Why nothing can be asked for.
    pub(crate) obstacle: Option<&'static str>,
    pub(crate) back_url: String,
}
