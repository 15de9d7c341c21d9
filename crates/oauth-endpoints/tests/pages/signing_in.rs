//! Passwords, mailed codes, sessions and their limits.

use std::time::Duration;

use crate::browser::{Browser, Page};
use crate::world::{PASSWORD, World};

const SESSION: &str = "__Host-countersign-session-default";

async fn tries(browser: &mut Browser<'_>, email: &str, password: &str) -> Page {
    let page = browser.get("/ui/login").await;
    browser.submit(&page, "/ui/login", &[("email", email), ("password", password), ("decision", "allow")]).await
}

#[actix_web::test]
async fn unknown_people_get_the_same_answer_for_the_same_work() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let wrong = tries(&mut browser, "ana@acme.example", "wrong").await;
    let unknown = tries(&mut browser, "zoe@acme.example", "wrong").await;
    let service = tries(&mut browser, "robot@acme.example", PASSWORD).await;
    for page in [&wrong, &unknown, &service] {
        assert_eq!(page.status, 400);
        assert!(page.says("The e-mail address or the password is not right."));
    }
    let without_address = |page: &Page, email: &str| page.body.replace(email, "");
    assert_eq!(without_address(&wrong, "ana@acme.example"), without_address(&unknown, "zoe@acme.example"));
    assert_eq!(world.passwords.0.lock().unwrap().len(), 3, "each try is verified once, known or not");
    assert!(world.outbox.mails.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn signing_in_gives_a_new_session_and_signing_out_ends_it() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/ui/login").await;
    let apps = browser.signs_in(&page, "ANA@acme.example").await;
    assert!(apps.says("Connected apps") && apps.says("ana@acme.example"));
    let first = browser.cookies.get(SESSION).unwrap().clone();
    let review = browser.get(&world.authorize_with("&prompt=login")).await;
    world.clock.advance(Duration::from_secs(1));
    let sign_in = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    let choose = browser.signs_in(&sign_in, "ana@acme.example").await;
    assert!(choose.says("Workspaces to be given access"), "{}", choose.body);
    let second = browser.cookies.get(SESSION).unwrap().clone();
    assert_ne!(first, second, "the session id is renewed at login");
    let mut old = Browser::of(&world);
    old.cookies.insert(SESSION.into(), first);
    assert!(old.get("/ui/connected-apps").await.says("Sign in to Northwind"), "the old one has ended");
    let apps = browser.get("/ui/connected-apps").await;
    let out = browser.submit(&apps, "/ui/logout", &[]).await;
    assert!(out.says("You are signed out") && !browser.cookies.contains_key(SESSION));
    let mut stolen = Browser::of(&world);
    stolen.cookies.insert(SESSION.into(), second);
    assert!(stolen.get("/ui/connected-apps").await.says("Sign in to Northwind"));
}

#[actix_web::test]
async fn a_session_ends_after_an_hour_without_a_page_and_after_twelve_hours() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/ui/login").await;
    browser.signs_in(&page, "ana@acme.example").await;
    for _ in 0..13 {
        assert!(browser.get("/ui/connected-apps").await.says("Sign out"));
        world.clock.advance(Duration::from_secs(55 * 60));
    }
    world.clock.advance(Duration::from_secs(10 * 60));
    assert!(browser.get("/ui/connected-apps").await.says("Sign in to Northwind"), "twelve hours are over");
    let page = browser.get("/ui/login").await;
    browser.signs_in(&page, "ana@acme.example").await;
    world.clock.advance(Duration::from_secs(3600));
    assert!(browser.get("/ui/connected-apps").await.says("Sign in to Northwind"), "an hour idle");
}

#[actix_web::test]
async fn a_new_password_ends_sessions_and_sign_ins_that_began_with_the_old_one() {
    let world = World::start().await;
    let (mut signed_in, mut halfway) = (Browser::of(&world), Browser::of(&world));
    let page = signed_in.get("/ui/login").await;
    assert!(signed_in.signs_in(&page, "ana@acme.example").await.says("Sign out"));
    let verify = tries(&mut halfway, "ana@acme.example", PASSWORD).await;
    let code = world.mailed_code();
    let by = client_registry::Initiator::operator();
    world.state.registry.set_password(&by, world.ana, "plain:another one".into()).await.unwrap();
    assert!(signed_in.get("/ui/connected-apps").await.says("Sign in to Northwind"));
    halfway.submit(&verify, "/ui/login/verify", &[("code", &code), ("decision", "allow")]).await;
    assert!(!halfway.cookies.contains_key(SESSION));
}

#[actix_web::test]
async fn a_mailed_code_has_five_tries_and_ten_minutes() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let mut page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    assert!(page.says("a•••@acme.example"));
    let right = world.mailed_code();
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for left in [4, 3, 2, 1] {
        page = browser.submit(&page, "/ui/login/verify", &[("code", wrong), ("decision", "allow")]).await;
        assert!(page.says(&format!("you have {left} ")), "{}", page.body);
    }
    let form = page.hidden("/ui/login/verify");
    let typed: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let with = |code| [&typed[..], &[("code", code), ("decision", "allow")]].concat();
    assert!(browser.post("/ui/login/verify", &with(wrong)).await.says("cannot be used any more"));
    assert!(browser.post("/ui/login/verify", &with(&right)).await.says("cannot be used any more"));
    assert!(!browser.cookies.contains_key(SESSION));
    world.clock.advance(Duration::from_secs(31));
    let page = browser.get("/ui/login/verify").await;
    let page = browser.submit(&page, "/ui/login/resend", &[]).await;
    assert!(page.says("We sent a new code"), "{}", page.body);
    world.clock.advance(Duration::from_secs(10 * 60));
    let newest = world.mailed_code();
    let late = browser.submit(&page, "/ui/login/verify", &[("code", &newest), ("decision", "allow")]).await;
    assert!(late.says("This code is too old"));
}

#[actix_web::test]
async fn a_code_works_only_in_the_browser_that_asked_for_it() {
    let world = World::start().await;
    let mut ana = Browser::of(&world);
    tries(&mut ana, "ana@acme.example", PASSWORD).await;
    let anas = world.mailed_code();
    let mut other = Browser::of(&world);
    let page = tries(&mut other, "ben@acme.example", PASSWORD).await;
    let answer = other.submit(&page, "/ui/login/verify", &[("code", &anas), ("decision", "allow")]).await;
    assert!(answer.says("That is not the code"), "{}", answer.body);
    assert!(!other.cookies.contains_key(SESSION));
}

#[actix_web::test]
async fn what_cannot_be_a_code_is_no_try_and_a_reload_is_none_either() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    let right = world.mailed_code();
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for typed in ["", "12345", "1234567", "12345a", "the code"] {
        let page = browser.submit(&page, "/ui/login/verify", &[("code", typed), ("decision", "allow")]).await;
        assert!(page.says("A code has six digits") && page.says("not counted as a try"), "{typed}: {}", page.body);
    }
    let refused = browser.submit(&page, "/ui/login/verify", &[("code", wrong), ("decision", "allow")]).await;
    assert!(refused.says("you have 4 tries left"), "{}", refused.body);
    assert_eq!((refused.path.as_str(), refused.status.as_u16()), ("/ui/login/verify", 200), "it came by a GET");
    assert!(browser.get(&refused.path).await.says("you have 4 tries left"));
    let spaced = format!(" {}-{} ", &right[..3], &right[3..]);
    browser.submit(&page, "/ui/login/verify", &[("code", &spaced), ("decision", "allow")]).await;
    assert!(browser.cookies.contains_key(SESSION));
}

#[actix_web::test]
async fn a_code_that_was_tried_too_often_stays_so_and_the_page_says_what_to_do() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    let wrong = if world.mailed_code() == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        browser.submit(&page, "/ui/login/verify", &[("code", wrong), ("decision", "allow")]).await;
    }
    let no_code = browser.submit(&page, "/ui/login/verify", &[("code", "x"), ("decision", "allow")]).await;
    for spent in [no_code, browser.get("/ui/login/verify?resend=too_soon").await] {
        assert!(spent.says("This code cannot be used any more"), "{}", spent.body);
        assert!(spent.says("Send a new code") && spent.says("Cancel</button>") && spent.says("sign in again</a>"));
    }
}

#[actix_web::test]
async fn another_code_asked_for_too_soon_is_told_when() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    world.clock.advance(Duration::from_secs(18));
    let soon = browser.submit(&page, "/ui/login/resend", &[]).await;
    assert!(soon.says("too soon for another code") && soon.says("data-countdown=\"12\""), "{}", soon.body);
    assert_eq!(world.outbox.mails.lock().unwrap().len(), 1);
    world.clock.advance(Duration::from_secs(12));
    assert!(!browser.get(&soon.path).await.says("too soon"), "it says what is true when it is loaded");
    assert!(browser.get("/ui/login/resend").await.says("Enter your code"));
}

#[actix_web::test]
async fn six_codes_an_hour_are_mailed() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let mut page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    for _ in 0..5 {
        world.clock.advance(Duration::from_secs(31));
        page = browser.submit(&page, "/ui/login/resend", &[]).await;
    }
    world.clock.advance(Duration::from_secs(31));
    let over = browser.submit(&page, "/ui/login/resend", &[]).await;
    assert_eq!(over.status, 429);
    assert_eq!(world.outbox.mails.lock().unwrap().len(), 6);
}

#[actix_web::test]
async fn a_hundred_failures_in_a_row_shut_the_account_whatever_comes() {
    let world = World::start().await;
    for _ in 0..100 {
        world.state.protocol.directory.count_failed_login(world.ana).await.unwrap();
    }
    let mut browser = Browser::of(&world);
    let shut = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    assert_eq!(shut.status, 400);
    assert!(shut.says("The e-mail address or the password is not right."));
    assert!(world.outbox.mails.lock().unwrap().is_empty());
    world.state.registry.unlock_user(&client_registry::Initiator::operator(), world.ana).await.unwrap();
    assert!(tries(&mut browser, "ana@acme.example", PASSWORD).await.says("Enter your code"));
}

#[actix_web::test]
async fn a_shut_account_takes_no_code_and_is_mailed_none() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    let right = world.mailed_code();
    for _ in 0..100 {
        world.state.protocol.directory.count_failed_login(world.ana).await.unwrap();
    }
    world.clock.advance(Duration::from_secs(31));
    browser.submit(&page, "/ui/login/resend", &[]).await;
    assert_eq!(world.outbox.mails.lock().unwrap().len(), 1);
    browser.submit(&page, "/ui/login/verify", &[("code", &right), ("decision", "allow")]).await;
    assert!(!browser.cookies.contains_key(SESSION));
}

#[actix_web::test]
async fn codes_that_are_mailed_again_and_again_do_not_keep_a_sign_in_open() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(599));
        browser.submit(&page, "/ui/login/resend", &[]).await;
    }
    world.clock.advance(Duration::from_secs(10));
    let newest = world.mailed_code();
    let late = browser.submit(&page, "/ui/login/verify", &[("code", &newest), ("decision", "allow")]).await;
    assert!(late.says("Sign in to Northwind"), "{}", late.body);
}

#[actix_web::test]
async fn many_tries_for_one_address_or_from_one_network_pause() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    for email in ["ana@acme.example", "nobody@acme.example"] {
        for _ in 0..20 {
            assert_eq!(tries(&mut browser, email, "wrong").await.status, 400);
            world.clock.advance(Duration::from_secs(5));
        }
        let paused = tries(&mut browser, email, "wrong").await;
        assert_eq!(paused.status, 429);
        assert!(paused.says("Signing in is paused") && paused.headers.contains_key("retry-after"));
    }
    world.clock.advance(Duration::from_secs(61));
    for number in 0..30 {
        tries(&mut browser, &format!("user{number}@acme.example"), "wrong").await;
    }
    assert!(tries(&mut browser, "another@acme.example", "wrong").await.says("Too many tries"));
}

#[actix_web::test]
async fn guesses_of_a_stranger_do_not_pause_a_browser_that_signed_in_before() {
    let world = World::start().await;
    let (mut anas, mut strangers) = (Browser::of(&world), Browser::of(&world));
    let page = anas.get("/ui/login").await;
    let apps = anas.signs_in(&page, "ana@acme.example").await;
    anas.submit(&apps, "/ui/logout", &[]).await;
    for _ in 0..20 {
        tries(&mut strangers, "ana@acme.example", "wrong").await;
        world.clock.advance(Duration::from_secs(5));
    }
    assert_eq!(tries(&mut strangers, "ana@acme.example", "wrong").await.status, 429);
    assert!(tries(&mut anas, "ana@acme.example", PASSWORD).await.says("Enter your code"));
    for _ in 0..19 {
        world.clock.advance(Duration::from_secs(5));
        tries(&mut anas, "ana@acme.example", "wrong").await;
    }
    assert_eq!(tries(&mut anas, "ana@acme.example", "wrong").await.status, 429, "it has a limit of its own");
}

#[actix_web::test]
async fn mail_that_does_not_go_out_is_said_at_once() {
    let world = World::start().await;
    *world.outbox.refuses.lock().unwrap() = true;
    let mut browser = Browser::of(&world);
    let page = tries(&mut browser, "ana@acme.example", PASSWORD).await;
    assert_eq!(page.status, 503);
    assert!(page.says("We could not send the e-mail"));
}

#[actix_web::test]
async fn sign_in_goes_back_to_pages_of_ours_only() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/ui/login?returnTo=https%3A%2F%2Fevil.example%2Fui%2F").await;
    assert!(!page.says("evil.example"));
    assert!(browser.signs_in(&page, "ana@acme.example").await.says("Connected apps"));
}

/// Where the link of the newest mail leads.
fn not_me(world: &World) -> String {
    let url = world.outbox.mails.lock().unwrap().last().unwrap().2.clone();
    url.strip_prefix("https://login.example").expect("it leads to us").to_owned()
}

async fn says_it_was_not_me(world: &World, link: &str) -> Page {
    let mut phone = Browser::of(world);
    let page = phone.get(link).await;
    assert!(page.says("Was this not you?") && page.status == 200, "{}", page.body);
    phone.submit(&page, "/ui/login/not-me", &[]).await
}

#[actix_web::test]
async fn whoever_was_mailed_a_code_and_did_not_ask_for_it_ends_the_sign_in() {
    let world = World::start().await;
    let mut thief = Browser::of(&world);
    let verify = tries(&mut thief, "ana@acme.example", PASSWORD).await;
    let (code, link) = (world.mailed_code(), not_me(&world));
    Browser::of(&world).get(&link).await;
    assert!(thief.get("/ui/login/verify").await.says("Enter your code"), "a link that is only followed ends nothing");
    for _ in 0..2 {
        assert!(says_it_was_not_me(&world, &link).await.says("You ended the sign-in"));
    }
    let late = thief.submit(&verify, "/ui/login/verify", &[("code", &code), ("decision", "allow")]).await;
    assert!(late.says("Sign in to Northwind") && !thief.cookies.contains_key(SESSION), "{}", late.body);
    world.clock.advance(Duration::from_secs(31));
    thief.submit(&verify, "/ui/login/resend", &[]).await;
    assert_eq!(world.outbox.mails.lock().unwrap().len(), 1, "and no other code is mailed for it");
    let audited = world.audited(world.ana).await;
    assert_eq!(audited.iter().filter(|action| *action == "user.sign_in_disowned").count(), 1, "{audited:?}");
}

#[actix_web::test]
async fn it_is_said_when_the_code_was_used_before_its_reader_spoke() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/ui/login").await;
    browser.signs_in(&page, "ana@acme.example").await;
    let link = not_me(&world);
    world.clock.advance(Duration::from_secs(3600));
    let told = says_it_was_not_me(&world, &link).await;
    assert!(told.says("This code was used already") && told.says("a new password at once"), "{}", told.body);
    world.clock.advance(Duration::from_secs(12 * 3600));
    assert!(says_it_was_not_me(&world, &link).await.says("too old to be used"));
    assert_eq!(Browser::of(&world).get("/ui/login/not-me?sign_in=abc").await.status, 404);
    assert!(!world.audited(world.ana).await.contains(&"user.sign_in_disowned".to_owned()));
}
