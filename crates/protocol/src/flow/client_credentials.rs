//! RFC 6749 §4.4.2 by `code_grant::client_credentials::ClientCredentials`.

use std::borrow::Cow;
use std::sync::LazyLock;

use domain::{ClientId, Reason, ScopeSet};
use oxide_auth::code_grant::client_credentials::{ClientCredentials, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, RegisteredUrl};

use super::{our_scope, out_of_order};
use crate::refusal::Refusal;

/// The machine insists on a callback although this grant has none.
static NO_CALLBACK: LazyLock<RegisteredUrl> =
    LazyLock::new(|| RegisteredUrl::Exact(ExactUrl::new("https://none.invalid/".into()).expect("a URL")));

/// A request that has passed the machine's first steps and waits for what the client may have.
pub(crate) struct ClientCredentialsRequest {
    machine: ClientCredentials,
    client: String,
}

struct Presented<'a> {
    client: &'a str,
    scope: Option<&'a str>,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.client.into(), Cow::Borrowed(b"")))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Into::into)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("client_credentials".into())
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl ClientCredentialsRequest {
    /// Starts the machine for a client that has authenticated.
    pub(crate) fn start(client: ClientId, scope: Option<&str>) -> Result<Self, Refusal> {
        let client = client.to_string();
        let mut machine = ClientCredentials::new(&Presented { client: &client, scope });
        match machine.advance(Input::None) {
            Output::Authenticate { .. } => {}
            Output::Err(_) => return Err(Reason::ScopeMalformed.into()),
            _ => return Err(out_of_order()),
        }
        let Output::Binding { .. } = machine.advance(Input::Authenticated) else { return Err(out_of_order()) };
        Ok(Self { machine, client })
    }

    /// Negotiates the scope against what the connection has. There the machine is stopped: it would only carry the answer
    /// on to where it issues.
    pub(crate) fn finish(self, granted: &ScopeSet) -> Result<ScopeSet, Refusal> {
        let Self { mut machine, client } = self;
        let bound_client = BoundClient { client_id: client.into(), redirect_uri: Cow::Borrowed(&NO_CALLBACK) };
        let Output::Extend = machine.advance(Input::Bound { bound_client }) else { return Err(out_of_order()) };
        let asked = match machine.advance(Input::Extended { extensions: Extensions::new() }) {
            Output::Negotiate { scope, .. } => scope.as_ref().map(our_scope).transpose()?,
            _ => return Err(out_of_order()),
        };
        let scopes = asked.unwrap_or_else(|| granted.clone());
        if scopes.is_subset(granted) { Ok(scopes) } else { Err(Reason::ScopeTooWide.into()) }
    }
}
