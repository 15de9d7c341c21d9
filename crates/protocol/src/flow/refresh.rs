//! RFC 6749 §6 by `code_grant::refresh::Refresh`.

use std::borrow::Cow;

use domain::{ClientId, Reason, ScopeSet, UserId};
use oxide_auth::code_grant::refresh::{Input, Output, Refresh, Request};
use oxide_auth::primitives::grant::{Extensions, Grant};

use super::{machine_scope, never, our_scope, out_of_order};
use crate::refusal::Refusal;

/// A refresh that has passed the machine's first steps and waits for the grant.
pub(crate) struct RefreshRequest {
    machine: Refresh,
    scope: Option<String>,
}

struct Presented<'a> {
    client: String,
    token: &'a str,
    scope: Option<&'a str>,
}

impl Request for Presented<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        Some(self.token.into())
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Into::into)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("refresh_token".into())
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((self.client.as_str().into(), Cow::Borrowed(b"")))
    }

    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl RefreshRequest {
    /// Starts the machine for a client that has authenticated.
    pub(crate) fn start(client: ClientId, token: &str, scope: Option<&str>) -> Result<Self, Refusal> {
        let mut machine = Refresh::new(&Presented { client: client.to_string(), token, scope });
        let Output::Unauthenticated { .. } = machine.advance(Input::None) else { return Err(out_of_order()) };
        let scope = scope.map(str::to_owned);
        let answer = Input::Authenticated { scope: scope.as_deref().map(Cow::Borrowed) };
        let Output::RecoverRefresh { .. } = machine.advance(answer) else { return Err(out_of_order()) };
        Ok(Self { machine, scope })
    }

    /// Gives the machine the grant that the refresh token stands for; it compares the client and narrows the scope.
    pub(crate) fn finish(mut self, issued_to: ClientId, user: UserId, scopes: &ScopeSet) -> Result<ScopeSet, Refusal> {
        let grant = Grant {
            owner_id: user.to_string(),
            client_id: issued_to.to_string(),
            scope: machine_scope(scopes),
            // Neither compared nor given out by this machine.
            redirect_uri: url::Url::parse("https://refresh.invalid/").expect("a constant URL"),
            until: never(),
            extensions: Extensions::new(),
        };
        let answer = Input::Recovered { scope: self.scope.as_deref().map(Cow::Borrowed), grant: Some(Box::new(grant)) };
        match self.machine.advance(answer) {
            Output::Refresh { grant, .. } => our_scope(&grant.scope),
            // RFC 6749 §6: the requested scope must not include any scope not originally granted.
            Output::Err(_) => Err(Reason::ScopeTooWide.into()),
            _ => Err(out_of_order()),
        }
    }
}
