//! The mailed code that approves tokens: another one is mailed, and a second press of its form.

use std::time::Duration;

use crate::browser::Page;
use crate::team::{ANA, visits};
use crate::tokens::Own;
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

async fn resends(browser: &mut crate::browser::Browser<'_>, asks: &Page) -> Page {
    browser.submit(asks, &format!("{}/resend", asks.path), &[]).await
}

#[actix_web::test]
async fn another_code_is_mailed_after_half_a_minute_for_exactly_the_same() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let (first, mails) = (world.mailed_code(), own.mails());
    assert!(asks.says("a•••@acme.example") && asks.says("data-countdown=\"30\""), "{}", asks.body);
    world.clock.advance(SECOND * 29);
    let soon = resends(&mut ana, &asks).await;
    assert!(soon.status == 429 && soon.says("ask for one in 1 s. The code that we sent before still works."));
    assert_eq!(own.mails(), mails);
    world.clock.advance(SECOND);
    let again = resends(&mut ana, &asks).await;
    assert_eq!((again.status.as_u16(), again.path.as_str(), own.mails()), (200, asks.path.as_str(), mails + 1));
    assert!(again.says("We sent a new code. Only the newest one works.") && again.says("a•••@acme.example"));
    let (sent_first, sent_again) = (mail(&world, mails - 1), mail(&world, mails));
    let fact = |text: &str, name: &str| text.lines().find(|line| line.contains(name)).map(str::to_owned);
    for name in ["Label", "Workspaces", "Lifetime", "Scopes"] {
        assert!(fact(&sent_first, name).is_some(), "{name}: {sent_first}");
        assert_eq!(fact(&sent_first, name), fact(&sent_again, name));
    }
    let refused = own.types(&mut ana, &again, &first).await;
    assert!(refused.status == 400 && refused.says("That is not the code"), "{}", refused.body);
    let made = own.types(&mut ana, &again, &world.mailed_code()).await;
    assert!(made.says("Copy them now."), "{}", made.body);
}

/// The text of a mail.
fn mail(world: &World, at: usize) -> String {
    world.outbox.mails.lock().unwrap().get(at).unwrap().2.clone()
}

#[actix_web::test]
async fn another_code_brings_no_more_tries_and_no_more_than_three_lives() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let wrong = |code: String| if code == "000000" { "000001" } else { "000000" };
    for left in [4, 3, 2, 1] {
        let typed = wrong(world.mailed_code());
        assert!(own.types(&mut ana, &asks, typed).await.says(&format!("you have {left} ")));
    }
    world.clock.advance(SECOND * 30);
    resends(&mut ana, &asks).await;
    let over = own.types(&mut ana, &asks, wrong(world.mailed_code())).await;
    assert!(over.status == 409 && over.says("This code cannot be used any more"), "{}", over.body);

    let long = own.orders(&mut ana, &own.path("/new"), &[]).await;
    for _ in 0..3 {
        world.clock.advance(SECOND * 299);
        resends(&mut ana, &long).await;
    }
    assert!(ana.get(&long.path).await.says("Code from the e-mail"));
    world.clock.advance(SECOND * 3);
    let late = own.types(&mut ana, &long, &world.mailed_code()).await;
    assert!(late.status == 409 && late.says("This code is too old"), "15 minutes after the password: {}", late.body);
}

#[actix_web::test]
async fn what_failed_is_said_and_the_earlier_code_still_works() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let code = world.mailed_code();
    world.clock.advance(SECOND * 30);
    *world.outbox.refuses.lock().unwrap() = true;
    let failed = resends(&mut ana, &asks).await;
    let reference = failed.headers.get("x-request-id").map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
    assert!(failed.status == 503 && failed.says("could not be sent") && failed.says("still works"), "{}", failed.body);
    assert!(!reference.is_empty() && failed.says(&reference), "{reference}: {}", failed.body);
    let made = own.types(&mut ana, &asks, &code).await;
    assert!(made.says("Copy them now."), "{}", made.body);
    // Nobody else has another code mailed.
    let (mut elsewhere, _) = {
        *world.outbox.refuses.lock().unwrap() = false;
        visits(&world, ANA, &own.path("")).await
    };
    let mails = own.mails();
    assert_eq!(elsewhere.post(&format!("{}/resend", asks.path), &[]).await.status, 409);
    assert_eq!(ana.post(&format!("{}/resend", asks.path), &[]).await.status, 409);
    assert_eq!(own.mails(), mails);
}

#[actix_web::test]
async fn a_second_press_is_told_which_tokens_were_made() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let code = world.mailed_code();
    let mut same = crate::browser::Browser::of(&world);
    same.cookies.clone_from(&ana.cookies);
    let (one, other) = futures_util::join!(own.types(&mut ana, &asks, &code), own.types(&mut same, &asks, &code));
    let later = own.types(&mut ana, &asks, &code).await;
    let made = own.made().await;
    assert_eq!(made.len(), 1);
    let shown = |page: &Page| page.says("Copy them now.");
    assert_ne!(shown(&one), shown(&other), "{}{}", one.body, other.body);
    for told in [if shown(&one) { &other } else { &one }, &later] {
        assert!(told.status == 409 && told.says("The answer showed the tokens “Zapier test”, once."), "{}", told.body);
        assert!(told.says(&format!("href=\"{}\"", own.path(&format!("/{}/regenerate", made[0].id)))));
    }
}
