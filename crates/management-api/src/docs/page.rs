//! The document, for people: read from the same JSON that programs get.

#![expect(clippy::indexing_slicing, reason = "a missing member of JSON is null, and nothing is shown")]

use askama::Template;
use oauth_endpoints::pages::Frame;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::openapi;

/// The page.
#[derive(Template)]
#[template(path = "api.html")]
pub(crate) struct ApiPage {
    frame: Frame,
    title: String,
    description: String,
    document_url: &'static str,
    groups: Vec<Group>,
    schemas: Vec<Type>,
}

/// Operations of one tag.
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

struct Operation {
    anchor: String,
    method: String,
    path: String,
    summary: String,
    description: Vec<Part>,
    /// What a token needs; a person alone does it where there is none.
    scope: Option<String>,
    parameters: Vec<Field>,
    /// The schema of the body.
    body: Option<String>,
    answers: Vec<Told>,
}

/// Some words of a text.
struct Part {
    is_code: bool,
    words: String,
}

/// An answer.
struct Told {
    status: String,
    words: String,
    schema: Option<String>,
}

/// A schema with its fields.
struct Type {
    name: String,
    description: String,
    fields: Vec<Field>,
}

/// A parameter, or a field of a schema.
struct Field {
    name: String,
    /// Where it is, for a parameter.
    place: String,
    kind: String,
    /// The schema that `kind` names.
    schema: Option<String>,
    required: bool,
    description: Vec<Part>,
}

impl ApiPage {
    pub(super) fn of(frame: Frame, document: &OpenApi) -> Self {
        let json = serde_json::to_value(document).unwrap_or_default();
        let groups = items(&json["tags"]).map(|tag| Group::of(tag, &json["paths"])).collect();
        let schemas = entries(&json["components"]["schemas"]).map(|(name, schema)| Type::of(name, schema)).collect();
        Self {
            frame,
            title: text(&json["info"]["title"]),
            description: text(&json["info"]["description"]),
            document_url: super::DOCUMENT,
            groups,
            schemas,
        }
    }
}

impl Group {
    fn of(tag: &Value, paths: &Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in entries(paths) {
            let of_tag = entries(item).filter(|(_, operation)| operation["tags"][0] == tag["name"]);
            operations.extend(of_tag.map(|(method, operation)| Operation::of(method, path, operation)));
        }
        Self { name: text(&tag["name"]), description: text(&tag["description"]), operations }
    }
}

impl Operation {
    fn of(method: &str, path: &str, operation: &Value) -> Self {
        let answers = entries(&operation["responses"]).map(|(status, told)| Told {
            status: status.to_owned(),
            words: text(&told["description"]),
            schema: content(told),
        });
        Self {
            anchor: format!("{method}{}", path.replace(['/', '{', '}'], "-")),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: prose(&operation["description"]),
            scope: operation["security"][0]["token"][0].as_str().map(str::to_owned),
            // The header of a session is said once, for all.
            parameters: items(&operation["parameters"])
                .filter(|parameter| parameter["name"] != openapi::FORM_TOKEN)
                .map(Field::of_parameter)
                .collect(),
            body: content(&operation["requestBody"]),
            answers: answers.collect(),
        }
    }
}

impl Type {
    fn of(name: &str, schema: &Value) -> Self {
        let is_required = |field: &str| items(&schema["required"]).any(|required| required == field);
        let fields = entries(&schema["properties"]).map(|(field, of)| Field {
            name: field.to_owned(),
            place: String::new(),
            kind: kind(of),
            schema: named(of),
            required: is_required(field),
            description: prose(&of["description"]),
        });
        Self { name: name.to_owned(), description: text(&schema["description"]), fields: fields.collect() }
    }
}

impl Field {
    fn of_parameter(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: kind(&parameter["schema"]),
            schema: None,
            required: parameter["required"] == true,
            description: prose(&parameter["description"]),
        }
    }
}

/// The schema of what is sent or answered.
fn content(of: &Value) -> Option<String> {
    entries(&of["content"]).find_map(|(_, content)| named(&content["schema"]))
}

/// The schema that one leads to: itself, of its items, or the one that is not null.
fn named(schema: &Value) -> Option<String> {
    let reference = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str());
    let reference = reference.or_else(|| items(&schema["oneOf"]).find_map(|one| one["$ref"].as_str()));
    reference.and_then(|reference| reference.rsplit('/').next()).map(str::to_owned)
}

/// What a value looks like, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return if schema["type"] == "array" { format!("list of {name}") } else { name };
    }
    let choices: Vec<String> = items(&schema["enum"]).filter_map(|one| one.as_str()).map(str::to_owned).collect();
    if !choices.is_empty() {
        return choices.join(" | ");
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let format = schema["format"].as_str().map(|format| format!(" ({format})")).unwrap_or_default();
    match types.first() {
        Some(&"array") => format!("list of {}", kind(&schema["items"])),
        _ => format!("{}{format}", types.join(" or ")),
    }
}

/// Text whose marks for code are kept.
fn prose(value: &Value) -> Vec<Part> {
    let parts = value.as_str().unwrap_or_default().split('`').enumerate();
    let part = |(at, words): (usize, &str)| Part { is_code: at % 2 == 1, words: words.to_owned() };
    parts.map(part).filter(|part| !part.words.is_empty()).collect()
}

/// Text as people read it: without the marks that say to programs what is code.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('`', "")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use oauth_endpoints::pages::{Theme, render};

    use super::*;

    #[test]
    fn the_page_has_every_operation_and_every_link_leads_to_a_schema_of_it() {
        let frame =
            Frame { operator: "Northwind".into(), environment: None, theme: Theme::from_cookie(None), signed_in: None };
        let page = ApiPage::of(frame, &openapi::DOCUMENT);
        let shown: usize = page.groups.iter().map(|group| group.operations.len()).sum();
        let all: usize = crate::resources().iter().map(|resource| resource.methods().count()).sum();
        assert_eq!(shown, all, "an operation has a tag that is in the list");
        let html = render(&page);
        for link in html.split("href=\"#").skip(1) {
            let anchor = link.split('"').next().unwrap_or_default();
            assert!(html.contains(&format!("id=\"{anchor}\"")), "{anchor}");
        }
        assert!(!html.contains("<script>") && !html.contains(" style="), "nothing is inline");
    }
}
