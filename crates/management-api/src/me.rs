//! `/me`: who asks, and what it may do.

use domain::{Permission, TeamId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, Who};
use crate::schemas;

/// Who asks, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    kind: Kind,
    /// The management key, or the user.
    id: String,
    /// What may be done in every team, where all of them are reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, schema_with = every_team)]
    every_team: Option<Vec<Permission>>,
    /// The teams that are reached, where these are not all.
    teams: Vec<Part>,
    /// What to send as `X-Form-Token` with a change; for a person alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    form_token: Option<String>,
}

/// As whom the caller has authenticated.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A management key, by its access token.
    Key,
    /// A person, by the console's session.
    Person,
}

/// What may be done in a team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Part {
    #[schema(value_type = String)]
    team: TeamId,
    name: String,
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

pub(crate) fn permissions() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new().items(schemas::permission()).build()
}

fn every_team() -> utoipa::openapi::schema::Array {
    permissions()
}

/// Who asks, and what it may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "Caller", responses((status = 200, body = Me)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let teams = caller.authority.teams().map(|(team, permissions)| Part {
        team: team.id,
        name: team.name.clone(),
        permissions: permissions.iter().collect(),
    });
    let (kind, id, form_token) = match &caller.who {
        Who::Key(token) => (Kind::Key, token.key.to_string(), None),
        Who::Person(visitor) => {
            let id = visitor.session.as_ref().map(|session| session.user.id.to_string());
            (Kind::Person, id.unwrap_or_default(), visitor.form_token())
        }
    };
    let me = Me {
        kind,
        id,
        every_team: caller.authority.in_every_team().map(|permissions| permissions.iter().collect()),
        teams: teams.collect(),
        form_token,
    };
    Ok(caller.ok(&me))
}
