//! Connections as people read them.

use std::collections::HashMap;

use domain::{App, AppId, Connection, ConnectionId, CustomerId, Workspace, WorkspaceId};

use super::is_of;
use crate::authorize::publisher;
use crate::pages::{ConnectedWorkspace, ConnectionCard, Moment, Publisher, Purpose};
use crate::sessions::{PageError, Session, Visitor};

/// How many workspaces a card names.
const NAMED: usize = 100;

/// What several connections share, looked up once.
struct Names<'a> {
    visitor: &'a Visitor,
    apps: HashMap<AppId, Option<App>>,
    customers: HashMap<CustomerId, (String, Vec<Workspace>)>,
}

/// One card for each connection.
pub(super) async fn cards(
    visitor: &Visitor,
    session: &Session,
    connections: &[Connection],
) -> Result<Vec<ConnectionCard>, PageError> {
    let mut names = Names { visitor, apps: HashMap::new(), customers: HashMap::new() };
    let mut cards = Vec::with_capacity(connections.len());
    for connection in connections {
        cards.push(names.card(session, connection).await?);
    }
    Ok(cards)
}

/// Names of a connection's app and customer, and of its workspaces.
pub(super) struct Named {
    pub(super) app: String,
    pub(super) customer: String,
    pub(super) workspaces: Vec<(WorkspaceId, String)>,
}

pub(super) async fn named(visitor: &Visitor, connection: &Connection) -> Result<Named, PageError> {
    let mut names = Names { visitor, apps: HashMap::new(), customers: HashMap::new() };
    let app = names.app(connection.app).await?.map(|app| app.name.clone());
    let (customer, workspaces) = names.customer(connection.customer).await?;
    Ok(Named {
        app: app.unwrap_or_else(deleted),
        customer: customer.clone(),
        workspaces: reached(workspaces, connection),
    })
}

/// What was just done, read back from what is stored: `done` names a connection.
pub(super) async fn done(
    visitor: &Visitor,
    session: &Session,
    done: Option<&str>,
) -> Result<Option<String>, PageError> {
    let Some(id) = done.and_then(|text| text.parse::<ConnectionId>().ok()) else { return Ok(None) };
    let found = visitor.state.protocol.connections.find(id).await?.value;
    let Some(connection) = found.filter(|found| is_of(found, session, visitor)) else { return Ok(None) };
    let named = named(visitor, &connection).await?;
    Ok(Some(if connection.ended.is_some() {
        format!("The connection of {} to {} has ended.", named.app, named.customer)
    } else {
        let rest: Vec<_> = named.workspaces.iter().map(|(_, name)| name.as_str()).take(NAMED).collect();
        format!("{} now reaches only: {}.", named.app, rest.join(", "))
    }))
}

impl Names<'_> {
    async fn card(&mut self, session: &Session, connection: &Connection) -> Result<ConnectionCard, PageError> {
        let visitor = self.visitor;
        let path = visitor.path(&format!("/ui/connected-apps/{}", connection.id));
        let (app_name, publisher) = match self.app(connection.app).await? {
            Some(app) => (app.name.clone(), publisher(visitor, app)),
            None => (deleted(), Publisher::Unverified("unknown".to_owned())),
        };
        let acts_as = if connection.user == session.user.id {
            None
        } else {
            visitor.state.protocol.directory.user(connection.user).await?.map(|user| user.name)
        };
        let (customer, workspaces) = self.customer(connection.customer).await?;
        let customer = customer.clone();
        let reached = reached(workspaces, connection);
        let only = reached.len() == 1;
        let more_workspaces = reached.len().saturating_sub(NAMED);
        let workspace = |(id, name): (WorkspaceId, String)| ConnectedWorkspace {
            name,
            remove_url: (!only).then(|| format!("{path}/workspaces/{id}/remove")),
        };
        let purpose = match connection.purpose {
            domain::Purpose::Attended | domain::Purpose::Generated => Purpose::Interactive,
            domain::Purpose::Unattended => Purpose::Unattended,
            domain::Purpose::Test => Purpose::Test,
        };
        Ok(ConnectionCard {
            id: connection.id.to_string(),
            app_name,
            publisher,
            purpose,
            label: connection.label.clone(),
            acts_as,
            customer,
            workspaces: reached.into_iter().take(NAMED).map(workspace).collect(),
            more_workspaces,
            authorized_on: Moment::at_unix_seconds(connection.created_at.seconds()),
            last_used: connection.used_at().map(|at| Moment::at_unix_seconds(at.seconds())),
            ends_on: Moment::at_unix_seconds(connection.expires_at.seconds()),
            end_url: format!("{path}/end"),
        })
    }

    async fn app(&mut self, id: AppId) -> Result<Option<&App>, PageError> {
        if !self.apps.contains_key(&id) {
            let app = self.visitor.state.protocol.directory.app(id).await?;
            self.apps.insert(id, app);
        }
        Ok(self.apps.get(&id).and_then(Option::as_ref))
    }

    async fn customer(&mut self, id: CustomerId) -> Result<&(String, Vec<Workspace>), PageError> {
        if !self.customers.contains_key(&id) {
            let directory = &self.visitor.state.protocol.directory;
            let customer = directory.customer(id).await?.map(|customer| customer.name);
            let workspaces = directory.workspaces(id).await?;
            self.customers.insert(id, (customer.unwrap_or_default(), workspaces));
        }
        Ok(self.customers.get(&id).expect("it was inserted above"))
    }
}

fn reached(workspaces: &[Workspace], connection: &Connection) -> Vec<(WorkspaceId, String)> {
    let reached = workspaces.iter().filter(|workspace| connection.workspaces.contains(&workspace.id));
    reached.map(|workspace| (workspace.id, workspace.name.clone())).collect()
}

fn deleted() -> String {
    "A deleted app".to_owned()
}
