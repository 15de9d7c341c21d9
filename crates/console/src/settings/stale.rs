//! A form that was filled from an older version of its app: who changed it meanwhile, and what saving would undo.

use client_registry::Permitted;
use domain::{App, UserId};
use oauth_endpoints::sessions::PageError;
use storage::AuditRow;

use crate::app_form::Typed;
use crate::developer::{Developer, refused};
use crate::pages::{Differing, Stale, moment, words};

/// Both sides, and who made the other one.
pub(super) async fn between(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    typed: &Typed,
) -> Result<Stale, PageError> {
    let registry = &developer.visitor.state.registry;
    let changed = registry.last_change(app).await.map_err(refused)?;
    let by = match &changed {
        Some(row) => name_of(developer, row).await?,
        None => None,
    };
    Ok(Stale { by, at: changed.map(|row| moment(row.at)), differing: differing(&Typed::of_app(app), typed) })
}

/// Members of the same team see each other's names; the operator has none.
async fn name_of(developer: &Developer<'_>, row: &AuditRow) -> Result<Option<String>, PageError> {
    let Ok(id) = row.actor.parse::<UserId>() else { return Ok(None) };
    let user = developer.visitor.state.protocol.directory.user(id).await?;
    Ok(user.map(|user| user.name))
}

fn differing(now: &Typed, yours: &Typed) -> Vec<Differing> {
    let urls = |typed: &Typed| {
        let written: Vec<&str> = typed.callback_urls.iter().map(String::as_str).filter(|url| !url.is_empty()).collect();
        written.join(", ")
    };
    let environments = |typed: &Typed| {
        let mut names: Vec<_> = typed.environments.iter().map(ToString::to_string).collect();
        names.sort();
        names.join(", ")
    };
    let kind = |typed: &Typed| words::application(typed.kind).to_owned();
    let row = |what, now: String, yours: String| (now != yours).then_some(Differing { what, now, yours });
    [
        row("Name", now.name.clone(), yours.name.clone()),
        row("Description", now.description.clone(), yours.description.clone()),
        row("Publisher", now.publisher.clone(), yours.publisher.clone()),
        row("Support e-mail", now.support_email.clone(), yours.support_email.clone()),
        row("Home page", now.homepage.clone(), yours.homepage.clone()),
        row("Privacy notice", now.privacy.clone(), yours.privacy.clone()),
        row("Kind of application", kind(now), kind(yours)),
        row("Callback URLs", urls(now), urls(yours)),
        row("Environments", environments(now), environments(yours)),
        row("Scopes", now.scopes.to_string(), yours.scopes.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
