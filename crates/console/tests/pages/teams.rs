//! Developer teams: who sees them, who changes them, and what nobody can.

use client_registry::{Authority, Initiator, UserDraft};
use domain::{Permission, Permissions, TeamId, TeamMember, TeamRole, UserId, UserKind};

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, assert_escaped, assert_protected, team, visits};
use crate::world::{PASSWORD, World};

/// Sets what somebody may do, as the operator does.
async fn part(world: &World, team: TeamId, user: UserId, permissions: Permissions) {
    let member = TeamMember { team, user, permissions };
    world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
}

async fn ben(world: &World) -> UserId {
    world.state.protocol.directory.user_by_email(BEN).await.unwrap().unwrap().id
}

async fn person(world: &World, email: &str, name: &str) -> UserId {
    let password_hash = Some(format!("plain:{PASSWORD}"));
    let draft = UserDraft { email: email.into(), name: name.into(), kind: UserKind::Person, password_hash };
    world.state.registry.create_user(&Initiator::operator(), draft).await.unwrap().id
}

async fn permissions_of(world: &World, team: TeamId, user: UserId) -> Option<Permissions> {
    let members = world.state.protocol.directory.team_members(team).await.unwrap();
    members.iter().find(|(member, _)| member.id == user).map(|(_, member)| member.permissions)
}

async fn audited(world: &World, team: TeamId) -> Vec<String> {
    let rows = storage::ActivityLog::audit(&*world.store, Some(&team.to_string()), 20).await.unwrap();
    rows.into_iter().map(|row| row.action).collect()
}

fn set(words: &str) -> Permissions {
    words.parse().unwrap()
}

/// Posts the form that changes what `user` may do, to single `permissions`.
async fn gives(browser: &mut Browser<'_>, team: TeamId, user: UserId, permissions: &[&str]) -> Page {
    let path = format!("/ui/teams/{team}/members/{user}");
    let page = browser.get(&path).await;
    let mut typed = vec![("role", "single")];
    typed.extend(permissions.iter().map(|one| ("permission", *one)));
    browser.submit(&page, &path, &typed).await
}

#[actix_web::test]
async fn only_ones_own_teams_are_listed_and_others_look_like_none() {
    let world = World::start().await;
    let own = team(&world, "Builders", Some(world.ana)).await;
    let foreign = team(&world, "Strangers", None).await;
    let (mut browser, page) = visits(&world, ANA, "/ui/teams").await;
    assert!(page.says("Builders") && page.says("Viewer") && !page.says("Strangers"));
    assert_protected(&page);
    let one = browser.get(&format!("/ui/teams/{own}")).await;
    assert!(one.says("ana@acme.example") && one.says("<em class=\"tag\">you</em>"));
    assert_protected(&one);
    let me = world.ana;
    let mut bodies = Vec::new();
    for id in [foreign.to_string(), "team_0000000000000000000000".into(), "team_".into(), "x".into()] {
        for path in ["", "/rename", "/invite", &format!("/members/{me}"), &format!("/members/{me}/remove")] {
            let page = browser.get(&format!("/ui/teams/{id}{path}")).await;
            assert_eq!(page.status, 404, "{id}{path}");
            bodies.push(page.body);
        }
    }
    let token = |body: &String| body.split("form_token").next().unwrap().to_owned();
    assert!(bodies.iter().all(|body| token(body) == token(&bodies[0])), "they cannot be told apart");
    let (_, page) = visits(&world, BEN, "/ui/teams").await;
    assert!(page.says("You are in no developer team") && !page.says("Builders"));
}

#[actix_web::test]
async fn what_a_permission_does_not_allow_is_not_offered_and_refused() {
    let world = World::start().await;
    let other = ben(&world).await;
    let all: Vec<Permissions> = Permission::ALL
        .into_iter()
        .map(|one| [one].into_iter().collect())
        .chain(TeamRole::ALL.map(TeamRole::permissions))
        .collect();
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    for permissions in all {
        let id = team(&world, "Builders", None).await;
        let manager = person(&world, &format!("boss-{id}@acme.example").to_lowercase(), "Boss").await;
        part(&world, id, manager, Permissions::ALL).await;
        part(&world, id, world.ana, permissions).await;
        part(&world, id, other, Permissions::VIEW).await;
        let may = permissions.allow(Permission::ManageMembers);
        let base = format!("/ui/teams/{id}");
        let page = browser.get(&base).await;
        assert_eq!(page.status, 200);
        for offered in ["/rename", "/invite", &format!("/members/{other}"), &format!("/members/{other}/remove")] {
            assert_eq!(page.says(&format!("href=\"{base}{offered}\"")), may, "{offered} for {permissions}");
            let asked = browser.get(&format!("{base}{offered}")).await;
            assert_eq!(asked.status.as_u16(), if may { 200 } else { 403 }, "{offered} for {permissions}");
            if !may {
                let refused = browser.post(&format!("{base}{offered}"), &[("name", "Taken over")]).await;
                assert_eq!(refused.status, 403, "{offered} for {permissions}");
                assert!(refused.says("Boss") && refused.says("Manage Members"), "who can grant it: {}", refused.body);
            }
        }
        assert_eq!(permissions_of(&world, id, other).await, Some(Permissions::VIEW));
        assert!(page.says(&format!("{base}/members/{}/remove", world.ana)), "everybody may leave");
    }
}

#[actix_web::test]
async fn a_team_gets_another_name_or_is_told_what_is_wrong_with_it() {
    let world = World::start().await;
    let id = team(&world, "Builders", None).await;
    part(&world, id, world.ana, Permissions::ALL).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    let path = format!("/ui/teams/{id}/rename");
    let page = browser.get(&path).await;
    let again = browser.submit(&page, &path, &[("name", " x ")]).await;
    assert_eq!(again.status, 400);
    assert!(again.says("aria-invalid=\"true\"") && again.says("role=\"alert\""), "{}", again.body);
    let done = browser.submit(&page, &path, &[("name", "Joiners")]).await;
    assert!(done.path.starts_with(&format!("/ui/teams/{id}?")) && done.says("<bdi>Joiners</bdi>"), "{}", done.body);
    assert!(audited(&world, id).await.contains(&"team.renamed".to_owned()));
}

#[actix_web::test]
async fn a_member_is_given_a_role_and_single_permissions() {
    let world = World::start().await;
    let (id, other) = (team(&world, "Builders", None).await, ben(&world).await);
    part(&world, id, world.ana, Permissions::ALL).await;
    part(&world, id, other, Permissions::VIEW).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    let path = format!("/ui/teams/{id}/members/{other}");
    let page = browser.get(&path).await;
    let done = browser.submit(&page, &path, &[("role", "developer")]).await;
    assert!(done.says("What this member may do is changed"), "{}", done.body);
    assert_eq!(permissions_of(&world, id, other).await, Some(TeamRole::Developer.permissions()));
    gives(&mut browser, id, other, &["delete", "generate_token"]).await;
    assert_eq!(permissions_of(&world, id, other).await, Some(set("delete,generate_token")));
    let page = browser.get(&path).await;
    let unknown = browser.submit(&page, &path, &[("role", "owner")]).await;
    assert!(unknown.status == 400 && unknown.says("Choose a role"));
}

#[actix_web::test]
async fn nobody_gives_or_takes_what_it_does_not_have() {
    let world = World::start().await;
    let (id, other) = (team(&world, "Builders", None).await, ben(&world).await);
    let boss = person(&world, "boss@acme.example", "Boss").await;
    part(&world, id, boss, Permissions::ALL).await;
    part(&world, id, world.ana, set("edit,manage_members")).await;
    part(&world, id, other, set("delete")).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    for given in [&["generate_token"][..], &["create"], &["edit", "create"]] {
        let refused = gives(&mut browser, id, other, given).await;
        assert_eq!(refused.status, 400, "{given:?}");
        assert!(refused.says("boss@acme.example"), "who can: {}", refused.body);
    }
    let path = format!("/ui/teams/{id}/members/{other}");
    let page = browser.get(&path).await;
    assert!(page.says("value=\"delete\" checked disabled") || page.says("value=\"delete\" checked"), "{}", page.body);
    for role in ["viewer", "developer", "admin"] {
        assert_eq!(browser.submit(&page, &path, &[("role", role)]).await.status, 400, "{role}");
    }
    assert_eq!(permissions_of(&world, id, other).await, Some(set("delete")));
    gives(&mut browser, id, other, &["edit"]).await;
    assert_eq!(permissions_of(&world, id, other).await, Some(set("edit,delete")), "what she cannot take stays");
    let remove = format!("{path}/remove");
    let page = browser.get(&remove).await;
    assert_eq!(browser.submit(&page, &remove, &[]).await.status, 400);
    assert_eq!(permissions_of(&world, id, other).await, Some(set("edit,delete")));
}

#[actix_web::test]
async fn the_last_who_manages_the_members_stays_and_everybody_else_may_leave() {
    let world = World::start().await;
    let (id, other) = (team(&world, "Builders", None).await, ben(&world).await);
    part(&world, id, world.ana, Permissions::ALL).await;
    part(&world, id, other, Permissions::VIEW).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    let leave = format!("/ui/teams/{id}/members/{}/remove", world.ana);
    let page = browser.get(&leave).await;
    assert!(page.says("Leave this team?"));
    let refused = browser.submit(&page, &leave, &[]).await;
    assert!(refused.status == 400 && refused.says("Nobody else could manage the members"), "{}", refused.body);
    let lessened = gives(&mut browser, id, world.ana, &["edit"]).await;
    assert!(lessened.status == 400 && lessened.says("Nobody else could manage the members"));
    assert_eq!(permissions_of(&world, id, world.ana).await, Some(Permissions::ALL));
    gives(&mut browser, id, other, &["manage_members"]).await;
    let page = browser.get(&leave).await;
    let left = browser.submit(&page, &leave, &[]).await;
    assert!(left.says("You are in no developer team"), "{}", left.body);
    assert_eq!(browser.get(&format!("/ui/teams/{id}")).await.status, 404, "with the next request");
    let (mut his, page) = visits(&world, BEN, &format!("/ui/teams/{id}")).await;
    assert!(!page.says(ANA) && page.says("Leave the team"));
    let leave = format!("/ui/teams/{id}/members/{other}/remove");
    let page = his.get(&leave).await;
    assert_eq!(his.submit(&page, &leave, &[]).await.status, 400, "he is the last now");
}

#[actix_web::test]
async fn a_form_needs_the_token_of_this_session_and_a_person_who_is_there() {
    let world = World::start().await;
    let (id, other) = (team(&world, "Builders", None).await, ben(&world).await);
    part(&world, id, world.ana, Permissions::ALL).await;
    part(&world, id, other, Permissions::ALL).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    let (mut his, _) = visits(&world, BEN, "/ui/teams").await;
    let path = format!("/ui/teams/{id}/members/{other}");
    for (path, typed) in [
        (path.clone(), vec![("role", "viewer")]),
        (format!("{path}/remove"), vec![]),
        (format!("/ui/teams/{id}/rename"), vec![("name", "Taken over")]),
        (format!("/ui/teams/{id}/invite"), vec![("email", "x@acme.example"), ("role", "viewer")]),
    ] {
        assert_eq!(browser.post(&path, &typed).await.status, 400, "{path}");
        let page = his.get(&path).await;
        let foreign: Vec<_> = page.hidden(&path);
        let mut fields: Vec<(&str, &str)> = foreign.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.extend(&typed);
        assert_eq!(browser.post(&path, &fields).await.status, 400, "a token of another session at {path}");
    }
    assert_eq!(permissions_of(&world, id, other).await, Some(Permissions::ALL));
    world.clock.advance(std::time::Duration::from_secs(11 * 60));
    let page = browser.get(&path).await;
    assert!(page.says("type=\"password\""), "the sign-in is too long ago");
    for password in [None, Some("wrong password")] {
        let mut typed = vec![("role", "viewer")];
        typed.extend(password.map(|password| ("password", password)));
        assert_eq!(browser.submit(&page, &path, &typed).await.status, 400);
        assert_eq!(permissions_of(&world, id, other).await, Some(Permissions::ALL));
    }
    browser.submit(&page, &path, &[("role", "viewer"), ("password", PASSWORD)]).await;
    assert_eq!(permissions_of(&world, id, other).await, Some(Permissions::VIEW));
}

#[actix_web::test]
async fn a_change_that_came_between_is_not_overwritten() {
    let world = World::start().await;
    let (id, other) = (team(&world, "Builders", None).await, ben(&world).await);
    part(&world, id, world.ana, Permissions::ALL).await;
    part(&world, id, other, Permissions::VIEW).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    let path = format!("/ui/teams/{id}/members/{other}");
    let page = browser.get(&path).await;
    part(&world, id, other, set("delete")).await;
    let stale = browser.submit(&page, &path, &[("role", "developer")]).await;
    assert!(stale.status == 400 && stale.says("since you opened this page"), "{}", stale.body);
    assert_eq!(permissions_of(&world, id, other).await, Some(set("delete")));
}

#[actix_web::test]
async fn what_others_wrote_is_text() {
    let world = World::start().await;
    let name = "<script>alert('x')</script>";
    let id = team(&world, name, None).await;
    part(&world, id, world.ana, Permissions::ALL).await;
    let hostile = person(&world, "hostile@acme.example", &HOSTILE.chars().take(90).collect::<String>()).await;
    part(&world, id, hostile, Permissions::VIEW).await;
    let (mut browser, page) = visits(&world, ANA, "/ui/teams").await;
    assert_escaped(&page);
    for path in ["", "/rename", "/invite", &format!("/members/{hostile}"), &format!("/members/{hostile}/remove")] {
        assert_escaped(&browser.get(&format!("/ui/teams/{id}{path}")).await);
    }
}
