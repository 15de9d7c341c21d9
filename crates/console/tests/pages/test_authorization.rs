//! *Run test authorization*: the real flow, whose answer comes to the console, for whoever began it and nobody else.

use std::time::Duration;

use domain::{App, Clock as _, Connection, KeyKind, Liveness, Purpose, TeamRole};
use storage::{Connections as _, Directory as _};

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, app, assert_protected, draft, key, let_in, signs, team, visits};
use crate::world::World;

const CHOOSE: &str = "/ui/oauth/pre_authorized";

/// An app of a team in which Ana and Ben edit, with a key and its secret.
async fn own(world: &World) -> (App, String) {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, TeamRole::Developer).await;
    let ben = world.store.user_by_email(BEN).await.unwrap().unwrap().id;
    let_in(world, builders, ben, TeamRole::Developer).await;
    let app = app(world, draft(builders, "Morning Post")).await;
    let secret = key(world, &app, KeyKind::Secret).await.secret.unwrap();
    (app, secret.text.reveal())
}

fn path(app: &App) -> String {
    format!("/ui/apps/{}/test", app.id)
}

/// From the start to the page that goes back by itself.
async fn consents(browser: &mut Browser<'_>, world: &World, app: &App, key: &str) -> Page {
    let page = browser.get(&path(app)).await;
    let review = browser.submit(&page, &path(app), &[("key", key)]).await;
    assert!(review.says("This is a test, begun in the developer console."), "{}", review.body);
    let choose = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    let workspace = world.emea.to_string();
    browser.submit(&choose, CHOOSE, &[("workspace", &workspace), ("decision", "allow")]).await
}

fn came_back(back: &Page) -> String {
    let url = back.goes_to();
    assert_eq!(url.origin().ascii_serialization(), "https://login.example");
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn connections(world: &World) -> Vec<Connection> {
    world.store.of_user(world.ana, 10).await.unwrap()
}

#[actix_web::test]
async fn the_whole_flow_is_shown_and_its_connection_is_a_test() {
    let world = World::start().await;
    signs(&world).await;
    let (own, secret) = own(&world).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    assert_protected(&page);
    let key = world.store.keys(own.id).await.unwrap()[0].id.to_string();
    let back = consents(&mut browser, &world, &own, &key).await;
    let code = back.answers("code").unwrap();
    let page = browser.get(&came_back(&back)).await;
    assert!(page.path.starts_with(&path(&own)) && !page.path.contains("code="), "{}", page.path);
    for part in [&code, "the one that was sent", "https://login.example/oauth/token", "code_challenge_method=S256"] {
        assert!(page.says(part), "{part}: {}", page.body);
    }
    assert!(connections(&world).await.is_empty(), "nothing was exchanged yet");
    let other = crate::team::key(&world, &own, KeyKind::Secret).await.secret.unwrap().text.reveal();
    let refused = browser.submit(&page, &page.path, &[("secret", &other), ("decision", "exchange")]).await;
    assert!(refused.says("invalid_client") && refused.says("The code is not spent"), "{}", refused.body);
    assert_eq!(world.refusals(), ["secret_wrong"]);
    let done = browser.submit(&refused, &page.path, &[("secret", &secret), ("decision", "exchange")]).await;
    assert!(done.says("&#34;Bearer&#34;") && done.says("(not shown)") && done.says("What is in the access token"));
    assert!(!done.says(&secret) && !done.says("name=\"secret\""), "{}", done.body);
    let made = connections(&world).await;
    let [test] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!((test.purpose, test.app, test.workspaces.as_slice()), (Purpose::Test, own.id, &[world.emea][..]));
    assert_eq!(test.liveness(world.clock.now() + Duration::from_secs(15 * 60)), Liveness::TooOld);
    assert!(browser.get("/ui/connected-apps").await.says("A test from the developer console"));
    let ended = browser.submit(&done, &page.path, &[("decision", "end")]).await;
    assert!(ended.says("test, ended"));
    assert!(connections(&world).await.is_empty());
    let again = browser.submit(&done, &page.path, &[("secret", &secret), ("decision", "exchange")]).await;
    assert!(again.says("test, ended"), "an answered test is not exchanged again");
}

#[actix_web::test]
async fn the_answer_is_taken_for_the_browser_and_person_who_began() {
    let world = World::start().await;
    let (own, _) = own(&world).await;
    let (mut browser, _) = visits(&world, ANA, &path(&own)).await;
    let key = world.store.keys(own.id).await.unwrap()[0].id.to_string();
    let back = came_back(&consents(&mut browser, &world, &own, &key).await);
    let (mut ben, _) = visits(&world, BEN, &path(&own)).await;
    let (mut elsewhere, _) = visits(&world, ANA, &path(&own)).await;
    for other in [&mut ben, &mut elsewhere] {
        let page = other.get(&back).await;
        assert!(page.status == 404 && !page.says("ac_"), "{}", page.body);
    }
    let wrong = back.replace("iss=https%3A%2F%2Flogin.example", "iss=https%3A%2F%2Fevil.example");
    assert!(browser.get(&wrong).await.says("Nothing yet."), "another server's answer is none");
    let page = browser.get(&back).await;
    assert!(page.says("the one that was sent"));
    let forged = back.replace("code=ac_", "code=forged-");
    assert!(!browser.get(&forged).await.says("forged-"), "the first answer counts");
    for state in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(browser.get(&format!("{}/callback?code=ac_1&state={state}", path(&own))).await.status, 404);
    }
}

#[actix_web::test]
async fn no_request_from_outside_names_the_page_that_takes_the_answer() {
    let world = World::start().await;
    let (own, _) = own(&world).await;
    let key = world.store.keys(own.id).await.unwrap()[0].id;
    let callback = format!("https://login.example{}/callback", path(&own));
    let asked: String = form_urlencoded::byte_serialize(callback.as_bytes()).collect();
    let request = format!(
        "/oauth/authorize?response_type=code&client_id={key}&redirect_uri={asked}&state=s&test=true&code_challenge={}\
         &code_challenge_method=S256",
        crate::world::CHALLENGE
    );
    let mut browser = Browser::of(&world);
    let page = browser.get(&request).await;
    assert!(page.status == 400 && page.says("callback_mismatch"), "{}", page.body);
    let policy = client_registry::callback_url::CallbackPolicy::for_server(&["https://login.example".parse().unwrap()]);
    let own_page = client_registry::callback_url::parse("https://login.example/ui/x", own.kind, &policy);
    assert!(own_page.is_err(), "nor can an app register it");
}

#[actix_web::test]
async fn denial_and_keys_that_cannot_be_tested_are_told() {
    let world = World::start().await;
    let (own, _) = own(&world).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    let key = world.store.keys(own.id).await.unwrap()[0].id.to_string();
    for other in ["", "ak_1", &world.client_id] {
        let refused = browser.submit(&page, &path(&own), &[("key", other)]).await;
        assert!(refused.status == 400 && refused.says("Choose an API key that can be used here"), "{other}");
    }
    let review = browser.submit(&page, &path(&own), &[("key", &key)]).await;
    let back = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    let page = browser.get(&came_back(&back)).await;
    assert!(page.says("access_denied") && page.says("Run it again") && !page.says("name=\"secret\""));
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    assert_eq!(browser.get(&path(&foreign)).await.status, 404);
    let builders = own.team;
    let_in(&world, builders, world.ana, TeamRole::Viewer).await;
    assert_eq!(browser.get(&path(&own)).await.status, 403);
    assert_eq!(browser.get(&page.path).await.status, 403);
}
