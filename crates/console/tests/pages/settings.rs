//! The settings of an app, and what is done to it as a whole.

use std::time::Duration;

use client_registry::{AppEdit, Initiator};
use domain::{ActivityKind, App, AppId, ApplicationKind, CertificateShown, Clock as _, KeyKind, KeyState, TeamRole};
use storage::{ActivityLog as _, Directory as _, SuccessCount};

use crate::browser::{Browser, Page};
use crate::team::{ANA, BEN, HOSTILE, app, assert_escaped, assert_protected, draft, key, let_in, team, visits};
use crate::world::{PASSWORD, World};

/// An app of a team in which Ana has this role and Ben looks.
async fn own(world: &World, role: TeamRole) -> App {
    let builders = team(world, "Builders", None).await;
    let_in(world, builders, world.ana, role).await;
    let ben = world.store.user_by_email(BEN).await.unwrap().unwrap().id;
    let_in(world, builders, ben, TeamRole::Viewer).await;
    app(world, draft(builders, "Morning Post")).await
}

fn path(app: &App) -> String {
    format!("/ui/apps/{}/settings", app.id)
}

async fn stored(world: &World, id: AppId) -> App {
    world.store.app(id).await.unwrap().unwrap()
}

/// The form as it was shown, with what is typed differently.
fn typed<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("name", "Morning Post"),
        ("description", "Morning Post does what it says"),
        ("publisher", "Bots Inc"),
        ("support_email", "help@reportbot.example"),
        ("callback_url", "https://app.reportbot.com/cb"),
        ("environment", "default"),
        ("scope", "read"),
        ("legacy", "off"),
        ("decision", "save"),
    ];
    let named = |name: &str| more.iter().any(|(given, _)| *given == name);
    all.into_iter().filter(|(name, _)| !named(name)).chain(more.iter().copied()).collect()
}

async fn saves(browser: &mut Browser<'_>, page: &Page, app: &App, more: &[(&str, &str)]) -> Page {
    browser.submit(page, &path(app), &typed(more)).await
}

#[actix_web::test]
async fn what_is_saved_is_what_the_app_is_and_the_rest_stays() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    assert_protected(&page);
    assert!(page.says("value=\"https://app.reportbot.com/cb\"") && page.says("The operator has verified this name."));
    let same = saves(&mut browser, &page, &own, &[]).await;
    assert!(same.says("Saved.") && same.path.ends_with("/settings?saved=yes"), "{}", same.body);
    assert_eq!(stored(&world, own.id).await, own, "nothing was edited");
    let more = [
        ("name", "Evening Post"),
        ("privacy", "https://bots.example/privacy"),
        ("callback_url", "https://app.reportbot.com/other"),
        ("callback_url", ""),
        ("access_token", "15"),
        ("connection_idle", "7"),
        ("rotate", "yes"),
    ];
    let saved = saves(&mut browser, &same, &own, &more).await;
    assert!(saved.says("Saved.") && saved.says("Evening Post"), "{}", saved.body);
    let now = stored(&world, own.id).await;
    assert_eq!((now.name.as_str(), now.version, now.publisher.verified), ("Evening Post", own.version + 1, true));
    assert_eq!(
        now.callback_urls.iter().map(domain::CallbackUrl::as_str).collect::<Vec<_>>(),
        ["https://app.reportbot.com/other"]
    );
    assert_eq!(now.privacy_url.as_deref(), Some("https://bots.example/privacy"));
    assert_eq!(now.lifetimes.access_token, Some(Duration::from_secs(900)));
    assert_eq!(
        (now.lifetimes.connection_idle, now.rotate_refresh_tokens),
        (Some(Duration::from_secs(7 * 86_400)), true)
    );
    let renamed = [("name", "Evening Post"), ("publisher", "Bots & Co"), ("callback_url", "")];
    saves(&mut browser, &saved, &own, &renamed).await;
    let now = stored(&world, own.id).await;
    assert_eq!(
        (now.publisher.name.as_str(), now.publisher.verified),
        ("Bots & Co", false),
        "nobody looked at that name"
    );
    assert!(now.callback_urls.is_empty());
}

#[actix_web::test]
async fn what_cannot_be_saved_is_told_at_its_field() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    let more = [("name", ""), ("access_token", "soon"), ("connection_life", "99999"), ("legacy", "30")];
    let again = saves(&mut browser, &page, &own, &more).await;
    assert_eq!(again.status, 400);
    for part in ["id=\"name-error\"", "id=\"access_token-error\"", "value=\"soon\""] {
        assert!(again.says(part), "{part}: {}", again.body);
    }
    let again = saves(&mut browser, &page, &own, &[("connection_life", "99999"), ("legacy", "30")]).await;
    assert!(again.says("id=\"connection_life-error\"") && again.says("id=\"legacy-error\""), "{}", again.body);
    assert_eq!(stored(&world, own.id).await, own);
    let escaped = saves(&mut browser, &page, &own, &[("description", HOSTILE), ("access_token", HOSTILE)]).await;
    assert_escaped(&escaped);
    key(&world, &own, KeyKind::Secret).await;
    assert!(saves(&mut browser, &page, &own, &[("legacy", "30")]).await.says("Saved."));
    let until = stored(&world, own.id).await.legacy_parameters_until.unwrap();
    assert_eq!(until, world.clock.now() + Duration::from_secs(30 * 86_400));
    let page = browser.get(&path(&own)).await;
    assert!(page.says("value=\"keep\" selected"));
    saves(&mut browser, &page, &own, &[("legacy", "keep")]).await;
    assert_eq!(stored(&world, own.id).await.legacy_parameters_until, Some(until));
    saves(&mut browser, &page, &own, &[("legacy", "off")]).await;
    assert_eq!(stored(&world, own.id).await.legacy_parameters_until, None);
}

#[actix_web::test]
async fn a_form_that_is_older_than_the_app_says_who_changed_what() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    let ben = world.store.user_by_email(BEN).await.unwrap().unwrap();
    let by = Initiator { actor: domain::Actor::User(ben.id), request: None };
    let edits = vec![AppEdit::Name("Noon Post".into())];
    world.state.registry.edit_app(&by, own.id, None, edits).await.unwrap();
    let stale = saves(&mut browser, &page, &own, &[("name", "Evening Post")]).await;
    assert_eq!(stale.status, 409);
    assert!(stale.says("The app was changed while you were at this form") && stale.says(&ben.name));
    assert!(stale.says("Noon Post") && stale.says("Evening Post"), "both are shown");
    assert_eq!(stored(&world, own.id).await.name, "Noon Post");
    let saved = saves(&mut browser, &stale, &own, &[("name", "Evening Post")]).await;
    assert!(saved.says("Saved."), "knowing that, it can be saved");
    assert_eq!(stored(&world, own.id).await.name, "Evening Post");
}

#[actix_web::test]
async fn who_may_not_is_not_offered_it_and_is_told_who_can_grant_it() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, BEN, &format!("/ui/apps/{}", own.id)).await;
    assert!(page.status == 200 && !page.says("/settings"));
    let (mut editor, page) = visits(&world, ANA, &path(&own)).await;
    assert!(page.status == 200 && !page.says("/settings/delete") && !page.says("/settings/transfer"));
    for act in ["", "/client-credentials", "/transfer", "/delete"] {
        let path = format!("{}{act}", path(&own));
        for refused in [browser.get(&path).await, browser.post(&path, &[("form_token", "x")]).await] {
            assert!(refused.status == 403 && refused.says("You may not do this"), "{path}");
        }
        if matches!(act, "/transfer" | "/delete") {
            assert_eq!(editor.get(&path).await.status, 403);
        }
    }
    let foreign = app(&world, draft(team(&world, "Strangers", None).await, "Foreign Post")).await;
    for act in ["", "/client-credentials", "/transfer", "/delete"] {
        let path = format!("{}{act}", path(&foreign));
        for refused in [editor.get(&path).await, editor.post(&path, &[("form_token", "x")]).await] {
            assert!(refused.status == 404 && !refused.says("Foreign Post"), "{path}");
        }
    }
    assert_eq!(editor.post(&format!("/ui/apps/{}/restore", foreign.id), &[]).await.status, 404);
    let refused = editor.post(&path(&own), &typed(&[("form_token", "x")])).await;
    assert!(refused.status == 400 && refused.says("We could not accept this form"));
    assert_eq!(stored(&world, own.id).await, own);
}

#[actix_web::test]
async fn client_credentials_are_switched_off_knowing_whom_that_stops() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let key = key(&world, &own, KeyKind::Secret).await.key;
    let success = |grant: &str| SuccessCount {
        key: key.id,
        app: own.id,
        environment: domain::EnvironmentName::default_environment(),
        kind: ActivityKind::Token,
        grant: grant.into(),
        hour: world.clock.now() - Duration::from_secs(3600),
        certificate: CertificateShown::None,
    };
    world.store.append(&[], &[(success("client_credentials"), 41), (success("refresh_token"), 7)], &[]).await.unwrap();
    let act = format!("{}/client-credentials", path(&own));
    let (mut browser, page) = visits(&world, ANA, &act).await;
    assert!(page.says("Disable Client Credentials?") && page.says("41 tokens") && !page.says("48 tokens"));
    let done = browser.submit(&page, &act, &[]).await;
    assert!(done.says("Enable Client Credentials"), "{}", done.body);
    assert!(!stored(&world, own.id).await.client_credentials);
    let again = browser.submit(&page, &act, &[]).await;
    assert_eq!(again.status, 200, "what is off stays off");
    let page = browser.get(&act).await;
    assert!(page.says("Enable Client Credentials?") && !page.says("What will notice"));
    browser.submit(&page, &act, &[]).await;
    assert!(stored(&world, own.id).await.client_credentials);
}

#[actix_web::test]
async fn an_app_is_given_to_a_team_in_which_one_may_create() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Admin).await;
    let act = format!("{}/transfer", path(&own));
    let (mut browser, page) = visits(&world, ANA, &act).await;
    assert!(page.says("You are in no other team") && !page.says("name=\"team\""));
    let (painters, watchers) = (team(&world, "Painters", None).await, team(&world, "Watchers", Some(world.ana)).await);
    let_in(&world, painters, world.ana, TeamRole::Developer).await;
    let page = browser.get(&act).await;
    assert!(page.says("Painters</option>") && !page.says("Watchers") && page.says("until it looks again"));
    let team = watchers.to_string();
    assert_eq!(browser.submit(&page, &act, &[("team", &team)]).await.status, 400);
    world.clock.advance(Duration::from_secs(601));
    let team = painters.to_string();
    let asked = browser.submit(&page, &act, &[("team", &team)]).await;
    assert!(asked.status == 400 && asked.says("Your password") && asked.says("selected>Painters"), "{}", asked.body);
    assert_eq!(stored(&world, own.id).await.team, own.team);
    let done = browser.submit(&asked, &act, &[("team", &team), ("password", PASSWORD)]).await;
    assert_eq!(done.path, format!("/ui/apps/{}", own.id));
    let given = stored(&world, own.id).await;
    assert_eq!((given.team, given.publisher.verified), (painters, false));
}

#[actix_web::test]
async fn an_app_is_deleted_by_its_name_and_comes_back_without_keys() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Admin).await;
    let key = key(&world, &own, KeyKind::Secret).await.key;
    let act = format!("{}/delete", path(&own));
    let (mut browser, page) = visits(&world, ANA, &act).await;
    assert!(page.says("Delete this app?") && page.says("1 API key stop") && page.says("7 days"), "{}", page.body);
    let wrong = browser.submit(&page, &act, &[("name", "Morning")]).await;
    assert!(wrong.status == 400 && wrong.says("This is not the name of the app"));
    world.clock.advance(Duration::from_secs(601));
    let asked = browser.submit(&page, &act, &[("name", "Morning Post")]).await;
    assert!(asked.says("Your password") && stored(&world, own.id).await.deleted_at.is_none());
    let confirmed = [("name", "Morning Post"), ("password", PASSWORD)];
    let deleted = browser.submit(&asked, &act, &confirmed).await;
    assert_eq!(deleted.path, "/ui/apps/deleted");
    assert!(deleted.says("Morning Post") && deleted.says("Can be restored until"));
    assert_eq!(browser.get(&path(&own)).await.status, 404);
    assert_eq!(world.store.key(key.id).await.unwrap().unwrap().state, KeyState::Revoked);
    let (mut other, page) = visits(&world, BEN, "/ui/apps/deleted").await;
    assert!(!page.says("Morning Post"), "only those who may restore it");
    let restore = format!("/ui/apps/{}/restore", own.id);
    assert_eq!(other.post(&restore, &[]).await.status, 403);
    let back = browser.submit(&deleted, &restore, &[]).await;
    assert_eq!((back.status.as_u16(), back.path), (200, format!("/ui/apps/{}", own.id)));
    assert_eq!(world.store.key(key.id).await.unwrap().unwrap().state, KeyState::Revoked);
    world.state.registry.delete_app(&Initiator::operator(), own.id).await.unwrap();
    world.clock.advance(Duration::from_secs(8 * 86_400));
    let (mut browser, page) = visits(&world, ANA, "/ui/apps/deleted").await;
    assert!(page.says("No app was deleted in the last 7 days"), "{}", page.body);
    assert_ne!(browser.submit(&deleted, &restore, &[]).await.status, 200);
    assert!(stored(&world, own.id).await.deleted_at.is_some());
}

/// What stands in the form of a new kind, with this callback URL.
async fn moves(browser: &mut Browser<'_>, app: &App, (kind, url, decision): (&str, &str, &str)) -> Page {
    let page = browser.get(&path(app)).await;
    let mut fields = typed(&[("kind", kind), ("callback_url", url), ("decision", decision)]);
    // Where there is nothing to choose, the page itself has that.
    fields.retain(|(name, _)| *name != "legacy" || page.says("<select id=\"legacy\""));
    browser.submit(&page, &path(app), &fields).await
}

#[actix_web::test]
async fn an_app_comes_to_run_elsewhere_where_nothing_is_in_the_way() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    assert!(page.says("name=\"kind\" id=\"kind\" value=\"web\" checked"), "{}", page.body);
    let device = "http://127.0.0.1/cb";
    // With the kind comes what it may have.
    assert!(moves(&mut browser, &own, ("native", device, "save")).await.says("Saved."));
    let native = stored(&world, own.id).await;
    assert_eq!((native.kind, native.callback_urls.len()), (ApplicationKind::Native, 1));
    let public = key(&world, &native, KeyKind::Public).await.key.id;
    for decision in ["check", "save"] {
        let page = moves(&mut browser, &native, ("web", device, decision)).await;
        let what = "A web app has no callback URL on people&#39;s devices; take these away first: http://127.0.0.1/cb.";
        assert!(page.says("id=\"kind-error\"") && page.says(what), "{decision}: {}", page.body);
        assert!(page.says("value=\"web\" checked"), "as it was chosen");
    }
    let site = "https://app.reportbot.com/cb";
    let page = moves(&mut browser, &native, ("web", site, "save")).await;
    assert!(page.says(&format!("revoke these first: {public}")), "{}", page.body);
    assert_eq!(stored(&world, own.id).await, native, "nothing was saved");
    world.state.registry.revoke_key(&Initiator::operator(), public).await.unwrap();
    assert!(moves(&mut browser, &native, ("web", site, "save")).await.says("Saved."));
    let web = stored(&world, own.id).await;
    assert_eq!((web.kind, web.callback_urls), (ApplicationKind::Web, own.callback_urls));
}

#[actix_web::test]
async fn who_takes_parameters_in_the_url_stays_on_a_server() {
    let world = World::start().await;
    let own = own(&world, TeamRole::Developer).await;
    key(&world, &own, KeyKind::Secret).await;
    let until = Some(world.clock.now() + Duration::from_secs(24 * 3600));
    let edits = vec![AppEdit::LegacyParametersUntil(until)];
    world.state.registry.edit_app(&Initiator::operator(), own.id, None, edits).await.unwrap();
    let (mut browser, page) = visits(&world, ANA, &path(&own)).await;
    let refused = saves(&mut browser, &page, &own, &[("kind", "native"), ("legacy", "keep")]).await;
    assert!(refused.status == 400 && refused.says("Legacy parameters are for web apps"), "{}", refused.body);
    assert_eq!(stored(&world, own.id).await.kind, ApplicationKind::Web);
}
