//! What the tokens and answers that stand on the same records have in common: judged and written once.
//!
//! An integration that asks for token after token by client credentials is given the same claims every time, but for a
//! few. A [`Draft`] holds the others as JSON. One is kept together with what it was made from, and used only for whoever
//! has just read the very same records again: nobody needs to be told to drop it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{ConnectionId, CustomerId, EnvironmentName, ScopeSet, WorkspaceAccess};
use serde::Serialize;
use storage::{Bounded, Cached, ClientRecord, EnvironmentRecord};

use crate::claims::LastingClaims;
use crate::token::{AuthorizationDetail, Reach, WorkspaceName};

/// How many are kept: that many connections are served without writing their claims anew.
const KEPT: usize = 4_096;

/// The lasting part of a token and of the answer it is in.
pub(crate) struct Draft {
    /// The claims of every such token, as the beginning of its payload.
    pub(crate) claims: Payload,
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
        let answer = object(&granted);
        let answer = answer.strip_prefix('{').expect("an object begins so").into();
        Self { claims: Payload::begin(object(claims)), answer, life }
    }
}

/// The beginning of a token's payload: whole claims, in base64url.
pub(crate) struct Payload(Box<str>);

impl Payload {
    /// Begins with `claims`, an object.
    pub(crate) fn begin(mut claims: String) -> Self {
        claims.pop();
        claims.push(',');
        // Three bytes are four digits: what begins at such a boundary is encoded by itself. JSON may have spaces there.
        while !claims.len().is_multiple_of(3) {
            claims.push(' ');
        }
        Self(URL_SAFE_NO_PAD.encode(claims).into())
    }

    /// Appends the payload that goes on with `claims`, an object.
    pub(crate) fn finish(&self, claims: &str, token: &mut String) {
        token.push_str(&self.0);
        URL_SAFE_NO_PAD.encode_string(claims.strip_prefix('{').unwrap_or(claims), token);
    }

    /// How long the beginning is, in digits.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
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
pub struct Drafts(Bounded<ConnectionId, Arc<(Sources, Arc<Draft>)>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(storage::bounded(KEPT))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    proptest! {
        #[test]
        fn a_payload_of_two_parts_is_one_object(first in "\\PC{0,20}", second in "\\PC{0,20}") {
            let mut text = String::new();
            Payload::begin(json!({ "first": first }).to_string()).finish(&json!({ "second": second }).to_string(), &mut text);
            let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
            let read: Map<String, Value> = serde_json::from_slice(&bytes).expect("an object");
            prop_assert_eq!(Value::Object(read), json!({ "first": first, "second": second }));
        }
    }
}
