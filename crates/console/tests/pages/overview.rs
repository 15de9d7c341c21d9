//! An app's first page.

use client_registry::{AppDraft, AppEdit, Initiator};
use domain::{ApplicationKind, KeyKind, MutualTls};

use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, team, visits};
use crate::world::World;

#[actix_web::test]
async fn apps_of_other_teams_look_like_none() {
    let world = World::start().await;
    team(&world, "Builders", Some(world.ana)).await;
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let mut bodies = Vec::new();
    for id in [foreign.id.to_string(), "app_0000000000000000000000".into(), "app_".into(), "x".into()] {
        for path in [format!("/ui/apps/{id}"), format!("/ui/apps/{id}/activity")] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 404, "{path}");
            assert!(!page.says("Foreign Post"));
            assert_protected(&page);
            bodies.push(page.body);
        }
    }
    let token = |body: &String| body.split("form_token").next().unwrap().to_owned();
    assert!(bodies.iter().all(|body| token(body) == token(&bodies[0])), "they cannot be told apart");
}

#[actix_web::test]
async fn an_app_that_was_deleted_is_gone() {
    let world = World::start().await;
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let (mut browser, page) = visits(&world, ANA, &format!("/ui/apps/{}", own.id)).await;
    assert_eq!(page.status, 200);
    world.state.registry.delete_app(&Initiator::operator(), own.id).await.unwrap();
    assert_eq!(browser.get(&format!("/ui/apps/{}", own.id)).await.status, 404);
}

#[actix_web::test]
async fn sign_in_leads_back_to_the_page_that_was_asked_for() {
    let world = World::start().await;
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let key = key(&world, &own, KeyKind::Secret).await.key.id;
    for path in [
        format!("/ui/apps/{}", own.id),
        format!("/ui/apps/{}?key={key}&environment=default", own.id),
        format!("/ui/apps/{}/activity?request=req_3hSPCCPoaVRyO0fsCmvJiG&key={key}&refused=yes", own.id),
    ] {
        let (_, page) = visits(&world, ANA, &path).await;
        assert_eq!((page.status.as_u16(), page.path), (200, path));
    }
    let (_, page) = visits(&world, BEN, "/ui/apps/x?key=//evil.example&environment=https://evil.example").await;
    assert_eq!(page.path, "/ui/apps", "what is no id is not kept");
}

#[actix_web::test]
async fn the_facts_the_keys_and_what_to_paste_are_shown_and_no_secret() {
    let world = World::start().await;
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let new = key(&world, &own, KeyKind::Secret).await;
    let secret = new.secret.unwrap();
    let (text, stored) = (secret.text.reveal(), &secret.secret);
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}", own.id)).await;
    assert_protected(&page);
    let callback = "https%3A%2F%2Fapp.reportbot.com%2Fcb";
    for shown in [
        "Morning Post does what it says",
        "Builders",
        "Bots Inc",
        "https://app.reportbot.com/cb",
        &new.key.id.to_string(),
        &format!(
            "https://login.example/oauth/authorize?response_type=code&#38;client_id={}&#38;redirect_uri={callback}",
            new.key.id
        ),
        &format!("-u &#34;{}:$API_SECRET&#34;", new.key.id),
        "grant_type=authorization_code",
        "grant_type=refresh_token",
        "grant_type=client_credentials",
        "https://login.example/oauth/introspect",
        "https://login.example/oauth/revoke",
        "id=\"p-python\"",
        "id=\"p-node\"",
        "id=\"p-settings\"",
        &format!("API_KEY={}\nAPI_SECRET=\n", new.key.id),
        "CALLBACK_URL=https://app.reportbot.com/cb",
    ] {
        assert!(page.says(shown), "{shown} is missing: {}", page.body);
    }
    let hash: String = stored.hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert!(!page.says(&text) && !page.says(&hash) && !page.says(&text[..12]), "no secret and no hash");
}

#[actix_web::test]
async fn only_what_a_key_can_do_is_there_to_paste() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    let native = AppDraft {
        kind: ApplicationKind::Native,
        callback_urls: vec!["http://127.0.0.1/cb".into()],
        ..draft(own, "Pocket Post")
    };
    let native = app(&world, native).await;
    let public = key(&world, &native, KeyKind::Public).await.key.id;
    let (mut browser, page) = visits(&world, ANA, &format!("/ui/apps/{}", native.id)).await;
    assert!(page.says(&format!("-d client_id={public}")) && page.says("grant_type=refresh_token"));
    for absent in ["$API_SECRET", "grant_type=client_credentials", "/oauth/introspect"] {
        assert!(!page.says(absent), "{absent}");
    }
    let quiet = AppDraft { callback_urls: vec![], ..draft(own, "Quiet Post") };
    let quiet = app(&world, quiet).await;
    let path = format!("/ui/apps/{}", quiet.id);
    assert!(browser.get(&path).await.says("There is no API key that can be used now"));
    let new = key(&world, &quiet, KeyKind::Secret).await.key.id;
    let page = browser.get(&path).await;
    assert!(page.says("grant_type=client_credentials") && page.says("/oauth/introspect"));
    for absent in ["/oauth/authorize", "grant_type=authorization_code", "grant_type=refresh_token"] {
        assert!(!page.says(absent), "{absent}");
    }
    let by = Initiator::operator();
    world.state.registry.edit_app(&by, quiet.id, None, vec![AppEdit::ClientCredentials(false)]).await.unwrap();
    assert!(browser.get(&path).await.says("This API key can do nothing yet"));
    world.state.registry.revoke_key(&by, new).await.unwrap();
    let page = browser.get(&path).await;
    assert!(page.says("Revoked") && page.says("There is no API key that can be used now"));
}

#[actix_web::test]
async fn a_key_that_needs_a_certificate_is_not_given_calls_without_one() {
    let world = World::start().await;
    let own = app(&world, draft(team(&world, "Builders", Some(world.ana)).await, "Morning Post")).await;
    let by = Initiator::operator();
    let edit = vec![AppEdit::MutualTls(MutualTls::Optional)];
    world.state.registry.edit_app(&by, own.id, None, edit).await.unwrap();
    key(&world, &own, KeyKind::Certificate).await;
    let (_, page) = visits(&world, ANA, &format!("/ui/apps/{}", own.id)).await;
    assert!(page.says("this server has no address that asks for one") && !page.says("curl"), "{}", page.body);
}

#[actix_web::test]
async fn what_others_wrote_is_text() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    let publisher = domain::Publisher { name: HOSTILE.into(), verified: false };
    let hostile = AppDraft { publisher, description: HOSTILE.into(), ..draft(own, "Plain") };
    let hostile = app(&world, hostile).await;
    let (mut browser, page) = visits(&world, ANA, &format!("/ui/apps/{}", hostile.id)).await;
    assert_escaped(&page);
    assert_escaped(&{
        let query: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
        browser.get(&format!("/ui/apps/{}/activity?request={query}", hostile.id)).await
    });
}
