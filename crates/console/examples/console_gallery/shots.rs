//! Every page as it is where there is one of everything, every form that was filled in wrongly, and every list that is
//! empty.

use client_registry::AppDraft;
use domain::{
    Activity, ActivityKind, AppId, CertificateShown, ClientId, Clock as _, EnvironmentName, Origin, Permission,
    Permissions, Reason, RequestId, TeamRole,
};
use storage::ActivityLog as _;

use crate::browser::Page;
use crate::callers::{Caller, Who};
use crate::routes::{Needs, ROUTES, Route};
use crate::scene::Scene;
use crate::team::{app, draft, let_in, team};
use crate::world::World;
use crate::{Gallery, admin};

/// What a page is called by its path: `/ui/apps/{app}/keys/{key}/rotate` is `app-keys-rotate`.
pub(crate) fn name(route: &Route) -> String {
    let parts = route.path.trim_start_matches("/ui").split('/').filter_map(|part| match part {
        "" => None,
        "{app}" | "{team}" => Some("one"),
        "{me}" => Some("me"),
        part if part.starts_with('{') => None,
        part => Some(part),
    });
    parts.collect::<Vec<_>>().join("-")
}

/// The pages that can be asked for whenever one likes.
fn pages() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| !matches!(route.get, None | Some(Needs::Begun(_))))
}

pub(crate) async fn full(gallery: &Gallery<'_>) {
    let world = gallery.world;
    let scene = Scene::of(world).await;
    is_called(world, scene.app.id, scene.id("key")).await;
    let mut caller = admin(world, &scene, "dana@reportbot.example").await;
    // Somewhere to give the app to.
    let_in(world, scene.id("elsewhere"), caller.user, TeamRole::Developer).await;
    for route in pages() {
        let page = caller.browser.one(&scene.fill(route.path, &caller.me()), None).await;
        assert_eq!(page.status, 200, "{}: {}", route.path, page.body);
        gallery.hang(&name(route), &page).await;
    }
    for route in pages() {
        if let Some(page) = wrongly_filled(&mut caller, &scene, route).await {
            gallery.hang(&format!("{}-refused", name(route)), &page).await;
        }
    }
    let mut looks = Caller::of(world, Who::Member(Permissions::VIEW), "vic@reportbot.example").await;
    scene.lets_in(looks.user, Permissions::VIEW).await;
    let view = |route: &&Route| matches!(route.get, Some(Needs::One(needed)) if needed.contains(&Permission::View));
    for route in pages().filter(view).filter(|route| route.post.is_none()) {
        let page = looks.browser.one(&scene.fill(route.path, &looks.me()), None).await;
        gallery.hang(&format!("{}-viewer", name(route)), &page).await;
    }
    let page = looks.browser.one(&scene.fill("/ui/apps/{app}/keys/new", ""), None).await;
    gallery.hang("no-permission", &page).await;
    for (name, query) in [("found-nothing", "search=nothing+like+it"), ("found", "search=post")] {
        let page = caller.browser.one(&format!("/ui/apps?{query}"), None).await;
        gallery.hang(&format!("apps-{name}"), &page).await;
    }
    let activity = scene.fill("/ui/apps/{app}/activity", "");
    for (name, query) in
        [("refused", "refused=yes"), ("no-id", "request=x"), ("one", &format!("request={}", attempt_id(1)))]
    {
        let page = caller.browser.one(&format!("{activity}?{query}"), None).await;
        gallery.hang(&format!("activity-{name}"), &page).await;
    }
}

/// The answer to a form in which nothing is right; none to forms in which nothing is typed.
async fn wrongly_filled(caller: &mut Caller<'_>, scene: &Scene<'_>, route: &Route) -> Option<Page> {
    let (_, typed) = route.post.filter(|(needs, typed)| *needs != Needs::Nothing && !typed.is_empty())?;
    let mut fields = caller.hidden(scene, route).await;
    fields.extend(typed.iter().map(|(name, _)| ((*name).to_owned(), "?".to_owned())));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let page = caller.browser.one(&scene.fill(route.path, &caller.me()), Some(body)).await;
    (page.status == 400).then_some(page)
}

fn attempt_id(number: u8) -> RequestId {
    RequestId::from_bytes([number; 16])
}

/// Calls of an app, some of them refused.
pub(crate) async fn is_called(world: &World, app: AppId, key: ClientId) {
    let attempt = |number: u8, refusal: Option<Reason>| Activity {
        at: world.clock.now() - std::time::Duration::from_secs(u64::from(number) * 1000),
        request: attempt_id(number),
        kind: ActivityKind::Token,
        grant: Some(if number.is_multiple_of(2) { "authorization_code" } else { "refresh_token" }),
        environment: EnvironmentName::default_environment(),
        key: Some(key),
        app: Some(app),
        authenticated: true,
        certificate: if number.is_multiple_of(3) { CertificateShown::Unregistered } else { CertificateShown::None },
        refusal,
        detail: refusal.map(|_| "the one sent was https://app.reportbot.com/other".to_owned()).unwrap_or_default(),
        connection: None,
        customer: Some(world.acme),
        origin: Origin { address: "203.0.113.9".into(), user_agent: "python-requests/2.32".into() },
    };
    let reasons =
        [None, Some(Reason::CodeExpired), Some(Reason::CallbackMismatch), Some(Reason::CertificateUnregistered)];
    let all: Vec<_> = reasons.into_iter().cycle().zip(1..=12).map(|(reason, number)| attempt(number, reason)).collect();
    world.store.append(&all, &[], &[]).await.unwrap();
}

/// A person without a team, a team without an app, an app without anything.
pub(crate) async fn empty(gallery: &Gallery<'_>) {
    let world = gallery.world;
    let mut nobody = Caller::of(world, Who::Removed, "nia@reportbot.example").await;
    for (name, path) in [("apps", "/ui/apps"), ("teams", "/ui/teams")] {
        gallery.hang(&format!("{name}-no-team"), &nobody.browser.one(path, None).await).await;
    }
    let new = team(world, "Newcomers", None).await;
    let member = domain::TeamMember { team: new, user: nobody.user, permissions: Permissions::ALL };
    world.state.registry.set_team_member(&client_registry::Authority::operator(), member).await.unwrap();
    for (name, path) in [("apps", "/ui/apps"), ("apps-deleted", "/ui/apps/deleted")] {
        gallery.hang(&format!("{name}-empty"), &nobody.browser.one(path, None).await).await;
    }
    let bare = app(world, AppDraft { callback_urls: vec![], ..draft(new, "Blank Page") }).await;
    for rest in [
        "",
        "/keys",
        "/tokens",
        "/tokens/new",
        "/customers",
        "/customers/requests/new",
        "/certificates",
        "/activity",
        "/test",
    ] {
        let page = nobody.browser.one(&format!("/ui/apps/{}{rest}", bare.id), None).await;
        gallery.hang(&format!("apps-one{}-empty", rest.replace('/', "-")), &page).await;
    }
    let path = format!("/ui/apps/{}/settings/transfer", bare.id);
    gallery.hang("apps-one-settings-transfer-empty", &nobody.browser.one(&path, None).await).await;
    let page = nobody.browser.one("/ui/apps/app_0000000000000000000000", None).await;
    gallery.hang("not-found", &page).await;
}
