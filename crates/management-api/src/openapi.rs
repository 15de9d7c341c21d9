//! The `OpenAPI` document, generated from the handlers and their types; and what is said of every operation alike.

use std::sync::LazyLock;

use domain::ManagementScope;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::{
    BASE, activity, app_changes, apps, callback_checks, certificate_changes, certificates, connection_changes,
    connections, key_changes, keys, me, registered, team_changes, teams,
};

/// The form token of a session, with every change.
const FORM_TOKEN: &str = "X-Form-Token";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Countersign management API",
        version = "1",
        description = "Developer teams, their apps and all that belongs to them: what the developer console does, for \
                       programs. Failures are problem details (RFC 9457), whose `type` leads to the error catalogue."
    ),
    paths(
        me::show,
        teams::list,
        teams::show,
        team_changes::rename,
        teams::members,
        team_changes::set_member,
        team_changes::remove_member,
        apps::list,
        app_changes::create,
        apps::show,
        app_changes::edit,
        app_changes::delete,
        app_changes::restore,
        app_changes::transfer,
        keys::list,
        key_changes::create,
        keys::show,
        key_changes::set_active,
        key_changes::revoke,
        key_changes::add_secret,
        key_changes::rotate,
        key_changes::set_secret_active,
        key_changes::revoke_secret,
        connections::list,
        connections::requests,
        connection_changes::request,
        connection_changes::end,
        registered::list,
        certificate_changes::add,
        certificate_changes::remove,
        registered::mutual_tls,
        certificate_changes::set_mutual_tls,
        activity::list,
        callback_checks::check,
        certificates::inspect,
    ),
    tags(
        (name = "Caller", description = "Who asks"),
        (name = "Teams", description = "Developer teams and their members"),
        (name = "Apps", description = "What developer teams register"),
        (name = "API keys", description = "An app's OAuth clients and their secrets"),
        (name = "Certificates", description = "What an app says its clients hold (RFC 8705)"),
        (name = "Connections", description = "What customers let an API key into"),
        (name = "Activity", description = "What clients tried, and what came of it"),
    ),
    modifiers(&Everywhere)
)]
struct Generated;

/// The document.
pub(crate) static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Generated::openapi);

/// What is so everywhere: who may ask, and how failures are told.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.schemas.insert("Problem".to_owned(), problem().into());
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token that a management key got by client credentials."))
            .build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            "__Host-countersign-session-default",
            "The console's session, in a browser. Changes are sent with X-Form-Token as well.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        for (path, item) in &mut document.paths.paths {
            let operations = [
                (HttpMethod::Get, &mut item.get),
                (HttpMethod::Post, &mut item.post),
                (HttpMethod::Put, &mut item.put),
                (HttpMethod::Patch, &mut item.patch),
                (HttpMethod::Delete, &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    complete(path, &method, operation);
                }
            }
        }
    }
}

/// Says of an operation what follows from its path, its method and its parameters.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let changes = *method != HttpMethod::Get && !is_question(path);
    let scope = match (changes, path.strip_prefix(BASE).is_some_and(|rest| rest.starts_with("/teams"))) {
        (false, _) => ManagementScope::Read,
        (true, true) => ManagementScope::WriteTeams,
        (true, false) => ManagementScope::WriteApps,
    };
    operation.security = Some(vec![
        SecurityRequirement::new("token", [scope.as_str()]),
        SecurityRequirement::new("session", [] as [&str; 0]),
    ]);
    if *method != HttpMethod::Get {
        let token = Parameter::builder()
            .name(FORM_TOKEN)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("`form_token` of /api/v1/me; needed with a session, not with a token."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        operation.parameters.get_or_insert_default().push(token.into());
    }
    let has_query = parameters(operation).any(|parameter| parameter.parameter_in == ParameterIn::Query);
    let has = |name: &str| parameters(operation).any(|parameter| parameter.name == name);
    let mut problems = vec![
        ("401", "Nobody has authenticated, or the token is not good here."),
        ("403", "The caller may not do this; `detail` says what is lacking and who can grant it."),
        ("429", "Too many requests; `Retry-After` says how long to wait."),
        ("503", "A store is out of reach; `Retry-After` says when to try again."),
    ];
    if has_query || operation.request_body.is_some() || has("Idempotency-Key") || has("If-Match") {
        problems.push(("400", "A parameter or the body cannot be read."));
    }
    if path.contains('{') || changes {
        problems.push(("404", "It does not exist, or not for this caller."));
    }
    if operation.request_body.is_some() {
        problems.push(("413", "The body is too large."));
        problems.push(("415", "The body is not application/json."));
        problems.push(("422", "A field has a value that cannot be taken; `errors` says which and why."));
    }
    if changes {
        problems.push(("409", "It cannot be done to what is there now; `detail` says what to do first."));
    }
    if has("If-Match") {
        problems.push(("412", "It was changed after it was read: read it again."));
        problems.push(("428", "There is no `If-Match`."));
    }
    for (status, words) in problems {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(words).content("application/problem+json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(response.into());
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// Whether a POST there asks and changes nothing.
fn is_question(path: &str) -> bool {
    path.ends_with("/callback-checks") || path.ends_with("/certificate-inspections")
}

/// [`oauth_endpoints::Problem`], as it is written.
fn problem() -> Schema {
    let text = |words: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(words));
    let field = ObjectBuilder::new()
        .property("field", text("Its name in the schema of the body"))
        .required("field")
        .property("detail", text("What is wrong with it and what to write instead"))
        .required("detail");
    ObjectBuilder::new()
        .description(Some("Why a request was not done (RFC 9457)"))
        .property("type", text("Where the error catalogue explains this kind of problem"))
        .required("type")
        .property("title", text("What kind of problem it is"))
        .required("title")
        .property("status", ObjectBuilder::new().schema_type(Type::Integer))
        .required("status")
        .property("detail", text("What is so in this case"))
        .property("errors", ArrayBuilder::new().items(field))
        .property("request_id", text("By which it is found in the server's log"))
        .required("request_id")
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_the_reverse() {
        let entered: BTreeSet<(String, String)> = crate::resources()
            .iter()
            .flat_map(|resource| resource.methods().map(|method| (resource.path(), method.to_owned())))
            .collect();
        let json = serde_json::to_value(&*DOCUMENT).expect("the document is JSON");
        let paths = json["paths"].as_object().expect("paths");
        let documented: BTreeSet<(String, String)> = paths
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().expect("an item").keys();
                methods.map(|method| (path.clone(), method.to_uppercase())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(entered, documented);
    }

    #[test]
    fn every_operation_says_who_may_ask_and_what_it_is() {
        let json = serde_json::to_value(&*DOCUMENT).expect("the document is JSON");
        assert_eq!(json["openapi"], "3.1.0");
        for (path, item) in json["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("an item") {
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert_eq!(operation["security"].as_array().map(Vec::len), Some(2), "{method} {path}");
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}
