//! *+ API Key*: makes a key, and shows its first secret once.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{KeyDraft, NewKey, Permitted, RegistryError};
use domain::{App, ApplicationKind, EnvironmentName, KeyKind, MutualTls, Permission};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::{Confirmed, PageBody, PageForm, PageResult, Visitor};

use super::{new_path, show_secret};
use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem};
use crate::once::Outcome;
use crate::pages::{Choice, KindChoice, NewKeyPage, Problem};
use crate::place::{Place, Tab};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// In how many days a key or secret may end by itself.
const EXPIRIES: [(u32, &str); 5] =
    [(0, "Never"), (30, "In 30 days"), (90, "In 90 days"), (180, "In 180 days"), (365, "In a year")];

/// What was typed, as it was typed.
#[derive(Default)]
struct Typed {
    label: String,
    kind: String,
    environments: Vec<String>,
    expiry: String,
}

impl Typed {
    fn of(form: &PageForm) -> Self {
        Self {
            label: form.one("label").to_owned(),
            kind: form.one("kind").to_owned(),
            environments: form.all(field::ENVIRONMENT).map(str::to_owned).collect(),
            expiry: form.one("expiry").to_owned(),
        }
    }

    fn draft(&self, app: &App, visitor: &Visitor) -> Result<KeyDraft, Problem> {
        let kind = kinds(app).find(|(kind, ..)| word(*kind) == self.kind);
        let kind = kind.ok_or_else(|| Problem::new("kind", "choose how the key authenticates"))?.0;
        let names: Result<Vec<_>, _> =
            self.environments.iter().map(|name| EnvironmentName::try_from(name.clone())).collect();
        let names = names.map_err(|_| Problem::new("environments", "choose some of the list"))?;
        Ok(KeyDraft {
            app: app.id,
            label: self.label.clone(),
            kind,
            environments: (!names.is_empty()).then_some(names),
            expires_at: expiry(&self.expiry)?.map(|life| visitor.now() + life),
        })
    }
}

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn create(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Keys)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let page = page(&developer, &app, &Typed::default(), Vec::new());
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Keys)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let typed = Typed::of(&form);
    let again = |problem| {
        let page = page(&developer, &app, &typed, vec![problem]);
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let draft = match typed.draft(&app, visitor) {
        Ok(draft) => draft,
        Err(problem) => return again(problem),
    };
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()),
    };
    let keys = Place::Tab(app.id, Tab::Keys);
    let spent = developer.spend(&form, &keys).await?;
    match make(visitor, &app, draft, confirmed).await {
        Ok(NewKey { key, secret: Some(secret) }) => {
            spent.came_to(Outcome::secret(&key, &secret)).await;
            Ok(show_secret(&developer, (&app, &key), &secret, ("Your new API key", None)))
        }
        Ok(NewKey { secret: None, .. }) => {
            spent.came_to(Outcome::Page(keys.path())).await;
            Ok(visitor.go(&keys.path()))
        }
        Err(error) => again(problem(error)?),
    }
}

async fn make(visitor: &Visitor, app: &Permitted<App>, draft: KeyDraft, _: Confirmed) -> Result<NewKey, RegistryError> {
    visitor.state.registry.create_key(app.by(), draft).await
}

fn page(developer: &Developer<'_>, app: &App, typed: &Typed, problems: Vec<Problem>) -> NewKeyPage {
    let chosen = |kind| if typed.kind.is_empty() { kind == KeyKind::Secret } else { word(kind) == typed.kind };
    let environment = |name: &EnvironmentName| Choice {
        value: name.to_string(),
        words: name.to_string(),
        chosen: typed.environments.iter().any(|ticked| *ticked == name.as_str()),
    };
    let several = if app.environments.len() > 1 { app.environments.as_slice() } else { &[] };
    NewKeyPage {
        frame: developer.visitor.frame(),
        head: head(developer, app, Tab::Keys),
        form: developer.post_once_to(&new_path(app.id)),
        problems,
        needs_password: developer.visitor.needs_password(),
        label: typed.label.clone(),
        kinds: kinds(app)
            .map(|(kind, name, about)| KindChoice { value: word(kind), name, about, chosen: chosen(kind) })
            .collect(),
        environments: several.iter().map(environment).collect(),
        expiries: expiries(&typed.expiry),
    }
}

/// The kinds of key that this app can have.
fn kinds(app: &App) -> impl Iterator<Item = (KeyKind, &'static str, &'static str)> {
    let (mutual_tls, native) = (app.mutual_tls != MutualTls::Off, app.kind == ApplicationKind::Native);
    [
        (KeyKind::Secret, true, "By a secret", "For programs on servers, which can keep one."),
        (
            KeyKind::Certificate,
            mutual_tls,
            "By a client certificate",
            "Nothing secret is sent; the certificate is registered under Certificates.",
        ),
        (KeyKind::CertificateAndSecret, mutual_tls, "By a client certificate and a secret", "Neither alone is enough."),
        (
            KeyKind::Public,
            native,
            "Public, without a secret",
            "For programs on people’s devices; authorization is held together by PKCE.",
        ),
    ]
    .into_iter()
    .filter(|(_, offered, ..)| *offered)
    .map(|(kind, _, name, about)| (kind, name, about))
}

const fn word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Secret => "secret",
        KeyKind::Certificate => "certificate",
        KeyKind::CertificateAndSecret => "certificate-and-secret",
        KeyKind::Public => "public",
    }
}

/// How long something lives that was chosen to end by itself.
pub(super) fn expiry(typed: &str) -> Result<Option<Duration>, Problem> {
    let chosen = EXPIRIES.iter().find(|(days, _)| days.to_string() == typed);
    let (days, _) = chosen.ok_or_else(|| Problem::new("expiry", "choose one of the list"))?;
    Ok((*days > 0).then(|| DAY * *days))
}

pub(super) fn expiries(typed: &str) -> Vec<Choice> {
    let choice = |(days, words): &(u32, &str)| Choice {
        value: days.to_string(),
        words: (*words).to_owned(),
        chosen: days.to_string() == typed,
    };
    EXPIRIES.iter().map(choice).collect()
}
