//! What is not put before a person.

use crate::browser::Browser;
use crate::world::{CHALLENGE, World};

#[actix_web::test]
async fn a_wrong_callback_is_a_page_that_names_the_difference_and_never_a_redirect() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let wrong = world.authorize_path().replace("%2Fcb%3F", "%2Fcb%2F%3F");
    let page = browser.get(&wrong).await;
    assert_eq!(page.status, 400);
    assert!(page.headers.get("location").is_none());
    assert!(page.says("We could not start") && page.says("trailing slash") && page.says("help@reportbot.example"));
    assert!(!page.says("href=\"https://app.reportbot.com"), "what was received is no link");
    let reference = page.headers.get("x-request-id").unwrap().to_str().unwrap();
    assert!(page.says(reference));
    assert_eq!(world.refusals(), ["callback_mismatch"]);
    let elsewhere = world.authorize_path().replace("https%3A%2F%2Fapp.reportbot.com", "http%3A%2F%2Fevil.example");
    assert!(browser.get(&elsewhere).await.says("scheme, host"), "every part is named");
}

#[actix_web::test]
async fn a_secret_in_the_url_goes_no_further_and_is_told_to_be_exposed() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let answer = browser.get(&format!("{}&client_secret=sk_x", world.authorize_path())).await;
    let location = answer.headers.get("location").expect("the app is told").to_str().unwrap();
    assert!(location.contains("error=invalid_request&error_description=credentials_in_query"), "{location}");
    assert!(location.contains("rotate") && !location.contains("sk_x"), "{location}");
    assert_eq!(world.refusals(), ["credentials_in_query"]);
}

#[actix_web::test]
async fn an_unknown_key_is_a_page() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/oauth/authorize?client_id=ak_nobody&response_type=code").await;
    assert_eq!(page.status, 400);
    assert!(page.headers.get("location").is_none());
    assert_eq!(world.refusals(), ["client_unknown"]);
    assert!(page.says("no API key has this client_id") && !page.says("authentication"), "{}", page.body);
    let twice = format!("{}&client_id={}", world.authorize_path(), world.client_id);
    assert_eq!(browser.get(&twice).await.status, 400);
}

#[actix_web::test]
async fn other_faults_go_to_the_callback() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let path = world.authorize_path();
    for (wrong, error) in [
        (path.replace("response_type=code", "response_type=token"), "unsupported_response_type"),
        (path.replace("scope=read", "scope=read+admin"), "invalid_scope"),
        (path.replace("method=S256", "method=plain"), "invalid_request"),
        (path.replace(&format!("code_challenge={CHALLENGE}&"), ""), "invalid_request"),
        (world.authorize_with("&scope=read"), "invalid_request"),
        (world.authorize_with("&prompt=shout"), "invalid_request"),
        (world.authorize_with("&prompt=none"), "login_required"),
        (world.authorize_with("&response_mode=fragment"), "invalid_request"),
        (world.authorize_with("&resource=https://other.example"), "invalid_target"),
    ] {
        let answer = browser.one(&wrong, None).await;
        assert_eq!(answer.status, 303, "{wrong}");
        let location: url::Url = answer.headers.get("location").unwrap().to_str().unwrap().parse().unwrap();
        let of =
            |name: &str| location.query_pairs().find(|(seen, _)| seen == name).map(|(_, value)| value.into_owned());
        assert_eq!(of("error").as_deref(), Some(error), "{location}");
        assert_eq!(of("state").as_deref(), Some("s t"));
        assert_eq!(of("iss").as_deref(), Some("https://login.example"));
        assert!(of("error_uri").is_some());
    }
}

#[actix_web::test]
async fn a_posted_request_is_kept_for_one_get_which_can_be_reloaded() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let path = world.authorize_path();
    let body = path.split_once('?').unwrap().1.to_owned();
    let location = |page: &crate::browser::Page| page.headers.get("location").unwrap().to_str().unwrap().to_owned();
    let pushed = location(&browser.one("/oauth/authorize", Some(body.clone())).await);
    let review = location(&browser.one(&pushed, None).await);
    for _ in 0..2 {
        assert!(browser.get(&review).await.says("Report Bot sends a report every morning"));
    }
    assert!(browser.get(&pushed).await.says("This page has expired"));
    let pushed = location(&browser.one("/oauth/authorize", Some(body)).await);
    world.clock.advance(std::time::Duration::from_secs(61));
    assert!(browser.get(&pushed).await.says("This page has expired"));
    assert_eq!(browser.one("/oauth/authorize", Some("state=x".into())).await.status, 400);
}

#[actix_web::test]
async fn a_server_that_does_not_know_what_ended_shows_no_app() {
    let world = World::with_lease(std::time::Duration::ZERO).await;
    let mut browser = Browser::of(&world);
    for path in [world.authorize_path(), world.unattended_link().await] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 503, "{}", page.body);
        assert!(page.headers.contains_key("retry-after"));
    }
}

#[actix_web::test]
async fn a_transaction_belongs_to_the_browser_that_began_it() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    let mut thief = Browser::of(&world);
    thief.get("/ui/login").await;
    let fields = review.hidden("/ui/oauth/authorize/answer");
    let (_, id) = fields.iter().find(|(name, _)| name == "transaction").unwrap();
    let page = thief.get(&format!("/ui/oauth/pre_authorized?transaction={id}")).await;
    assert_eq!(page.status, 400);
    assert!(page.says("Nothing to continue"));
    assert!(thief.get("/ui/oauth/pre_authorized").await.says("Nothing to continue"));
}

#[actix_web::test]
async fn a_form_without_its_token_or_of_another_site_changes_nothing() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    let fields = review.hidden("/ui/oauth/authorize/answer");
    let (_, id) = fields.iter().find(|(name, _)| name == "transaction").unwrap();
    let forged = [("transaction", id.as_str()), ("decision", "deny")];
    let answer = browser.post("/ui/oauth/authorize/answer", &forged).await;
    assert_eq!(answer.status, 400);
    assert!(answer.says("We could not accept this form"));
    browser.headers = vec![("origin", "https://evil.example")];
    let cross = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    assert!(cross.says("We could not accept this form"));
    browser.headers = vec![("origin", "https://login.example")];
    let own = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "deny")]).await;
    assert_eq!(own.answers("error").as_deref(), Some("access_denied"));
}

#[actix_web::test]
async fn a_transaction_ends_when_nobody_looks_at_it() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let review = browser.get(&world.authorize_path()).await;
    world.clock.advance(std::time::Duration::from_secs(15 * 60 + 1));
    let late = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    assert_eq!(late.status, 400);
    assert!(late.says("older than 15 minutes"));
    let never = browser.get("/ui/oauth/pre_authorized?transaction=abc").await;
    assert!(never.says("Nothing to continue") && !never.says("15 minutes"));
}

const NAVIGATION: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

#[actix_web::test]
async fn where_nothing_is_a_browser_gets_a_page_and_a_program_the_reason() {
    let world = World::start().await;
    for path in ["/", "/ui/nothing", "/prod9/oauth/authorize", "/UI//x", "/prod9/oauth/token", "/oauth/jwks/x"] {
        let mut browser = Browser::of(&world);
        browser.headers.push(NAVIGATION);
        let page = browser.one(path, None).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.says("<h1>Page not found</h1>") && page.says("href=\"/ui/connected-apps\""), "{}", page.body);
        assert!(page.headers.contains_key("content-security-policy") && page.headers.contains_key("x-request-id"));
        let answer = Browser::of(&world).one(path, None).await;
        assert_eq!(answer.status, 404, "{path}");
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], "not_found");
        assert!(body["error_description"].as_str().unwrap().starts_with("not_found: there is nothing at this path"));
        assert!(body["error_uri"].as_str().unwrap().ends_with("/docs/errors#not_found"), "{body}");
    }
}

#[actix_web::test]
async fn what_is_only_posted_to_has_no_page() {
    let world = World::start().await;
    for path in ["/ui/logout", "/ui/oauth/authorize/answer", "/oauth/introspect"] {
        let mut browser = Browser::of(&world);
        browser.headers.push(NAVIGATION);
        let page = browser.one(path, None).await;
        assert_eq!(
            (page.status.as_u16(), page.headers.get("allow").unwrap()),
            (405, &"POST".parse().unwrap()),
            "{path}"
        );
        assert!(page.says("Page not found"), "{}", page.body);
    }
}

#[actix_web::test]
async fn a_pushed_request_that_cannot_be_kept_is_told_to_a_person() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.headers.push(NAVIGATION);
    let page = browser.post("/oauth/authorize", &[("state", "x")]).await;
    assert_eq!(page.status, 400);
    assert!(page.says("We could not start") && page.says("parameter &#39;client_id&#39; is missing"), "{}", page.body);
}

#[actix_web::test]
async fn the_catalogue_says_of_every_reason_what_to_do() {
    let world = World::start().await;
    let page = Browser::of(&world).one("/docs/errors", None).await;
    assert_eq!(page.status, 200);
    for reason in domain::Reason::ALL {
        assert!(page.says(&format!("id=\"{reason}\"")) && page.says(&format!("href=\"#{reason}\"")), "{reason}");
    }
    assert_eq!(page.body.matches("<strong>What to do:</strong> ").count(), domain::Reason::ALL.len());
}
