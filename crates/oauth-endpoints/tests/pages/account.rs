//! Connected apps.

use domain::{Connection, ConnectionId, Purpose, RotationState};
use storage::{Change, Unit};

use crate::browser::Browser;
use crate::world::World;

/// A connection of Ana with both workspaces of Acme.
async fn connected(world: &World) -> ConnectionId {
    let now = domain::Clock::now(&*world.clock);
    let key = world.client_id.parse().unwrap();
    let app = world.state.protocol.directory.key(key).await.unwrap().unwrap().app;
    let connection = Connection {
        id: ConnectionId::from_bytes([9; 16]),
        environment: domain::EnvironmentName::default_environment(),
        app,
        key,
        obtained_with: None,
        customer: world.acme,
        user: world.ana,
        granted_by: world.ana,
        purpose: Purpose::Attended,
        label: None,
        workspaces: vec![world.emea, world.apac],
        scopes: "read".parse().unwrap(),
        rotation: RotationState { sequence: 0, rotated_at: now, grace_uses: 0, grace_streak: 0 },
        code_challenge: None,
        redirect_uri: None,
        bound_to: None,
        created_at: now,
        last_used_at: now,
        idle: std::time::Duration::from_secs(90 * 24 * 3600),
        expires_at: now + std::time::Duration::from_secs(365 * 24 * 3600),
        ended: None,
    };
    let id = connection.id;
    let changes = vec![Change::AddConnection(connection)];
    world.state.protocol.units.commit(Unit { changes, ..Unit::default() }).await.unwrap();
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
