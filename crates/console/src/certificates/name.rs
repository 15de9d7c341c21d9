//! Registering a name: certificates that have it count under a trust anchor of the app, and so do their renewals.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{CertificateDraft, Holder, NameKind, Permitted, RegistryError};
use domain::{App, ClientId, Permission, Voucher};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageForm, PageResult, Visitor};

use super::{holder, holders, label, under};
use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem, refused};
use crate::pages::{CertificateNamePage, Choice, Problem};
use crate::place::{Place, Tab};

const KINDS: [(&str, NameKind, &str); 5] = [
    ("dns", NameKind::Dns, "DNS name: bot.example.com"),
    ("uri", NameKind::Uri, "URI: spiffe://example.com/bot"),
    ("email", NameKind::Email, "E-mail address: bot@example.com"),
    ("ip", NameKind::Ip, "IP address: 192.0.2.1"),
    ("subject", NameKind::Subject, "Whole subject: CN=Report Bot,O=Example"),
];

/// What was typed.
#[derive(Default)]
struct Typed {
    kind: String,
    name: String,
    label: String,
    key: String,
}

impl Typed {
    fn of(form: &PageForm) -> Self {
        let one = |name| form.one(name).to_owned();
        Self { kind: one("kind"), name: one("name"), label: one("label"), key: one("key") }
    }

    fn kind(&self) -> Result<NameKind, Problem> {
        let chosen = KINDS.iter().find(|(word, ..)| *word == self.kind);
        chosen.map(|(_, kind, _)| *kind).ok_or_else(|| Problem::new("kind", "choose one of the list"))
    }
}

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn add(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = take(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let page = page(&developer, &app, &Typed::default(), Vec::new()).await?;
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn take(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Certificates)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let typed = Typed::of(&form);
    let again = async |problem| {
        let page = page(&developer, &app, &typed, vec![problem]).await?;
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let kind = match typed.kind() {
        Ok(kind) => kind,
        Err(problem) => return again(problem).await,
    };
    let key = match holder(&developer, &app, &typed.key).await? {
        Ok(key) => key,
        Err(problem) => return again(problem).await,
    };
    let confirmed = match visitor.confirm(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(why.into()).await,
    };
    match register(&developer, &app, (&typed, kind, key), confirmed).await {
        Ok(()) => Ok(visitor.go(&Place::Tab(app.id, Tab::Certificates).path())),
        Err(error @ RegistryError::CertificateName(_)) => again(Problem::new("name", &error.to_string())).await,
        Err(error) => again(problem(error)?).await,
    }
}

async fn register(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    (typed, kind, key): (&Typed, NameKind, Option<ClientId>),
    _: Confirmed,
) -> Result<(), RegistryError> {
    let draft = CertificateDraft { holder: key.map_or(Holder::App(app.id), Holder::Key), label: label(&typed.label) };
    let registry = &developer.visitor.state.registry;
    registry.add_certificate_name(app.by(), draft, (kind, &typed.name), Voucher::App).await.map(drop)
}

async fn page(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    typed: &Typed,
    problems: Vec<Problem>,
) -> Result<CertificateNamePage, PageError> {
    let visitor = developer.visitor;
    let registered = visitor.state.registry.registered_of(app).await.map_err(refused)?;
    let kind = |(word, _, words): &(&str, NameKind, &str)| Choice {
        value: (*word).to_owned(),
        words: (*words).to_owned(),
        chosen: *word == typed.kind,
    };
    Ok(CertificateNamePage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Certificates),
        form: developer.post_to(&under(app.id, "new-name")),
        problems,
        needs_password: visitor.needs_password(),
        anchors: registered.anchors.into_iter().map(|anchor| anchor.label).collect(),
        add_anchor_url: visitor.path(&under(app.id, "new-anchor")),
        kinds: KINDS.iter().map(kind).collect(),
        name: typed.name.clone(),
        label: typed.label.clone(),
        keys: holders(developer, app, &typed.key).await?,
        back_url: visitor.path(&Place::Tab(app.id, Tab::Certificates).path()),
    })
}
