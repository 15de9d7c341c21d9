//! What the tokens and answers that stand on the same records have in common: judged and written once.
//!
//! An integration that asks for token after token by client credentials is given the same claims every time, but for a
//! few. A [`Draft`] holds the others as JSON. One is kept together with what it was made from, and used only for whoever
//! has just read the very same records again: nobody needs to be told to drop it.

use std::sync::Arc;
use std::time::Duration;

use domain::{ConnectionId, CustomerId, EnvironmentName, ScopeSet, WorkspaceAccess};
use moka::sync::Cache;
use serde::Serialize;
use storage::{Cached, ClientRecord, EnvironmentRecord};

use crate::claims::LastingClaims;
use crate::token::{AuthorizationDetail, Reach, WorkspaceName};

/// How many are kept: that many connections are served without writing their claims anew.
const KEPT: u64 = 4_096;

/// The lasting part of a token and of the answer it is in.
pub(crate) struct Draft {
    /// An object of claims without its closing brace.
    pub(crate) claims: Box<str>,
    /// Members of an answer, and the closing brace.
    pub(crate) answer: Box<str>,
    /// How long the token lives, as far as API, app and configuration say.
    pub(crate) life: Duration,
}

/// The members of an answer that tell what was granted.
#[derive(Serialize)]
pub(crate) struct Granted<'a> {
    pub(crate) scope: &'a ScopeSet,
    pub(crate) environment: &'a EnvironmentName,
    pub(crate) api_base_url: &'a str,
    pub(crate) customer: CustomerId,
    pub(crate) workspaces: &'a [WorkspaceName],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspaces_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspaces_uri: Option<&'a str>,
    pub(crate) connection_id: ConnectionId,
    pub(crate) authorization_details: [AuthorizationDetail; 1],
}

impl Draft {
    /// Writes one.
    pub(crate) fn new(claims: &LastingClaims<'_>, api_base_url: &str, reach: &Reach, life: Duration) -> Self {
        let granted = Granted {
            scope: claims.scope,
            environment: claims.environment,
            api_base_url,
            customer: claims.customer,
            authorization_details: AuthorizationDetail::of(claims.scope, claims.customer, api_base_url, &reach.named),
            workspaces: &reach.named,
            workspaces_count: reach.count,
            workspaces_uri: reach.uri.as_deref(),
            connection_id: claims.connection_id,
        };
        let (claims, answer) = (object(claims), object(&granted));
        Self {
            claims: claims.strip_suffix('}').expect("an object ends so").into(),
            answer: answer.strip_prefix('{').expect("an object begins so").into(),
            life,
        }
    }
}

fn object(members: &impl Serialize) -> String {
    serde_json::to_string(members).expect("names of members are strings")
}

/// What a draft was made from, besides settings.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) client: Arc<Cached<Option<ClientRecord>>>,
    pub(crate) environment: Arc<Cached<Option<EnvironmentRecord>>>,
    pub(crate) access: Arc<Cached<Option<WorkspaceAccess>>>,
    pub(crate) connections: Arc<Cached<Vec<domain::Connection>>>,
    pub(crate) scopes: ScopeSet,
    pub(crate) resources: Vec<String>,
}

impl Sources {
    /// Whether they are the very same: no record was read anew, and the same was asked for.
    fn are(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.client, &other.client)
            && Arc::ptr_eq(&self.environment, &other.environment)
            && Arc::ptr_eq(&self.access, &other.access)
            && Arc::ptr_eq(&self.connections, &other.connections)
            && self.scopes == other.scopes
            && self.resources == other.resources
    }
}

/// The drafts of connections that machines act by, one for each.
pub struct Drafts(Cache<ConnectionId, Arc<(Sources, Arc<Draft>)>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Drafts {
    /// The draft of `connection`, if it was made from these.
    pub(crate) fn find(&self, connection: ConnectionId, sources: &Sources) -> Option<Arc<Draft>> {
        let kept = self.0.get(&connection)?;
        kept.0.are(sources).then(|| Arc::clone(&kept.1))
    }

    pub(crate) fn keep(&self, connection: ConnectionId, sources: Sources, draft: &Arc<Draft>) {
        self.0.insert(connection, Arc::new((sources, Arc::clone(draft))));
    }
}
