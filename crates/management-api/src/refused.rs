//! What the registry refused, as a problem: one mapping for every handler.

use actix_web::http::StatusCode;
use client_registry::RegistryError;
use domain::{ManagementScope, Reason};
use oauth_endpoints::Problem;
use protocol::Refusal;

/// For a person, who is told which member can grant what it lacks.
pub(crate) fn problem_of(error: RegistryError) -> Problem {
    let said = error.to_string();
    match error {
        RegistryError::Store(error) => Refusal::from(error).into(),
        RegistryError::NotFound { what, .. } => match named_in_body(what) {
            Some(field) => Problem::new(Reason::FieldRefused).field(field, said),
            None => Problem::new(Reason::NotFound).detail(said),
        },
        RegistryError::Invalid { field, .. } => Problem::new(Reason::FieldRefused).field(name_of(field), said),
        RegistryError::CallbackUrl { url, violations } => {
            let problem = Problem::new(Reason::FieldRefused).detail(format!("{url} cannot be registered"));
            violations.iter().fold(problem, |problem, violation| problem.field("callback_urls", violation.to_string()))
        }
        RegistryError::CertificateUnreadable(_)
        | RegistryError::CertificateUnfit(_)
        | RegistryError::AnchorExpired(_) => Problem::new(Reason::FieldRefused).field("pem", said),
        RegistryError::CertificateName(_) => Problem::new(Reason::FieldRefused).field("name", said),
        RegistryError::NotPermitted { .. } => Problem::new(Reason::PermissionMissing).detail(said),
        RegistryError::TooMany { .. } => Problem::new(Reason::LimitReached).detail(said),
        RegistryError::Exists { .. }
        | RegistryError::InUse { .. }
        | RegistryError::CertificateRegistered(_)
        | RegistryError::AnchorRegistered(_) => Problem::new(Reason::ExistsAlready).detail(said),
        // Where no version was sent, nothing that was sent has failed.
        RegistryError::Stale { .. } => Problem::new(Reason::VersionStale).detail(said).status(StatusCode::CONFLICT),
        _ => Problem::new(Reason::NotPossibleNow).detail(said),
    }
}

/// For a management key, which is told the scope that it lacks.
pub(crate) fn problem_of_key(error: RegistryError) -> Problem {
    match error {
        RegistryError::NotPermitted { permission, .. } => {
            let problem = Problem::new(Reason::ScopeMissing);
            match ManagementScope::that_allows(permission) {
                Some(scope) => problem.detail(format!("this needs the scope {scope}")),
                None => problem.detail("no management key may do this"),
            }
        }
        error => problem_of(error),
    }
}

/// The field that names such a thing, where it is named by the body and not by the path.
fn named_in_body(what: &str) -> Option<&'static str> {
    match what {
        "environment" => Some("environments"),
        "customer" => Some("customer"),
        _ => None,
    }
}

/// The registry's name of a field, as the schema has it.
pub(crate) fn name_of(field: &str) -> String {
    match field {
        "publisher" => "publisher_name".to_owned(),
        "support e-mail" => "support_email".to_owned(),
        "e-mail address" => "email".to_owned(),
        "home page" => "homepage_url".to_owned(),
        "privacy notice" => "privacy_url".to_owned(),
        "legacy parameters" => "legacy_parameters_until".to_owned(),
        "overlap" => "overlap_seconds".to_owned(),
        "expiry" => "expires_at".to_owned(),
        "access token life" => "lifetimes.access_token_seconds".to_owned(),
        "connection life" => "lifetimes.connection_absolute_seconds".to_owned(),
        "connection idle life" => "lifetimes.connection_idle_seconds".to_owned(),
        "the name" => "name".to_owned(),
        "the anchor" => "pem".to_owned(),
        other => other.replace(' ', "_"),
    }
}

#[cfg(test)]
mod tests {
    use domain::Permission;

    use super::*;

    #[test]
    fn a_key_is_told_the_scope_and_a_person_who_can_help() {
        let lacking = |permission| RegistryError::NotPermitted {
            permission,
            team: "Builders".into(),
            grantors: vec!["Ana (ana@acme.example)".into()],
        };
        assert_eq!(problem_of(lacking(Permission::Edit)).reason(), Reason::PermissionMissing);
        let told = problem_of_key(lacking(Permission::Edit));
        assert_eq!((told.reason(), told.status_code().as_u16()), (Reason::ScopeMissing, 403));
        assert_eq!(problem_of_key(lacking(Permission::GenerateToken)).reason(), Reason::ScopeMissing);
    }

    #[test]
    fn what_the_body_names_is_no_missing_page() {
        let absent = |what| RegistryError::NotFound { what, id: "x".into() };
        assert_eq!(problem_of(absent("environment")).status_code().as_u16(), 422);
        assert_eq!(problem_of(absent("app")).status_code().as_u16(), 404);
    }
}
