//! From the app's page to the callback URL.

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
