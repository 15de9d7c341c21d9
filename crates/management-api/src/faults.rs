//! All that is wrong with the body of an app, told at once, each fault at its field.

use client_registry::{AppEdit, AppFault, RegistryError};
use domain::{ClientId, EnvironmentName, Reason, Scope, ScopeSet};
use oauth_endpoints::Problem;

use crate::refused::name_of;

/// What was found so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<(String, String)>);

/// A value that cannot be read: its field, and why.
pub(crate) type Unread = (&'static str, String);

impl Faults {
    /// What was read, unless that is a fault.
    pub(crate) fn of<T>(&mut self, read: Result<T, Unread>) -> Option<T> {
        read.map_err(|(field, why)| self.add(field.to_owned(), why)).ok()
    }

    /// What the registry would refuse.
    pub(crate) fn of_app(&mut self, found: &[AppFault]) {
        for AppFault { edit, why } in found {
            let field = match (edit, why) {
                (AppEdit::Lifetimes(_), RegistryError::Invalid { field, .. }) => name_of(field),
                _ => field_of(edit).to_owned(),
            };
            self.add(field, why.to_string());
        }
    }

    /// Nothing, if nothing was found.
    pub(crate) fn told(self, key: Option<ClientId>) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let problem = Problem::new(Reason::FieldRefused).of_key(key);
        Err(self.0.into_iter().fold(problem, |problem, (field, why)| problem.field(field, why)))
    }

    /// A list that cannot be read is none to the registry, which then says the same field again.
    fn add(&mut self, field: String, why: String) {
        if self.0.iter().all(|(known, _)| *known != field) || field == "callback_urls" {
            self.0.push((field, why));
        }
    }
}

/// The field that an edit comes from.
fn field_of(edit: &AppEdit) -> &'static str {
    match edit {
        AppEdit::Name(_) => "name",
        AppEdit::Description(_) => "description",
        AppEdit::PublisherName(_) | AppEdit::PublisherVerified(_) => "publisher_name",
        AppEdit::SupportEmail(_) => "support_email",
        AppEdit::HomepageUrl(_) => "homepage_url",
        AppEdit::PrivacyUrl(_) => "privacy_url",
        AppEdit::Kind(_) => "kind",
        AppEdit::AddCallbackUrl(_) | AppEdit::RemoveCallbackUrl(_) => "callback_urls",
        AppEdit::Environments(_) => "environments",
        AppEdit::Scopes(_) => "scopes",
        AppEdit::Lifetimes(_) => "lifetimes",
        AppEdit::ClientCredentials(_) => "client_credentials",
        AppEdit::MutualTls(_) => "mutual_tls",
        AppEdit::RotateRefreshTokens(_) => "rotate_refresh_tokens",
        AppEdit::LegacyParametersUntil(_) => "legacy_parameters_until",
    }
}

/// Environments by name.
pub(crate) fn environments(names: &[String]) -> Result<Vec<EnvironmentName>, Unread> {
    let read = |name: &String| EnvironmentName::try_from(name.clone());
    names.iter().map(read).collect::<Result<_, _>>().map_err(|error| ("environments", error.to_string()))
}

/// Scopes by name.
pub(crate) fn scopes(listed: &[String]) -> Result<ScopeSet, Unread> {
    let read = |scope: &String| scope.parse::<Scope>();
    listed.iter().map(read).collect::<Result<_, _>>().map_err(|error| ("scopes", error.to_string()))
}

/// What cannot be read, where it is the only thing that can be wrong.
pub(crate) fn refused((field, why): Unread) -> Problem {
    Problem::new(Reason::FieldRefused).field(field, why)
}
