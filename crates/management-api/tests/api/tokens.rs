//! *Generate Token* by two calls: the password, the code for exactly what was asked for, and the tokens once.

use std::time::Duration;

use domain::{ManagedTeams, ManagementScope, Permission};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, Server, management_key};
use crate::stage::{Stage, give};
use crate::team::{ANA, BEN, signs, visits};
use crate::world::{PASSWORD, World};

/// Ana, who may make tokens of the app of a stage.
struct Desk<'a> {
    world: &'a World,
    server: Server,
    stage: Stage,
    ana: Caller,
}

impl<'a> Desk<'a> {
    async fn of(world: &'a World) -> Self {
        signs(world).await;
        let (server, stage) = (Server::of(world).await, Stage::of(world).await);
        let (browser, _) = visits(world, ANA, "/ui/apps").await;
        let ana = Caller::of(&server, &browser).await;
        Self { world, server, stage, ana }
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/apps/{}{rest}", self.stage.own.app.id)
    }

    fn order(&self) -> Value {
        json!({
            "key": self.stage.own.id("{key}"), "label": "Nightly", "customer": self.world.acme,
            "workspaces": [self.world.emea], "scopes": ["read"], "lifetime_seconds": 3600, "password": PASSWORD,
        })
    }

    async fn posts(&self, path: &str, body: &Value) -> Answer {
        self.ana.asks(&self.server, ("POST", path), body).await
    }

    async fn brings(&self, approval: &Answer, code: &str) -> Answer {
        self.posts(approval.header("location"), &json!({"code": code})).await
    }

    fn mails(&self) -> usize {
        self.world.outbox.mails.lock().unwrap().len()
    }
}

#[actix_web::test]
async fn tokens_are_made_by_password_and_code_and_given_once() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let asked = desk.posts(&desk.at("/tokens"), &desk.order()).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let (to, code, mail) = world.outbox.mails.lock().unwrap().last().cloned().unwrap();
    assert_eq!(to, ANA);
    for fact in ["Morning Post", desk.stage.own.id("{key}"), "Nightly", "Acme", "EMEA", "read", "1 hour"] {
        assert!(mail.contains(fact), "{fact}: {mail}");
    }
    assert!(!asked.text.contains(&code));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for typed in ["", "12345", wrong] {
        let refused = desk.brings(&asked, typed).await;
        refused.is(422, "field_refused");
        assert_eq!(refused.json()["errors"][0]["field"], "code");
    }
    let made = desk.brings(&asked, &code).await;
    assert_eq!(made.status, 201, "{made:?}");
    let body = made.json();
    assert!(body["access_token"].as_str().is_some_and(|text| text.split('.').count() == 3), "{body}");
    assert!(body["refresh_token"].is_string() && body["older"].is_null(), "{body}");
    assert_eq!((&body["tokens"]["label"], &body["tokens"]["purpose"]), (&json!("Nightly"), &json!("generated")));
    assert_eq!(made.header("cache-control"), "no-store");
    // The code is spent, and the session goes on under the id that the password gave it.
    desk.brings(&asked, &code).await.is(404, "not_found");
    world.clock.advance(Duration::from_secs(60));
    let place = made.header("location");
    let shown = desk.ana.gets(&desk.server, place).await;
    assert_eq!((shown.status.as_u16(), &shown.json()["state"]), (200, &json!("active")));
    assert!(!shown.text.contains(body["refresh_token"].as_str().unwrap()));
    let listed = desk.ana.gets(&desk.server, &desk.at("/tokens?state=active")).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "those of the stage, and these: {listed}");
    assert_eq!(listed["items"][0]["customer_name"], "Acme");
    for ended in [1, 0] {
        let answer = desk.ana.asks(&desk.server, ("DELETE", place), &Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"connections": ended})));
    }
    // What customers let the app into is no token made by hand.
    let connection = desk.at(&format!("/tokens/{}", desk.stage.own.id("{connection}")));
    desk.ana.asks(&desk.server, ("DELETE", &connection), &Value::Null).await.is(404, "not_found");
}

#[actix_web::test]
async fn everything_that_is_wrong_with_an_order_is_told_and_nothing_is_mailed() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let mails = desk.mails();
    let mut order = desk.order();
    for (field, value) in
        [("key", json!("x")), ("customer", json!("x")), ("workspaces", json!([])), ("scopes", json!([]))]
    {
        order[field] = value;
    }
    let refused = desk.posts(&desk.at("/tokens"), &order).await;
    refused.is(422, "field_refused");
    let told = refused.json();
    let fields: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["key", "customer", "workspaces", "scopes"]);
    for (field, value) in [
        ("lifetime_seconds", json!(99_999_999)),
        ("label", json!("")),
        ("scopes", json!(["write"])),
        ("password", json!("x")),
    ] {
        let mut order = desk.order();
        order[field] = value;
        let refused = desk.posts(&desk.at("/tokens"), &order).await;
        refused.is(422, "field_refused");
        assert_eq!(refused.json()["errors"][0]["field"], field);
    }
    assert_eq!(desk.mails(), mails);
}

#[actix_web::test]
async fn a_code_is_good_for_five_minutes_for_one_order_in_one_session() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let first = desk.posts(&desk.at("/tokens"), &desk.order()).await;
    let for_first = world.mailed_code();
    let mut longer = desk.order();
    longer["lifetime_seconds"] = json!(86_400);
    let second = desk.posts(&desk.at("/tokens"), &longer).await;
    desk.brings(&second, &for_first).await.is(422, "field_refused");
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let elsewhere = Caller::of(&desk.server, &browser).await;
    let place = first.header("location");
    elsewhere.asks(&desk.server, ("POST", place), &json!({"code": for_first})).await.is(404, "not_found");
    world.clock.advance(Duration::from_secs(300));
    desk.brings(&first, &for_first).await.is(409, "not_possible_now");
    // Who lost the permission meanwhile makes none.
    let third = desk.posts(&desk.at("/tokens"), &desk.order()).await;
    let code = world.mailed_code();
    give(&world, desk.stage.own.team, crate::team::ben(&world).await, &Permission::ALL).await;
    give(&world, desk.stage.own.team, world.ana, &[Permission::View, Permission::ManageMembers]).await;
    desk.brings(&third, &code).await.is(403, "permission_missing");
}

#[actix_web::test]
async fn another_code_takes_the_place_of_the_one_before() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let asked = desk.posts(&desk.at("/tokens"), &desk.order()).await;
    let (first, mails) = (world.mailed_code(), desk.mails());
    let resend = format!("{}/resend", asked.header("location"));
    let soon = desk.posts(&resend, &Value::Null).await;
    soon.is(429, "rate_limited");
    assert!(!soon.header("retry-after").is_empty(), "{soon:?}");
    assert_eq!(desk.mails(), mails);
    world.clock.advance(world.state.pages.sign_in.resend_after);
    let again = desk.posts(&resend, &Value::Null).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (202, &asked.json()["id"]), "{again:?}");
    let second = world.mailed_code();
    assert_ne!(first, second);
    desk.brings(&again, &first).await.is(422, "field_refused");
    assert_eq!(desk.brings(&again, &second).await.status, 201);
}

/// A session whose password was right goes on, though what it was given for is refused.
#[actix_web::test]
async fn a_session_is_not_lost_when_no_code_can_be_mailed() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    *world.outbox.refuses.lock().unwrap() = true;
    desk.posts(&desk.at("/tokens"), &desk.order()).await.is(409, "not_possible_now");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(desk.ana.gets(&desk.server, "/api/v1/me").await.status, 200);
}

#[actix_web::test]
async fn regenerated_tokens_take_the_place_of_others() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let older = desk.stage.own.id("{token}").to_owned();
    let path = desk.at(&format!("/tokens/{older}/regenerate"));
    let asked = desk.posts(&path, &json!({"tokens": desk.order(), "older_stop_now": true})).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    assert!(world.outbox.mails.lock().unwrap().last().unwrap().2.contains("Zapier test, which stops at once"));
    let made = desk.brings(&asked, &world.mailed_code()).await;
    assert_eq!((made.status.as_u16(), &made.json()["older"]), (201, &json!("ended")), "{made:?}");
    let ended = desk.ana.gets(&desk.server, &desk.at(&format!("/tokens/{older}"))).await.json();
    assert_eq!((&ended["state"], &ended["ended_by"]), (&json!("ended"), &json!("replaced")));
    desk.posts(&path, &json!({"tokens": desk.order()})).await.is(404, "not_found");
    let newer = made.json()["tokens"]["id"].as_str().unwrap().to_owned();
    let asked = desk.posts(&desk.at(&format!("/tokens/{newer}/regenerate")), &json!({"tokens": desk.order()})).await;
    let made = desk.brings(&asked, &world.mailed_code()).await;
    assert_eq!((made.status.as_u16(), &made.json()["older"]), (201, &json!("go_on")), "{made:?}");
}

#[actix_web::test]
async fn a_management_key_is_told_that_people_make_tokens() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    let all = &[ManagementScope::Read, ManagementScope::WriteApps, ManagementScope::WriteTeams];
    let key = management_key(&world, &desk.server, (ManagedTeams::Every, all)).await;
    key.asks(&desk.server, ("POST", &desk.at("/tokens")), &desk.order()).await.is(403, "person_required");
    assert_eq!(key.gets(&desk.server, &desk.at("/tokens")).await.status, 200);
}

#[actix_web::test]
async fn somebody_makes_tokens_only_for_what_it_may_connect() {
    let world = World::start().await;
    let desk = Desk::of(&world).await;
    give(&world, desk.stage.own.team, crate::team::ben(&world).await, &[Permission::View, Permission::GenerateToken])
        .await;
    let (browser, _) = visits(&world, BEN, "/ui/apps").await;
    let ben = Caller::of(&desk.server, &browser).await;
    let open = ben.gets(&desk.server, "/api/v1/me/workspaces").await.json();
    let names: Vec<_> = open["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["APAC"]);
    let refused = ben.asks(&desk.server, ("POST", &desk.at("/tokens")), &desk.order()).await;
    refused.is(422, "field_refused");
    assert_eq!(refused.json()["errors"][0]["field"], "workspaces");
}
