//! Unattended connections: asks a customer for one, by a link for its admin; and takes the question back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{ConnectionRequestDraft, Permitted, RegistryError};
use domain::{ApiKey, App, AppId, ConnectionRequest, KeyKind, Permission, RequestId, ScopeSet};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::{PageBody, PageError, PageForm, PageResult, Visitor};
use serde::Deserialize;

use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, problem, refused};
use crate::pages::{Choice, ConfirmPage, NewRequestPage, Problem, moment};
use crate::place::{Place, Tab};

/// How many customers are suggested.
const SUGGESTED: u32 = 100;
const KEY: &str = "key";
/// Not the name of a list.
const CUSTOMER: &str = "customer_id";

/// The page that asks for one, without the environment.
pub(super) fn new_path(app: AppId) -> String {
    format!("{}/requests/new", Place::Tab(app, Tab::Customers).path())
}

/// The page that takes one back, without the environment.
pub(super) fn withdraw_path(app: AppId, request: RequestId) -> String {
    format!("{}/requests/{request}/withdraw", Place::Tab(app, Tab::Customers).path())
}

/// What the customer's admin opens.
pub(super) fn link(visitor: &Visitor, request: &ConnectionRequest) -> String {
    let issuer = visitor.state.protocol.settings.issuer(&request.environment);
    format!("{issuer}/ui/oauth/unattended/{}", request.id)
}

/// What was typed, as it was typed.
struct Typed {
    key: String,
    customer: String,
    scopes: Vec<String>,
}

impl Typed {
    fn nothing(app: &App) -> Self {
        Self {
            key: String::new(),
            customer: String::new(),
            scopes: app.scopes.iter().map(ToString::to_string).collect(),
        }
    }

    fn of(form: &PageForm) -> Self {
        Self {
            key: form.one(KEY).to_owned(),
            customer: form.one(CUSTOMER).trim().to_owned(),
            scopes: form.all(field::SCOPE).map(str::to_owned).collect(),
        }
    }

    fn draft(&self) -> Result<ConnectionRequestDraft, Vec<Problem>> {
        let mut problems = Vec::new();
        let key = self.key.parse().ok();
        if key.is_none() {
            problems.push(Problem::new(KEY, "choose the API key that wants in"));
        }
        let customer = self.customer.parse().ok();
        if customer.is_none() {
            problems
                .push(Problem::new(CUSTOMER, "write the customer’s id; it begins with cus_ and its admin knows it"));
        }
        let scopes = self.scopes.join(" ").parse::<ScopeSet>().ok().filter(|scopes| !scopes.is_empty());
        if scopes.is_none() {
            problems.push(Problem::new(field::SCOPE, "choose what the app wants to do, at least one scope"));
        }
        match (key, customer, scopes) {
            (Some(key), Some(customer), Some(scopes)) => Ok(ConnectionRequestDraft { key, customer, scopes }),
            _ => Err(problems),
        }
    }
}

pub(crate) async fn ask(visitor: Visitor, named: Path<Named>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(crate) async fn create(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = make(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &Named) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Customers)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    form_page(&developer, &app, &Typed::nothing(&app), Vec::new()).await
}

async fn make(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &named.tab(Tab::Customers)).await?;
    let app = developer.app_for(named.id(), Permission::Edit).await?;
    let form = developer.form(body)?;
    let typed = Typed::of(&form);
    let draft = match typed.draft() {
        Ok(draft) => draft,
        Err(problems) => return form_page(&developer, &app, &typed, problems).await,
    };
    match visitor.state.registry.request_connection_for_app(&app, draft).await {
        Ok(_) => Ok(visitor.go(&format!("{}#requests", Place::Tab(app.id, Tab::Customers).path()))),
        Err(error) => form_page(&developer, &app, &typed, vec![unanswerable(error)?]).await,
    }
}

/// What is wrong with a request, at the field that can mend it.
fn unanswerable(error: RegistryError) -> Result<Problem, PageError> {
    match &error {
        RegistryError::NotFound { what: "customer", .. } => {
            Ok(Problem::new(CUSTOMER, "there is no customer with this id; ask its admin for it"))
        }
        RegistryError::NotFound { .. } | RegistryError::KeyRevoked(_) | RegistryError::PublicKey(_) => {
            Ok(Problem::new(KEY, "choose an API key of the list"))
        }
        RegistryError::EnvironmentNotAllowed(_) => Ok(Problem::new(CUSTOMER, &error.to_string())),
        RegistryError::Invalid { field: "scopes", .. } => Ok(Problem::new(field::SCOPE, &error.to_string())),
        _ => problem(error),
    }
}

async fn form_page(
    developer: &Developer<'_>,
    app: &Permitted<App>,
    typed: &Typed,
    problems: Vec<Problem>,
) -> PageResult {
    let visitor = developer.visitor;
    let registry = &visitor.state.registry;
    let keys = registry.keys_of(app).await.map_err(refused)?;
    let now = visitor.now();
    let can_ask = |key: &ApiKey| key.is_usable(now) && key.kind != KeyKind::Public;
    let keys: Vec<_> = keys.iter().map(|(key, _)| key).filter(|key| can_ask(key)).collect();
    let customers = registry.customers_of_app(app, SUGGESTED).await.map_err(refused)?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = NewRequestPage {
        frame: visitor.frame(),
        head: head(developer, app, Tab::Customers),
        form: developer.post_to(&new_path(app.id)),
        problems,
        keys: keys
            .iter()
            .map(|key| Choice {
                value: key.id.to_string(),
                words: format!("{} ({})", key.label, key.id),
                chosen: key.id.to_string() == typed.key,
            })
            .collect(),
        customer: typed.customer.clone(),
        customers: customers.into_iter().map(|customer| (customer.id.to_string(), customer.name)).collect(),
        scopes: app
            .scopes
            .iter()
            .map(|scope| {
                let value = scope.to_string();
                Choice { chosen: typed.scopes.contains(&value), words: value.clone(), value }
            })
            .collect(),
        days: registry.policy().connection_request_life.as_secs() / (24 * 3600),
        obstacle: obstacle(app, keys.is_empty()),
        back_url: visitor.path(&Place::Tab(app.id, Tab::Customers).path()),
    };
    Ok(visitor.show(&page, status))
}

/// Why nothing can be asked for.
fn obstacle(app: &App, no_key: bool) -> Option<&'static str> {
    if !app.client_credentials {
        Some("Client credentials are off for this app. Switch on Enable Client Credentials first.")
    } else if no_key {
        Some(
            "This app has no API key that could act on its own. Make one that authenticates by a secret or a certificate first.",
        )
    } else {
        None
    }
}

/// A request of an app.
#[derive(Deserialize)]
pub(crate) struct NamedRequest {
    app: String,
    request: String,
}

pub(crate) async fn ask_withdraw(visitor: Visitor, named: Path<NamedRequest>) -> HttpResponse {
    let result = withdraw_question(&visitor, &named).await;
    answer(visitor, result)
}

pub(crate) async fn withdraw(visitor: Visitor, named: Path<NamedRequest>, body: PageBody) -> HttpResponse {
    let result = take_back(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn withdraw_question(visitor: &Visitor, named: &NamedRequest) -> PageResult {
    let (developer, app, request) = asked(visitor, named).await?;
    let customer = visitor.state.protocol.directory.customer(request.customer).await?;
    let page = ConfirmPage {
        frame: visitor.frame(),
        head: head(&developer, &app, Tab::Customers),
        title: "Withdraw this request?",
        what: vec![customer.map(|customer| customer.name).unwrap_or_default(), request.id.to_string()],
        sentences: vec![
            format!("The link that was made {} works no more.", moment(request.created_at).words),
            "Connections stay as they are. You can make another request at any time.".to_owned(),
        ],
        form: developer.post_to(&withdraw_path(app.id, request.id)),
        problems: Vec::new(),
        tick: None,
        needs_password: false,
        button: "Withdraw request",
        is_dangerous: true,
        back_url: visitor.path(&Place::Tab(app.id, Tab::Customers).path()),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn take_back(visitor: &Visitor, named: &NamedRequest, body: &PageBody) -> PageResult {
    let (developer, app, request) = asked(visitor, named).await?;
    developer.form(body)?;
    match visitor.state.registry.withdraw_connection_request(&app, request.id).await {
        // Answered or withdrawn meanwhile: the list shows it.
        Ok(_) | Err(RegistryError::RequestAnswered | RegistryError::Stale { .. }) => {
            Ok(visitor.go(&Place::Tab(app.id, Tab::Customers).path()))
        }
        Err(error) => Err(refused(error)),
    }
}

async fn asked<'a>(
    visitor: &'a Visitor,
    named: &NamedRequest,
) -> Result<(Developer<'a>, Permitted<App>, ConnectionRequest), PageError> {
    let place = Named { app: named.app.clone() };
    let developer = Developer::at(visitor, &place.tab(Tab::Customers)).await?;
    let app = developer.app_for(place.id(), Permission::Edit).await?;
    let id = named.request.parse().map_err(|_| not_found())?;
    let request = visitor.state.registry.request_of_app(&app, id).await.map_err(refused)?;
    Ok((developer, app, request))
}
