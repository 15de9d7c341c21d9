//! Unattended connections, made by the link that a developer sent.

use domain::{Purpose, Subject};

use crate::browser::{Browser, Page};
use crate::world::World;

async fn chooses(browser: &mut Browser<'_>, link: &str, email: &str) -> Page {
    let review = browser.get(link).await;
    assert!(review.says("This app asks to act on its own."), "{}", review.body);
    let sign_in = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    browser.signs_in(&sign_in, email).await
}

#[actix_web::test]
async fn an_admin_lets_a_key_act_as_a_service_user_once() {
    let world = World::start().await;
    let link = world.unattended_link().await;
    let mut browser = Browser::of(&world);
    let choose = chooses(&mut browser, &link, "ana@acme.example").await;
    assert!(choose.says("EMEA") && !choose.says("Main"), "only the asked customer");
    let (emea, robot) = (world.emea.to_string(), world.robot.to_string());
    let without = [("acts_as", robot.as_str()), ("decision", "allow")];
    let asked_again = browser.submit(&choose, "/ui/oauth/pre_authorized", &without).await;
    assert!(asked_again.says("Choose at least one workspace"), "{}", asked_again.body);
    assert!(asked_again.says(&format!("value=\"{robot}\" checked")), "whom it is to act as is kept");
    let typed = [("workspace", emea.as_str()), ("acts_as", robot.as_str()), ("decision", "allow")];
    let done = browser.submit(&choose, "/ui/oauth/pre_authorized", &typed).await;
    assert_eq!(done.status, 200);
    assert!(done.says("is connected and may act on its own") && done.says("robot@acme.example"), "{}", done.body);
    let made = world.state.protocol.connections.of_user(world.robot, 10).await.unwrap();
    assert_eq!(made.len(), 1);
    assert!(made[0].purpose == Purpose::Unattended && made[0].granted_by == world.ana);
    assert_eq!(made[0].workspaces, [world.emea]);
    let again = browser.submit(&choose, "/ui/oauth/pre_authorized", &typed).await;
    assert!(again.says("Already answered"));
    assert!(browser.get(&link).await.says("Already answered"));
    let log = world.state.protocol.log.read().await.unwrap();
    let key = Subject::Key(world.client_id.parse().unwrap());
    assert!(world.state.protocol.log.stands(&[key], log), "the key's tokens live on");
}

#[actix_web::test]
async fn only_an_admin_speaks_for_a_service_user() {
    let world = World::start().await;
    let link = world.unattended_link().await;
    let mut browser = Browser::of(&world);
    let choose = chooses(&mut browser, &link, "ben@acme.example").await;
    let (apac, robot) = (world.apac.to_string(), world.robot.to_string());
    assert!(!choose.says(&robot));
    let forged = [("workspace", apac.as_str()), ("acts_as", robot.as_str()), ("decision", "allow")];
    assert_eq!(browser.submit(&choose, "/ui/oauth/pre_authorized", &forged).await.status, 400);
    let own = [("workspace", apac.as_str()), ("acts_as", "me"), ("decision", "allow")];
    assert!(browser.submit(&choose, "/ui/oauth/pre_authorized", &own).await.says("may act on its own"));
}

#[actix_web::test]
async fn only_an_admin_replaces_a_connection_that_acts_as_somebody_else() {
    let world = World::start().await;
    let mut ana = Browser::of(&world);
    let choose = chooses(&mut ana, &world.unattended_link().await, "ana@acme.example").await;
    let (apac, robot) = (world.apac.to_string(), world.robot.to_string());
    let as_robot = [("workspace", apac.as_str()), ("acts_as", robot.as_str()), ("decision", "allow")];
    assert_eq!(ana.submit(&choose, "/ui/oauth/pre_authorized", &as_robot).await.status, 200);
    let own = [("workspace", apac.as_str()), ("acts_as", "me"), ("decision", "allow")];
    let link = world.unattended_link().await;
    let mut ben = Browser::of(&world);
    let choose = chooses(&mut ben, &link, "ben@acme.example").await;
    assert_eq!(ben.submit(&choose, "/ui/oauth/pre_authorized", &own).await.status, 400);
    assert_eq!(world.state.protocol.connections.of_user(world.robot, 10).await.unwrap().len(), 1);
    let choose = chooses(&mut Browser::of(&world), &link, "ana@acme.example").await;
    assert!(choose.says("Workspaces to be given access"), "the request is still open to an admin");
}

#[actix_web::test]
async fn a_link_can_be_declined_and_an_unknown_one_is_not_found() {
    let world = World::start().await;
    let link = world.unattended_link().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&link).await;
    let declined = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    assert!(declined.says("Nothing was shared") && declined.says("You did not let Report Bot in"));
    assert!(browser.get(&link).await.says("This app asks to act on its own."), "the link still works");
    assert_eq!(browser.get("/ui/oauth/unattended/req_nothing").await.status, 404);
}
