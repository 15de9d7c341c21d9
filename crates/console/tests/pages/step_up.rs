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
