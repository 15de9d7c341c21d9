//! Tokens made by hand: the password, the code for exactly what was asked for, and the tokens shown once.

use std::time::Duration;

use client_registry::Initiator;
use domain::{App, Connection, EndedBy, EnvironmentName, KeyKind, Membership, Purpose, Role, TeamId, TeamRole};
use protocol::Claims;
use storage::Connections as _;

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, app, assert_escaped, assert_protected, ben, draft, key, let_in, signs, team, visits};
use crate::world::{PASSWORD, World};

/// An app of a team in which Ana may do everything.
pub(crate) struct Own<'a> {
    world: &'a World,
    team: TeamId,
    app: App,
    key: domain::ClientId,
}

impl<'a> Own<'a> {
    pub(crate) async fn of(world: &'a World) -> Self {
        let builders = team(world, "Builders", None).await;
        let_in(world, builders, world.ana, TeamRole::Admin).await;
        let own = app(world, draft(builders, "Morning Post")).await;
        let key = key(world, &own, KeyKind::Secret).await.key.id;
        signs(world).await;
        Self { world, team: builders, app: own, key }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/ui/apps/{}/tokens{rest}", self.app.id)
    }

    /// Fills the form in, with `more` beside one workspace.
    pub(crate) async fn orders(&self, browser: &mut Browser<'_>, path: &str, more: &[(&str, &str)]) -> Page {
        let page = browser.get(path).await;
        let (key, emea) = (self.key.to_string(), self.world.emea.to_string());
        let mut typed = vec![("key", key.as_str()), ("scope", "read")];
        for field in
            [("workspace", emea.as_str()), ("label", "Zapier test"), ("lifetime", "3600"), ("password", PASSWORD)]
        {
            if more.iter().all(|(name, _)| *name != field.0) {
                typed.push(field);
            }
        }
        typed.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        browser.submit(&page, path, &typed).await
    }

    /// Orders, and types the code that was mailed.
    async fn makes(&self, browser: &mut Browser<'_>, path: &str, more: &[(&str, &str)]) -> Page {
        let asks = self.orders(browser, path, more).await;
        assert!(asks.says("Enter the code for these tokens"), "{}", asks.body);
        self.types(browser, &asks, &self.world.mailed_code()).await
    }

    pub(crate) async fn types(&self, browser: &mut Browser<'_>, asks: &Page, code: &str) -> Page {
        browser.submit(asks, &asks.path, &[("code", code)]).await
    }

    /// What was made by hand, the newest first.
    pub(crate) async fn made(&self) -> Vec<Connection> {
        let mut all = self.world.store.of_user(self.world.ana, 100).await.unwrap();
        all.retain(|connection| connection.purpose == Purpose::Generated);
        all
    }

    pub(crate) fn mails(&self) -> usize {
        self.world.outbox.mails.lock().unwrap().len()
    }

    fn claims(&self, page: &Page) -> Claims {
        let token = page.body.split("id=\"p-access\">").nth(1).expect("the page shows it").split('<').next().unwrap();
        let keys = self.world.state.protocol.key_ring.of(&EnvironmentName::default_environment()).unwrap();
        keys.verify(token).expect("we signed it").1
    }
}

#[actix_web::test]
async fn tokens_are_made_by_password_and_code_and_shown_once() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, list) = visits(&world, ANA, &own.path("")).await;
    assert!(list.says("No token was made by hand") && list.says("Generate Token"));
    assert_protected(&list);
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    assert_protected(&asks);
    let (to, code, mail) = world.outbox.mails.lock().unwrap().last().cloned().unwrap();
    assert!(to == ANA && mail.starts_with(&code));
    for fact in ["Morning Post", &own.key.to_string(), "Zapier test", "Acme", "EMEA", "read", "1 hour"] {
        assert!(mail.contains(fact) && asks.says(fact), "{fact}: {mail}");
    }
    assert!(own.made().await.is_empty() && !asks.says(&code));
    let shown = own.types(&mut ana, &asks, &code).await;
    assert!(shown.status == 200 && shown.says("Copy them now.") && shown.says("id=\"p-refresh\""), "{}", shown.body);
    assert_protected(&shown);
    let made = own.made().await;
    let [connection] = made.as_slice() else { panic!("one was made: {made:?}") };
    let claims = own.claims(&shown);
    assert_eq!(
        (claims.sub, claims.connection_id, claims.workspaces),
        (world.ana, connection.id, Some(vec![world.emea]))
    );
    assert_eq!((connection.label.as_deref(), connection.granted_by), (Some("Zapier test"), world.ana));
    assert_eq!(connection.expires_at, connection.created_at + Duration::from_secs(3600));
    let noted = world.noted.0.lock().unwrap().last().cloned().unwrap();
    assert_eq!(
        (noted.grant, noted.connection, noted.detail.as_str()),
        (Some("generated_token"), Some(connection.id), "Zapier test")
    );
    let audited = storage::ActivityLog::audit(&*world.store, Some(&connection.id.to_string()), 5).await.unwrap();
    assert_eq!(audited.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["token.generated"]);
    let again = own.types(&mut ana, &asks, &code).await;
    assert!(again.status == 409 && again.says("The answer showed the tokens"), "{}", again.body);
    assert_eq!(own.made().await.len(), 1, "the code is spent");
    let list = ana.get(&own.path("")).await;
    assert!(list.says("Zapier test") && list.says("Regenerate Token") && !list.says("rt_") && !list.says("eyJ"));
    assert!(ana.get("/ui/connected-apps").await.says("by tokens that you made by hand: <bdi>Zapier test</bdi>"));
}

#[actix_web::test]
async fn the_password_is_always_asked_for() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let mails = own.mails();
    for password in ["", "guessed"] {
        let again = own.orders(&mut ana, &own.path("/new"), &[("password", password)]).await;
        assert!(again.status == 400 && again.says("id=\"password-error\""), "{}", again.body);
        assert!(again.says("value=\"Zapier test\"") && again.says(" checked"), "what was typed is there again");
    }
    assert_eq!(own.mails(), mails, "no code without the password");
}

#[actix_web::test]
async fn a_code_approves_exactly_what_it_was_mailed_for() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let short = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let for_short = world.mailed_code();
    let change = format!("{}?again={}", own.path("/new"), short.path.rsplit('/').next().unwrap());
    let form = ana.get(&change).await;
    assert!(short.says(&change) && form.says("value=\"Zapier test\""), "the form is filled in again");
    let long = own.orders(&mut ana, &own.path("/new"), &[("lifetime", "2592000")]).await;
    assert_ne!(long.path, short.path);
    let refused = own.types(&mut ana, &long, &for_short).await;
    assert!(refused.status == 400 && refused.says("That is not the code"), "{}", refused.body);
    assert!(own.made().await.is_empty());
    let made = own.types(&mut ana, &long, &world.mailed_code()).await;
    assert!(made.says("Copy them now."), "{}", made.body);
    let made = own.made().await;
    assert_eq!(made[0].expires_at, made[0].created_at + Duration::from_secs(2_592_000));
    // Another session of the same person asked for nothing.
    let (mut elsewhere, _) = visits(&world, ANA, &own.path("")).await;
    assert_eq!(elsewhere.get(&short.path).await.status, 409);
    let (mut ben, _) = visits(&world, BEN, "/ui/connected-apps").await;
    assert_eq!(ben.get(&short.path).await.status, 404);
}

#[actix_web::test]
async fn a_code_has_few_tries_and_five_minutes() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let code = world.mailed_code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(own.types(&mut ana, &asks, "12345").await.says("this was not counted as a try"));
    for left in [4, 3, 2, 1] {
        assert!(own.types(&mut ana, &asks, wrong).await.says(&format!("you have {left} ")));
    }
    for typed in [wrong, code.as_str()] {
        let over = own.types(&mut ana, &asks, typed).await;
        assert!(over.status == 409 && over.says("This code cannot be used any more"), "{}", over.body);
    }
    let late = own.orders(&mut ana, &own.path("/new"), &[]).await;
    world.clock.advance(Duration::from_secs(299));
    assert!(ana.get(&late.path).await.says("Code from the e-mail"));
    world.clock.advance(Duration::from_secs(1));
    let refused = own.types(&mut ana, &late, &world.mailed_code()).await;
    assert!(refused.status == 409 && refused.says("This code is too old"), "{}", refused.body);
    assert!(own.made().await.is_empty());
}

#[actix_web::test]
async fn what_was_lost_between_form_and_code_is_not_made() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let asks = own.orders(&mut ana, &own.path("/new"), &[]).await;
    let by = Initiator::operator();
    // She may still connect APAC, and so is still somebody of Acme.
    let fewer =
        Membership { user: world.ana, customer: world.acme, role: Role::Connector, workspaces: vec![world.apac] };
    world.state.registry.set_membership(&by, fewer).await.unwrap();
    let refused = own.types(&mut ana, &asks, &world.mailed_code()).await;
    assert!(refused.status == 409 && refused.says("No token was made"), "{}", refused.body);
    let apac = world.apac.to_string();
    let asks = own.orders(&mut ana, &own.path("/new"), &[("workspace", &apac)]).await;
    let_in(&world, own.team, ben(&world).await, TeamRole::Admin).await;
    let_in(&world, own.team, world.ana, TeamRole::Developer).await;
    let refused = own.types(&mut ana, &asks, &world.mailed_code()).await;
    assert!(refused.status == 403 && refused.says("the permission Generate Token"), "{}", refused.body);
    assert!(own.made().await.is_empty());
}

#[actix_web::test]
async fn only_what_this_person_may_connect_is_offered_and_taken() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let ben = ben(&world).await;
    let_in(&world, own.team, ben, TeamRole::Admin).await;
    let (mut browser, _) = visits(&world, BEN, &own.path("")).await;
    let form = browser.get(&own.path("/new")).await;
    assert!(form.says("APAC") && !form.says("EMEA") && !form.says("Globex"), "{}", form.body);
    let mails = own.mails();
    let forged = own.orders(&mut browser, &own.path("/new"), &[]).await;
    assert!(forged.status == 400 && forged.says("id=\"workspaces-error\""), "{}", forged.body);
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let main = world.globex_main.to_string();
    let emea = world.emea.to_string();
    let mixed = own.orders(&mut ana, &own.path("/new"), &[("workspace", &emea), ("workspace", &main)]).await;
    assert!(mixed.status == 400 && mixed.says("workspaces of one customer"), "{}", mixed.body);
    let too_long = own.orders(&mut ana, &own.path("/new"), &[("lifetime", "99999999")]).await;
    assert!(too_long.status == 400 && too_long.says("id=\"lifetime-error\""));
    assert_eq!(own.mails(), mails + 1, "only Ana's sign-in was mailed");
}

#[actix_web::test]
async fn regenerated_tokens_take_the_place_of_others() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    own.makes(&mut ana, &own.path("/new"), &[("lifetime", "2592000")]).await;
    let first = own.made().await[0].clone();
    world.clock.advance(Duration::from_secs(1));
    let path = own.path(&format!("/{}/regenerate", first.id));
    let form = ana.get(&path).await;
    assert!(form.says("Go on for 24 hours") && form.says("value=\"Zapier test\""), "{}", form.body);
    let shown = own.makes(&mut ana, &path, &[("old", "day")]).await;
    assert!(shown.says("The older tokens go on for 24 hours at most"), "{}", shown.body);
    let stored = async |id| world.store.find(id).await.unwrap().value.unwrap();
    let phased = stored(first.id).await;
    assert_eq!(
        (phased.ended, phased.expires_at),
        (None, domain::Clock::now(&*world.clock) + Duration::from_secs(86_400))
    );
    let second = own.made().await[0].clone();
    assert_ne!(second.id, first.id);
    world.clock.advance(Duration::from_secs(1));
    let shown = own.makes(&mut ana, &own.path(&format!("/{}/regenerate", second.id)), &[("old", "now")]).await;
    assert!(shown.says("The older tokens have ended."), "{}", shown.body);
    assert!(matches!(stored(second.id).await.ended, Some((_, EndedBy::Replaced))));
    assert_eq!(ana.get(&own.path(&format!("/{}/regenerate", second.id))).await.status, 404, "it has ended");
}

#[actix_web::test]
async fn tokens_are_ended_by_two_clicks() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    own.makes(&mut ana, &own.path("/new"), &[("label", "<script>alert(1)</script>\"><img src=x")]).await;
    let list = ana.get(&own.path("")).await;
    assert_escaped(&list);
    let made = own.made().await;
    let path = own.path(&format!("/{}/end", made[0].id));
    let asks = ana.get(&path).await;
    assert!(asks.says("End these tokens?"));
    assert_escaped(&asks);
    let list = ana.submit(&asks, &path, &[]).await;
    assert!(list.says("Your team ended it") && !list.says("Regenerate Token"), "{}", list.body);
    assert!(ana.get(&own.path("?state=active")).await.says("No token matches"));
}

#[actix_web::test]
async fn who_may_not_make_tokens_sees_them_and_who_can_grant_it() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let_in(&world, own.team, ben(&world).await, TeamRole::Developer).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    own.makes(&mut ana, &own.path("/new"), &[]).await;
    let (mut ben, list) = visits(&world, BEN, &own.path("")).await;
    assert!(list.says("Zapier test") && !list.says("tokens/new") && !list.says("Regenerate Token"), "{}", list.body);
    let id = own.made().await[0].id;
    for rest in ["/new".to_owned(), format!("/{id}/regenerate"), format!("/{id}/end")] {
        let refused = ben.get(&own.path(&rest)).await;
        assert!(refused.status == 403 && refused.says(ANA), "{rest}: {}", refused.body);
        assert_eq!(ben.post(&own.path(&rest), &[]).await.status, 403, "{rest}");
    }
}

#[actix_web::test]
async fn where_nothing_can_be_made_the_page_says_why() {
    let world = World::start().await;
    let builders = team(&world, "Builders", None).await;
    let_in(&world, builders, world.ana, TeamRole::Admin).await;
    let empty = app(&world, draft(builders, "Empty")).await;
    let path = format!("/ui/apps/{}/tokens/new", empty.id);
    let (mut ana, _) = visits(&world, ANA, &path).await;
    let page = ana.get(&path).await;
    assert!(page.says("no API key that can be used in Production now"), "{}", page.body);
    let optional = vec![client_registry::AppEdit::MutualTls(domain::MutualTls::Optional)];
    world.state.registry.edit_app(&Initiator::operator(), empty.id, None, optional).await.unwrap();
    key(&world, &empty, KeyKind::Certificate).await;
    assert!(ana.get(&path).await.says("bound to a client certificate"));
    for customer in world.state.protocol.directory.customers(&EnvironmentName::default_environment()).await.unwrap() {
        let gone = world.state.registry.remove_membership(&Initiator::operator(), world.ana, customer.id).await;
        gone.unwrap();
    }
    assert!(ana.get(&path).await.says("you are no user of a customer"));
}

#[actix_web::test]
async fn many_workspaces_are_filtered_counted_and_put_into_groups() {
    let world = World::start().await;
    let own = Own::of(&world).await;
    let (mut ana, _) = visits(&world, ANA, &own.path("")).await;
    let few = ana.get(&own.path("/new")).await;
    for part in ["data-picker", "Select all in <bdi>Acme</bdi>", "data-count"] {
        assert!(few.says(part), "{part}: {}", few.body);
    }
    assert!(!few.says("data-filter") && !few.says("<details"), "{}", few.body);
    let by = Initiator::operator();
    let everywhere = Membership { user: world.ana, customer: world.acme, role: Role::Admin, workspaces: Vec::new() };
    world.state.registry.set_membership(&by, everywhere).await.unwrap();
    let mut last = None;
    for number in 0..600 {
        let name = format!("Region {number:04}");
        last = Some(world.state.registry.create_workspace(&by, world.acme, &name).await.unwrap().id);
    }
    let last = last.unwrap().to_string();
    let many = ana.get(&own.path("/new")).await;
    assert!(many.says("data-filter") && many.body.matches("<details>").count() >= 6, "collapsed, of a hundred each");
    let typed = [("workspace", last.as_str()), ("label", "")];
    let again = own.orders(&mut ana, &own.path("/new"), &typed).await;
    assert_eq!((again.status.as_u16(), again.body.matches("<details open>").count()), (400, 1), "{}", again.body);
    assert!(again.says(&format!("id=\"w-{last}\" checked")));
}
