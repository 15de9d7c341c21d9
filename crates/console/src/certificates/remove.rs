//! Taking away what an app has registered.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{Held, Permitted, RegistryError};
use domain::{ApiKey, App, ClientId, Permission};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageResult, Visitor};
use serde::Deserialize;

use super::under;
use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{ConfirmPage, Problem, Tick};
use crate::place::{Place, Tab};

/// Whether clients may stop working.
const FORCE: &str = "force";

/// Something that an app has registered.
#[derive(Deserialize)]
pub(super) struct NamedHeld {
    app: String,
    #[serde(default)]
    certificate: String,
    #[serde(default)]
    anchor: String,
}

pub(super) async fn ask(visitor: Visitor, named: Path<NamedHeld>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn remove(visitor: Visitor, named: Path<NamedHeld>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &NamedHeld) -> PageResult {
    let target = Target::read(visitor, named).await?;
    Ok(visitor.show(&target.page(false, Vec::new()), StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &NamedHeld, body: &PageBody) -> PageResult {
    let target = Target::read(visitor, named).await?;
    let form = target.developer.form(body)?;
    let force = form.one(FORCE) == "yes";
    let again = |problem| Ok(visitor.show(&target.page(force, vec![problem]), StatusCode::BAD_REQUEST));
    if !target.stopped.is_empty() && !force {
        return again(Problem::new("", "tick the box to remove it although API keys stop working"));
    }
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()),
    };
    match target.perform(force, confirmed).await {
        Ok(()) => Ok(visitor.go(&Place::Tab(target.app.id, Tab::Certificates).path())),
        Err(error) => again(problem(error)?),
    }
}

/// What the path names, for somebody who may take it away.
struct Target<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    held: Held,
    what: Vec<String>,
    /// The labels of the keys that stop working without it.
    stopped: Vec<String>,
}

impl<'a> Target<'a> {
    async fn read(visitor: &'a Visitor, named: &NamedHeld) -> Result<Self, PageError> {
        let place = Named { app: named.app.clone() };
        let developer = Developer::at(visitor, &place.tab(Tab::Certificates)).await?;
        let app = developer.app_for(place.id(), Permission::Edit).await?;
        let registry = &visitor.state.registry;
        let registered = registry.registered_of(&app).await.map_err(refused)?;
        let certificate = registered.certificates.iter().find(|one| one.id.to_string() == named.certificate);
        let anchor = registered.anchors.iter().find(|one| one.id.to_string() == named.anchor);
        let (held, what) = match (certificate, anchor) {
            (Some(one), _) => (Held::Certificate(one.id), vec![one.label.clone(), one.id.to_string()]),
            (None, Some(one)) => (Held::Anchor(one.id), vec![one.label.clone(), one.id.to_string()]),
            (None, None) => return Err(not_found()),
        };
        let stopped = registry.stopped_without(&app, held).await.map_err(refused)?;
        let keys = visitor.state.protocol.directory.keys(app.id).await?;
        let name = |id: ClientId| {
            let label = keys.iter().find(|key: &&ApiKey| key.id == id).map(|key| key.label.clone());
            label.unwrap_or_else(|| id.to_string())
        };
        Ok(Self { developer, app, held, what, stopped: stopped.into_iter().map(name).collect() })
    }

    async fn perform(&self, force: bool, _: Confirmed) -> Result<(), RegistryError> {
        let (registry, by) = (&self.developer.visitor.state.registry, self.app.by());
        match self.held {
            Held::Certificate(id) => registry.remove_certificate(by, id, force).await.map(drop),
            Held::Anchor(id) => registry.remove_anchor(by, id, force, false).await.map(drop),
        }
    }

    fn page(&self, force: bool, problems: Vec<Problem>) -> ConfirmPage {
        let visitor = self.developer.visitor;
        let (title, button, effect, path) = match self.held {
            Held::Certificate(id) => (
                "Remove this certificate?",
                "Remove certificate",
                "It counts for this app no more, and tokens that are bound to it end within a second. Those of the app’s other certificates live on.",
                under(self.app.id, &format!("{id}/remove")),
            ),
            Held::Anchor(id) => (
                "Remove this trust anchor?",
                "Remove trust anchor",
                "Its word for names counts for this app no more. Tokens that clients got by names under the app’s trust anchors end within a second; those that another anchor vouches for can get new ones at once.",
                under(self.app.id, &format!("anchors/{id}/remove")),
            ),
        };
        let mut sentences = vec![effect.to_owned()];
        if self.stopped.is_empty() {
            sentences.push("No API key loses its last certificate by that.".to_owned());
        } else {
            let keys = self.stopped.join(", ");
            sentences.push(format!("It is the last that clients of these API keys can show; they stop working at once: {keys}. Register another one first to avoid that."));
        }
        ConfirmPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Certificates),
            title,
            what: self.what.clone(),
            sentences,
            form: self.developer.post_to(&path),
            problems,
            tick: (!self.stopped.is_empty()).then_some(Tick {
                name: FORCE,
                words: "Remove it all the same",
                about: "Their calls are refused until another certificate is registered.",
                ticked: force,
            }),
            needs_password: visitor.needs_password(),
            button,
            is_dangerous: true,
            back_url: visitor.path(&Place::Tab(self.app.id, Tab::Certificates).path()),
        }
    }
}
