//! API keys: the list, making one, and taking keys and secrets out of use.

use domain::{App, KeyKind, KeyState, SecretState, TeamRole};
use storage::Directory as _;

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, let_in, team, visits};
use crate::world::World;

const SHOWN: &str = "__Host-countersign-shown-default";

/// An app of a team in which Ana is an editor, Ben a viewer.
async fn own(world: &World) -> App {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, TeamRole::Developer).await;
    let ben = world.store.user_by_email(BEN).await.unwrap().unwrap().id;
    let_in(world, builders, ben, TeamRole::Viewer).await;
    app(world, draft(builders, "Morning Post")).await
}

/// Fills the form for a new key in.
async fn makes_a_key(browser: &mut Browser<'_>, app: &App, label: &str) -> Page {
    let path = format!("/ui/apps/{}/keys/new", app.id);
    let page = browser.get(&path).await;
    browser.submit(&page, &path, &[("label", label), ("kind", "secret"), ("expiry", "0")]).await
}

/// The secret that a page shows.
fn secret_on(page: &Page) -> Option<String> {
    let text = page.body.split("id=\"p-secret\">").nth(1)?;
    Some(text.split('<').next().unwrap().to_owned())
}

#[actix_web::test]
async fn a_new_key_works_and_its_secret_is_shown_once() {
    let world = World::start().await;
    let own = own(&world).await;
    let list = format!("/ui/apps/{}/keys", own.id);
    let (mut browser, page) = visits(&world, ANA, &list).await;
    assert!(page.says("No API key yet") && page.says("+ API Key"));
    let shown = makes_a_key(&mut browser, &own, "Nightly export").await;
    assert_eq!(shown.status, 200);
    assert_protected(&shown);
    let secret = secret_on(&shown).expect("the secret is shown");
    let keys = world.store.keys(own.id).await.unwrap();
    let stored = world.store.secrets(keys[0].id).await.unwrap();
    assert_eq!((keys.len(), stored.len(), keys[0].label.as_str()), (1, 1, "Nightly export"));
    let hash =
        world.state.protocol.root_keys.secret_hash(stored[0].root_key, &domain::ApiSecretText::parse(&secret).unwrap());
    assert_eq!(hash, Some(stored[0].hash));
    for part in ["Copy it now.", "API_SECRET=", &format!("{}:{secret}", keys[0].id), "/oauth/introspect"] {
        assert!(shown.says(part), "{part}: {}", shown.body);
    }
    assert!(browser.cookies.contains_key(SHOWN), "the next answer has a cookie to change");
    let page = browser.get(&list).await;
    assert!(!browser.cookies.contains_key(SHOWN), "and changes it");
    assert!(page.says("Nightly export") && !page.says(&secret) && page.says(&format!("sk_…{}", stored[0].last_four)));
}

#[actix_web::test]
async fn a_form_that_is_posted_twice_makes_one_key() {
    let world = World::start().await;
    let own = own(&world).await;
    let path = format!("/ui/apps/{}/keys/new", own.id);
    let (mut browser, page) = visits(&world, ANA, &format!("/ui/apps/{}/keys", own.id)).await;
    assert_eq!(page.status, 200);
    let form = browser.get(&path).await;
    let typed = [("label", "Nightly"), ("kind", "secret"), ("expiry", "90")];
    let first = browser.submit(&form, &path, &typed).await;
    assert!(secret_on(&first).is_some());
    let again = browser.submit(&form, &path, &typed).await;
    assert_eq!(again.status, 409);
    let keys = world.store.keys(own.id).await.unwrap();
    let secrets = world.store.secrets(keys[0].id).await.unwrap();
    assert_eq!((keys.len(), secrets.len()), (1, 1));
    assert!(again.says(&format!("sk_…{} of the API key", secrets[0].last_four)), "{}", again.body);
    assert!(secret_on(&again).is_none() && !again.says(&secret_on(&first).unwrap()));
    // Where to go if the first answer was not seen.
    let (id, secret) = (keys[0].id, secrets[0].id);
    for rest in [format!("{id}/new-secret"), format!("{id}/secrets/{secret}/revoke")] {
        let path = format!("/ui/apps/{}/keys/{rest}", own.id);
        assert!(again.says(&format!("href=\"{path}\"")) && browser.get(&path).await.status == 200, "{path}");
    }
    assert!(keys[0].expires_at.is_some());
}

#[actix_web::test]
async fn of_two_presses_at_once_one_shows_the_secret_and_the_other_says_which() {
    let world = World::start().await;
    let own = own(&world).await;
    let path = format!("/ui/apps/{}/keys/new", own.id);
    let (mut browser, _) = visits(&world, ANA, &format!("/ui/apps/{}/keys", own.id)).await;
    let form = browser.get(&path).await;
    let mut same = Browser::of(&world);
    same.cookies.clone_from(&browser.cookies);
    let typed = [("label", "Nightly"), ("kind", "secret"), ("expiry", "90")];
    let (first, second) = futures_util::join!(browser.submit(&form, &path, &typed), same.submit(&form, &path, &typed));
    let shown: Vec<_> = [&first, &second].into_iter().filter(|page| secret_on(page).is_some()).collect();
    assert_eq!(shown.len(), 1, "{}{}", first.body, second.body);
    let told = [&first, &second].into_iter().find(|page| secret_on(page).is_none()).unwrap();
    assert!(told.status == 409 && told.says("The answer showed the secret sk_…"), "{}", told.body);
    assert_eq!(world.store.keys(own.id).await.unwrap().len(), 1);
}

#[actix_web::test]
async fn what_a_form_made_is_told_in_its_session_alone() {
    let world = World::start().await;
    let own = own(&world).await;
    let path = format!("/ui/apps/{}/keys/new", own.id);
    let (mut browser, _) = visits(&world, ANA, &format!("/ui/apps/{}/keys", own.id)).await;
    let form = browser.get(&path).await;
    let typed = [("label", "Nightly"), ("kind", "secret"), ("expiry", "90")];
    browser.submit(&form, &path, &typed).await;
    let once = form.hidden(&path).into_iter().find(|(name, _)| name == "once").unwrap().1;
    let (mut elsewhere, _) = visits(&world, ANA, &format!("/ui/apps/{}/keys", own.id)).await;
    let other = elsewhere.get(&path).await;
    let token = other.hidden(&path).into_iter().find(|(name, _)| name == "form_token").unwrap().1;
    let typed = [("label", "Weekly"), ("kind", "secret"), ("expiry", "90"), ("once", &once), ("form_token", &token)];
    let page = elsewhere.post(&path, &typed).await;
    assert!(page.status == 200 && !page.says("answered already"), "another session’s form counts by itself");
}

#[actix_web::test]
async fn a_faulty_form_comes_back_as_it_was_filled_in() {
    let world = World::start().await;
    let own = own(&world).await;
    let path = format!("/ui/apps/{}/keys/new", own.id);
    let (mut browser, form) = visits(&world, ANA, &format!("/ui/apps/{}/keys", own.id)).await;
    assert_eq!(form.status, 200);
    for (label, kind, expiry, words) in [
        (HOSTILE, "secret", "90", "Label has"),
        ("Nightly", "public", "90", "Choose how the key authenticates."),
        ("Nightly", "secret", "9", "Choose one of the list."),
    ] {
        let form = browser.get(&path).await;
        let page = browser.submit(&form, &path, &[("label", label), ("kind", kind), ("expiry", expiry)]).await;
        assert_eq!(page.status, 400, "{words}");
        assert!(page.says(words) && page.says("role=\"alert\"") && page.says("-error\""), "{}", page.body);
        if label == HOSTILE {
            assert_escaped(&page);
        } else {
            assert!(page.says("value=\"Nightly\""));
        }
    }
    assert!(world.store.keys(own.id).await.unwrap().is_empty());
    let form = browser.get(&path).await;
    let typed = [("label", "Nightly"), ("kind", "secret"), ("expiry", "0"), ("environment", "elsewhere")];
    assert!(browser.submit(&form, &path, &typed).await.says("must be some of the app"));
    assert!(makes_a_key(&mut browser, &own, "A <b>label</b>").await.says("A &#60;b&#62;label&#60;/b&#62;"));
}

#[actix_web::test]
async fn who_only_looks_is_offered_nothing_and_told_who_can_grant_it() {
    let world = World::start().await;
    let own = own(&world).await;
    let ana_manages = team(&world, "Others", None).await;
    let_in(&world, own.team, world.ana, TeamRole::Admin).await;
    let_in(&world, ana_manages, world.ana, TeamRole::Admin).await;
    let made = key(&world, &own, KeyKind::Secret).await;
    let (mut browser, page) = visits(&world, BEN, &format!("/ui/apps/{}/keys", own.id)).await;
    assert_eq!(page.status, 200);
    assert!(!page.says("+ API Key") && !page.says("Revoke") && !page.says("Deactivate"));
    let at = |rest: &str| format!("/ui/apps/{}/keys/{rest}", own.id);
    for path in [at("new"), at(&format!("{}/revoke", made.key.id)), at(&format!("{}/deactivate", made.key.id))] {
        for page in [browser.get(&path).await, browser.post(&path, &[("label", "x")]).await] {
            assert_eq!(page.status, 403, "{path}");
            assert!(page.says("permission Edit in the team Builders") && page.says(ANA), "{}", page.body);
        }
    }
    assert_eq!(world.store.key(made.key.id).await.unwrap().unwrap().state, KeyState::Active);
}

#[actix_web::test]
async fn keys_of_other_teams_and_apps_look_like_none() {
    let world = World::start().await;
    let (own, other) = (own(&world).await, team(&world, "Strangers", None).await);
    let foreign = app(&world, draft(other, "Foreign Post")).await;
    let foreign_key = key(&world, &foreign, KeyKind::Secret).await;
    let second = app(&world, draft(own.team, "Evening Post")).await;
    let second_key = key(&world, &second, KeyKind::Secret).await;
    let own_key = key(&world, &own, KeyKind::Secret).await;
    let secret_of = |new: &client_registry::NewKey| new.secret.as_ref().unwrap().secret.id;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    for path in [
        format!("/ui/apps/{}/keys", foreign.id),
        format!("/ui/apps/{}/keys/new", foreign.id),
        format!("/ui/apps/{}/keys/{}/revoke", foreign.id, foreign_key.key.id),
        format!("/ui/apps/{}/keys/{}/revoke", own.id, foreign_key.key.id),
        format!("/ui/apps/{}/keys/{}/revoke", own.id, second_key.key.id),
        format!("/ui/apps/{}/keys/{}/secrets/{}/revoke", own.id, own_key.key.id, secret_of(&second_key)),
        format!("/ui/apps/{}/keys/x/revoke", own.id),
        format!("/ui/apps/{}/keys/{}/secrets/x/revoke", own.id, own_key.key.id),
        format!("/ui/apps/{}/keys/{}/delete", own.id, own_key.key.id),
    ] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
        let posted = browser.post(&path, &[]).await.status;
        assert!(posted == 404 || (posted == 405 && path.ends_with("/keys")), "{path}: {posted}");
    }
    for key in [foreign_key, second_key] {
        assert_eq!(world.store.key(key.key.id).await.unwrap().unwrap().state, KeyState::Active);
    }
}

#[actix_web::test]
async fn a_form_without_the_token_of_its_session_is_refused() {
    let world = World::start().await;
    let own = own(&world).await;
    let made = key(&world, &own, KeyKind::Secret).await.key.id;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let new = format!("/ui/apps/{}/keys/new", own.id);
    let form = browser.get(&new).await;
    let typed = [("label", "x"), ("kind", "secret"), ("expiry", "0")];
    assert_eq!(browser.post(&new, &typed).await.status, 400);
    assert_eq!(browser.post(&format!("/ui/apps/{}/keys/{made}/deactivate", own.id), &[]).await.status, 400);
    browser.headers = vec![("origin", "https://evil.example")];
    assert_eq!(browser.submit(&form, &new, &typed).await.status, 400);
    assert_eq!(world.store.keys(own.id).await.unwrap().len(), 1);
    assert_eq!(world.store.key(made).await.unwrap().unwrap().state, KeyState::Active);
}

#[actix_web::test]
async fn a_key_and_a_secret_are_deactivated_activated_and_revoked() {
    let world = World::start().await;
    let own = own(&world).await;
    let made = key(&world, &own, KeyKind::Secret).await;
    let (id, secret) = (made.key.id, made.secret.unwrap().secret.id);
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let list = format!("/ui/apps/{}/keys", own.id);
    let key_state = async || world.store.key(id).await.unwrap().unwrap().state;
    let secret_state = async || world.store.secrets(id).await.unwrap()[0].state;
    for (change, expected) in [("deactivate", KeyState::Inactive), ("activate", KeyState::Active)] {
        let path = format!("{list}/{id}/{change}");
        let page = browser.get(&path).await;
        let after = browser.submit(&page, &path, &[]).await;
        assert_eq!((key_state().await, after.path), (expected, list.clone()));
    }
    for (change, expected) in [("deactivate", SecretState::Inactive), ("activate", SecretState::Active)] {
        let path = format!("{list}/{id}/secrets/{secret}/{change}");
        let page = browser.get(&path).await;
        browser.submit(&page, &path, &[]).await;
        assert_eq!(secret_state().await, expected);
    }
    let path = format!("{list}/{id}/secrets/{secret}/revoke");
    let page = browser.get(&path).await;
    assert!(page.says("Also end what it obtained") && page.says(" checked"));
    browser.submit(&page, &path, &[("also", "yes")]).await;
    assert_eq!(secret_state().await, SecretState::Revoked);
    let path = format!("{list}/{id}/revoke");
    let page = browser.get(&path).await;
    assert!(page.says("Nothing has used this key successfully in the last 30 days"));
    let after = browser.submit(&page, &path, &[]).await;
    assert_eq!(key_state().await, KeyState::Revoked);
    assert!(after.says("Revoked") && !after.says("/activate\""), "what is revoked stays so");
    assert!(browser.submit(&page, &path, &[]).await.says("was revoked, which is for good"));
}

#[actix_web::test]
async fn a_rotated_secret_leaves_the_older_one_as_long_as_was_chosen() {
    let world = World::start().await;
    let own = own(&world).await;
    let made = key(&world, &own, KeyKind::Secret).await;
    let old = made.secret.unwrap().secret.id;
    let path = format!("/ui/apps/{}/keys/{}/rotate", own.id, made.key.id);
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let form = browser.get(&path).await;
    assert!(form.says("value=\"24\" selected"), "the policy's overlap is chosen: {}", form.body);
    assert!(browser.submit(&form, &path, &[("overlap", "5")]).await.says("Choose one of the list."));
    let shown = browser.submit(&form, &path, &[("overlap", "1")]).await;
    let secret = secret_on(&shown).expect("the secret is shown");
    assert!(shown.says("The older secrets of this key work until"));
    let state =
        async |id| world.store.secrets(made.key.id).await.unwrap().into_iter().find(|one| one.id == id).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    assert_eq!(state(old).await.state, SecretState::RotatingUntil(world.state.protocol.clock.now() + hour));
    let list = browser.get(&format!("/ui/apps/{}/keys", own.id)).await;
    assert!(list.says("Rotating out") && !list.says(&secret));
    assert_eq!(browser.submit(&form, &path, &[("overlap", "1")]).await.status, 409);
    assert_eq!(world.store.secrets(made.key.id).await.unwrap().len(), 2);
}

#[actix_web::test]
async fn a_key_takes_secrets_up_to_its_limit() {
    let world = World::start().await;
    let own = own(&world).await;
    let made = key(&world, &own, KeyKind::Secret).await;
    let path = format!("/ui/apps/{}/keys/{}/new-secret", own.id, made.key.id);
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let limit = world.state.registry.policy().secrets_per_key;
    for _ in 1..limit {
        let form = browser.get(&path).await;
        assert!(secret_on(&browser.submit(&form, &path, &[("expiry", "30")]).await).is_some());
    }
    let form = browser.get(&path).await;
    let full = browser.submit(&form, &path, &[("expiry", "30")]).await;
    assert!(full.status == 400 && full.says("revoke one first"), "{}", full.body);
    let secrets = world.store.secrets(made.key.id).await.unwrap();
    assert_eq!(secrets.iter().filter(|secret| secret.expires_at.is_some()).count(), limit - 1);
}

#[actix_web::test]
async fn a_secret_that_nobody_uses_is_said_to_be_one() {
    let world = World::start().await;
    let own = own(&world).await;
    key(&world, &own, KeyKind::Secret).await;
    let list = format!("/ui/apps/{}/keys", own.id);
    let hint = "Not used in 90 days: safe to deactivate first";
    assert!(!visits(&world, ANA, &list).await.1.says(hint));
    world.clock.advance(std::time::Duration::from_secs(90 * 24 * 3600));
    assert!(visits(&world, ANA, &list).await.1.says(hint));
}
