//! What developers see of their app's connections: the connection, and the few names that say whose it is.

use domain::{AppId, Connection, ConnectionRequest, CustomerId, Purpose, Timestamp};

/// Where a connection stands, as people ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It can be used.
    Active,
    /// Nobody used it for too long, or it reached its age.
    Expired,
    /// Somebody or something ended it.
    Ended,
}

/// Which connections of an app.
#[derive(Clone, Debug)]
pub struct ConnectionsOfApp {
    /// The app.
    pub app: AppId,
    /// For this purpose.
    pub purpose: Option<Purpose>,
    /// At customers whose name contains this (letters of ASCII without case), or at the customer with this id.
    pub customer: String,
    /// That stand there now.
    pub stage: Option<Stage>,
    /// The present moment.
    pub now: Timestamp,
}

/// A connection with the names that its app's developers may know: of people only who authorized it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedConnection {
    /// The connection.
    pub connection: Connection,
    /// What its API key is called.
    pub key: String,
    /// What its customer is called.
    pub customer: String,
    /// Who authorized it: name and address.
    pub granted_by: Option<(String, String)>,
    /// The first of its workspaces that exist, by name.
    pub workspaces: Vec<String>,
}

/// A request for an unattended connection that can still be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// The request.
    pub request: ConnectionRequest,
    /// What its API key is called.
    pub key: String,
    /// What the customer that is asked is called.
    pub customer: String,
}

/// A customer that an app has or had a connection with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCustomer {
    /// Its id.
    pub id: CustomerId,
    /// What people call it.
    pub name: String,
}
