//! RFC 6749 §4.1.1 by `code_grant::authorization::Authorization`.

use std::borrow::Cow;

use domain::{CallbackUrl, ClientId, Reason, ScopeSet};
use oxide_auth::code_grant::authorization::{Authorization, Error, Input, Output, Request};
use oxide_auth::primitives::grant::Extensions;
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};

use super::{machine_scope, our_scope, out_of_order};
use crate::refusal::Refusal;

/// The machine's parameters of a request, as they were sent.
pub(crate) struct Asked<'a> {
    pub(crate) client: ClientId,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) response_type: Option<&'a str>,
    pub(crate) scope: Option<&'a str>,
}

impl Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(self.client.to_string().into())
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Into::into)
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Into::into)
    }

    /// Hidden: the answer is ours, and so is what it carries.
    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.response_type.map(Into::into)
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// A request that the machine has bound to its client and callback, and that waits for its scope.
pub(crate) struct AuthorizationFlow {
    machine: Authorization,
    client: ClientId,
    callback: RegisteredUrl,
    asked: Option<ScopeSet>,
}

impl AuthorizationFlow {
    /// Starts the machine for a client that is known and a callback that was matched; the machine checks response
    /// type and the form of the scope.
    pub(crate) fn bind(asked: &Asked<'_>, callback: &CallbackUrl) -> Result<Self, Refusal> {
        let exact = ExactUrl::new(callback.as_str().to_owned()).map_err(|_| out_of_order())?;
        let callback = RegisteredUrl::Exact(exact);
        let mut machine = Authorization::new(asked);
        let Output::Bind { client_id, .. } = machine.advance(Input::None) else { return Err(out_of_order()) };
        let bound = BoundClient { client_id: client_id.into(), redirect_uri: Cow::Owned(callback.clone()) };
        // Rule 3: the machine checks the response type before the scope; which of them failed is ours to say.
        match machine.advance(Input::Bound { request: asked, bound_client: bound }) {
            Output::Extend => {}
            Output::Err(Error::Redirect(_)) if asked.response_type != Some("code") => {
                return Err(Reason::ResponseTypeUnsupported.into());
            }
            Output::Err(Error::Redirect(_)) => return Err(Reason::ScopeMalformed.into()),
            _ => return Err(out_of_order()),
        }
        match machine.advance(Input::Extended(Extensions::new())) {
            Output::Negotiate { scope, .. } => {
                // From outside: it may be longer than a scope of ours.
                let scope = scope.map(|scope| scope.to_string().parse().map_err(|_| Reason::ScopeMalformed));
                Ok(Self { asked: scope.transpose()?, machine, client: asked.client, callback })
            }
            _ => Err(out_of_order()),
        }
    }

    /// Gives the machine what may be asked for; it hands over what is asked for. None asked means all.
    pub(crate) fn negotiate(mut self, allowed: &ScopeSet) -> Result<ScopeSet, Refusal> {
        let scopes = match self.asked {
            Some(asked) if !asked.is_subset(allowed) => return Err(Reason::ScopeTooWide.into()),
            Some(asked) => asked,
            None => allowed.clone(),
        };
        let pre_grant =
            PreGrant { client_id: self.client.to_string(), redirect_uri: self.callback, scope: machine_scope(&scopes) };
        match self.machine.advance(Input::Negotiated { pre_grant, state: None }) {
            Output::Ok { pre_grant, .. } => our_scope(&pre_grant.scope),
            _ => Err(out_of_order()),
        }
    }
}
