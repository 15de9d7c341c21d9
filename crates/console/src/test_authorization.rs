//! `/ui/apps/{app}/test`: *Run test authorization*, and what came of it step by step.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::Permitted;
use domain::{ApiKey, App, AppId, EndedBy, EnvironmentName, KeyKind, Liveness, MutualTls, Permission};
use oauth_endpoints::sessions::{PageBody, PageError, PageResult, Visitor};
use oauth_endpoints::test_authorization::{self, Received, Test};
use serde::Deserialize;

use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, refused};
use crate::pages::{Choice, Problem, TestPage, TestResultPage, TestedConnection, moment};
use crate::place::{Place, Tab};

const KEY: &str = "key";
const SECRET: &str = "secret";

/// An app, and a test of it that this browser began.
#[derive(Deserialize)]
pub(super) struct NamedTest {
    app: String,
    test: String,
}

/// What comes back to a callback.
#[derive(Default, Deserialize)]
pub(super) struct CameBack {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

pub(super) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = show(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn begin(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = start(&visitor, &named, &body).await;
    answer(visitor, result)
}

pub(super) async fn callback(visitor: Visitor, named: Path<Named>, came: Option<Query<CameBack>>) -> HttpResponse {
    let result = take(&visitor, &named, came.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

pub(super) async fn result(visitor: Visitor, named: Path<NamedTest>) -> HttpResponse {
    let result = look(&visitor, &named).await;
    answer(visitor, result)
}

pub(super) async fn go_on(visitor: Visitor, named: Path<NamedTest>, body: PageBody) -> HttpResponse {
    let result = act(&visitor, &named, &body).await;
    answer(visitor, result)
}

/// Where a test of an app begins, without the environment.
pub(crate) fn path(app: AppId) -> String {
    Place::Test(app).path()
}

async fn show(visitor: &Visitor, named: &Named) -> PageResult {
    let (developer, app) = editor(visitor, named.id()).await?;
    Ok(visitor.show(&start_page(&developer, &app, Vec::new()).await?, StatusCode::OK))
}

async fn start(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let (developer, app) = editor(visitor, named.id()).await?;
    let form = developer.form(body)?;
    let keys = testable(&developer, &app).await?;
    let Some(key) = keys.iter().find(|key| key.id.to_string() == form.one(KEY)) else {
        let page = start_page(&developer, &app, vec![Problem::new(KEY, "choose an API key that can be used here")]);
        return Ok(visitor.show(&page.await?, StatusCode::BAD_REQUEST));
    };
    let page = format!("{}/callback", path(app.id));
    test_authorization::begin(visitor, developer.session, (app.id, key.id), &page).await
}

/// Keeps what came back and goes on to a page without a code in its address.
async fn take(visitor: &Visitor, named: &Named, came: CameBack) -> PageResult {
    let (developer, app) = editor(visitor, named.id()).await?;
    let state = came.state.unwrap_or_default();
    let mut test = own(&developer, app.id, &state).await?;
    let received = Received {
        code: came.code,
        error: came.error.map(|error| (error, came.error_description.unwrap_or_default())),
        iss: came.iss.unwrap_or_default(),
    };
    test.receive(visitor, received).await?;
    Ok(visitor.go(&result_path(app.id, &test)))
}

async fn look(visitor: &Visitor, named: &NamedTest) -> PageResult {
    let (developer, app) = editor(visitor, named.app.parse().ok()).await?;
    let test = own(&developer, app.id, &named.test).await?;
    Ok(visitor.show(&result_page(&developer, &app, &test).await?, StatusCode::OK))
}

async fn act(visitor: &Visitor, named: &NamedTest, body: &PageBody) -> PageResult {
    let (developer, app) = editor(visitor, named.app.parse().ok()).await?;
    let form = developer.form(body)?;
    let mut test = own(&developer, app.id, &named.test).await?;
    let connection = test.answer.as_ref().and_then(|answer| answer.connection);
    match connection {
        Some(connection) if form.one("decision") == "end" => {
            let registry = &visitor.state.registry;
            registry.end_connection(app.by(), connection, EndedBy::Developer).await.map_err(refused)?;
        }
        None if can_be_exchanged(&test) => test.exchange(visitor, form.one(SECRET).trim()).await?,
        _ => {}
    }
    Ok(visitor.go(&result_path(app.id, &test)))
}

/// Somebody who may edit the app: a test gets what the app gets.
async fn editor(visitor: &Visitor, id: Option<AppId>) -> Result<(Developer<'_>, Permitted<App>), PageError> {
    let place = id.map_or(Place::all_apps(), Place::Test);
    let developer = Developer::at(visitor, &place).await?;
    let app = developer.app_for(id, Permission::Edit).await?;
    Ok((developer, app))
}

/// A test that this person began in this browser.
async fn own(developer: &Developer<'_>, app: AppId, id: &str) -> Result<Test, PageError> {
    let found = test_authorization::find(developer.visitor, developer.session, app, id).await?;
    found.ok_or_else(not_found)
}

fn result_path(app: AppId, test: &Test) -> String {
    format!("{}/{}", path(app), test.id())
}

/// The keys with which a browser can do what a client does: none that needs a certificate.
async fn testable(developer: &Developer<'_>, app: &Permitted<App>) -> Result<Vec<ApiKey>, PageError> {
    let (visitor, now) = (developer.visitor, developer.visitor.now());
    let keys = visitor.state.registry.keys_of(app).await.map_err(refused)?.into_iter().map(|(key, _)| key);
    let fits = |key: &ApiKey| {
        key.is_usable(now) && !key.kind.needs_certificate() && key.is_allowed_in(visitor.environment(), app)
    };
    Ok(keys.filter(fits).collect())
}

/// Whether the token endpoint would still take the code: a client that failed to authenticate did not spend it.
fn can_be_exchanged(test: &Test) -> bool {
    let has_code = test.received.as_ref().is_some_and(|received| received.code.is_some());
    has_code && test.answer.as_ref().is_none_or(|answer| answer.status == 401)
}

async fn start_page(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    problems: Vec<Problem>,
) -> Result<TestPage, PageError> {
    let visitor = developer.visitor;
    let keys = testable(developer, app).await?;
    let choice = |(place, key): (usize, &ApiKey)| Choice {
        value: key.id.to_string(),
        words: format!("{} ({})", key.label, key.id),
        chosen: place == 0,
    };
    let here = visitor.environment();
    let elsewhere = app.environments.iter().filter(|name| *name != here);
    let link = |name: &EnvironmentName| (name.to_string(), format!("{}{}", name.prefix(), path(app.id)));
    Ok(TestPage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Overview),
        form: developer.post_to(&path(app.id)),
        problems,
        keys: keys.iter().enumerate().map(choice).collect(),
        environment: here.to_string(),
        elsewhere: elsewhere.map(link).collect(),
        requires_certificate: app.mutual_tls == MutualTls::Required,
        callback: format!("{}{}/callback", visitor.state.protocol.settings.issuer(here), path(app.id)),
    })
}

async fn result_page(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    test: &Test,
) -> Result<TestResultPage, PageError> {
    let visitor = developer.visitor;
    let (key, _) = visitor.state.registry.key_of(app, test.key).await.map_err(refused)?;
    let has_secret = key.kind == KeyKind::Secret;
    let connection = match test.answer.as_ref().and_then(|answer| answer.connection) {
        Some(id) => visitor.state.protocol.connections.find(id).await?.value,
        None => None,
    };
    Ok(TestResultPage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Overview),
        form: developer.post_to(&result_path(app.id, test)),
        again_url: visitor.path(&path(app.id)),
        key: format!("{} ({})", key.label, key.id),
        authorize_url: test.authorize_url(visitor),
        state: test.id().to_owned(),
        received: test.received.clone(),
        token_url: test.token_url(visitor),
        exchange: test.exchange_request(has_secret),
        asks_secret: has_secret,
        can_be_exchanged: can_be_exchanged(test),
        answer: test.answer.clone(),
        connection: connection.map(|connection| TestedConnection {
            id: connection.id.to_string(),
            is_live: connection.liveness(visitor.now()) == Liveness::Active,
            ends_at: moment(connection.expires_at),
        }),
    })
}
