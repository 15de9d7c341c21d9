//! Connected apps.

use domain::ConnectionId;

use crate::browser::Browser;
use crate::connection::{add, connection};
use crate::world::World;

/// A connection of Ana with both workspaces of Acme.
async fn connected(world: &World) -> ConnectionId {
    let key = world.client_id.parse().unwrap();
    let app = world.state.protocol.directory.key(key).await.unwrap().unwrap().app;
    let connection = connection(world, (app, key), 9);
    let id = connection.id;
    add(world, [connection]).await;
    id
}

#[actix_web::test]
async fn a_person_takes_a_workspace_and_then_the_connection_back() {
    let world = World::start().await;
    let id = connected(&world).await;
    let mut browser = Browser::of(&world);
    let sign_in = browser.get("/ui/connected-apps").await;
    let list = browser.signs_in(&sign_in, "ana@acme.example").await;
    assert!(list.says("Report Bot") && list.says("EMEA") && list.says("APAC"));
    let remove = format!("/ui/connected-apps/{id}/workspaces/{}/remove", world.apac);
    let question = browser.get(&remove).await;
    assert!(question.says("Remove APAC from Report Bot?"));
    let list = browser.submit(&question, &remove, &[]).await;
    assert!(list.says("Report Bot now reaches only: EMEA."), "{}", list.body);
    let end = format!("/ui/connected-apps/{id}/end");
    let question = browser.get(&end).await;
    let list = browser.submit(&question, &end, &[]).await;
    assert!(list.says("The connection of Report Bot to Acme has ended."));
    let row = world.state.protocol.connections.find(id).await.unwrap().value.unwrap();
    assert!(matches!(row.ended, Some((_, domain::EndedBy::User))));
}

#[actix_web::test]
async fn somebody_elses_connection_looks_like_none() {
    let world = World::start().await;
    let id = connected(&world).await;
    let mut browser = Browser::of(&world);
    let sign_in = browser.get("/ui/connected-apps").await;
    browser.signs_in(&sign_in, "ben@acme.example").await;
    assert_eq!(browser.get(&format!("/ui/connected-apps/{id}/end")).await.status, 404);
}

#[actix_web::test]
async fn an_end_needs_the_token_of_this_session() {
    let world = World::start().await;
    let id = connected(&world).await;
    let mut browser = Browser::of(&world);
    let sign_in = browser.get("/ui/connected-apps").await;
    browser.signs_in(&sign_in, "ana@acme.example").await;
    let answer = browser.post(&format!("/ui/connected-apps/{id}/end"), &[]).await;
    assert_eq!(answer.status, 400);
    assert!(world.state.protocol.connections.find(id).await.unwrap().value.unwrap().ended.is_none());
}

#[actix_web::test]
async fn somebody_who_knows_the_app_comes_straight_to_the_workspaces() {
    let world = World::start().await;
    connected(&world).await;
    let mut browser = Browser::of(&world);
    let sign_in = browser.get("/ui/connected-apps").await;
    browser.signs_in(&sign_in, "ana@acme.example").await;
    let choose = browser.get(&world.authorize_path()).await;
    assert!(choose.says("Workspaces to be given access") && choose.says(" checked"), "the earlier choice is ticked");
    let asked = browser.get(&world.authorize_with("&prompt=consent")).await;
    assert!(asked.says("Report Bot sends a report every morning"));
}
