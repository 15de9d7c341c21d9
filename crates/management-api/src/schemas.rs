//! Values that come in several answers, and their schemas.

use domain::{Scope, Timestamp};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use crate::faults::Unread;

/// A moment, as RFC 3339.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_string()
}

/// A moment that was sent as RFC 3339.
pub(crate) fn moment_of(field: &'static str, text: &str) -> Result<Timestamp, Unread> {
    let read = text.parse::<jiff::Timestamp>();
    let wrong = |_| (field, "write a moment of RFC 3339, as 2027-03-01T12:00:00Z".to_owned());
    read.map(|moment| Timestamp::from_millis(moment.as_millisecond())).map_err(wrong)
}

/// Scopes as words.
pub(crate) fn words<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Vec<String> {
    scopes.map(ToString::to_string).collect()
}

fn one_of(values: &[&'static str]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values.iter().copied()))
}

/// `date-time`.
pub(crate) fn date_time() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

pub(crate) fn application_kind() -> ObjectBuilder {
    one_of(&["web", "native"]).description(Some("Where it runs, which decides what callback URLs it may have."))
}

pub(crate) fn mutual_tls() -> ObjectBuilder {
    one_of(&["off", "optional", "required"]).description(Some("Whether its clients show certificates (RFC 8705)."))
}

pub(crate) fn key_kind() -> ObjectBuilder {
    one_of(&["secret", "certificate", "certificate_and_secret", "public"]).description(Some("How it authenticates."))
}

pub(crate) fn key_state() -> ObjectBuilder {
    one_of(&["active", "inactive", "revoked", "expired"]).description(Some("Whether it can be used now."))
}

pub(crate) fn secret_state() -> ObjectBuilder {
    one_of(&["active", "rotating_out", "inactive", "revoked", "expired"])
        .description(Some("Whether it can be used now; one that is rotating out can until `ends_at`."))
}

pub(crate) fn permission() -> ObjectBuilder {
    one_of(&["view", "create", "edit", "delete", "generate_token", "manage_members"])
}
