//! Taking a key or a secret out of use, and back into use. Each is two clicks: a page that says what will happen, and
//! its form.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{Permitted, RegistryError};
use domain::{ApiKey, ApiSecret, App, AppId, ClientId, Permission, SecretId};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageResult, Visitor};
use serde::Deserialize;
use storage::ActivityFilter;

use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{ConfirmPage, Problem, Tick};
use crate::place::{Place, Tab};

/// Whether what a secret obtained ends with it.
const ALSO: &str = "also";
/// How many entries of activity are counted.
const COUNTED: u32 = 1000;

/// A key or secret of an app, and what is to become of it.
#[derive(Deserialize)]
pub(super) struct NamedChange {
    app: String,
    key: String,
    #[serde(default)]
    secret: String,
    change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Change {
    Deactivate,
    Activate,
    Revoke,
}

impl Change {
    const fn word(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Activate => "activate",
            Self::Revoke => "revoke",
        }
    }
}

/// The page that asks, without the environment.
pub(super) fn path((app, key): (AppId, ClientId), secret: Option<SecretId>, change: Change) -> String {
    let keys = Place::Tab(app, Tab::Keys).path();
    match secret {
        None => format!("{keys}/{key}/{}", change.word()),
        Some(secret) => format!("{keys}/{key}/secrets/{secret}/{}", change.word()),
    }
}

pub(super) async fn ask(visitor: Visitor, named: Path<NamedChange>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn act(visitor: Visitor, named: Path<NamedChange>, body: PageBody) -> HttpResponse {
    let result = change(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &NamedChange) -> PageResult {
    let target = Target::read(visitor, named).await?;
    Ok(visitor.show(&target.page(true, Vec::new()).await?, StatusCode::OK))
}

async fn change(visitor: &Visitor, named: &NamedChange, body: &PageBody) -> PageResult {
    let target = Target::read(visitor, named).await?;
    let form = target.developer.form(body)?;
    let also = form.one(ALSO) == "yes";
    let again = async |problem| {
        let page = target.page(also, vec![problem]).await?;
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let done = if target.change == Change::Revoke {
        match visitor.confirm(&form).await? {
            Ok(confirmed) => target.revoke(also, confirmed).await,
            Err(why) => return again(why.into()).await,
        }
    } else {
        target.set_active().await
    };
    match done {
        Ok(()) => Ok(visitor.go(&Place::Tab(target.app.id, Tab::Keys).path())),
        Err(error) => again(problem(error)?).await,
    }
}

/// What the path names, for somebody who may change it.
struct Target<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    key: ApiKey,
    secret: Option<ApiSecret>,
    change: Change,
}

impl<'a> Target<'a> {
    async fn read(visitor: &'a Visitor, named: &NamedChange) -> Result<Self, PageError> {
        let place = Named { app: named.app.clone() };
        let developer = Developer::at(visitor, &place.tab(Tab::Keys)).await?;
        let app = developer.app_for(place.id(), Permission::Edit).await?;
        let (key, secrets) = key_of(&developer, &app, &named.key).await?;
        let secret = if named.secret.is_empty() {
            None
        } else {
            let id = named.secret.parse().map_err(|_| not_found())?;
            Some(secrets.into_iter().find(|secret| secret.id == id).ok_or_else(not_found)?)
        };
        Ok(Self { developer, app, key, secret, change: named.change })
    }

    async fn revoke(&self, also: bool, _: Confirmed) -> Result<(), RegistryError> {
        let (registry, by, key) = (&self.developer.visitor.state.registry, self.app.by(), self.key.id);
        match &self.secret {
            None => registry.revoke_key(by, key).await.map(drop),
            Some(secret) => registry.revoke_secret(by, key, secret.id, also).await.map(drop),
        }
    }

    /// What is only deactivated can be activated again, so that neither asks for more than a click.
    async fn set_active(&self) -> Result<(), RegistryError> {
        let (registry, by, key) = (&self.developer.visitor.state.registry, self.app.by(), self.key.id);
        let active = self.change == Change::Activate;
        match &self.secret {
            None => registry.set_key_active(by, key, active).await,
            Some(secret) => registry.set_secret_active(by, key, secret.id, active).await,
        }
    }

    async fn page(&self, also: bool, problems: Vec<Problem>) -> Result<ConfirmPage, PageError> {
        let visitor = self.developer.visitor;
        let (title, button) = words(self.change, self.secret.is_some());
        let mut sentences = self.sentences();
        if self.secret.is_none() && self.change != Change::Activate {
            sentences.push(calls(&self.developer, &self.app, self.key.id).await?);
        }
        let revokes_secret = self.change == Change::Revoke && self.secret.is_some();
        let about = "Choose this unless it surely never leaked: access tokens and connections that were obtained with it end within a second.";
        Ok(ConfirmPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Keys),
            title,
            what: match &self.secret {
                Some(secret) => vec![self.key.label.clone(), format!("sk_…{}", secret.last_four)],
                None => vec![self.key.label.clone(), self.key.id.to_string()],
            },
            sentences,
            form: self.developer.post_to(&path(
                (self.app.id, self.key.id),
                self.secret.as_ref().map(|one| one.id),
                self.change,
            )),
            problems,
            tick: revokes_secret.then_some(Tick {
                name: ALSO,
                words: "Also end what it obtained",
                about,
                ticked: also,
            }),
            needs_password: self.change == Change::Revoke && visitor.needs_password(),
            button,
            is_dangerous: self.change != Change::Activate,
            back_url: visitor.path(&Place::Tab(self.app.id, Tab::Keys).path()),
        })
    }

    fn sentences(&self) -> Vec<String> {
        let sentences: &[&str] = match (self.change, self.secret.is_some()) {
            (Change::Deactivate, false) => &[
                "Nothing can use the key from then on, and its access tokens end within a second.",
                "Its connections stay, so that everything goes on when you activate it again.",
            ],
            (Change::Deactivate, true) => &[
                "Nothing can authenticate with this secret from then on. What it obtained lives on, and so do the key’s other secrets.",
                "This is how to find out whether a secret is still used: you can activate it again.",
            ],
            (Change::Activate, false) => &["The key can be used again, with the secrets and connections it has."],
            (Change::Activate, true) => {
                &["The secret can be used again; if it was rotating out, it no longer ends by that."]
            }
            (Change::Revoke, false) => &[
                "Nothing can use the key any more, its tokens end within a second, and its connections end: customers would have to connect again, with another key. Certificates that are registered for it alone go with it.",
                "This is for good.",
            ],
            (Change::Revoke, true) => &[
                "Nothing can authenticate with this secret any more. The key’s other secrets go on working.",
                "This is for good.",
            ],
        };
        sentences.iter().map(|sentence| (*sentence).to_owned()).collect()
    }
}

const fn words(change: Change, is_secret: bool) -> (&'static str, &'static str) {
    match (change, is_secret) {
        (Change::Deactivate, false) => ("Deactivate this API key?", "Deactivate API key"),
        (Change::Deactivate, true) => ("Deactivate this secret?", "Deactivate secret"),
        (Change::Activate, false) => ("Activate this API key?", "Activate API key"),
        (Change::Activate, true) => ("Activate this secret?", "Activate secret"),
        (Change::Revoke, false) => ("Revoke this API key?", "Revoke API key"),
        (Change::Revoke, true) => ("Revoke this secret?", "Revoke secret"),
    }
}

/// A key of the app with its secrets. Another app's looks like none.
pub(super) async fn key_of(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    key: &str,
) -> Result<(ApiKey, Vec<ApiSecret>), PageError> {
    let id = key.parse().map_err(|_| not_found())?;
    developer.visitor.state.registry.key_of(app, id).await.map_err(refused)
}

/// How much the key was used lately.
async fn calls(developer: &Developer<'_>, app: &Permitted<App>, key: ClientId) -> Result<String, PageError> {
    let visitor = developer.visitor;
    let filter = ActivityFilter { key: Some(key), ..crate::activity::recent(visitor) };
    let rows = visitor.state.registry.activity_of(app, filter, COUNTED).await.map_err(refused)?;
    let (mut calls, mut newest) = (0, None);
    for row in rows.iter().filter(|row| row.refusal.is_none()) {
        calls += row.count;
        newest = newest.max(Some(row.at));
    }
    Ok(match newest {
        None => "Nothing has used this key successfully in the last 30 days.".to_owned(),
        Some(at) => format!(
            "In the last 30 days there were {calls} successful calls with this key, the last {}.",
            crate::pages::moment(at).words
        ),
    })
}
