//! What an answer shows: secrets and tokens once, a test as it goes on, the password where the sign-in is long ago, what
//! somebody else was faster with, and invitations.

use std::time::Duration;

use actix_web::http::header::LOCATION;
use client_registry::{AppEdit, Initiator};
use storage::Directory as _;

use crate::browser::{Browser, Page};
use crate::callers::Caller;
use crate::routes::{ROUTES, Route};
use crate::scene::Scene;
use crate::team::signs;
use crate::world::PASSWORD;
use crate::{Gallery, admin};

fn route(end: &str) -> &'static Route {
    ROUTES.iter().find(|route| route.path.ends_with(end)).expect("the table has it")
}

async fn posts(caller: &mut Caller<'_>, scene: &Scene<'_>, end: &str) -> Page {
    let route = route(end);
    let hidden = caller.hidden(scene, route).await;
    caller.posts(scene, route, &hidden).await
}

pub(crate) async fn shown_once(gallery: &Gallery<'_>) {
    let world = gallery.world;
    signs(world).await;
    let scene = Scene::of(world).await;
    let mut caller = admin(world, &scene, "once@reportbot.example").await;
    for (name, end) in [("new-key", "/keys/new"), ("rotated", "/{key}/rotate"), ("new-secret", "/new-secret")] {
        gallery.hang(&format!("once-{name}"), &posts(&mut caller, &scene, end).await).await;
    }
    let asked = posts(&mut caller, &scene, "/tokens/new").await;
    let place = asked.headers.get(LOCATION).expect("a code was mailed").to_str().unwrap().to_owned();
    let asks = caller.browser.one(&place, None).await;
    gallery.hang("token-code", &asks).await;
    let wrong = caller.browser.submit(&asks, &place, &[("code", "12345")]).await;
    gallery.hang("token-code-refused", &wrong).await;
    let code = world.mailed_code();
    let shown = caller.browser.submit(&asks, &place, &[("code", &code)]).await;
    gallery.hang("once-tokens", &shown).await;
    let again = caller.browser.submit(&asks, &place, &[("code", &code)]).await;
    gallery.hang("token-code-again", &again).await;
    for (name, end) in [("certificate", "/certificates/new"), ("anchor", "/certificates/new-anchor")] {
        let mut look = caller.hidden(&scene, route(end)).await;
        let pasted = if name == "anchor" { "{new_anchor}" } else { "{new_certificate}" };
        look.extend([
            ("certificate".to_owned(), scene.fill(pasted, "")),
            ("label".to_owned(), "Night shift".to_owned()),
        ]);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&look).finish();
        let page = caller.browser.one(&scene.fill(route(end).path, ""), Some(body)).await;
        gallery.hang(&format!("look-at-{name}"), &page).await;
    }
}

pub(crate) async fn tests(gallery: &Gallery<'_>) {
    let world = gallery.world;
    let scene = Scene::of(world).await;
    let mut caller = admin(world, &scene, "test@reportbot.example").await;
    let secret = crate::team::key(world, &scene.app, domain::KeyKind::Secret).await;
    let path = scene.fill("/ui/apps/{app}/test", "");
    let start = caller.browser.get(&path).await;
    let key = secret.key.id.to_string();
    let review = caller.browser.submit(&start, &path, &[("key", &key)]).await;
    gallery.hang("test-review", &review).await;
    let choose = caller.browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    let workspace = world.emea.to_string();
    let typed = [("workspace", &*workspace), ("decision", "allow")];
    let back = caller.browser.submit(&choose, "/ui/oauth/pre_authorized", &typed).await.goes_to();
    let code = caller.browser.get(&format!("{}?{}", back.path(), back.query().unwrap())).await;
    gallery.hang("test-code", &code).await;
    let text = secret.secret.unwrap().text.reveal();
    let wrong = format!("{}x", &text);
    let refused = caller.browser.submit(&code, &code.path, &[("secret", &wrong), ("decision", "exchange")]).await;
    gallery.hang("test-refused", &refused).await;
    let done = caller.browser.submit(&refused, &code.path, &[("secret", &text), ("decision", "exchange")]).await;
    gallery.hang("test-answer", &done).await;
}

pub(crate) async fn invitations(gallery: &Gallery<'_>) {
    let scene = Scene::of(gallery.world).await;
    let path = scene.fill("/ui/invitations/{token}", "");
    let mut guest = Browser::of(gallery.world);
    let page = guest.one(&path, None).await;
    gallery.hang("invitation-newcomer", &page).await;
    let refused = guest.submit(&page, &path, &[("name", " "), ("password", "short")]).await;
    gallery.hang("invitation-refused", &refused).await;
    let done = guest.submit(&page, &path, &[("name", "Nia"), ("password", PASSWORD)]).await;
    gallery.hang("invitation-done", &done).await;
    gallery.hang("invitation-over", &guest.one(&path, None).await).await;
    gallery.hang("docs-stranger", &guest.one("/docs", None).await).await;
}

/// Ends with the clock moved on: nothing comes after it.
pub(crate) async fn late(gallery: &Gallery<'_>) {
    let world = gallery.world;
    let scene = Scene::of(world).await;
    let mut caller = admin(world, &scene, "late@reportbot.example").await;
    let settings = route("/settings");
    let hidden = caller.hidden(&scene, settings).await;
    let edits = vec![AppEdit::Name("Noon Post".into())];
    let version = world.store.app(scene.app.id).await.unwrap().unwrap().version;
    world.state.registry.edit_app(&Initiator::operator(), scene.app.id, Some(version), edits).await.unwrap();
    let stale = caller.posts(&scene, settings, &hidden).await;
    assert_eq!(stale.status, 409);
    gallery.hang("settings-stale", &stale).await;
    let twice = caller.hidden(&scene, route("/keys/new")).await;
    caller.posts(&scene, route("/keys/new"), &twice).await;
    gallery.hang("answered-already", &caller.posts(&scene, route("/keys/new"), &twice).await).await;
    world.clock.advance(Duration::from_secs(11 * 60));
    for end in ["/keys/new", "/{key}/rotate", "/settings/delete", "/members/{user}", "/invite"] {
        let page = caller.browser.one(&scene.fill(route(end).path, &caller.me()), None).await;
        assert!(page.says("Your password"), "{end}");
        gallery
            .hang(&format!("password{}", end.replace("/{key}", "").replace("/{user}", "").replace('/', "-")), &page)
            .await;
    }
    let refused = posts(&mut caller, &scene, "/{key}/rotate").await;
    gallery.hang("password-refused", &refused).await;
}
