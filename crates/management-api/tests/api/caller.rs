//! Who calls, and how.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::App;
use actix_web::cookie::Cookie;
use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use client_registry::{Initiator, ManagementKeyDraft};
use domain::{KeyKind, ManagedTeams, ManagementScope};
use futures_util::future::LocalBoxFuture;
use oauth_endpoints::observe;
use serde_json::Value;

use crate::browser::Browser;
use crate::routes;
use crate::world::World;

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The end of a problem's type; empty for what is none.
    pub(crate) fn problem(&self) -> String {
        if self.status.is_success() {
            return String::new();
        }
        let json = self.json();
        json["type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned()
    }

    pub(crate) fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and kind of problem.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, problem: &str) {
        assert_eq!((self.status.as_u16(), self.problem().as_str()), (status, problem), "{self:?}");
    }
}

type Call = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

/// One replica.
pub(crate) struct Server(Call);

impl Server {
    pub(crate) async fn of(world: &World) -> Self {
        let app = App::new().app_data(world.state.clone()).wrap(from_fn(observe)).configure(routes);
        let service = Rc::new(test::init_service(app).await);
        Self(Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = test::call_service(&*service, request.to_request()).await;
                let (status, headers) = (response.status(), response.headers().clone());
                let text = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
                Answer { status, headers, text }
            })
        }))
    }
}

/// Somebody who calls the API.
#[derive(Clone)]
pub(crate) enum Caller {
    Nobody,
    /// A management key with an access token.
    Key(String),
    /// A person with the cookies of its browser, and the form's token.
    Person(RefCell<BTreeMap<String, String>>, String),
}

impl Caller {
    /// The person of a browser that is signed in.
    pub(crate) async fn of(server: &Server, browser: &Browser<'_>) -> Self {
        let cookies = RefCell::new(browser.cookies.clone());
        let me = Self::Person(cookies.clone(), String::new()).gets(server, "/api/v1/me").await.json();
        Self::Person(cookies, me["form_token"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn gets(&self, server: &Server, path: &str) -> Answer {
        self.asks(server, ("GET", path), &Value::Null).await
    }

    /// Asks, with `If-Match: *`; `null` is no body.
    pub(crate) async fn asks(&self, server: &Server, (method, path): (&str, &str), body: &Value) -> Answer {
        let mut request = TestRequest::default()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .peer_addr("203.0.113.9:5000".parse().unwrap())
            .insert_header(("if-match", "*"));
        if !body.is_null() {
            request = request.set_json(body);
        }
        match self {
            Self::Nobody => {}
            Self::Key(token) => request = request.insert_header(("authorization", format!("Bearer {token}"))),
            Self::Person(cookies, form_token) => {
                request = request.insert_header(("sec-fetch-site", "same-origin"));
                request = request.insert_header(("x-form-token", form_token.clone()));
                for (name, value) in &*cookies.borrow() {
                    request = request.cookie(Cookie::new(name.clone(), value.clone()));
                }
            }
        }
        let answer = (server.0)(request).await;
        if let Self::Person(cookies, _) = self {
            for set in answer.headers.get_all(SET_COOKIE) {
                let cookie = Cookie::parse(set.to_str().unwrap().to_owned()).unwrap();
                cookies.borrow_mut().insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        answer
    }
}

/// A management key that has got its token. The server signs.
pub(crate) async fn management_key(
    world: &World,
    server: &Server,
    (teams, scopes): (ManagedTeams, &[ManagementScope]),
) -> Caller {
    let draft = ManagementKeyDraft {
        label: "Terraform".into(),
        kind: KeyKind::Secret,
        teams,
        scopes: scopes.to_vec(),
        expires_at: None,
        audience: "https://login.example/api/v1".into(),
    };
    let made = world.state.registry.create_management_key(&Initiator::operator(), draft).await.unwrap();
    world.state.protocol.log.read().await.unwrap();
    let secret = made.key.secret.unwrap().text.reveal();
    let form = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", made.key.key.id.to_string()),
        ("client_secret", secret),
    ];
    let request = TestRequest::post().uri("/oauth/token").set_form(form);
    let answer = (server.0)(request.peer_addr("203.0.113.9:5000".parse().unwrap())).await;
    Caller::Key(answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned())
}
