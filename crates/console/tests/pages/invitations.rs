//! Invitations into developer teams, from the form to the new member.

use std::time::Duration;

use client_registry::Authority;
use domain::{Permissions, TeamId, TeamMember, TeamRole, UserId};
use oauth_endpoints::pages::InvitationMail;

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, assert_escaped, assert_protected, team, visits};
use crate::world::{PASSWORD, World};

const NEW: &str = "new@acme.example";

/// A team that Ana runs, and her browser.
async fn hosted(world: &World) -> (TeamId, Browser<'_>) {
    let id = team(world, "Builders", None).await;
    part(world, id, world.ana, Permissions::ALL).await;
    (id, visits(world, ANA, "/ui/teams").await.0)
}

async fn part(world: &World, team: TeamId, user: UserId, permissions: Permissions) {
    let member = TeamMember { team, user, permissions };
    world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
}

/// Invites an address by the form.
async fn invites(browser: &mut Browser<'_>, team: TeamId, email: &str, role: &str) -> Page {
    let path = format!("/ui/teams/{team}/invite");
    let page = browser.get(&path).await;
    browser.submit(&page, &path, &[("email", email), ("role", role)]).await
}

fn mails(world: &World) -> Vec<(String, InvitationMail)> {
    world.outbox.invitations.lock().unwrap().clone()
}

/// The link of the mail that was sent last, without the host.
fn link(world: &World) -> String {
    let mails = mails(world);
    let url = &mails.last().expect("an invitation was mailed").1.url;
    url.strip_prefix("https://login.example").expect("our own page").to_owned()
}

async fn members(world: &World, team: TeamId) -> Vec<(String, Permissions)> {
    let members = world.state.protocol.directory.team_members(team).await.unwrap();
    members.into_iter().map(|(user, member)| (user.email, member.permissions)).collect()
}

async fn audited(world: &World, team: TeamId) -> Vec<String> {
    let rows = storage::ActivityLog::audit(&*world.store, Some(&team.to_string()), 20).await.unwrap();
    rows.into_iter().map(|row| row.action).collect()
}

fn assert_over(page: &Page) {
    assert!(page.status == 410 && page.says("This invitation opens nothing any more"), "{}", page.body);
    assert!(!page.says("Builders") && !page.says(NEW) && !page.says(ANA), "and tells nothing");
}

#[actix_web::test]
async fn somebody_without_an_account_makes_one_and_is_a_member() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    let page = invites(&mut browser, id, " New@Acme.example ", "developer").await;
    assert!(page.says("The invitation is on its way") && page.says(NEW) && page.says("waiting"), "{}", page.body);
    let (to, mail) = mails(&world).remove(0);
    assert_eq!((to.as_str(), mail.team.as_str()), (NEW, "Builders"));
    assert!(mail.text().contains("View, Create, Edit") && mail.text().contains("ana@acme.example"));

    let link = link(&world);
    let mut guest = Browser::of(&world);
    let page = guest.get(&link).await;
    assert!(page.says("Builders") && page.says("ana@acme.example") && page.says("Make your account"), "{}", page.body);
    assert_protected(&page);
    let short = guest.submit(&page, &link, &[("name", "Nia"), ("password", "short")]).await;
    assert!(short.status == 400 && short.says("A password has 8 characters") && short.says("value=\"Nia\""));
    let unnamed = guest.submit(&page, &link, &[("name", " "), ("password", PASSWORD)]).await;
    assert!(unnamed.status == 400 && unnamed.says("id=\"name-error\""), "{}", unnamed.body);
    let made = guest.submit(&page, &link, &[("name", "Nia"), ("password", PASSWORD)]).await;
    assert!(made.says("Your account is made"), "{}", made.body);
    assert!(!guest.cookies.keys().any(|name| name.contains("-session-")), "nobody is signed in by it");
    let sign_in = guest.get(&format!("/ui/teams/{id}?done=joined")).await;
    let team = guest.signs_in(&sign_in, NEW).await;
    assert!(team.says("<bdi>Builders</bdi>") && team.says("Nia"), "{}", team.body);
    assert!(team.says("You are a member of this team now"), "{}", team.body);
    assert!(members(&world, id).await.contains(&(NEW.to_owned(), TeamRole::Developer.permissions())));
    let audited = audited(&world, id).await;
    assert!(audited.contains(&"team.invited".to_owned()) && audited.contains(&"team.invitation_taken".to_owned()));

    let again = Browser::of(&world).get(&link).await;
    assert_over(&again);
}

#[actix_web::test]
async fn somebody_with_an_account_signs_in_and_accepts() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    invites(&mut browser, id, BEN, "viewer").await;
    let link = link(&world);
    let mut guest = Browser::of(&world);
    let page = guest.get(&link).await;
    assert!(page.says(&format!("{link}?sign_in=yes")) && !page.says("Make your account"), "{}", page.body);
    let sign_in = guest.get(&format!("{link}?sign_in=yes")).await;
    let page = guest.signs_in(&sign_in, BEN).await;
    assert_eq!(page.path, link, "the sign-in leads back");
    assert!(page.says("You are signed in as"));
    let team = guest.submit(&page, &link, &[]).await;
    assert!(team.says("You are a member of this team now"), "{}", team.body);
    assert!(members(&world, id).await.contains(&(BEN.to_owned(), Permissions::VIEW)));
    assert_over(&guest.submit(&page, &link, &[]).await);
}

#[actix_web::test]
async fn another_person_who_is_signed_in_is_told_so_and_cannot_accept() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    invites(&mut browser, id, NEW, "admin").await;
    let link = link(&world);
    let (mut his, _) = visits(&world, BEN, "/ui/teams").await;
    let page = his.get(&link).await;
    assert!(page.says("You are signed in as somebody else") && page.says(BEN), "{}", page.body);
    let token = page.hidden("/ui/logout").iter().find(|(name, _)| name == "form_token").unwrap().1.clone();
    let refused = his.post(&link, &[("form_token", &token)]).await;
    assert!(refused.status == 400 && refused.says("for the owner of another e-mail address"), "{}", refused.body);
    assert_eq!(members(&world, id).await.len(), 1);
    assert!(Browser::of(&world).get(&link).await.says("Make your account"), "it is still there for its owner");
}

#[actix_web::test]
async fn an_invitation_that_expired_or_was_withdrawn_or_sent_again_opens_nothing() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    invites(&mut browser, id, NEW, "viewer").await;
    let first = link(&world);
    let page = browser.get(&format!("/ui/teams/{id}")).await;
    let change = |page: &Page, which: &str| {
        let begin = format!("/ui/teams/{id}/invitations/");
        let links = page.body.split("href=\"").map(|link| link.split('"').next().unwrap().to_owned());
        links.filter(|link| link.starts_with(&begin) && link.ends_with(which)).last().expect("an invitation is listed")
    };
    let again = change(&page, "/again");
    let asked = browser.get(&again).await;
    assert!(asked.says("Send this invitation again?"));
    let page = browser.submit(&asked, &again, &[]).await;
    let second = link(&world);
    assert!(page.says("on its way") && second != first && mails(&world).len() == 2);
    assert_over(&Browser::of(&world).get(&first).await);
    let mut guest = Browser::of(&world);
    let form = guest.get(&second).await;
    assert!(form.says("Make your account"));

    let withdraw = change(&page, "/withdraw");
    let asked = browser.get(&withdraw).await;
    let page = browser.submit(&asked, &withdraw, &[]).await;
    assert!(page.says("The invitation is withdrawn") && !page.says(NEW), "{}", page.body);
    assert_over(&guest.submit(&form, &second, &[("name", "Nia"), ("password", PASSWORD)]).await);
    assert!(browser.get(&withdraw).await.path.ends_with(&id.to_string()), "there is nothing left to withdraw");

    invites(&mut browser, id, NEW, "viewer").await;
    let third = link(&world);
    world.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_over(&Browser::of(&world).get(&third).await);
    let (_, page) = visits(&world, ANA, &format!("/ui/teams/{id}")).await;
    assert!(page.says("expired") && page.says(NEW), "whoever manages the team sees it: {}", page.body);
    assert_eq!(world.state.protocol.directory.user_by_email(NEW).await.unwrap(), None, "no account was made");
}

#[actix_web::test]
async fn what_the_inviter_lost_meanwhile_is_given_to_nobody() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    let boss = world.state.protocol.directory.user_by_email(BEN).await.unwrap().unwrap().id;
    part(&world, id, boss, Permissions::ALL).await;
    invites(&mut browser, id, NEW, "admin").await;
    let link = link(&world);
    let mut guest = Browser::of(&world);
    let page = guest.get(&link).await;
    let typed = [("name", "Nia"), ("password", PASSWORD)];
    for lessened in ["view,create,edit,generate-token,manage-members", "view,create,edit,delete,generate-token"] {
        part(&world, id, world.ana, lessened.parse().unwrap()).await;
        let refused = guest.submit(&page, &link, &typed).await;
        assert!(refused.status == 400 && refused.says("cannot give what it promises"), "{}", refused.body);
    }
    world.state.registry.remove_team_member(&Authority::operator(), id, world.ana).await.unwrap();
    assert!(guest.submit(&page, &link, &typed).await.says("cannot give what it promises"));
    assert_eq!(members(&world, id).await.len(), 1);
    assert_eq!(world.state.protocol.directory.user_by_email(NEW).await.unwrap(), None);
    part(&world, id, world.ana, Permissions::ALL).await;
    assert!(guest.submit(&page, &link, &typed).await.says("Your account is made"), "it is looked at anew");
}

#[actix_web::test]
async fn inviting_does_not_tell_who_has_an_account() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    let mut pages = Vec::new();
    for email in [BEN, "robot@acme.example", "nobody@acme.example"] {
        let page = invites(&mut browser, id, email, "viewer").await;
        let text = page.body.replace(email, "ADDRESS");
        pages.push((page.status, page.path, text.matches("ADDRESS").count(), text.matches("waiting").count()));
        let form = browser.get(&page_of_withdrawal(&page.body, id)).await;
        browser.submit(&form, &form.path, &[]).await;
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    assert_eq!(mails(&world).len(), 3);
}

fn page_of_withdrawal(body: &str, team: TeamId) -> String {
    let begin = format!("/ui/teams/{team}/invitations/");
    let mut links = body.split("href=\"").map(|link| link.split('"').next().unwrap().to_owned());
    links.find(|link| link.starts_with(&begin) && link.ends_with("/withdraw")).expect("an invitation is listed")
}

#[actix_web::test]
async fn nobody_invites_with_what_it_does_not_have_or_a_member_or_without_an_address() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    let boss = world.state.protocol.directory.user_by_email(BEN).await.unwrap().unwrap().id;
    part(&world, id, boss, Permissions::ALL).await;
    part(&world, id, world.ana, "edit,manage-members".parse().unwrap()).await;
    for (email, role, words) in [
        (NEW, "admin", "It can be granted by"),
        (NEW, "developer", "it can be granted by"),
        (BEN, "viewer", "is a member&#39;s"),
        ("not an address", "viewer", "is not an e-mail address"),
        (NEW, "", "Choose a role"),
    ] {
        let page = invites(&mut browser, id, email, role).await;
        assert_eq!(page.status, 400, "{email} as {role}");
        assert!(page.body.to_lowercase().contains(&words.to_lowercase()), "{words}: {}", page.body);
        assert!(page.says(&format!("value=\"{email}\"")), "it is shown again, filled in");
    }
    assert!(mails(&world).is_empty());
    assert!(invites(&mut browser, id, NEW, "viewer").await.says("on its way"));
}

#[actix_web::test]
async fn mails_are_few_and_one_that_was_not_sent_is_said_so() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    *world.outbox.refuses.lock().unwrap() = true;
    let page = invites(&mut browser, id, NEW, "viewer").await;
    assert!(page.says("we could not send its e-mail") && page.says(NEW), "{}", page.body);
    *world.outbox.refuses.lock().unwrap() = false;
    for _ in 0..4 {
        assert!(invites(&mut browser, id, NEW, "viewer").await.says("on its way"));
    }
    let over = invites(&mut browser, id, NEW, "viewer").await;
    assert!(over.status == 400 && over.says("Too many invitations"), "{}", over.body);
    assert_eq!(mails(&world).len(), 4);
    assert!(invites(&mut browser, id, "other@acme.example", "viewer").await.says("on its way"));
    let mut guest = Browser::of(&world);
    let mut last = guest.get("/ui/invitations/it_x").await;
    assert_over(&last);
    for _ in 0..31 {
        last = guest.get("/ui/invitations/it_x").await;
    }
    assert_eq!(last.status, 429);
}

#[actix_web::test]
async fn a_form_without_its_token_makes_nothing() {
    let world = World::start().await;
    let (id, mut browser) = hosted(&world).await;
    invites(&mut browser, id, NEW, "viewer").await;
    let link = link(&world);
    let typed = [("name", "Nia"), ("password", PASSWORD)];
    assert_eq!(Browser::of(&world).post(&link, &typed).await.status, 400);
    let mut one = Browser::of(&world);
    let page = one.get(&link).await;
    let token = page.hidden(&link).iter().find(|(name, _)| name == "form_token").unwrap().1.clone();
    let mut other = Browser::of(&world);
    other.get(&link).await;
    let fields = [typed[0], typed[1], ("form_token", &*token)];
    assert_eq!(other.post(&link, &fields).await.status, 400, "a token of another browser");
    assert_eq!(members(&world, id).await.len(), 1);
}

#[actix_web::test]
async fn what_others_wrote_is_text() {
    let world = World::start().await;
    let id = team(&world, "<script>alert('x')</script>", None).await;
    part(&world, id, world.ana, Permissions::ALL).await;
    let (mut browser, _) = visits(&world, ANA, "/ui/teams").await;
    invites(&mut browser, id, NEW, "viewer").await;
    let link = link(&world);
    let mut guest = Browser::of(&world);
    let page = guest.get(&link).await;
    assert_escaped(&page);
    let again = guest.submit(&page, &link, &[("name", HOSTILE), ("password", "short")]).await;
    assert_escaped(&again);
}
