//! `/callback-checks`: the checklist of a callback URL, by the code that decides.

use client_registry::callback_url::{ChecklistLine, Outcome, checklist};
use domain::ApplicationKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::Caller;
use crate::schemas;

/// A callback URL to be judged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallbackCheck {
    #[schema(max_length = 4000)]
    url: String,
    #[schema(schema_with = schemas::application_kind)]
    kind: ApplicationKind,
}

/// What each rule says of a callback URL.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallbackVerdict {
    /// Whether it can be registered.
    accepted: bool,
    lines: Vec<Line>,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallbackRule)]
struct Line {
    /// Its name.
    #[schema(value_type = String)]
    rule: client_registry::callback_url::Rule,
    #[schema(schema_with = outcome)]
    outcome: Outcome,
    /// What is wrong and the fix, or what was found in order.
    message: String,
}

fn outcome() -> utoipa::openapi::ObjectBuilder {
    let of = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
    of.enum_values(Some(["passed", "failed", "notice", "not_checked"]))
}

/// Whether a callback URL can be registered, and why not.
#[utoipa::path(post, path = "/api/v1/callback-checks", tag = "Apps", request_body = CallbackCheck, responses((status = 200, body = CallbackVerdict)))]
pub(crate) async fn check(mut caller: Caller) -> Answer {
    let CallbackCheck { url, kind } = caller.body().await?;
    let lines = checklist(&url, kind, &caller.state.registry.policy().callback_urls);
    let accepted = lines.iter().all(|line| line.outcome != Outcome::Failed);
    let line = |ChecklistLine { rule, outcome, message }| Line { rule, outcome, message };
    Ok(caller.ok(&CallbackVerdict { accepted, lines: lines.into_iter().map(line).collect() }))
}
