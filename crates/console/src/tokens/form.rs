//! *Generate Token* and *Regenerate Token*: the form, and the mail that its answer has sent.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use client_registry::Permitted;
use domain::{ApiKey, App, Connection, EnvironmentName, KeyKind, Permission, Workspace, WorkspaceAccess};
use oauth_endpoints::generated_tokens::{Replaced, Wanted, life};
use oauth_endpoints::pages::{CustomerGroup, WorkspaceChoice, WorkspaceState};
use oauth_endpoints::sessions::{NotMailed, PageBody, PageError, PageResult, Visitor};
use protocol::{NotGenerated, Obstacle};
use serde::Deserialize;
use storage::EnvironmentRecord;

use super::new_path;
use super::order::{Typed, problem};
use crate::app::{Named, head};
use crate::developer::{Developer, answer, not_found, refused};
use crate::pages::{Choice, NewTokenPage, Problem, ScopeChoice};
use crate::place::{Place, Tab};

/// The largest form: ten thousand ticked workspaces.
pub(crate) const LARGEST_FORM: usize = 512 * 1024;
/// Tokens of an app, made by hand.
#[derive(Deserialize)]
pub(crate) struct NamedTokens {
    app: String,
    connection: String,
}

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    /// An order that waits for its code, to be changed.
    #[serde(default)]
    again: String,
}

pub(crate) async fn ask(visitor: Visitor, named: Path<Named>, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let result = question(&visitor, (&named, None), &asked).await;
    answer(visitor, result)
}

pub(crate) async fn ask_again(visitor: Visitor, named: Path<NamedTokens>, asked: Option<Query<Asked>>) -> HttpResponse {
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let app = Named { app: named.app.clone() };
    let result = question(&visitor, (&app, Some(&named.connection)), &asked).await;
    answer(visitor, result)
}

pub(crate) async fn order(visitor: Visitor, named: Path<Named>, body: PageBody<LARGEST_FORM>) -> HttpResponse {
    let result = take(&visitor, (&named, None), &body).await;
    answer(visitor, result)
}

pub(crate) async fn order_again(
    visitor: Visitor,
    named: Path<NamedTokens>,
    body: PageBody<LARGEST_FORM>,
) -> HttpResponse {
    let app = Named { app: named.app.clone() };
    let result = take(&visitor, (&app, Some(&named.connection)), &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: (&Named, Option<&String>), asked: &Asked) -> PageResult {
    let desk = Desk::open(visitor, named).await?;
    let earlier = visitor.pending_approval::<Wanted>(&asked.again).await?;
    let earlier = earlier.filter(|pending| pending.asked().app == desk.app.id);
    let typed = match (&earlier, &desk.replaces) {
        (Some(pending), _) => Typed::again(pending.asked()),
        (None, Some(old)) => Typed::like(old),
        (None, None) => Typed { scopes: desk.scopes().map(|(value, _)| value).collect(), ..Typed::default() },
    };
    Ok(visitor.show(&desk.page(&typed, Vec::new()), StatusCode::OK))
}

async fn take(visitor: &Visitor, named: (&Named, Option<&String>), body: &PageBody<LARGEST_FORM>) -> PageResult {
    let desk = Desk::open(visitor, named).await?;
    let form = desk.developer.form(body)?;
    let typed = Typed::of(&form);
    let again = |problems| Ok(visitor.show(&desk.page(&typed, problems), StatusCode::BAD_REQUEST));
    let order = match typed.order(&desk.environment, &desk.access) {
        Ok(order) => order,
        Err(problems) => return again(problems),
    };
    match visitor.state.protocol.check_token_order(&desk.app, &order).await {
        Ok(()) => {}
        Err(NotGenerated::Refused(refusal)) => return Err(PageError::from(refusal)),
        Err(not) => return again(vec![problem(&not)]),
    }
    let confirmed = match visitor.confirm_by_password(&form).await? {
        Ok(confirmed) => confirmed,
        Err(why) => return again(vec![why.into()]),
    };
    let replaces = desk.replaces.as_ref().map(|old| Replaced::of(old, typed.stops_now));
    let wanted = Wanted { app: desk.app.id, order, replaces };
    let Some(facts) = desk.facts(&wanted) else { return Err(not_found()) };
    match visitor.ask_approval(&confirmed, wanted, facts).await? {
        Ok(id) => Ok(visitor.go(&format!("{}/approve/{id}", Place::Tab(desk.app.id, Tab::Tokens).path()))),
        Err(not) => again(vec![not_mailed(&not, "")]),
    }
}

/// Why no code was mailed; `still` says what goes on meanwhile.
pub(super) fn not_mailed(not: &NotMailed, still: &str) -> Problem {
    let words = match not {
        NotMailed::TooMany => "too many codes were mailed to you in this hour; try again later".to_owned(),
        NotMailed::TooSoon { retry_seconds } => {
            format!("it is too soon for another code; ask for one in {retry_seconds} s")
        }
        NotMailed::Failed { reference } => format!(
            "the e-mail with the code could not be sent; try again in a few minutes, or tell the operator this reference: {reference}"
        ),
    };
    Problem::new("", &format!("{words}{still}"))
}

/// What tokens can be made of here, by this person.
pub(super) struct Desk<'a> {
    pub(super) developer: Developer<'a>,
    pub(super) app: Permitted<App>,
    environment: EnvironmentName,
    record: EnvironmentRecord,
    keys: Vec<ApiKey>,
    access: Vec<WorkspaceAccess>,
    replaces: Option<Connection>,
}

impl<'a> Desk<'a> {
    pub(super) async fn open(
        visitor: &'a Visitor,
        (named, replaces): (&Named, Option<&String>),
    ) -> Result<Self, PageError> {
        let developer = Developer::at(visitor, &named.tab(Tab::Tokens)).await?;
        let app = developer.app_for(named.id(), Permission::GenerateToken).await?;
        let environment = visitor.environment().clone();
        let record = visitor.state.protocol.records.environment(&environment).await?;
        let record = record.value.clone().ok_or_else(not_found)?;
        let keys = visitor.state.registry.keys_of(&app).await.map_err(refused)?;
        let user = developer.session.user.id;
        let access = visitor.open_workspaces(user).await?;
        let replaces = match replaces {
            None => None,
            Some(id) => {
                let id = id.parse().map_err(|_| not_found())?;
                Some(visitor.replaceable_tokens(&app, id).await.map_err(refused)?)
            }
        };
        let keys = keys.into_iter().map(|(key, _)| key).collect();
        Ok(Self { developer, app, environment, record, keys, access, replaces })
    }

    /// An order in words, if what it names is still there.
    pub(super) fn facts(&self, wanted: &Wanted) -> Option<Vec<(&'static str, String)>> {
        let key = self.keys.iter().find(|key| key.id == wanted.order.key)?;
        let access = self.access.iter().find(|part| part.customer.id == wanted.order.customer)?;
        Some(wanted.facts(&self.app, key, access))
    }

    /// Where an API of this environment is.
    pub(super) fn api_base_url(&self) -> &str {
        &self.record.environment.api_base_url
    }

    /// What the app may ask for and an API here understands, with the words of the workspace page.
    fn scopes(&self) -> impl Iterator<Item = (String, String)> {
        let words = |scope: &domain::Scope| {
            let mut known = self.record.apis.iter().flat_map(|api| &api.scopes);
            known.find(|words| words.scope == *scope).map(|words| words.words.clone())
        };
        self.app.scopes.iter().filter_map(move |scope| Some((scope.to_string(), words(scope)?)))
    }

    fn usable_keys(&self) -> impl Iterator<Item = &ApiKey> {
        let now = self.developer.visitor.now();
        self.keys.iter().filter(move |key| Obstacle::of(&self.app, key, &self.environment, now).is_none())
    }

    fn page(&self, typed: &Typed, problems: Vec<Problem>) -> NewTokenPage {
        let visitor = self.developer.visitor;
        let settings = &visitor.state.protocol.settings;
        let first = settings.generated_token_lifetime(&self.app);
        let lifetimes = settings.generated_token_lifetimes(&self.app);
        let typed_lifetime = lifetimes.iter().find(|one| one.as_secs().to_string() == typed.lifetime).copied();
        let tab = Place::Tab(self.app.id, Tab::Tokens).path();
        let path = match &self.replaces {
            None => new_path(self.app.id),
            Some(old) => format!("{tab}/{}/regenerate", old.id),
        };
        NewTokenPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Tokens),
            title: if self.replaces.is_some() { "Regenerate Token" } else { "Generate Token" },
            form: self.developer.post_to(&path),
            problems,
            you: self.developer.session.user.email.clone(),
            environment: self.record.environment.display_name.clone(),
            obstacle: self.obstacle(),
            label: typed.label.clone(),
            keys: self.usable_keys().map(|key| key_choice(key, typed)).collect(),
            has_public_key: self.usable_keys().any(|key| key.kind == KeyKind::Public),
            customers: self.customers(typed),
            scopes: self
                .scopes()
                .map(|(value, words)| ScopeChoice { chosen: typed.scopes.contains(&value), value, words })
                .collect(),
            lifetimes: lifetimes
                .iter()
                .map(|one| Choice {
                    value: one.as_secs().to_string(),
                    words: life(*one),
                    chosen: *one == typed_lifetime.unwrap_or(first),
                })
                .collect(),
            replaces: self.replaces.as_ref().map(|old| old.label.clone().unwrap_or_default()),
            stops_now: typed.stops_now,
            back_url: visitor.path(&tab),
        }
    }

    fn customers(&self, typed: &Typed) -> Vec<CustomerGroup> {
        let open: usize = self.access.iter().map(|part| part.connectable().count()).sum();
        let ticked: BTreeSet<&str> = typed.workspaces.iter().map(String::as_str).collect();
        let choice = |workspace: &Workspace| {
            let id = workspace.id.to_string();
            // The only one there is need not be asked for.
            let state = WorkspaceState::Open { chosen: open == 1 || ticked.contains(id.as_str()) };
            WorkspaceChoice { id, name: workspace.name.clone(), earlier: false, state }
        };
        let customer = |part: &WorkspaceAccess| CustomerGroup {
            id: part.customer.id.to_string(),
            name: part.customer.name.clone(),
            workspaces: part.connectable().map(choice).collect(),
            no_access: None,
        };
        self.access.iter().map(customer).collect()
    }

    /// Why nothing can be made here.
    fn obstacle(&self) -> Option<String> {
        let now = self.developer.visitor.now();
        let environment = &self.record.environment.display_name;
        if self.access.is_empty() {
            return Some(format!(
                "In {environment} you are no user of a customer who may connect apps to a workspace. Tokens act as whoever makes them, so somebody with that role makes them, or lets the app in on the authorize page."
            ));
        }
        if self.usable_keys().next().is_some() {
            return None;
        }
        let mut obstacles = self.keys.iter().filter_map(|key| Obstacle::of(&self.app, key, &self.environment, now));
        Some(if obstacles.any(|obstacle| obstacle == Obstacle::CertificateNeeded) {
            "Tokens of this app’s API keys are bound to a client certificate: whoever asks for them holds its key. Made by hand they could be bound to none, so ask for them at the token endpoint.".to_owned()
        } else {
            format!("This app has no API key that can be used in {environment} now.")
        })
    }
}

fn key_choice(key: &ApiKey, typed: &Typed) -> Choice {
    let value = key.id.to_string();
    let public = if key.kind == KeyKind::Public { ", public" } else { "" };
    Choice { chosen: value == typed.key, words: format!("{}{public} ({})", key.label, key.id), value }
}
