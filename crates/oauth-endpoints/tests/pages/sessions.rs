//! Where a person is signed in.

use std::time::Duration;

use crate::browser::{Browser, Page};
use crate::world::World;

const ANA: &str = "ana@acme.example";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";

async fn signed_in<'a>(world: &'a World, email: &str, user_agent: &'static str) -> Browser<'a> {
    let mut browser = Browser::of(world);
    browser.headers.push(("user-agent", user_agent));
    let sign_in = browser.get("/ui/sessions").await;
    let page = browser.signs_in(&sign_in, email).await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/ui/sessions"), "{}", page.body);
    browser
}

/// Posts the page's form for the session `which` of it, or for all others.
async fn ends(browser: &mut Browser<'_>, page: &Page, which: Option<&str>) -> Page {
    let hidden = page.hidden("/ui/sessions");
    let field = |name: &str| hidden.iter().find(|(seen, _)| seen == name).unwrap().1.clone();
    let (token, first) = (field("form_token"), field("session"));
    let session = which.map_or(first, str::to_owned);
    browser.post("/ui/sessions", &[("form_token", &token), ("session", &session)]).await
}

fn is_signed_in(page: &Page) -> bool {
    page.path.starts_with("/ui/sessions")
}

#[actix_web::test]
async fn every_browser_is_listed_in_plain_words_and_this_one_is_marked() {
    let world = World::start().await;
    signed_in(&world, ANA, FIREFOX).await;
    world.clock.advance(Duration::from_secs(120));
    let mut here = signed_in(&world, ANA, CHROME).await;
    signed_in(&world, "ben@acme.example", FIREFOX).await;
    let page = here.get("/ui/sessions").await;
    assert_eq!(page.body.matches("<article").count(), 2, "Ana's alone: {}", page.body);
    assert!(page.says("Firefox on Linux") && page.says("203.0.113.0/24") && !page.says("203.0.113.9"));
    assert!(page.says("Chrome on Windows <em class=\"tag\">this browser</em>"), "{}", page.body);
    assert!(!page.says("Mozilla"), "nothing of what the browser said itself");
    for cookie in here.cookies.values() {
        assert!(!page.says(cookie), "no session's id is on the page");
    }
    assert!(here.get("/ui/connected-apps").await.says("href=\"/ui/sessions\""));
}

#[actix_web::test]
async fn an_ended_session_is_refused_with_its_next_request_and_the_others_live_on() {
    let world = World::start().await;
    let mut there = signed_in(&world, ANA, FIREFOX).await;
    let mut third = signed_in(&world, ANA, FIREFOX).await;
    let mut here = signed_in(&world, ANA, CHROME).await;
    let page = here.get("/ui/sessions").await;
    // The newest of the others comes first.
    let page = ends(&mut here, &page, None).await;
    assert!(page.says("What you ended is signed out") && page.body.matches("<article").count() == 2);
    assert!(!is_signed_in(&third.get("/ui/sessions").await));
    assert!(is_signed_in(&there.get("/ui/sessions").await) && is_signed_in(&here.get("/ui/sessions").await));
    let page = ends(&mut here, &page, Some("others")).await;
    assert!(page.body.matches("<article").count() == 1 && !page.says("End all others"));
    assert!(!is_signed_in(&there.get("/ui/sessions").await) && is_signed_in(&here.get("/ui/sessions").await));
    let audited = world.audited(world.ana).await;
    assert_eq!(audited.iter().filter(|action| *action == "user.sessions_ended").count(), 2);
}

#[actix_web::test]
async fn a_session_cannot_be_put_back_by_a_page_that_was_on_its_way() {
    let world = World::start().await;
    let mut there = signed_in(&world, ANA, FIREFOX).await;
    let mut here = signed_in(&world, ANA, CHROME).await;
    // Old enough that the next page writes when it was seen.
    world.clock.advance(Duration::from_secs(600));
    let page = here.get("/ui/sessions").await;
    let (ended, late) = futures_util::join!(ends(&mut here, &page, Some("others")), there.get("/ui/sessions"));
    assert!(is_signed_in(&ended) && late.status.is_success());
    assert!(!is_signed_in(&there.get("/ui/sessions").await), "whoever came first");
}

#[actix_web::test]
async fn ending_needs_the_token_of_this_session_and_reaches_nobody_elses() {
    let world = World::start().await;
    let mut there = signed_in(&world, ANA, FIREFOX).await;
    let mut here = signed_in(&world, ANA, CHROME).await;
    let bens = signed_in(&world, "ben@acme.example", CHROME).await;
    let page = here.get("/ui/sessions").await;
    assert_eq!(here.post("/ui/sessions", &[("session", "others")]).await.status, 400);
    let handle = page.hidden("/ui/sessions").iter().find(|(name, _)| name == "session").unwrap().1.clone();
    let mut ben = bens;
    signed_in(&world, "ben@acme.example", FIREFOX).await;
    let his = ben.get("/ui/sessions").await;
    assert!(is_signed_in(&ends(&mut ben, &his, Some(&handle)).await));
    assert!(is_signed_in(&there.get("/ui/sessions").await), "the handle means nothing in somebody else's form");
    let token = his.hidden("/ui/sessions").iter().find(|(name, _)| name == "form_token").unwrap().1.clone();
    assert_eq!(here.post("/ui/sessions", &[("form_token", &token), ("session", "others")]).await.status, 400);
    assert!(is_signed_in(&there.get("/ui/sessions").await));
}

#[actix_web::test]
async fn signing_out_takes_the_session_off_the_list() {
    let world = World::start().await;
    let mut there = signed_in(&world, ANA, FIREFOX).await;
    let mut here = signed_in(&world, ANA, CHROME).await;
    let page = there.get("/ui/sessions").await;
    there.submit(&page, "/ui/logout", &[]).await;
    assert_eq!(here.get("/ui/sessions").await.body.matches("<article").count(), 1);
}
