//! The page where people see what they connected, and take it back.

use askama::Template;

use super::{Frame, Moment, Publisher, Purpose};

/// Every live connection of the person who is signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "connected_apps.html")]
pub struct ConnectedAppsPage {
    /// What surrounds the page; someone is signed in.
    pub frame: Frame,
    /// One page of connections, newest first.
    pub connections: Vec<ConnectionCard>,
    /// How many there are in all.
    pub total: usize,
    /// Address of the next page.
    pub next_url: Option<String>,
    /// What was just done: "Report Bot can no longer reach EMEA."
    pub done: Option<String>,
}

/// One connection.
#[derive(Clone, Debug)]
pub struct ConnectionCard {
    /// Id of the connection; unique on the page.
    pub id: String,
    /// The app's name.
    pub app_name: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// What it is for.
    pub purpose: Purpose,
    /// What its tokens are called, if they were made by hand.
    pub label: Option<String>,
    /// Whom an unattended one acts as.
    pub acts_as: Option<String>,
    /// Name of the customer.
    pub customer: String,
    /// Its workspaces, or the first hundred of them.
    pub workspaces: Vec<ConnectedWorkspace>,
    /// How many more workspaces there are.
    pub more_workspaces: usize,
    /// When it was made.
    pub authorized_on: Moment,
    /// When it was last used.
    pub last_used: Option<Moment>,
    /// When it ends by itself at the latest.
    pub ends_on: Moment,
    /// The page that asks before ending it (GET).
    pub end_url: String,
}

/// One workspace of a connection.
#[derive(Clone, Debug)]
pub struct ConnectedWorkspace {
    /// Name of the workspace.
    pub name: String,
    /// The page that asks before removing it (GET); `None` for the last one, where only ending is left.
    pub remove_url: Option<String>,
}

impl ConnectionCard {
    fn is_test(&self) -> bool {
        self.purpose == Purpose::Test
    }

    fn is_unattended(&self) -> bool {
        self.purpose == Purpose::Unattended
    }
}
