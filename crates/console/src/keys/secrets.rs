//! Another secret for a key, beside its older ones or in their place.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{NewSecret, Permitted, RegistryError};
use domain::{ApiKey, App, AppId, ClientId, Permission};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageResult, Visitor};
use serde::Deserialize;

use super::change::key_of;
use super::new::{expiries, expiry};
use super::show_secret;
use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem};
use crate::once::Outcome;
use crate::pages::{Choice, Problem, SecretFormPage, moment};
use crate::place::{Place, Tab};

const HOUR: Duration = Duration::from_secs(3600);
/// For how many hours the older secrets may go on working.
const OVERLAPS: [(u32, &str); 7] = [
    (0, "Not at all: they stop at once"),
    (1, "1 hour"),
    (24, "1 day"),
    (3 * 24, "3 days"),
    (7 * 24, "7 days"),
    (30 * 24, "30 days"),
    (90 * 24, "90 days"),
];

/// A key of an app, and how it gets a secret.
#[derive(Deserialize)]
pub(super) struct NamedWay {
    app: String,
    key: String,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Way {
    /// The others go on working.
    #[serde(rename = "new-secret")]
    Add,
    /// The others end after a while.
    #[serde(rename = "rotate")]
    Rotate,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::Add => "new-secret",
            Self::Rotate => "rotate",
        }
    }

    /// The field that is chosen in.
    const fn field(self) -> &'static str {
        match self {
            Self::Add => "expiry",
            Self::Rotate => "overlap",
        }
    }
}

/// The page that asks, without the environment.
pub(super) fn path(app: AppId, key: ClientId, way: Way) -> String {
    format!("{}/{key}/{}", Place::Tab(app, Tab::Keys).path(), way.word())
}

pub(super) async fn ask(visitor: Visitor, named: Path<NamedWay>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn make(visitor: Visitor, named: Path<NamedWay>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &NamedWay) -> PageResult {
    let target = Target::read(visitor, named).await?;
    Ok(visitor.show(&target.page("", Vec::new()), StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &NamedWay, body: &PageBody) -> PageResult {
    let target = Target::read(visitor, named).await?;
    let form = target.developer.form(body)?;
    let typed = form.one(target.way.field());
    let again = |problem| Ok(visitor.show(&target.page(typed, vec![problem]), StatusCode::BAD_REQUEST));
    let chosen = match target.chosen(typed) {
        Ok(chosen) => chosen,
        Err(problem) => return again(problem),
    };
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()),
    };
    let spent = target.developer.spend(&form, &Place::Tab(target.app.id, Tab::Keys)).await?;
    match target.perform(chosen, confirmed).await {
        Ok(new) => {
            spent.came_to(Outcome::secret(&target.key, &new)).await;
            let (whose, words) = ((&target.app, &target.key), ("Your new secret", target.others(chosen)));
            Ok(show_secret(&target.developer, whose, &new, words))
        }
        Err(error) => again(problem(error)?),
    }
}

/// What the path names, for somebody who may change it.
struct Target<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    key: ApiKey,
    way: Way,
}

impl<'a> Target<'a> {
    async fn read(visitor: &'a Visitor, named: &NamedWay) -> Result<Self, PageError> {
        let place = Named { app: named.app.clone() };
        let developer = Developer::at(visitor, &place.tab(Tab::Keys)).await?;
        let app = developer.app_for(place.id(), Permission::Edit).await?;
        let (key, _) = key_of(&developer, &app, &named.key).await?;
        Ok(Self { developer, app, key, way: named.way })
    }

    /// How long the new secret lives, or the older ones go on; `None` is without end.
    fn chosen(&self, typed: &str) -> Result<Option<Duration>, Problem> {
        match self.way {
            Way::Add => expiry(typed),
            Way::Rotate => {
                let chosen = self.overlaps().find(|(hours, _)| hours.to_string() == typed);
                let (hours, _) = chosen.ok_or_else(|| Problem::new("overlap", "choose one of the list"))?;
                Ok(Some(HOUR * hours))
            }
        }
    }

    async fn perform(&self, chosen: Option<Duration>, _: Confirmed) -> Result<NewSecret, RegistryError> {
        let (visitor, by) = (self.developer.visitor, self.app.by());
        let registry = &visitor.state.registry;
        match self.way {
            Way::Add => registry.add_secret(by, self.key.id, chosen.map(|life| visitor.now() + life)).await,
            Way::Rotate => registry.rotate_secret(by, self.key.id, chosen).await,
        }
    }

    /// What becomes of the older secrets.
    fn others(&self, chosen: Option<Duration>) -> Option<String> {
        let words = match (self.way, chosen) {
            (Way::Add, _) | (Way::Rotate, None) => return None,
            (Way::Rotate, Some(Duration::ZERO)) => "The older secrets of this key do not work any more.".to_owned(),
            (Way::Rotate, Some(overlap)) => {
                let until = moment(self.developer.visitor.now() + overlap).words;
                format!("The older secrets of this key work until {until}. Put the new one in their place by then.")
            }
        };
        Some(words)
    }

    fn overlaps(&self) -> impl Iterator<Item = (u32, &'static str)> {
        let longest = self.developer.visitor.state.registry.policy().longest_rotation_overlap;
        OVERLAPS.into_iter().filter(move |(hours, _)| HOUR * *hours <= longest)
    }

    fn choices(&self, typed: &str) -> Vec<Choice> {
        if self.way == Way::Add {
            return expiries(typed);
        }
        let usual = self.developer.visitor.state.registry.policy().rotation_overlap;
        let usual = self.overlaps().find(|(hours, _)| HOUR * *hours >= usual).map(|(hours, _)| hours.to_string());
        let chosen = if typed.is_empty() { usual.unwrap_or_default() } else { typed.to_owned() };
        let choice = |(hours, words): (u32, &str)| Choice {
            value: hours.to_string(),
            words: words.to_owned(),
            chosen: hours.to_string() == chosen,
        };
        self.overlaps().map(choice).collect()
    }

    fn page(&self, typed: &str, problems: Vec<Problem>) -> SecretFormPage {
        let visitor = self.developer.visitor;
        let (title, button, about, label, hint) = match self.way {
            Way::Add => (
                "Add a secret",
                "Add secret",
                "The key gets another secret. The ones it has go on working: two programs can each have one of their own, to be revoked alone.",
                "The new secret expires",
                "After that, nothing can authenticate with it. The key itself lives on.",
            ),
            Way::Rotate => (
                "Rotate the secret",
                "Rotate secret",
                "The key gets a new secret, and the ones it has end after a while: time to put the new one in their place. What was obtained with them lives on.",
                "The older secrets go on working for",
                "Choose at once only if one of them leaked; then also revoke that one, which ends what it obtained.",
            ),
        };
        SecretFormPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Keys),
            title,
            key: (self.key.label.clone(), self.key.id.to_string()),
            about,
            form: self.developer.post_once_to(&path(self.app.id, self.key.id, self.way)),
            problems,
            needs_password: visitor.needs_password(),
            field: self.way.field(),
            label,
            hint,
            choices: self.choices(typed),
            button,
        }
    }
}
