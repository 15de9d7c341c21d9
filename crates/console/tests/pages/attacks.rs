//! What others try: forms of their own making, ids of other apps, windows around ours, ways out of the sign-in.

use actix_web::http::header::LOCATION;
use client_registry::AppDraft;
use domain::{
    AnchorId, AppId, CertificateId, ClientId, ConnectionId, InvitationId, Permissions, RequestId, SecretId, TeamId,
    UserId,
};

use crate::browser::{Browser, Page};
use crate::callers::{Caller, Who, everybody, forget, written};
use crate::routes::{Needs, ROUTES, Route};
use crate::scene::Scene;
use crate::team::{app, assert_protected, draft};
use crate::world::World;

/// Somebody who may do everything in the scene.
async fn admin<'a>(world: &'a World, scene: &Scene<'_>, email: &str) -> Caller<'a> {
    let admin = Caller::of(world, Who::Member(Permissions::ALL), email).await;
    scene.lets_in(admin.user, Permissions::ALL).await;
    admin
}

fn forms() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.post.is_some())
}

#[actix_web::test]
async fn a_form_that_our_page_did_not_make_for_this_session_changes_nothing() {
    const FOREIGN: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://other.login.example")],
        &[("origin", "https://evil.example")],
    ];
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let mut own = admin(&world, &scene, "admin@acme.example").await;
    let colleague = admin(&world, &scene, "colleague@acme.example").await;
    let (_, elsewhere) = crate::team::visits(&world, "admin@acme.example", "/ui/apps").await;
    let other_session = elsewhere.hidden("/ui/logout").remove(0).1;
    let usual = own.browser.headers.clone();
    for route in forms() {
        let hidden = own.hidden(&scene, route).await;
        let mut rest = hidden.clone();
        rest.retain(|(name, _)| name != "form_token");
        let with = |token: &str| [rest.clone(), vec![("form_token".to_owned(), token.to_owned())]].concat();
        let twice = [with(&own.form_token), with(&own.form_token)].concat();
        let tokens = [rest.clone(), with(""), with("x"), with(&colleague.form_token), with(&other_session), twice];
        for (number, fields) in tokens.iter().enumerate() {
            forget(&world);
            let page = own.posts(&scene, route, fields).await;
            let is_refused = page.status == 400 || (page.status == 409 && route.path.contains("{approval}"));
            assert!(is_refused, "{} with token {number}: {}", route.path, page.body);
            assert_eq!(written(&world), Vec::<&str>::new(), "{} with token {number}", route.path);
        }
        for headers in FOREIGN {
            own.browser.headers = headers.to_vec();
            forget(&world);
            let page = own.posts(&scene, route, &with(&own.form_token.clone())).await;
            let is_refused = page.status == 400 || (page.status == 409 && route.path.contains("{approval}"));
            assert!(is_refused, "{} from {headers:?}: {}", route.path, page.body);
            assert_eq!(written(&world), Vec::<&str>::new(), "{} from {headers:?}", route.path);
        }
        own.browser.headers.clone_from(&usual);
    }
}

#[actix_web::test]
async fn a_mailed_code_counts_in_the_form_of_its_own_session_alone() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let mut own = admin(&world, &scene, "admin@acme.example").await;
    let colleague = admin(&world, &scene, "colleague@acme.example").await;
    let order = ROUTES.iter().find(|route| route.path.ends_with("/tokens/new")).expect("the table has it");
    let hidden = own.hidden(&scene, order).await;
    let asked = own.posts(&scene, order, &hidden).await;
    let place = asked.headers.get(LOCATION).expect("a code was mailed").to_str().unwrap().to_owned();
    for token in ["", "x", &colleague.form_token] {
        forget(&world);
        let body = format!("code={}&form_token={token}", world.mailed_code());
        let page = own.browser.one(&place, Some(body)).await;
        assert!(page.status == 400 && page.says("We could not accept this form"), "{}", page.body);
        assert_eq!(written(&world), Vec::<&str>::new());
    }
}

/// What there is under an app or team, and an id of the same kind that was never anybody's.
fn things() -> Vec<(&'static str, String)> {
    fn never<T: ToString>(of: fn([u8; 16]) -> T) -> String {
        of([251; 16]).to_string()
    }
    vec![
        ("key", never(ClientId::from_bytes)),
        ("idle", never(ClientId::from_bytes)),
        ("secret", never(SecretId::from_bytes)),
        ("idle_secret", never(SecretId::from_bytes)),
        ("connection", never(ConnectionId::from_bytes)),
        ("generated", never(ConnectionId::from_bytes)),
        ("request", never(RequestId::from_bytes)),
        ("certificate", never(CertificateId::from_bytes)),
        ("anchor", never(AnchorId::from_bytes)),
        ("user", never(UserId::from_bytes)),
        ("invitation", never(InvitationId::from_bytes)),
    ]
}

#[actix_web::test]
async fn what_belongs_to_others_cannot_be_named_under_ones_own() {
    let world = World::start().await;
    let (own, strangers) = (Scene::of(&world).await, Scene::of(&world).await);
    // One that is the same person's, in another team.
    let second = Scene::of(&world).await;
    let mut admin = admin(&world, &own, "admin@acme.example").await;
    second.lets_in(admin.user, Permissions::ALL).await;
    let (me, token) = (admin.me(), format!("form_token={}", admin.form_token));
    let mut tried = 0;
    for route in ROUTES {
        for (name, never) in things() {
            let place = format!("{{{name}}}");
            if !route.path.contains(&place) {
                continue;
            }
            let with = |id: &str| own.fill(&route.path.replace(&place, id), &me);
            for other in [&strangers, &second] {
                let foreign = other.id::<String>(name);
                for body in [route.get.map(|_| None), route.post.map(|_| Some(token.clone()))].into_iter().flatten() {
                    forget(&world);
                    let page = admin.browser.one(&with(&foreign), body.clone()).await;
                    let nothing = admin.browser.one(&with(&never), body).await;
                    assert_eq!(told(&page), told(&nothing), "{} with another's {name}", route.path);
                    // An invitation that is over leads back to the team.
                    let is_gone = page.status == 404 || (name == "invitation" && page.status == 303);
                    assert!(is_gone, "{} with another's {name}: {}", route.path, page.status);
                    assert_eq!(written(&world), Vec::<&str>::new(), "{} with another's {name}", route.path);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 50, "only {tried}");
}

fn told(page: &Page) -> (u16, Option<String>, &str) {
    let to = page.headers.get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (page.status.as_u16(), to, &page.body)
}

#[actix_web::test]
async fn what_belongs_to_others_cannot_be_named_in_a_form() {
    let world = World::start().await;
    let (own, strangers) = (Scene::of(&world).await, Scene::of(&world).await);
    let mut admin = admin(&world, &own, "admin@acme.example").await;
    let others = app(&world, AppDraft { client_credentials: true, ..draft(own.team, "Ours too") }).await;
    let of_other_app = crate::team::key(&world, &others, domain::KeyKind::Secret).await.key.id.to_string();
    let globex = world.globex_main.to_string();
    let theirs = |name: &str| strangers.id::<String>(name);
    for (path, field, foreign) in [
        ("/ui/apps/{app}/test", "key", theirs("key")),
        ("/ui/apps/{app}/test", "key", of_other_app.clone()),
        ("/ui/apps/{app}/tokens/new", "key", theirs("key")),
        ("/ui/apps/{app}/tokens/new", "key", of_other_app.clone()),
        ("/ui/apps/{app}/tokens/new", "workspace", globex),
        ("/ui/apps/{app}/tokens/{generated}/regenerate", "key", theirs("key")),
        ("/ui/apps/{app}/customers/requests/new", "key", theirs("key")),
        ("/ui/apps/{app}/customers/requests/new", "key", of_other_app.clone()),
        ("/ui/apps/{app}/certificates/new", "key", theirs("key")),
        ("/ui/apps/{app}/certificates/new-name", "key", of_other_app),
        ("/ui/apps/{app}/settings/transfer", "team", theirs("team")),
    ] {
        let route = ROUTES.iter().find(|route| route.path == path).expect("the table has it");
        let mut fields = admin.hidden(&own, route).await;
        fields.retain(|(name, _)| name != field);
        let (_, typed) = route.post.expect("it has a form");
        let typed = typed.iter().filter(|(name, _)| *name != field);
        fields.extend(typed.map(|(name, value)| ((*name).to_owned(), own.fill(value, &admin.me()))));
        fields.push((field.to_owned(), foreign));
        let mails = world.outbox.mails.lock().unwrap().len();
        forget(&world);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let page = admin.browser.one(&own.fill(path, &admin.me()), Some(body)).await;
        assert_eq!(page.status, 400, "{path} with another's {field}: {}", page.body);
        assert!(!page.says("Strangers"), "{}", page.body);
        assert_eq!(written(&world), Vec::<&str>::new(), "{path} with another's {field}");
        assert_eq!(world.outbox.mails.lock().unwrap().len(), mails, "{path} with another's {field}");
    }
    // What waits for somebody else's code or answer is nothing here, in any session of one's own.
    for route in ROUTES.iter().filter(|route| matches!(route.get, Some(Needs::Begun(_)))) {
        let page = admin.browser.one(&own.fill(route.path, &admin.me()), None).await;
        assert!(matches!(page.status.as_u16(), 404 | 409), "{}", route.path);
    }
}

#[actix_web::test]
async fn no_answer_can_be_framed_kept_or_sniffed() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    for (name, mut caller) in everybody(&world, &scene).await {
        for route in ROUTES {
            let path = scene.fill(route.path, &caller.me());
            for body in [None, Some(String::new())] {
                let page = caller.browser.one(&path, body).await;
                let has = |header: &str, value: &str| {
                    let found = page.headers.get(header).map(|found| found.to_str().unwrap());
                    assert!(
                        found.is_some_and(|found| found.contains(value)),
                        "{header} of {path} for {name}: {found:?}"
                    );
                };
                match page.status.as_u16() {
                    // The method is not one of the page's: nothing is in it.
                    405 => assert_eq!(page.body, "", "{path}"),
                    303 => {
                        has("cache-control", "no-store");
                        has("referrer-policy", "no-referrer");
                        assert_eq!(page.body, "", "{path}");
                    }
                    _ => assert_protected(&page),
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[actix_web::test]
async fn the_sign_in_leads_to_pages_of_ours_alone() {
    let world = World::start().await;
    for trick in [
        "//evil.example",
        "//evil.example/ui/apps",
        "///evil.example/ui/",
        "/\\evil.example/ui/",
        "\\/evil.example",
        "\\\\evil.example/ui/",
        "https:evil.example",
        "https://evil.example/ui/apps",
        "https://login.example@evil.example/ui/",
        "%2f%2fevil.example",
        "/%2f/evil.example/ui/",
        "/ui/..//evil.example",
        "/ui/..;/..//evil.example",
        "/\t/evil.example/ui/",
        "\n//evil.example",
        " //evil.example",
        "/ui/apps\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "/ui/@evil.example",
        ".evil.example/ui/",
        "@evil.example/ui/",
        "/ui/apps#@evil.example",
    ] {
        // One address is mailed six codes in an hour.
        world.clock.advance(std::time::Duration::from_secs(601));
        let mut browser = Browser::of(&world);
        let sign_in = browser.get(&format!("/ui/login?returnTo={}", escaped(trick))).await;
        assert_eq!(sign_in.status, 200, "{trick}");
        assert!(!sign_in.body.contains("evil.example"), "{trick}: {}", sign_in.body);
        let page = browser.signs_in(&sign_in, crate::team::ANA).await;
        assert_eq!(page.path, "/ui/connected-apps", "{trick}");
    }
    let mut browser = Browser::of(&world);
    let sign_in = browser.get("/ui/login?returnTo=%2Fui%2Fapps%3Fsearch%3D%252F%252Fevil.example").await;
    let page = browser.signs_in(&sign_in, crate::team::ANA).await;
    assert_eq!(page.path, "/ui/apps?search=%2F%2Fevil.example", "only a word that is searched for");
}

#[actix_web::test]
async fn a_session_that_was_given_to_somebody_is_not_the_one_that_signs_in() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let list = format!("/ui/apps/{}", scene.app.id);
    let mut thief = admin(&world, &scene, "thief@acme.example").await;
    crate::team::let_in(&world, scene.team, world.ana, domain::TeamRole::Viewer).await;
    // Ana's browser begins with every cookie of the thief's, session and all.
    let mut victim = Browser::of(&world);
    victim.cookies.clone_from(&thief.browser.cookies);
    let out = victim.get("/ui/apps").await;
    victim.submit(&out, "/ui/logout", &[]).await;
    let mut given = Browser::of(&world);
    let invented: String = "A".repeat(43);
    for name in thief.browser.cookies.keys() {
        given.cookies.insert(name.clone(), invented.clone());
    }
    let planted = given.cookies.clone();
    let sign_in = given.get(&list).await;
    let page = given.signs_in(&sign_in, crate::team::ANA).await;
    assert!(page.path == list && page.says("Morning Post"), "{}", page.body);
    let mut with_planted = Browser::of(&world);
    with_planted.cookies = planted;
    let nothing = with_planted.one(&list, None).await;
    assert_eq!(nothing.status, 303, "what was planted is no session");
    let gone = thief.browser.one(&list, None).await;
    assert_eq!(gone.status, 303, "a session that was signed out is over in every browser");
}

#[actix_web::test]
async fn an_id_of_another_kind_is_no_id() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let mut admin = admin(&world, &scene, "admin@acme.example").await;
    let (own, team) = (scene.app.id.to_string(), scene.team.to_string());
    let (head, tail) = own.split_at(own.len() - 1);
    let mistyped = format!("{head}{}", if tail == "a" { "b" } else { "a" });
    for id in [team.clone(), own.to_uppercase(), mistyped, format!("{own}%00"), format!("{own}%20"), "..".to_owned()] {
        for path in [format!("/ui/apps/{id}"), format!("/ui/apps/{id}/keys"), format!("/ui/teams/{id}/rename")] {
            if id == team && path.contains("/teams/") {
                continue;
            }
            assert_eq!(admin.browser.one(&path, None).await.status, 404, "{path}");
        }
    }
    let nobodys = AppId::from_bytes([251; 16]);
    assert_eq!(admin.browser.one(&format!("/ui/apps/{nobodys}"), None).await.status, 404);
    let nobodys = TeamId::from_bytes([251; 16]);
    assert_eq!(admin.browser.one(&format!("/ui/teams/{nobodys}"), None).await.status, 404);
}
