//! The documents: readable by everybody, filled in for members of a team.

use client_registry::{AppDraft, Initiator};
use domain::{KeyKind, Reason};

use crate::browser::Browser;
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, team, visits};
use crate::world::World;

const PAGES: [&str; 5] = ["/docs", "/docs/many-customers", "/docs/mutual-tls", "/docs/moving", "/docs/errors"];

#[actix_web::test]
async fn everybody_may_read_them_and_each_leads_to_the_others() {
    let world = World::start().await;
    for path in PAGES {
        let page = Browser::of(&world).get(path).await;
        assert_eq!((page.status.as_u16(), page.path.as_str()), (200, path));
        for other in PAGES {
            assert!(page.says(&format!("href=\"{other}\"")), "{path} does not lead to {other}");
        }
        assert!(page.says(&format!("href=\"{path}\" aria-current=\"page\"")), "{path}");
        assert!(!page.says("<script>") && !page.says(" style="), "nothing is inline");
    }
    assert_protected(&Browser::of(&world).get("/docs").await);
}

#[actix_web::test]
async fn strangers_see_words_where_members_see_their_own_values() {
    let world = World::start().await;
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let new = key(&world, &own, KeyKind::Secret).await;
    for page in [Browser::of(&world).get("/docs").await, signed_in(&world, BEN, "/docs").await] {
        assert!(page.says("YOUR_API_KEY") && !page.says("ak_") && !page.says("Morning Post"), "{}", page.body);
        assert!(page.says("https://login.example/.well-known/oauth-authorization-server"));
    }
    let id = new.key.id.to_string();
    for path in ["/docs", "/docs/many-customers", "/docs/mutual-tls", "/docs/moving"] {
        let page = signed_in(&world, ANA, path).await;
        assert!(page.says(&format!("{id}:$API_SECRET")) && !page.says("YOUR_API_KEY"), "{path}");
        assert!(!page.says(&new.secret.as_ref().unwrap().text.reveal()), "no secret");
    }
}

#[actix_web::test]
async fn the_app_that_is_asked_for_is_filled_in_if_it_is_ones_own() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    let first = app(&world, draft(own, "Alpha")).await;
    let second = app(&world, AppDraft { description: HOSTILE.into(), ..draft(own, "Beta") }).await;
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign")).await;
    let mut keys = Vec::new();
    for one in [&first, &second, &foreign] {
        keys.push(key(&world, one, KeyKind::Secret).await.key.id);
    }
    let [of_first, of_second, of_foreign] = keys[..] else { unreachable!("three keys") };
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    for (asked, shown) in [(first.id, of_first), (second.id, of_second), (foreign.id, of_first)] {
        let page = browser.get(&format!("/docs?app={asked}")).await;
        assert!(page.says(&format!("{shown}:$API_SECRET")), "{asked}");
        assert!(!page.says(&of_foreign.to_string()) && !page.says("Foreign"));
    }
    assert!(browser.get("/docs?app=%22%3E%3Cscript%3E").await.says(&of_first.to_string()));
    let operator = Initiator::operator();
    world.state.registry.revoke_key(&operator, of_first).await.unwrap();
    let page = browser.get("/docs").await;
    assert!(page.says(&of_second.to_string()), "a key that works, of another app");
    world.state.registry.revoke_key(&operator, of_second).await.unwrap();
    assert!(browser.get("/docs").await.says("YOUR_API_KEY"));
}

#[actix_web::test]
async fn the_guide_to_mutual_tls_has_every_refusal_and_calls_that_fit_the_key() {
    let world = World::start().await;
    let guide = Browser::of(&world).get("/docs/mutual-tls").await;
    assert!(guide.says("This server has no address that asks for certificates yet") && guide.says("MTLS_ADDRESS"));
    for reason in Reason::ALL.iter().filter(|reason| reason.code().contains("certificate")) {
        assert!(guide.says(&format!("href=\"/docs/errors#{reason}\"")), "{reason}");
    }
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let key = key(&world, &own, KeyKind::Secret).await.key.id;
    let (mut browser, tab) = visits(&world, ANA, &format!("/ui/apps/{}/certificates", own.id)).await;
    let path = format!("/docs/mutual-tls?app={}", own.id);
    assert!(tab.says(&format!("href=\"{path}\"")), "{}", tab.body);
    let guide = browser.get(&path).await;
    assert!(guide.says(&format!("-u &#34;{key}:$API_SECRET&#34;")) && !guide.says("client_id="), "{}", guide.body);
    assert!(guide.says(&format!("href=\"{}\"", tab.path)), "it leads back to the tab");
}

#[actix_web::test]
async fn what_others_wrote_is_text() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    for name in ["<script>alert('x')</script>", "<script>alert('y')</script>"] {
        key(&world, &app(&world, draft(own, name)).await, KeyKind::Secret).await;
    }
    assert_escaped(&signed_in(&world, ANA, "/docs").await);
}

#[actix_web::test]
async fn every_reason_that_the_documents_name_has_an_anchor() {
    let world = World::start().await;
    let catalogue = Browser::of(&world).get("/docs/errors").await;
    for reason in Reason::ALL {
        assert!(catalogue.says(&format!("id=\"{reason}\"")), "{reason}");
    }
    for path in PAGES {
        let page = Browser::of(&world).get(path).await;
        for link in page.body.split("href=\"/docs/errors#").skip(1) {
            let code = link.split('"').next().unwrap();
            assert!(Reason::ALL.iter().any(|reason| reason.code() == code), "{path} leads to {code}");
        }
    }
}

async fn signed_in(world: &World, email: &str, path: &str) -> crate::browser::Page {
    let (mut browser, _) = visits(world, email, "/ui/apps").await;
    browser.get(path).await
}
