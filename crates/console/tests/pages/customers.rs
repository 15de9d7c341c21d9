//! Connections as developers see and end them, and the requests for unattended ones.

use domain::{App, Connection, ConnectionId, EndedBy, KeyKind, Liveness, TeamRole};
use storage::Connections as _;

use crate::browser::Browser;
use crate::connection::{add, connection};
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, ben, draft, key, let_in, team, visits};
use crate::world::World;

/// An app with a key, of a team in which Ana is a developer and Ben looks on.
async fn own(world: &World) -> (App, domain::ClientId) {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, TeamRole::Developer).await;
    let_in(world, builders, ben(world).await, TeamRole::Viewer).await;
    let own = app(world, draft(builders, "Morning Post")).await;
    let key = key(world, &own, KeyKind::Secret).await.key.id;
    (own, key)
}

#[actix_web::test]
async fn connections_are_listed_with_what_became_of_them_and_why() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let now = domain::Clock::now(&*world.clock);
    let active = connection(&world, (own.id, key), 1);
    let ended = Connection { ended: Some((now, EndedBy::AccessLost)), ..connection(&world, (own.id, key), 2) };
    let expired = Connection { expires_at: now, ..connection(&world, (own.id, key), 3) };
    add(&world, [active, ended, expired]).await;
    let list = format!("/ui/apps/{}/customers", own.id);
    let (mut browser, page) = visits(&world, BEN, &list).await;
    assert_protected(&page);
    for said in ["Acme", "APAC", "EMEA", "ana@acme.example", "Not yet", "Nightly", "may connect none of its workspaces"]
    {
        assert!(page.says(said), "{said}: {}", page.body);
    }
    assert!(page.says("It reached its age; connect again"));
    assert!(
        !page.says("robot@acme.example") && !page.says("/end\""),
        "no other people, and nothing that Ben may not do"
    );
    let ids =
        |page: &crate::browser::Page| [1, 2, 3].map(|n| page.says(&ConnectionId::from_bytes([n; 16]).to_string()));
    assert_eq!(ids(&browser.get(&format!("{list}?state=active")).await), [true, false, false]);
    assert_eq!(ids(&browser.get(&format!("{list}?state=ended")).await), [false, true, false]);
    assert_eq!(ids(&browser.get(&format!("{list}?state=expired&customer=ACM")).await), [false, false, true]);
    let none = browser.get(&format!("{list}?customer=globex")).await;
    assert!(none.says("No connection matches") && ids(&none) == [false, false, false]);
}

#[actix_web::test]
async fn a_long_list_has_pages() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    // All in the same millisecond.
    add(&world, (1..=60).map(|number| connection(&world, (own.id, key), number))).await;
    let (mut browser, first) = visits(&world, ANA, &format!("/ui/apps/{}/customers?customer=acme", own.id)).await;
    let ids = |page: &crate::browser::Page| {
        (1..=60).filter(|n| page.says(&format!("id=\"{}\"", ConnectionId::from_bytes([*n; 16])))).collect::<Vec<u8>>()
    };
    assert_eq!(ids(&first).len(), 50);
    assert!(first.says("Older connections") && !first.says(">Newest<"));
    let next = first.body.split("href=\"").find(|link| link.contains("after=")).unwrap().split('"').next().unwrap();
    let second = browser.get(&next.replace("&#38;", "&")).await;
    assert!(second.says(">Newest<") && !second.says("Older connections"));
    let mut all = [ids(&first), ids(&second)].concat();
    all.sort_unstable();
    assert_eq!(all, (1..=60).collect::<Vec<u8>>());
    assert!(browser.get(&format!("/ui/apps/{}/customers?after=nonsense", own.id)).await.says("Older connections"));
}

#[actix_web::test]
async fn a_connection_is_ended_by_two_clicks_of_somebody_who_may_edit_the_app() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let one = connection(&world, (own.id, key), 1);
    add(&world, [one.clone()]).await;
    let path = format!("/ui/apps/{}/customers/{}/end", own.id, one.id);
    let (mut ben, _) = visits(&world, BEN, &path).await;
    let page = ben.get(&path).await;
    assert_eq!(page.status, 403);
    assert!(page.says("the permission Edit") && !page.says("ana@acme.example"), "nobody who manages: {}", page.body);
    assert_eq!(ben.post(&path, &[]).await.status, 403);
    let (mut ana, _) = visits(&world, ANA, &path).await;
    let asks = ana.get(&path).await;
    assert!(asks.says("End this connection?") && asks.says("somebody of Acme would have to connect again"));
    assert_eq!(ana.post(&path, &[]).await.status, 400, "without the form's token");
    let live = async |id| world.store.find(id).await.unwrap().value.unwrap();
    assert_eq!(live(one.id).await.ended, None);
    let list = ana.submit(&asks, &path, &[]).await;
    assert!(list.says("Your team ended it"), "{}", list.body);
    assert!(matches!(live(one.id).await.ended, Some((_, EndedBy::Developer))));
    assert!(ana.get(&path).await.path.ends_with("/customers"), "an ended one is not asked about");
}

#[actix_web::test]
async fn another_apps_connections_and_requests_look_like_none() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let others = app(&world, draft(team(&world, "Others", None).await, "Others' app")).await;
    let theirs = connection(&world, (others.id, key), 1);
    add(&world, [theirs.clone()]).await;
    let link = world.unattended_link().await;
    let request = link.rsplit('/').next().unwrap();
    let (mut ana, _) = visits(&world, ANA, "/ui/apps").await;
    for path in [
        format!("/ui/apps/{}/customers", others.id),
        format!("/ui/apps/{}/tokens", others.id),
        format!("/ui/apps/{}/customers/{}/end", others.id, theirs.id),
        format!("/ui/apps/{}/customers/{}/end", own.id, theirs.id),
        format!("/ui/apps/{}/customers/nonsense/end", own.id),
        format!("/ui/apps/{}/customers/requests/{request}/withdraw", own.id),
    ] {
        assert_eq!(ana.get(&path).await.status, 404, "{path}");
    }
    let now = domain::Clock::now(&*world.clock);
    assert_eq!(world.store.find(theirs.id).await.unwrap().value.unwrap().liveness(now), Liveness::Active);
}

#[actix_web::test]
async fn a_customer_is_asked_by_a_link_that_can_be_taken_back() {
    let world = World::start().await;
    let (own, key) = own(&world).await;
    let path = format!("/ui/apps/{}/customers/requests/new", own.id);
    let (mut ana, _) = visits(&world, ANA, &path).await;
    let form = ana.get(&path).await;
    let (key, acme) = (key.to_string(), world.acme.to_string());
    let faulty = ana.submit(&form, &path, &[("key", &key), ("customer_id", HOSTILE), ("scope", "read")]).await;
    assert_eq!(faulty.status, 400);
    assert!(faulty.says("href=\"#customer_id\"") && faulty.says("id=\"customer_id-error\""));
    assert_escaped(&faulty);
    let unknown = domain::CustomerId::from_bytes([77; 16]).to_string();
    let unknown = ana.submit(&form, &path, &[("key", &key), ("customer_id", &unknown), ("scope", "read")]).await;
    assert!(unknown.status == 400 && unknown.says("There is no customer with this id"), "{}", unknown.body);
    let nothing = ana.submit(&form, &path, &[("key", &key), ("customer_id", &acme)]).await;
    assert!(nothing.status == 400 && nothing.says("at least one scope"));
    let list = ana.submit(&form, &path, &[("key", &key), ("customer_id", &acme), ("scope", "read")]).await;
    assert!(list.says("Open requests") && list.says("Acme"), "{}", list.body);
    let link = list.body.split("https://login.example/ui/oauth/unattended/").nth(1).unwrap();
    let link = format!("/ui/oauth/unattended/{}", link.split('<').next().unwrap());
    assert!(ana.get(&link).await.says("Morning Post"));
    let withdraw = format!("/ui/apps/{}/customers/requests/{}/withdraw", own.id, link.rsplit('/').next().unwrap());
    let asks = ana.get(&withdraw).await;
    assert!(asks.says("Withdraw this request?"));
    let list = ana.submit(&asks, &withdraw, &[]).await;
    assert!(!list.says("Open requests"), "{}", list.body);
    assert_eq!(Browser::of(&world).get(&link).await.status, 404);
}

#[actix_web::test]
async fn without_client_credentials_nothing_is_asked_for() {
    let world = World::start().await;
    let builders = team(&world, "Builders", None).await;
    let_in(&world, builders, world.ana, TeamRole::Developer).await;
    let off = client_registry::AppDraft { client_credentials: false, ..draft(builders, "Off") };
    let off = app(&world, off).await;
    let path = format!("/ui/apps/{}/customers/requests/new", off.id);
    let (mut ana, _) = visits(&world, ANA, &path).await;
    let page = ana.get(&path).await;
    assert!(
        page.says("Switch on Enable Client Credentials first") && !page.says("<form method=\"post\" action=\"/ui/apps")
    );
    let list = ana.get(&format!("/ui/apps/{}/customers", off.id)).await;
    assert!(list.says("No customer is connected yet") && !list.says("requests/new"));
}
