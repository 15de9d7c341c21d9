//! The list of apps.

use domain::{KeyKind, Publisher, TeamRole};

use crate::browser::Browser;
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, let_in, team, visits};
use crate::world::World;

#[actix_web::test]
async fn whoever_is_in_no_team_is_told_who_can_help_and_is_not_led_here() {
    let world = World::start().await;
    let (mut browser, page) = visits(&world, BEN, "/ui/apps").await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/ui/apps"));
    assert!(page.says("You are in no developer team"));
    assert!(!page.says("Report Bot"), "nothing of the operator's apps");
    assert_protected(&page);
    assert!(!browser.get("/ui/connected-apps").await.says("href=\"/ui/apps\""));
}

#[actix_web::test]
async fn a_member_is_led_here_from_the_bar_and_told_how_an_app_is_made() {
    let world = World::start().await;
    let builders = team(&world, "Builders", Some(world.ana)).await;
    let (mut browser, page) = visits(&world, ANA, "/ui/apps").await;
    assert!(page.says("No apps yet") && !page.says("+ Create App") && page.says("who manages the members"));
    let_in(&world, builders, world.ana, TeamRole::Developer).await;
    assert!(browser.get("/ui/apps").await.says("+ Create App"));
    assert_protected(&page);
    assert!(browser.get("/ui/connected-apps").await.says("href=\"/ui/apps\""));
}

#[actix_web::test]
async fn only_apps_of_ones_own_teams_are_listed_and_found() {
    let world = World::start().await;
    let (own, other) = (team(&world, "Builders", Some(world.ana)).await, team(&world, "Strangers", None).await);
    let first = app(&world, draft(own, "Morning Post")).await;
    let callback_urls = vec!["https://hooks.evening.net/cb".into()];
    app(&world, client_registry::AppDraft { callback_urls, ..draft(own, "Evening Post") }).await;
    let foreign = app(&world, draft(other, "Foreign Post")).await;
    let (key, foreign_key) = (key(&world, &first, KeyKind::Secret).await, key(&world, &foreign, KeyKind::Secret).await);
    let (mut browser, page) = visits(&world, ANA, "/ui/apps").await;
    assert!(page.says("Morning Post") && page.says("Evening Post") && page.says("1–2 of 2 apps"));
    assert!(!page.says("Foreign Post") && !page.says("Strangers"));
    for (search, found) in [
        ("morning", vec!["Morning Post"]),
        ("post", vec!["Morning Post", "Evening Post"]),
        ("hooks.evening.net", vec!["Evening Post"]),
        (&*key.key.id.to_string(), vec!["Morning Post"]),
        (&*foreign_key.key.id.to_string(), vec![]),
        ("%", vec![]),
    ] {
        let query: String = form_urlencoded::byte_serialize(search.as_bytes()).collect();
        let page = browser.get(&format!("/ui/apps?search={query}")).await;
        for name in ["Morning Post", "Evening Post", "Foreign Post"] {
            assert_eq!(page.says(name), found.contains(&name), "{search}: {name}");
        }
        assert_eq!(page.says("No app matches"), found.is_empty(), "{search}");
    }
}

#[actix_web::test]
async fn a_long_list_has_pages_that_keep_the_search() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    for number in 0..53 {
        app(&world, draft(own, &format!("Post & Co {number:03}"))).await;
    }
    let (mut browser, _) = visits(&world, ANA, "/ui/apps").await;
    let first = browser.get("/ui/apps?search=Post+%26").await;
    assert!(first.says("1–50 of 53 apps") && first.says("Post &#38; Co 049") && !first.says("Co 050"));
    assert!(first.says("search=Post+%26&#38;page=1") && !first.says("Previous page"));
    let second = browser.get("/ui/apps?search=Post+%26&page=1").await;
    assert!(second.says("51–53 of 53 apps") && second.says("Co 052") && !second.says("Next page"));
    let beyond = browser.get("/ui/apps?page=4294967295").await;
    assert!(beyond.says("1–50 of 53 apps"));
}

#[actix_web::test]
async fn what_others_wrote_is_text() {
    let world = World::start().await;
    let own = team(&world, "Team <script>alert('x')</script>", Some(world.ana)).await;
    let publisher = Publisher { name: HOSTILE.into(), verified: false };
    app(&world, client_registry::AppDraft { publisher, description: HOSTILE.into(), ..draft(own, "Plain") }).await;
    let (mut browser, page) = visits(&world, ANA, "/ui/apps").await;
    assert_escaped(&page);
    let query: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    assert_escaped(&browser.get(&format!("/ui/apps?search={query}")).await);
}

#[actix_web::test]
async fn who_leaves_a_team_or_signs_out_sees_nothing_of_it_any_more() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    team(&world, "Others", Some(world.ana)).await;
    app(&world, draft(own, "Morning Post")).await;
    let (mut browser, page) = visits(&world, ANA, "/ui/apps").await;
    assert!(page.says("Morning Post"));
    let operator = client_registry::Authority::operator();
    world.state.registry.remove_team_member(&operator, own, world.ana).await.unwrap();
    assert!(!browser.get("/ui/apps").await.says("Morning Post"));
    let gone = Browser::of(&world).get("/ui/apps").await;
    assert!(gone.path.starts_with("/ui/login") && !gone.says("Morning Post"), "{}", gone.path);
}
