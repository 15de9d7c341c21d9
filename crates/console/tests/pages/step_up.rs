//! The password again, where the sign-in is too long ago.

use std::time::Duration;

use domain::{App, KeyKind, KeyState, TeamRole};
use storage::Directory as _;

use crate::browser::{Browser, Page};
use crate::team::{ANA, app, draft, key, let_in, team, visits};
use crate::world::{PASSWORD, World};

const MINUTE: Duration = Duration::from_secs(60);

/// An app that Ana may edit, with a key; and Ana, who signed in eleven minutes ago, at the page that revokes it.
async fn late(world: &World) -> (App, domain::ClientId, Browser<'_>, Page) {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, TeamRole::Developer).await;
    let own = app(world, draft(builders, "Morning Post")).await;
    let made = key(world, &own, KeyKind::Secret).await.key.id;
    let path = format!("/ui/apps/{}/keys/{made}/revoke", own.id);
    let (mut browser, _) = visits(world, ANA, "/ui/apps").await;
    assert!(!browser.get(&path).await.says("Your password"), "the sign-in was a moment ago");
    world.clock.advance(MINUTE * 11);
    let page = browser.get(&path).await;
    assert!(page.says("Your password"));
    (own, made, browser, page)
}

async fn is_active(world: &World, key: domain::ClientId) -> bool {
    world.store.key(key).await.unwrap().unwrap().state == KeyState::Active
}

#[actix_web::test]
async fn an_old_sign_in_is_not_enough() {
    let world = World::start().await;
    let (_, made, mut browser, page) = late(&world).await;
    let path = page.path.clone();
    let missing = browser.submit(&page, &path, &[]).await;
    assert!(missing.status == 400 && missing.says("Type your password"), "{}", missing.body);
    let wrong = browser.submit(&page, &path, &[("password", "wrong")]).await;
    assert!(wrong.status == 400 && wrong.says("The password is not right") && wrong.says("aria-invalid"));
    assert!(!wrong.says("value=\"wrong\""), "a password is never sent back");
    assert!(is_active(&world, made).await);
    browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(!is_active(&world, made).await);
}

#[actix_web::test]
async fn the_password_counts_for_ten_minutes_more() {
    let world = World::start().await;
    let (own, made, mut browser, page) = late(&world).await;
    let path = page.path.clone();
    browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(!is_active(&world, made).await);
    let second = key(&world, &own, KeyKind::Secret).await.key.id;
    let path = format!("/ui/apps/{}/keys/{second}/revoke", own.id);
    world.clock.advance(MINUTE * 9);
    assert!(!browser.get(&path).await.says("Your password"));
    world.clock.advance(MINUTE);
    assert!(browser.get(&path).await.says("Your password"));
}

#[actix_web::test]
async fn what_can_be_taken_back_asks_for_no_password() {
    let world = World::start().await;
    let (own, made, mut browser, _) = late(&world).await;
    let path = format!("/ui/apps/{}/keys/{made}/deactivate", own.id);
    let page = browser.get(&path).await;
    assert!(!page.says("Your password"));
    browser.submit(&page, &path, &[]).await;
    assert!(!is_active(&world, made).await);
}

#[actix_web::test]
async fn guesses_are_counted_with_those_of_the_sign_in() {
    let world = World::start().await;
    let (_, made, mut browser, page) = late(&world).await;
    let path = page.path.clone();
    for _ in 0..world.state.pages.sign_in.for_address {
        browser.submit(&page, &path, &[("password", "wrong")]).await;
    }
    let paused = browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(paused.says("too many failed tries for your account"), "{}", paused.body);
    assert!(is_active(&world, made).await);
    world.clock.advance(world.state.pages.sign_in.pause);
    let right = browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(!is_active(&world, made).await, "{}", right.body);
    let user = world.store.user(world.ana).await.unwrap().unwrap();
    assert_eq!(user.failed_logins, 0, "a right one forgets the wrong ones");
}

#[actix_web::test]
async fn an_account_that_is_shut_cannot_confirm() {
    let world = World::start().await;
    let (_, made, mut browser, page) = late(&world).await;
    for _ in 0..world.state.pages.sign_in.failures_in_a_row {
        world.store.count_failed_login(world.ana).await.unwrap();
    }
    let path = page.path.clone();
    let refused = browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(refused.says("The password is not right") && is_active(&world, made).await);
}

const SESSION: &str = "__Host-countersign-session-default";

/// A browser that holds the session `id` and nothing else of this one: whoever fixed or learnt the id.
fn thief<'a>(world: &'a World, id: &str) -> Browser<'a> {
    let mut browser = Browser::of(world);
    browser.cookies.insert(SESSION.to_owned(), id.to_owned());
    browser
}

fn is_signed_in(page: &Page) -> bool {
    page.path.starts_with("/ui/apps")
}

#[actix_web::test]
async fn the_password_gives_the_session_a_new_id_and_the_old_one_is_worth_nothing() {
    let world = World::start().await;
    let (own, _, mut browser, page) = late(&world).await;
    let fixed = browser.cookies[SESSION].clone();
    browser.submit(&page, &page.path.clone(), &[("password", PASSWORD)]).await;
    let renewed = browser.cookies[SESSION].clone();
    assert_ne!(renewed, fixed);
    // It was on its way, perhaps; but it has given no password, and is never told the new id.
    let second = key(&world, &own, KeyKind::Secret).await.key.id;
    let path = format!("/ui/apps/{}/keys/{second}/revoke", own.id);
    let mut other = thief(&world, &fixed);
    let asks = other.get(&path).await;
    assert!(asks.says("Your password"), "{}", asks.body);
    other.submit(&asks, &path, &[]).await;
    assert!(is_active(&world, second).await && other.cookies[SESSION] == fixed);
    world.clock.advance(Duration::from_secs(10));
    let mut other = thief(&world, &fixed);
    assert!(!is_signed_in(&other.get(&path).await));
    assert!(is_signed_in(&browser.get(&path).await) && browser.cookies[SESSION] == renewed);
}

#[actix_web::test]
async fn forms_of_other_tabs_outlive_a_new_id() {
    let world = World::start().await;
    let (own, made, mut browser, page) = late(&world).await;
    let path = format!("/ui/apps/{}/keys/{made}/deactivate", own.id);
    let open = browser.get(&path).await;
    let wrong = browser.submit(&page, &page.path.clone(), &[("password", "wrong")]).await;
    assert!(wrong.status == 400 && is_active(&world, made).await);
    let second = key(&world, &own, KeyKind::Secret).await.key.id;
    let revoke = format!("/ui/apps/{}/keys/{second}/revoke", own.id);
    let asks = browser.get(&revoke).await;
    let before = browser.cookies[SESSION].clone();
    browser.submit(&asks, &revoke, &[("password", PASSWORD)]).await;
    assert_ne!(browser.cookies[SESSION], before);
    browser.submit(&open, &path, &[]).await;
    assert!(!is_active(&world, made).await, "the form was made under the old id");
}

#[actix_web::test]
async fn presses_at_once_sign_nobody_out() {
    let world = World::start().await;
    let (own, made, mut browser, page) = late(&world).await;
    let path = page.path.clone();
    let mut same = Browser::of(&world);
    same.cookies.clone_from(&browser.cookies);
    let mut lost = Browser::of(&world);
    lost.cookies.clone_from(&browser.cookies);
    let typed = [("password", PASSWORD)];
    let (one, other) = futures_util::join!(browser.submit(&page, &path, &typed), same.submit(&page, &path, &typed));
    assert!(is_signed_in(&one) && is_signed_in(&other) && !is_active(&world, made).await);
    assert_eq!(browser.cookies[SESSION], same.cookies[SESSION], "whichever answer comes last, its cookie holds");
    // The browser dropped both answers, and the same form is sent a third time.
    lost.submit(&page, &path, &typed).await;
    assert_eq!(lost.cookies[SESSION], browser.cookies[SESSION]);
    world.clock.advance(MINUTE);
    assert!(is_signed_in(&lost.get(&format!("/ui/apps/{}", own.id)).await));
}

#[actix_web::test]
async fn a_session_that_is_ended_meanwhile_does_not_come_back_by_a_password() {
    let world = World::start().await;
    let (_, made, mut browser, page) = late(&world).await;
    let (mut here, sessions) = visits(&world, ANA, "/ui/sessions").await;
    let mut typed: Vec<_> = sessions.hidden("/ui/sessions");
    typed.retain(|(name, _)| name == "form_token");
    let token = typed[0].1.clone();
    here.post("/ui/sessions", &[("form_token", &token), ("session", "others")]).await;
    let path = page.path.clone();
    let refused = browser.submit(&page, &path, &[("password", PASSWORD)]).await;
    assert!(!is_signed_in(&refused) && is_active(&world, made).await, "{}", refused.path);
}
