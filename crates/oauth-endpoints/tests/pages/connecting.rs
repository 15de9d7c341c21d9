//! From the app's page to the callback URL.

use std::time::Duration;

use domain::{
    Actor, App, AuditRecord, Clock as _, Connection, ConnectionId, EnvironmentName, Purpose, RotationState, UserId,
};
use storage::{AtLimit, Connections as _, Opening};

use crate::browser::Browser;
use crate::world::World;

const CHOOSE: &str = "/ui/oauth/pre_authorized";

#[actix_web::test]
async fn an_app_is_let_in_and_gets_code_state_and_issuer() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    assert!(
        review.says("Report Bot sends a report every morning") && review.says("app.reportbot.com"),
        "{}",
        review.body
    );
    let sign_in = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    assert!(sign_in.says("Sign in to Northwind"));
    let choose = browser.signs_in(&sign_in, "ana@acme.example").await;
    assert!(choose.says("EMEA") && choose.says("Main") && !choose.says(" checked"), "none is preselected");
    let emea = world.emea.to_string();
    let back = browser.submit(&choose, CHOOSE, &[("workspace", &emea), ("decision", "allow")]).await;
    assert_eq!(back.status, 200);
    let url = back.goes_to();
    assert!(url.as_str().starts_with("https://app.reportbot.com/cb?tenant=7&code=ac_"), "{url}");
    assert_eq!(back.answers("state").as_deref(), Some("s t"));
    assert_eq!(back.answers("iss").as_deref(), Some("https://login.example"));
    let policy = back.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("form-action 'none'") && !policy.contains("unsafe"));
    assert_eq!(back.headers.get("cache-control").unwrap(), "no-store");
    assert!(world.refusals().is_empty() && world.noted.0.lock().unwrap().len() == 1);
}

#[actix_web::test]
async fn a_request_by_post_is_answered_by_its_get() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.get("/ui/login").await;
    let before = browser.cookies.clone();
    let path = world.authorize_path();
    let (path, query) = path.split_once('?').unwrap();
    // From another site: no cookie is sent, and none is set.
    let mut elsewhere = Browser::of(&world);
    elsewhere.headers = vec![("sec-fetch-site", "cross-site"), ("origin", "https://app.reportbot.com")];
    let answer = elsewhere.one(path, Some(query.to_owned())).await;
    assert_eq!(answer.status, 303);
    assert!(elsewhere.cookies.is_empty());
    let location = answer.headers.get("location").unwrap().to_str().unwrap().to_owned();
    assert!(browser.get(&location).await.says("Report Bot sends a report every morning"));
    assert_eq!(browser.cookies, before);
}

#[actix_web::test]
async fn denial_is_told_to_the_app() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    let back = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    assert_eq!(back.answers("error").as_deref(), Some("access_denied"));
    assert_eq!(back.answers("state").as_deref(), Some("s t"));
    assert_eq!(back.answers("iss").as_deref(), Some("https://login.example"));
    assert_eq!(world.refusals(), ["denied_by_user"]);
}

#[actix_web::test]
async fn a_request_is_answered_once() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let choose = browser.reaches_the_workspaces("ana@acme.example").await;
    let emea = world.emea.to_string();
    let typed = [("workspace", emea.as_str()), ("decision", "allow")];
    assert!(browser.submit(&choose, CHOOSE, &typed).await.answers("code").is_some());
    let again = browser.submit(&choose, CHOOSE, &typed).await;
    assert!(again.says("Already answered"), "{}", again.body);
    assert!(again.says("href=\"https://app.reportbot.com/\"") && again.says("Return to <bdi>Report Bot"));
    let denied = browser.submit(&choose, CHOOSE, &[("decision", "deny")]).await;
    assert!(denied.says("Already answered"));
    assert!(browser.get(CHOOSE).await.says("Already answered"), "the back button is safe");
}

#[actix_web::test]
async fn a_connection_belongs_to_one_customer() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let choose = browser.reaches_the_workspaces("ana@acme.example").await;
    let (emea, main) = (world.emea.to_string(), world.globex_main.to_string());
    let typed = [("workspace", emea.as_str()), ("workspace", main.as_str()), ("decision", "allow")];
    let again = browser.submit(&choose, CHOOSE, &typed).await;
    assert_eq!(again.status, 400);
    assert!(again.says("role=\"alert\"") && again.says(" checked"));
    let mended = browser.submit(&again, CHOOSE, &[("workspace", &main), ("decision", "allow")]).await;
    assert!(mended.answers("code").is_some());
}

#[actix_web::test]
async fn nothing_ticked_and_what_the_role_does_not_reach_are_asked_again() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let choose = browser.reaches_the_workspaces("ben@acme.example").await;
    assert!(choose.says("disabled"), "EMEA is greyed");
    let asked_again = browser.submit(&choose, CHOOSE, &[("decision", "allow")]).await;
    assert!(asked_again.says("Choose at least one workspace") && asked_again.path.starts_with(CHOOSE));
    assert!(!browser.get(&asked_again.path).await.says("role=\"alert\""), "a reload answers nothing");
    let emea = world.emea.to_string();
    let forged = browser.submit(&choose, CHOOSE, &[("workspace", &emea), ("decision", "allow")]).await;
    assert_eq!(forged.status, 400);
    let apac = world.apac.to_string();
    let allowed = browser.submit(&choose, CHOOSE, &[("workspace", &apac), ("decision", "allow")]).await;
    assert!(allowed.answers("code").is_some());
}

#[actix_web::test]
async fn somebody_who_is_signed_in_goes_from_the_apps_page_to_the_workspaces() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.reaches_the_workspaces("ana@acme.example").await;
    let review = browser.get(&world.authorize_path()).await;
    assert!(review.says("Report Bot sends a report"), "the app was not connected yet, so its page is shown");
    let choose = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    assert!(choose.says("Workspaces to be given access"));
    let strict = browser.get(&world.authorize_with("&prompt=login")).await;
    let sign_in = browser.submit(&strict, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    world.clock.advance(std::time::Duration::from_secs(1));
    assert!(sign_in.says("Sign in to Northwind"), "prompt=login asks again");
}

#[actix_web::test]
async fn a_posted_answer_names_the_callback_in_its_policy() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_with("&response_mode=form_post")).await;
    let back = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    let policy = back.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("form-action https://app.reportbot.com;"), "{policy}");
    let fields = back.hidden("https://app.reportbot.com/cb?tenant=7");
    assert!(fields.contains(&("error".into(), "access_denied".into())));
    assert!(fields.contains(&("state".into(), "s t".into())));
}

#[actix_web::test]
async fn an_app_whose_publisher_is_not_verified_has_few_users_and_people_are_told() {
    let world = World::start().await;
    let app = app(&world).await;
    let edit = |verified| vec![client_registry::AppEdit::PublisherVerified(verified)];
    let registry = &world.state.registry;
    let operator = client_registry::Initiator::operator();
    registry.edit_app(&operator, app.id, None, edit(false)).await.unwrap();
    world.state.protocol.log.read().await.unwrap();
    for _ in 0..24 {
        gets_another_user(&world, &app).await;
    }
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    assert!(review.says("Report Bot (unverified) asks to connect") && review.says("<blockquote>"));
    let choose = browser.reaches_the_workspaces("ana@acme.example").await;
    assert!(choose.says("Workspaces to be given access"), "the last one finds room: {}", choose.body);
    gets_another_user(&world, &app).await;
    let emea = world.emea.to_string();
    let refused = browser.submit(&choose, CHOOSE, &[("workspace", &emea), ("decision", "allow")]).await;
    assert!(refused.says("may have no further user") && !refused.says("http-equiv"), "{}", refused.body);
    assert!(refused.says("error=access_denied") && refused.says("too_many_users") && refused.says("25+users"));
    let mut later = Browser::of(&world);
    let told = later.reaches_the_workspaces("ben@acme.example").await;
    assert!(told.says("may have no further user") && !told.says("EMEA"), "before anything is chosen");
    registry.edit_app(&operator, app.id, None, edit(true)).await.unwrap();
    world.state.protocol.log.read().await.unwrap();
    assert!(later.get(&told.path).await.says("Workspaces to be given access"));
}

#[actix_web::test]
async fn to_look_at_a_request_commits_nothing() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    world.operations.0.lock().unwrap().clear();
    assert_eq!(browser.get(&world.authorize_path()).await.status, 200);
    let asked = world.operations.0.lock().unwrap().clone();
    assert!(asked.contains(&"records.client"), "{asked:?}");
    assert!(!asked.iter().any(|name| name.starts_with("units.") || *name == "connections.open"), "{asked:?}");
}

async fn app(world: &World) -> App {
    let directory = &world.state.protocol.directory;
    let key = directory.key(world.client_id.parse().unwrap()).await.unwrap().unwrap();
    directory.app(key.app).await.unwrap().unwrap()
}

/// Somebody whom nobody has seen connects the app.
async fn gets_another_user(world: &World, app: &App) {
    let (now, random) = (world.clock.now(), &*world.state.protocol.random);
    let user = UserId::generate(random);
    let connection = Connection {
        id: ConnectionId::generate(random),
        environment: EnvironmentName::default_environment(),
        app: app.id,
        key: world.client_id.parse().unwrap(),
        obtained_with: None,
        customer: world.acme,
        user,
        granted_by: user,
        purpose: Purpose::Attended,
        label: None,
        workspaces: vec![world.emea],
        scopes: app.scopes.clone(),
        rotation: RotationState::first(now),
        code_challenge: None,
        redirect_uri: None,
        bound_to: None,
        created_at: now,
        last_used_at: now,
        idle: Duration::from_secs(3600),
        expires_at: now + Duration::from_secs(3600),
        ended: None,
    };
    let audit = AuditRecord {
        at: now,
        actor: Actor::User(user),
        action: "connection.made",
        target: connection.id.to_string(),
        app: Some(app.id),
        customer: None,
        detail: String::new(),
        request: None,
    };
    let at_limit = AtLimit::EndLongestIdle;
    let opening = Opening { connection, audit, live_limit: 20, at_limit, entry_until: now };
    world.store.open(opening).await.unwrap();
}
