//! RFC 6749 §4.1.3 by `code_grant::accesstoken::AccessToken`.

use std::borrow::Cow;

use domain::{ClientId, Reason, ScopeSet, UserId};
use oxide_auth::code_grant::accesstoken::{AccessToken, Authorization, Input, Output, Request};
use oxide_auth::primitives::grant::{Extensions, Grant};

use super::{machine_scope, never, our_scope, out_of_order};
use crate::refusal::Refusal;

/// A redemption that has passed the machine's first steps and waits for the grant.
pub(crate) struct CodeExchange {
    machine: AccessToken,
    callback: url::Url,
}

struct Presented<'a> {
    client: String,
    code: &'a str,
    callback: &'a str,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.into())
    }

    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(self.client.as_str().into())
    }

    /// Hidden: the client has authenticated, and the machine would count it as a second method.
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(self.callback.into())
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("authorization_code".into())
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl CodeExchange {
    /// Starts the machine for a client that has authenticated and a code that was taken; `callback` is the URL the
    /// code was bound to.
    pub(crate) fn start(client: ClientId, code: &str, callback: &str) -> Result<Self, Refusal> {
        let parsed = callback.parse().map_err(|_| out_of_order())?;
        let mut machine = AccessToken::new(&Presented { client: client.to_string(), code, callback });
        let Output::Authenticate { .. } = machine.advance(Input::None) else { return Err(out_of_order()) };
        let Output::Recover { .. } = machine.advance(Input::Authenticated) else { return Err(out_of_order()) };
        Ok(Self { machine, callback: parsed })
    }

    /// Gives the machine the grant that the code stood for; it compares client and callback once more and hands the
    /// scope over where it would issue.
    pub(crate) fn finish(mut self, issued_to: ClientId, user: UserId, scopes: &ScopeSet) -> Result<ScopeSet, Refusal> {
        let grant = Grant {
            owner_id: user.to_string(),
            client_id: issued_to.to_string(),
            scope: machine_scope(scopes),
            redirect_uri: self.callback,
            until: never(),
            extensions: Extensions::new(),
        };
        match self.machine.advance(Input::Recovered(Some(Box::new(grant)))) {
            Output::Extend { .. } => {}
            Output::Err(_) => return Err(Refusal::new(Reason::CodeUnknown).detail("another client or callback")),
            _ => return Err(out_of_order()),
        }
        match self.machine.advance(Input::Extended { access_extensions: Extensions::new() }) {
            Output::Issue { grant } => our_scope(&grant.scope),
            _ => Err(out_of_order()),
        }
    }
}
