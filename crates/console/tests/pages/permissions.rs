//! Who may do what: every page of the console, asked for and posted to by everybody there is. The table is in
//! [`routes`](crate::routes).

use std::collections::BTreeSet;

use actix_web::http::header::LOCATION;
use client_registry::Authority;
use domain::{AppId, Permission, TeamId, TeamMember, TeamRole};

use crate::browser::Page;
use crate::callers::{Caller, Who, everybody, forget, written};
use crate::routes::{Needs, Offered, ROUTES, Route, shape};
use crate::scene::Scene;
use crate::team::let_in;
use crate::world::World;

/// What comes of it.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It is shown, or done.
    Let,
    SignIn,
    /// As if there were no such thing.
    NotFound,
    /// A page that says which permission it takes and who can grant it.
    Refused(Permission),
    /// Back to the list of apps, where people without a team are told what to do.
    List,
    /// It was begun by somebody else, or never.
    NotBegun,
    /// Anything else.
    Other(u16),
}

fn expected(who: Who, needs: Needs) -> Outcome {
    let member = |permissions: domain::Permissions, wanted: &[Permission], then: Outcome| match wanted.first() {
        Some(first) if !wanted.iter().any(|one| permissions.allow(*one)) => Outcome::Refused(*first),
        _ => then,
    };
    match (who, needs) {
        (_, Needs::Nothing) => Outcome::Let,
        (Who::Nobody | Who::ShutOut, _) => Outcome::SignIn,
        (_, Needs::Person) | (Who::Outsider, Needs::SomeTeam) => Outcome::Let,
        (Who::Removed, Needs::SomeTeam) => Outcome::List,
        (Who::Outsider | Who::Removed, _) => Outcome::NotFound,
        (Who::Member(may), Needs::One(wanted)) => member(may, wanted, Outcome::Let),
        (Who::Member(may), Needs::SomeTeam) => member(may, &[Permission::Create], Outcome::Let),
        (Who::Member(may), Needs::Begun(wanted)) => member(may, &[wanted], Outcome::NotBegun),
    }
}

fn outcome(page: &Page, (who, needs): (Who, Needs), scene: &Scene<'_>) -> Outcome {
    let to = page.headers.get(LOCATION).map(|location| location.to_str().unwrap());
    match (page.status.as_u16(), to) {
        (303, Some("/ui/apps")) => Outcome::List,
        (303, Some(to)) if to.starts_with("/ui/login?") => Outcome::SignIn,
        (200 | 303, _) => Outcome::Let,
        (403, _) => {
            assert!(page.says("You may not do this") && page.says(&scene.boss), "who can grant it: {}", page.body);
            let word = |permission: &Permission| page.says(&format!("the permission {} in", words(*permission)));
            Outcome::Refused(Permission::ALL.into_iter().find(word).expect("it says which"))
        }
        (404 | 409, _) if matches!((who, needs), (Who::Member(_), Needs::Begun(_))) => Outcome::NotBegun,
        (404, _) => Outcome::NotFound,
        (other, _) => Outcome::Other(other),
    }
}

fn words(permission: Permission) -> &'static str {
    match permission {
        Permission::View => "View",
        Permission::Create => "Create",
        Permission::Edit => "Edit",
        Permission::Delete => "Delete",
        Permission::GenerateToken => "Generate Token",
        Permission::ManageMembers => "Manage Members",
    }
}

/// The path as it would be for ids that nobody ever had.
fn of_nothing(scene: &Scene<'_>, path: &str) -> String {
    let app = AppId::from_bytes([250; 16]).to_string();
    let team = TeamId::from_bytes([250; 16]).to_string();
    let path = path.replace(&scene.app.id.to_string(), &app).replace(&scene.team.to_string(), &team);
    path.replace(&scene.id::<AppId>("deleted").to_string(), &app)
}

#[actix_web::test]
async fn every_page_is_shown_to_whom_it_is_for_and_to_nobody_else() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    for (name, mut caller) in everybody(&world, &scene).await {
        for route in ROUTES {
            let Some(needs) = route.get else { continue };
            let path = scene.fill(route.path, &caller.me());
            let page = caller.browser.one(&path, None).await;
            let outcome = outcome(&page, (caller.who, needs), &scene);
            assert_eq!(outcome, expected(caller.who, needs), "{name} at {path}: {}", page.body);
            if outcome == Outcome::NotFound {
                let nothing = caller.browser.one(&of_nothing(&scene, &path), None).await;
                assert_eq!((nothing.status, &nothing.body), (page.status, &page.body), "{name} at {path}");
            }
            if outcome == Outcome::SignIn {
                let to = page.headers.get(LOCATION).unwrap().to_str().unwrap();
                assert!(to.starts_with("/ui/login?returnTo=%2Fui%2F"), "{to}");
            }
        }
    }
}

#[actix_web::test]
async fn a_form_that_is_not_allowed_changes_nothing() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let mut everybody = everybody(&world, &scene).await;
    let forms: Vec<_> = ROUTES.iter().filter_map(|route| Some((route, route.post?.0))).collect();
    let admin = everybody.iter().position(|(name, _)| name == "admin").unwrap();
    let (_, mut admin) = everybody.remove(admin);
    for (route, needs) in forms {
        // The form as somebody has it who may post it, under one's own token.
        let mut filled = admin.hidden(&scene, route).await;
        filled.retain(|(name, _)| name != "form_token");
        for (name, caller) in &mut everybody {
            let wanted = expected(caller.who, needs);
            if wanted == Outcome::Let {
                continue;
            }
            let own = caller.form_token.clone();
            let mut hidden = filled.clone();
            hidden.push(("form_token".to_owned(), own.clone()));
            forget(&world);
            let page = caller.posts(&scene, route, &hidden).await;
            assert_eq!(outcome(&page, (caller.who, needs), &scene), wanted, "{name} at {}: {}", route.path, page.body);
            assert_eq!(written(&world), Vec::<&str>::new(), "{name} at {}", route.path);
            if wanted == Outcome::NotFound {
                let path = of_nothing(&scene, &scene.fill(route.path, &caller.me()));
                let nothing = caller.browser.one(&path, Some(format!("form_token={own}"))).await;
                assert_eq!((nothing.status, &nothing.body), (page.status, &page.body), "{name} at {path}");
            }
        }
    }
}

#[actix_web::test]
async fn a_form_that_is_allowed_does_what_it_says() {
    let world = World::start().await;
    let first = Scene::of(&world).await;
    for (name, mut caller) in everybody(&world, &first).await {
        let Who::Member(permissions) = caller.who else { continue };
        for route in ROUTES {
            let Some((needs, _)) = route.post else { continue };
            // Invitations are told of in their own file: who may take one is not a question of permissions.
            if needs == Needs::Nothing || expected(caller.who, needs) != Outcome::Let {
                continue;
            }
            let scene = Scene::of(&world).await;
            scene.lets_in(caller.user, permissions).await;
            if permissions.allow(Permission::Delete) {
                // Somewhere to give the app to.
                let_in(&world, scene.id("elsewhere"), caller.user, TeamRole::Developer).await;
            }
            let hidden = caller.hidden(&scene, route).await;
            let mails = world.outbox.mails.lock().unwrap().len();
            forget(&world);
            let page = caller.posts(&scene, route, &hidden).await;
            assert_eq!(
                outcome(&page, (caller.who, needs), &scene),
                Outcome::Let,
                "{name} at {}: {}",
                route.path,
                page.body
            );
            let was_mailed = world.outbox.mails.lock().unwrap().len() > mails;
            let only_begins = route.path.ends_with("/test");
            assert!(only_begins || was_mailed || !written(&world).is_empty(), "{name} at {} did nothing", route.path);
        }
    }
}

/// Every page and form that the page of somebody leads to, from the two lists on; each page is shown.
async fn led_to(scene: &Scene<'_>, caller: &mut Caller<'_>) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<String> = ["/ui/apps", "/ui/teams"].map(str::to_owned).into();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let page = caller.browser.one(&path, None).await;
        assert_eq!(page.status, 200, "a link leads to {path}: {}", page.body);
        found.insert((shape(&scene.unfill(&path, &caller.me())), "GET"));
        let is_ours = |url: &&str| url.starts_with("/ui/apps") || url.starts_with("/ui/teams");
        for link in attributes(&page, "<a ", "href").into_iter().filter(|url| is_ours(&url.as_str())) {
            let link = link.split(['?', '#']).next().unwrap().to_owned();
            if seen.insert(link.clone()) {
                waiting.push(link);
            }
        }
        for form in
            attributes(&page, "<form method=\"post\"", "action").into_iter().filter(|url| is_ours(&url.as_str()))
        {
            found.insert((shape(&scene.unfill(&form, &caller.me())), "POST"));
        }
    }
    found
}

/// The values of an attribute of every tag that begins so.
fn attributes(page: &Page, tag: &str, name: &str) -> Vec<String> {
    let tags = page.body.split(tag).skip(1).filter_map(|rest| rest.split('>').next());
    let value = |tag: &str| Some(tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.replace("&#38;", "&"));
    tags.filter_map(value).collect()
}

#[actix_web::test]
async fn what_is_offered_is_what_is_allowed() {
    let world = World::start().await;
    let first = Scene::of(&world).await;
    for (name, mut caller) in everybody(&world, &first).await {
        let Who::Member(permissions) = caller.who else { continue };
        world.state.registry.remove_team_member(&Authority::operator(), first.team, caller.user).await.unwrap();
        let scene = Scene::of(&world).await;
        scene.lets_in(caller.user, permissions).await;
        // Somewhere to give the app to.
        let member = TeamMember { team: scene.id("elsewhere"), user: caller.user, permissions };
        world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
        let is_offered = |route: &Route, method: &str| match route.offered {
            Offered::ToAll => true,
            Offered::To(permission) => permissions.allow(permission),
            Offered::FormTo(permission) => method == "GET" || permissions.allow(permission),
            Offered::Nowhere => false,
        };
        let mut allowed = BTreeSet::new();
        for route in ROUTES {
            for (method, needs) in [("GET", route.get), ("POST", route.post.map(|(needs, _)| needs))] {
                let is_allowed = needs.is_some_and(|needs| expected(caller.who, needs) == Outcome::Let);
                if is_allowed && is_offered(route, method) {
                    allowed.insert((shape(route.path), method));
                }
            }
        }
        let offered = led_to(&scene, &mut caller).await;
        assert_eq!(
            offered.difference(&allowed).collect::<Vec<_>>(),
            Vec::<&(String, &str)>::new(),
            "too much for {name}"
        );
        assert_eq!(
            allowed.difference(&offered).collect::<Vec<_>>(),
            Vec::<&(String, &str)>::new(),
            "too little for {name}"
        );
    }
}
