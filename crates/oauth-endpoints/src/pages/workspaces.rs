//! Page 4, which gives consent: *Workspaces to be given access*.

use askama::Template;

use super::{AppIdentity, FormPost, Frame, Permissions};

/// Above this many workspaces the rows are put into collapsed groups.
const FLAT_LIMIT: usize = 500;
/// Rows in one collapsed group.
const GROUP_ROWS: usize = 100;

/// The tree of customers and workspaces that this person may let the app into.
#[derive(Clone, Debug, Template)]
#[template(path = "workspaces.html")]
pub struct WorkspacesPage {
    /// What surrounds the page.
    pub frame: Frame,
    /// Who asks.
    pub app: AppIdentity,
    /// What it asks for.
    pub permissions: Permissions,
    /// The customers of this person in this environment. Call [`WorkspacesPage::preselect`] once they are filled.
    pub customers: Vec<CustomerGroup>,
    /// For an unattended connection: whom it will act as.
    pub acts_as: Option<ActsAs>,
    /// Why the last answer was refused.
    pub problem: Option<ChooseProblem>,
    /// Posts `workspace` (repeated), `acts_as`, `decision`.
    pub form: FormPost,
}

/// One customer and its workspaces.
#[derive(Clone, Debug)]
pub struct CustomerGroup {
    /// Id of the customer.
    pub id: String,
    /// Name of the customer.
    pub name: String,
    /// Its workspaces in the order they are shown.
    pub workspaces: Vec<WorkspaceChoice>,
    /// Set when this person may open none of them.
    pub no_access: Option<NoAccess>,
}

/// Why a customer offers nothing, and who can change that.
#[derive(Clone, Debug)]
pub struct NoAccess {
    /// A sentence: "You have no role that can connect apps in any workspace of Acme."
    pub reason: String,
    /// Names or addresses of the customer's admins.
    pub admins: Vec<String>,
}

/// One workspace.
#[derive(Clone, Debug)]
pub struct WorkspaceChoice {
    /// Id of the workspace.
    pub id: String,
    /// Name of the workspace.
    pub name: String,
    /// True if an earlier connection of this person and app has it.
    pub earlier: bool,
    /// Whether it can be ticked.
    pub state: WorkspaceState,
}

/// Whether a workspace can be ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkspaceState {
    /// It can be; `chosen` is whether it is.
    Open {
        /// Ticked or not.
        chosen: bool,
    },
    /// It cannot be, for this reason: "Needs the role connector or admin".
    Closed {
        /// The reason as a sentence without its full stop.
        reason: String,
    },
}

/// Whom an unattended connection acts as.
#[derive(Clone, Debug)]
pub struct ActsAs {
    /// The e-mail address of the person who is signed in.
    pub you: String,
    /// The service users this person may choose: those of customers where they are an admin.
    pub service_users: Vec<ServiceUser>,
    /// Id of the service user chosen before; `None` is *you*.
    pub chosen: Option<String>,
}

/// A user that is no person.
#[derive(Clone, Debug)]
pub struct ServiceUser {
    /// Id of the user.
    pub id: String,
    /// Name of the user.
    pub name: String,
    /// Name of the customer it belongs to.
    pub customer: String,
}

/// Why an answer was refused.
#[derive(Clone, Debug)]
pub enum ChooseProblem {
    /// Allow without a workspace.
    NothingChosen,
    /// Workspaces of several customers: a connection belongs to one.
    SeveralCustomers,
    /// A workspace that is not open to this person any more.
    NoLongerOpen,
    /// An unattended connection needs somebody to act as.
    NobodyToActAs,
}

/// Rows shown together.
#[derive(Clone, Copy, Debug)]
pub struct RowGroup<'a> {
    /// The first name.
    pub first: &'a str,
    /// The last name.
    pub last: &'a str,
    /// All of them.
    pub rows: &'a [WorkspaceChoice],
    /// How many are ticked.
    pub chosen: usize,
}

/// Whether there are so many workspaces that the rows are put into collapsed groups.
#[must_use]
pub fn is_long(customers: &[CustomerGroup]) -> bool {
    customers.iter().flat_map(|customer| &customer.workspaces).nth(FLAT_LIMIT).is_some()
}

/// Whether there are so many workspaces that a filter helps.
#[must_use]
pub fn wants_filter(customers: &[CustomerGroup]) -> bool {
    customers.iter().flat_map(|customer| &customer.workspaces).nth(7).is_some()
}

impl WorkspaceChoice {
    fn is_open(&self) -> bool {
        matches!(self.state, WorkspaceState::Open { .. })
    }

    fn is_chosen(&self) -> bool {
        self.state == WorkspaceState::Open { chosen: true }
    }
}

impl CustomerGroup {
    fn has_open(&self) -> bool {
        self.workspaces.iter().any(WorkspaceChoice::is_open)
    }

    /// How many of its workspaces can be ticked.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.workspaces.iter().filter(|w| w.is_open()).count()
    }

    /// Its workspaces in the groups that a long list is shown in.
    #[must_use]
    pub fn groups(&self) -> Vec<RowGroup<'_>> {
        self.workspaces
            .chunks(GROUP_ROWS)
            .map(|rows| RowGroup {
                first: rows.first().map_or("", |w| &w.name),
                last: rows.last().map_or("", |w| &w.name),
                chosen: rows.iter().filter(|w| w.is_chosen()).count(),
                rows,
            })
            .collect()
    }
}

impl WorkspacesPage {
    /// Ticks what may be ticked without being asked: an earlier choice that is still open, or the only workspace there is.
    pub fn preselect(&mut self) {
        let single = self.open_count() == 1;
        for choice in self.customers.iter_mut().flat_map(|c| &mut c.workspaces) {
            if let WorkspaceState::Open { chosen } = &mut choice.state {
                *chosen = single || choice.earlier;
            }
        }
    }

    /// Ticks exactly these, as they were posted, when the page is shown again with a problem.
    pub fn choose(&mut self, posted: &[&str]) {
        for choice in self.customers.iter_mut().flat_map(|c| &mut c.workspaces) {
            if let WorkspaceState::Open { chosen } = &mut choice.state {
                *chosen = posted.contains(&choice.id.as_str());
            }
        }
    }

    fn choices(&self) -> impl Iterator<Item = &WorkspaceChoice> {
        self.customers.iter().flat_map(|c| &c.workspaces)
    }

    fn open_count(&self) -> usize {
        self.choices().filter(|w| w.is_open()).count()
    }

    fn open_customers(&self) -> usize {
        self.customers.iter().filter(|c| c.has_open()).count()
    }

    fn has_earlier(&self) -> bool {
        self.choices().any(|w| w.earlier)
    }

    fn added(&self) -> Vec<&str> {
        self.choices().filter(|w| w.is_chosen() && !w.earlier).map(|w| w.name.as_str()).collect()
    }

    fn removed(&self) -> Vec<&str> {
        self.choices().filter(|w| w.earlier && !w.is_chosen()).map(|w| w.name.as_str()).collect()
    }

    fn is_long(&self) -> bool {
        is_long(&self.customers)
    }

    fn wants_filter(&self) -> bool {
        wants_filter(&self.customers)
    }

    /// Where the error summary's link goes.
    fn first_open(&self) -> Option<&str> {
        self.choices().find(|w| w.is_open()).map(|w| w.id.as_str())
    }
}
