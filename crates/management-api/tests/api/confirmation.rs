//! What a session does only when its person has shown lately who it is: the same in the console and in the API.

use std::time::Duration;

use domain::Permission;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::caller::{Caller, Server};
use crate::operations::{Console, ROWS, Row, documented};
use crate::stage::{Own, Stage, give};
use crate::team::{ANA, BEN, ben, team, visits};
use crate::world::{PASSWORD, World};

const MINUTE: Duration = Duration::from_secs(60);

/// Whether the document says of it that it needs confirmation.
fn is_marked(document: &Value, row: &Row) -> bool {
    let operation = &document["paths"][format!("/api/v1{}", row.path)][row.method.to_lowercase()];
    operation["x-needs-confirmation"] == true
}

/// Whether the console asks for the password there; `None` where it has no such form.
async fn console_asks(browser: &mut Browser<'_>, row: &Row, own: &Own) -> Option<bool> {
    let page = match row.console {
        Console::No => return None,
        Console::Form(page) => browser.get(&own.fill(page)).await,
        Console::Paste(page) => {
            let path = own.fill(page);
            let is_anchor = page.ends_with("anchor");
            let (leaf, authority) = (testkit::Issued::self_signed("Pasted"), testkit::Authority::new("Pasted"));
            let pem = if is_anchor { authority.pem() } else { leaf.pem() };
            let form = browser.get(&path).await;
            browser.submit(&form, &path, &[("certificate", &pem)]).await
        }
    };
    assert!(page.status.is_success() && page.says("<form"), "{} {}: {}", row.method, row.path, page.body);
    Some(page.says("Your password"))
}

/// All that the API tells of an app and its team.
pub(crate) async fn told(caller: &Caller, server: &Server, own: &Own) -> Vec<String> {
    let mut all = Vec::new();
    let is_about = |row: &&Row| row.method == "GET" && (row.path.contains("{app}") || row.path.contains("{team}"));
    for row in ROWS.iter().filter(is_about) {
        let answer = caller.gets(server, &row.at(own)).await;
        assert!(answer.status.is_success(), "{}: {answer:?}", row.path);
        all.push(answer.text);
    }
    all
}

#[actix_web::test]
async fn what_the_console_asks_the_password_for_the_api_refuses_without_confirmation() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    // So that there is a team to give an app to.
    let elsewhere = team(&world, "Elsewhere", None).await;
    give(&world, elsewhere, world.ana, &Permission::ALL).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let document = documented(&server).await;
    world.clock.advance(MINUTE * 11);
    let own = &stage.own;
    let mut marked = 0;
    for row in ROWS.iter().filter(|row| row.method != "GET") {
        let is_marked = is_marked(&document, row);
        if let Some(asks) = console_asks(&mut browser, row, own).await {
            assert_eq!(asks, is_marked, "{} {}: the console and the API differ", row.method, row.path);
        }
        let body = row.body(&world, own);
        if is_marked {
            let before = told(&ana, &server, own).await;
            let refused = ana.asks(&server, (row.method, &row.at(own)), &body).await;
            refused.is(403, "confirmation_required");
            assert!(refused.detail().contains("POST /api/v1/me/confirmation"), "{refused:?}");
            assert!(told(&ana, &server, own).await == before, "{} {} changed something", row.method, row.path);
            marked += 1;
        } else if !body.to_string().contains("password") {
            let fresh = Own::of(&world, own.team, world.ana).await;
            let answer = row.asked_by(&ana, &server, (&world, &fresh)).await;
            assert_ne!(answer.problem(), "confirmation_required", "{} {}", row.method, row.path);
        }
    }
    assert_eq!(marked, ROWS.iter().filter(|row| is_marked(&document, row)).count());
    assert!(marked > 10, "{marked}");
}

#[actix_web::test]
async fn right_after_confirmation_it_is_done() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let document = documented(&server).await;
    world.clock.advance(MINUTE * 11);
    let confirm = async |password: &str| {
        ana.asks(&server, ("POST", "/api/v1/me/confirmation"), &json!({"password": password})).await
    };
    let wrong = confirm("wrong").await;
    wrong.is(422, "field_refused");
    assert_eq!(wrong.json()["errors"][0]["field"], "password");
    confirm("").await.is(422, "field_refused");
    let keys = format!("/api/v1/apps/{}/keys", stage.own.app.id);
    let new = json!({"label": "Second", "kind": "secret"});
    ana.asks(&server, ("POST", &keys), &new).await.is(403, "confirmation_required");
    let Caller::Person(cookies, _) = &ana else { panic!("a person") };
    let before = cookies.borrow().clone();
    let confirmed = confirm(PASSWORD).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_ne!(*cookies.borrow(), before, "the session goes on under a new id");
    // Long enough that the id before is not answered any more.
    world.clock.advance(MINUTE);
    for row in ROWS.iter().filter(|row| is_marked(&document, row)) {
        let own = Own::of(&world, stage.own.team, world.ana).await;
        let answer = match row.path {
            // To a team that it is not in already.
            "/apps/{app}/transfer" => {
                let to = team(&world, "Elsewhere", None).await;
                give(&world, to, world.ana, &Permission::ALL).await;
                ana.asks(&server, (row.method, &row.at(&own)), &json!({"team": to})).await
            }
            _ => row.asked_by(&ana, &server, (&world, &own)).await,
        };
        assert!(answer.status.is_success(), "{} {}: {answer:?}", row.method, row.path);
    }
    world.clock.advance(MINUTE * 9);
    ana.asks(&server, ("POST", &keys), &new).await.is(403, "confirmation_required");
}

#[actix_web::test]
async fn guesses_are_counted_with_those_of_the_sign_in() {
    let world = World::start().await;
    let server = Server::of(&world).await;
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let guess = async |password: &str| {
        ana.asks(&server, ("POST", "/api/v1/me/confirmation"), &json!({"password": password})).await
    };
    for _ in 0..world.state.pages.sign_in.for_address {
        guess("wrong").await;
    }
    let paused = guess(PASSWORD).await;
    paused.is(429, "rate_limited");
    assert_eq!(paused.header("retry-after"), world.state.pages.sign_in.pause.as_secs().to_string());
    world.clock.advance(world.state.pages.sign_in.pause);
    assert_eq!(guess(PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn looking_at_what_requiring_certificates_would_mean_needs_no_confirmation() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    world.clock.advance(MINUTE * 11);
    let path = format!("/api/v1/apps/{}/mutual-tls", stage.own.app.id);
    let tried = ana.asks(&server, ("PUT", &path), &json!({"mode": "required", "dry_run": true})).await;
    assert_eq!((tried.status.as_u16(), &tried.json()["mode"]), (200, &json!("off")), "{tried:?}");
}

#[actix_web::test]
async fn everybody_leaves_a_team_without_confirmation() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let ben = ben(&world).await;
    give(&world, stage.own.team, ben, &[Permission::View]).await;
    let (browser, _) = visits(&world, BEN, "/ui/apps").await;
    let caller = Caller::of(&server, &browser).await;
    world.clock.advance(MINUTE * 11);
    let path = format!("/api/v1/teams/{}/members/{ben}", stage.own.team);
    assert_eq!(caller.asks(&server, ("DELETE", &path), &Value::Null).await.status, 204);
}
