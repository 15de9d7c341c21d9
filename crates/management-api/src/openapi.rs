//! The `OpenAPI` document, generated from the handlers and their types; and what is said of every operation alike.

use std::sync::LazyLock;

use domain::ManagementScope;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::{
    BASE, activity, anchors, app_changes, app_connections, apps, callback_checks, certificate_changes, certificates,
    connection_changes, connections, deleted_apps, invitations, key_changes, keys, me, own_sessions, person,
    registered, team_changes, teams, token_orders, tokens,
};

/// The form token of a session, with every change.
pub(crate) const FORM_TOKEN: &str = "X-Form-Token";

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
        person::confirm,
        own_sessions::list,
        own_sessions::end_others,
        own_sessions::end,
        person::workspaces,
        teams::list,
        teams::show,
        team_changes::rename,
        teams::members,
        team_changes::set_member,
        team_changes::remove_member,
        invitations::list,
        invitations::invite,
        invitations::show,
        invitations::withdraw,
        invitations::resend,
        deleted_apps::list,
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
        app_connections::list,
        app_connections::show,
        connection_changes::end,
        app_connections::requests,
        app_connections::withdraw,
        tokens::list,
        token_orders::generate,
        tokens::show,
        tokens::end,
        token_orders::regenerate,
        token_orders::approve,
        token_orders::resend,
        registered::list,
        certificate_changes::add,
        certificate_changes::remove,
        anchors::list,
        anchors::add,
        anchors::remove,
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
        (name = "Tokens", description = "Tokens that people made by hand, to act as themselves"),
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

/// What only a person does, in its session: what is its own, and what is done in its name.
const OF_PEOPLE: &[(HttpMethod, &str)] = &[
    (HttpMethod::Post, "/me/confirmation"),
    (HttpMethod::Get, "/me/sessions"),
    (HttpMethod::Delete, "/me/sessions"),
    (HttpMethod::Delete, "/me/sessions/{session}"),
    (HttpMethod::Get, "/me/workspaces"),
    (HttpMethod::Post, "/teams/{team}/invitations"),
    (HttpMethod::Post, "/teams/{team}/invitations/{invitation}/resend"),
    (HttpMethod::Post, "/apps/{app}/tokens"),
    (HttpMethod::Delete, "/apps/{app}/tokens/{token}"),
    (HttpMethod::Post, "/apps/{app}/tokens/{token}/regenerate"),
    (HttpMethod::Post, "/apps/{app}/token-approvals/{approval}"),
    (HttpMethod::Post, "/apps/{app}/token-approvals/{approval}/resend"),
];

/// What a session does only within a while after its person has shown who it is: what the console asks the password for.
const CONFIRMED: &[(HttpMethod, &str)] = &[
    (HttpMethod::Put, "/teams/{team}/members/{user}"),
    (HttpMethod::Delete, "/teams/{team}/members/{user}"),
    (HttpMethod::Post, "/teams/{team}/invitations"),
    (HttpMethod::Post, "/teams/{team}/invitations/{invitation}/resend"),
    (HttpMethod::Delete, "/apps/{app}"),
    (HttpMethod::Post, "/apps/{app}/transfer"),
    (HttpMethod::Post, "/apps/{app}/keys"),
    (HttpMethod::Delete, "/apps/{app}/keys/{key}"),
    (HttpMethod::Post, "/apps/{app}/keys/{key}/secrets"),
    (HttpMethod::Post, "/apps/{app}/keys/{key}/secrets/rotate"),
    (HttpMethod::Delete, "/apps/{app}/keys/{key}/secrets/{secret}"),
    (HttpMethod::Post, "/apps/{app}/certificates"),
    (HttpMethod::Delete, "/apps/{app}/certificates/{certificate}"),
    (HttpMethod::Post, "/apps/{app}/trust-anchors"),
    (HttpMethod::Delete, "/apps/{app}/trust-anchors/{anchor}"),
    (HttpMethod::Put, "/apps/{app}/mutual-tls"),
];

/// What programs read of [`CONFIRMED`].
const NEEDS_CONFIRMATION: &str = "x-needs-confirmation";

/// Who may ask, and what must be shown first.
fn secure(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let rest = path.strip_prefix(BASE).unwrap_or(path);
    let is_in = |list: &[(HttpMethod, &str)]| list.iter().any(|one| *one == (method.clone(), rest));
    let changes = *method != HttpMethod::Get && !is_question(path);
    // Whom a team has invited is for those who manage its members.
    let asks_more = changes || rest.contains("/invitations");
    let scope = match (asks_more, rest.starts_with("/teams")) {
        (false, _) => ManagementScope::Read,
        (true, true) => ManagementScope::WriteTeams,
        (true, false) => ManagementScope::WriteApps,
    };
    let session = SecurityRequirement::new("session", [] as [&str; 0]);
    operation.security = Some(if is_in(OF_PEOPLE) {
        vec![session]
    } else {
        vec![SecurityRequirement::new("token", [scope.as_str()]), session]
    });
    if is_in(CONFIRMED) {
        let words = "In a session this is done only within a while after its person signed in, or sent its password to \
                     `POST /api/v1/me/confirmation`; otherwise it is refused with `confirmation_required`.";
        let told = operation.description.take().map(|told| format!("{told}\n\n{words}"));
        operation.description = Some(told.unwrap_or_else(|| words.to_owned()));
        operation.extensions = Some(Extensions::builder().add(NEEDS_CONFIRMATION, true).build());
    }
}

/// Says of an operation what follows from its path, its method and its parameters.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    secure(path, method, operation);
    let changes = *method != HttpMethod::Get && !is_question(path);
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

    fn words(method: &HttpMethod) -> &'static str {
        match method {
            HttpMethod::Get => "get",
            HttpMethod::Put => "put",
            HttpMethod::Post => "post",
            _ => "delete",
        }
    }

    #[test]
    fn what_is_said_of_some_operations_is_said_of_ones_that_exist() {
        let exists = |(method, path): &(HttpMethod, &str)| {
            let item = DOCUMENT.paths.paths.get(&format!("{BASE}{path}"));
            item.is_some_and(|item| match method {
                HttpMethod::Get => item.get.is_some(),
                HttpMethod::Put => item.put.is_some(),
                HttpMethod::Post => item.post.is_some(),
                _ => item.delete.is_some(),
            })
        };
        for one in OF_PEOPLE.iter().chain(CONFIRMED) {
            assert!(exists(one), "{}", one.1);
        }
    }

    #[test]
    fn every_operation_says_who_may_ask_and_what_it_is() {
        let json = serde_json::to_value(&*DOCUMENT).expect("the document is JSON");
        assert_eq!(json["openapi"], "3.1.0");
        for (path, item) in json["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("an item") {
                assert!(operation["summary"].is_string(), "{method} {path}");
                let ways = operation["security"].as_array().map_or(0, Vec::len);
                let rest = path.strip_prefix(BASE).expect("a path of the API");
                let is_of_people = OF_PEOPLE.iter().any(|(its, of)| *of == rest && words(its) == method);
                assert_eq!(ways, if is_of_people { 1 } else { 2 }, "{method} {path}");
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}
