//! The bridge to oxide-auth's sans-IO machines (`oxide_auth::code_grant`).
//!
//! The machines keep the order of steps and the comparisons of RFC 6749; everything that touches a store, a secret, a
//! certificate or the wire is ours. Rules of the bridge:
//! 1. Client authentication happens before a machine starts. Its question is answered yes, because the witness exists.
//! 2. Our clock decides expiry; grants handed to a machine never expire by its own.
//! 3. The step that failed decides the error, not the machine's error code.
//! 4. `redirect_uri` is compared as a string by [`crate::CodeTerms`]; the machine gets the bound value and compares again.
//! 5. A machine is stopped where it would issue: the answer is ours.

mod authorization;
mod authorization_code;
mod client_credentials;
mod refresh;

use chrono::{DateTime, Utc};
use domain::{Reason, ScopeSet};
use oxide_auth::primitives::scope::Scope;

pub(crate) use authorization::{Asked, AuthorizationFlow};
pub(crate) use authorization_code::CodeExchange;
pub(crate) use client_credentials::ClientCredentialsRequest;
pub(crate) use refresh::RefreshRequest;

use crate::refusal::Refusal;

/// Rule 2: the machines' wall clock never decides.
fn never() -> DateTime<Utc> {
    DateTime::<Utc>::MAX_UTC
}

fn machine_scope(scopes: &ScopeSet) -> Scope {
    scopes.as_str().parse().expect("every scope of ours is one of RFC 6749 §3.3")
}

/// Ours are shorter than oxide-auth's may be.
fn our_scope(scope: &Scope) -> Result<ScopeSet, Refusal> {
    scope.to_string().parse().map_err(|_| Reason::ScopeMalformed.into())
}

/// A machine left the order we drive it in: a defect of ours, not of the request.
fn out_of_order() -> Refusal {
    Refusal::new(Reason::Internal).detail("an oxide-auth machine answered out of order")
}

#[cfg(test)]
mod characterisation;
