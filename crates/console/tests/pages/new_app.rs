//! *Create App*.

use domain::{App, ApplicationKind, TeamRole};

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, assert_escaped, assert_protected, let_in, team, visits};
use crate::world::World;

const PATH: &str = "/ui/apps/new";

/// A form as a developer fills it in.
fn filled<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("name", "Morning Post"),
        ("description", "Sends a report every morning"),
        ("publisher", "Bots Inc"),
        ("support_email", "Help@Bots.example"),
        ("homepage", "https://bots.example"),
        ("privacy", ""),
        ("kind", "web"),
        ("environment", "default"),
        ("scope", "read"),
    ];
    let named = |name: &str| more.iter().any(|(given, _)| *given == name);
    all.into_iter().filter(|(name, _)| !named(name)).chain(more.iter().copied()).collect()
}

async fn makes(browser: &mut Browser<'_>, typed: &[(&str, &str)]) -> Page {
    let page = browser.get(PATH).await;
    browser.submit(&page, PATH, &filled(typed)).await
}

async fn apps(world: &World) -> Vec<App> {
    let found = world.state.protocol.directory.apps("post", 0, 10).await.unwrap();
    found.into_iter().filter(|app| app.name != "Report Bot").collect()
}

#[actix_web::test]
async fn an_app_is_made_and_says_what_comes_next() {
    let world = World::start().await;
    let builders = team(&world, "Builders", None).await;
    let_in(&world, builders, world.ana, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, PATH).await;
    assert_protected(&page);
    assert!(page.says("Create App") && page.says("value=\"Builders\"") && !page.says("id=\"team\""));
    assert!(page.says("value=\"read\" checked"), "what only looks is ticked: {}", page.body);
    let urls = [("callback_url", "https://app.bots.example.com/cb"), ("callback_url", ""), ("decision", "save")];
    let made = makes(&mut browser, &urls).await;
    let apps = apps(&world).await;
    let [app] = apps.as_slice() else { panic!("{apps:?}") };
    assert_eq!(made.path, format!("/ui/apps/{}", app.id));
    assert!(made.says("1 Create a key") && made.says("2 Try it") && made.says("3 Connect a customer"));
    assert_eq!((app.team, app.publisher.verified, app.client_credentials), (builders, false, false));
    assert_eq!(
        app.callback_urls.iter().map(domain::CallbackUrl::as_str).collect::<Vec<_>>(),
        ["https://app.bots.example.com/cb"]
    );
    assert_eq!(app.homepage_url.as_deref(), Some("https://bots.example/"));
    assert_eq!((app.support_email.as_deref(), &app.privacy_url), (Some("help@bots.example"), &None));
    assert_eq!((app.kind, app.scopes.to_string().as_str()), (ApplicationKind::Web, "read"));
    let audit = world.state.registry.authority(world.ana, None).await.unwrap();
    let permitted = world.state.registry.permit_app(&audit, app.id, domain::Permission::View).await.unwrap();
    let record = world.state.registry.last_change(&permitted).await.unwrap().unwrap();
    assert_eq!((record.actor, record.action.as_str()), (world.ana.to_string(), "app.created"));
}

#[actix_web::test]
async fn all_that_is_wrong_is_shown_at_its_field_and_nothing_is_lost() {
    let world = World::start().await;
    let_in(&world, team(&world, "Builders", None).await, world.ana, TeamRole::Developer).await;
    let (mut browser, _) = visits(&world, ANA, PATH).await;
    let typed = [
        ("name", "x"),
        ("homepage", "javascript:alert(1)"),
        ("callback_url", "http://app.bots.example.com/cb"),
        ("callback_url", "https://app.bots.example.com/cb"),
        ("callback_url", "https://app.bots.example.com/cb"),
        ("callback_url", "https://app.bots.example.com/cb/"),
    ];
    let page = makes(&mut browser, &typed).await;
    assert_eq!((page.status.as_u16(), apps(&world).await.len()), (400, 0));
    for part in [
        "Some things have to be mended",
        "id=\"name-error\"",
        "id=\"homepage-error\"",
        "href=\"#callback_url\"",
        "<code>https://</code>",
        "The same as callback URL 2. Leave one of them empty.",
        "Almost the same as callback URL 2: ",
        "value=\"javascript:alert(1)\"",
        "Sends a report every morning</textarea>",
        "We compare character by character",
    ] {
        assert!(page.says(part), "{part}: {}", page.body);
    }
    assert_eq!(page.body.matches("We compare character by character: ").count(), 1, "told once");
}

#[actix_web::test]
async fn to_check_and_to_make_room_make_nothing() {
    let world = World::start().await;
    let_in(&world, team(&world, "Builders", None).await, world.ana, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, PATH).await;
    assert_eq!(page.body.matches("name=\"callback_url\"").count(), 3);
    let urls = [("callback_url", "https://app.bots.example.com/cb"), ("callback_url", ""), ("callback_url", "")];
    let checked = makes(&mut browser, &[&urls[..], &[("decision", "check")]].concat()).await;
    assert!(
        checked.status == 200 && checked.says("Uses <code>https</code>.") && checked.says("in order: "),
        "{}",
        checked.body
    );
    assert!(
        checked.says("Morning Post (unverified) asks to connect")
            && checked.says("app.bots.example.com</bdi></strong>")
    );
    let more = makes(&mut browser, &[&urls[..], &[("decision", "more")]].concat()).await;
    assert_eq!(more.body.matches("name=\"callback_url\"").count(), 6);
    assert!(apps(&world).await.is_empty());
    let many: Vec<_> = (0..50).map(|_| ("callback_url", "")).collect();
    let most = makes(&mut browser, &[&many[..], &[("decision", "more")]].concat()).await;
    assert_eq!(most.body.matches("name=\"callback_url\"").count(), 50);
    assert!(!most.says("More callback URLs"));
}

#[actix_web::test]
async fn a_form_that_is_posted_twice_makes_one_app() {
    let world = World::start().await;
    let_in(&world, team(&world, "Builders", None).await, world.ana, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, PATH).await;
    let first = browser.submit(&page, PATH, &filled(&[])).await;
    assert!(first.path.starts_with("/ui/apps/app_"), "{}", first.body);
    let second = browser.submit(&page, PATH, &filled(&[])).await;
    assert_eq!((second.status.as_u16(), &second.path), (200, &first.path), "both lead to the one app");
    assert_eq!(apps(&world).await.len(), 1);
    assert_eq!(browser.post(PATH, &filled(&[("form_token", "x")])).await.status, 400);
    assert_eq!(apps(&world).await.len(), 1);
}

#[actix_web::test]
async fn the_team_is_chosen_among_those_in_which_one_may() {
    let world = World::start().await;
    let (first, second) = (team(&world, "Builders", None).await, team(&world, "Painters", None).await);
    let (viewed, foreign) = (team(&world, "Watchers", Some(world.ana)).await, team(&world, "Strangers", None).await);
    for team in [first, second] {
        let_in(&world, team, world.ana, TeamRole::Developer).await;
    }
    let (mut browser, page) = visits(&world, ANA, PATH).await;
    assert!(page.says("Builders</option>") && page.says("Painters</option>"));
    assert!(!page.says("Watchers") && !page.says("Strangers"));
    for team in [viewed.to_string(), foreign.to_string(), String::new()] {
        let page = makes(&mut browser, &[("team", &team)]).await;
        assert!(page.status == 400 && page.says("Choose the team"), "{team}");
    }
    let made = makes(&mut browser, &[("team", &second.to_string())]).await;
    assert!(made.path.starts_with("/ui/apps/app_"));
    assert_eq!(apps(&world).await[0].team, second);
}

#[actix_web::test]
async fn whoever_may_not_make_apps_is_told_who_can_grant_it() {
    let world = World::start().await;
    let builders = team(&world, "Builders", Some(world.ana)).await;
    let ben = world.state.protocol.directory.user_by_email(BEN).await.unwrap().unwrap();
    let_in(&world, builders, ben.id, TeamRole::Admin).await;
    let (mut browser, page) = visits(&world, ANA, PATH).await;
    assert_eq!(page.status, 403);
    assert!(page.says("You may not do this") && page.says(BEN) && page.says("Builders"));
    assert!(!browser.get("/ui/apps").await.says(PATH));
    let (_, page) = visits(&world, BEN, "/ui/apps").await;
    assert!(page.says(PATH));
    world
        .state
        .registry
        .remove_team_member(&client_registry::Authority::operator(), builders, world.ana)
        .await
        .unwrap();
    assert!(browser.get(PATH).await.says("You are in no developer team"));
}

#[actix_web::test]
async fn what_was_typed_comes_back_as_text() {
    let world = World::start().await;
    let_in(&world, team(&world, "Builders", None).await, world.ana, TeamRole::Developer).await;
    let (mut browser, _) = visits(&world, ANA, PATH).await;
    for field in ["name", "description", "publisher", "support_email", "homepage", "privacy", "callback_url"] {
        let page = makes(&mut browser, &[(field, HOSTILE), ("decision", "check")]).await;
        assert_escaped(&page);
    }
    let long = format!("https://app.example.com/{}", "x".repeat(5000));
    assert_eq!(makes(&mut browser, &[("callback_url", &long)]).await.status, 400);
}
