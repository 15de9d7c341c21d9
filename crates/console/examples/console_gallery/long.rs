//! The longest names there can be, and long lists.

use client_registry::{AppDraft, CertificateDraft, Holder, Initiator, KeyDraft};
use domain::{
    App, AppId, Clock as _, Connection, ConnectionId, EndedBy, KeyKind, Permissions, Publisher, Purpose, Workspace,
    WorkspaceId,
};
use storage::{Change, Unit};

use crate::connection::{add, connection};
use crate::routes::{Needs, ROUTES};
use crate::scene::{Scene, person};
use crate::shots::{is_called, name};
use crate::team::{app, draft};
use crate::{Gallery, admin};

/// Sixty characters without a place to break.
const WORD: &str = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel1";

pub(crate) async fn names_and_lists(gallery: &Gallery<'_>) {
    let world = gallery.world;
    let scene = Scene::called(world, WORD, WORD).await;
    let email = format!("{}@{}.example", "d".repeat(40), "reportbot".repeat(4));
    let mut caller = admin(world, &scene, &email).await;
    has_much(&scene).await;
    is_called(world, scene.app.id, scene.id("key")).await;
    for route in ROUTES.iter().filter(|route| !matches!(route.get, None | Some(Needs::Begun(_) | Needs::Nothing))) {
        let page = caller.browser.one(&scene.fill(route.path, &caller.me()), None).await;
        assert_eq!(page.status, 200, "{}: {}", route.path, page.body);
        gallery.hang(&format!("{}-long", name(route)), &page).await;
    }
}

async fn has_much(scene: &Scene<'_>) {
    let (world, registry, by) = (scene.world, &scene.world.state.registry, Initiator::operator());
    let long = AppDraft {
        description: format!("{WORD} ").repeat(8).trim().to_owned(),
        publisher: Publisher { name: WORD.into(), verified: true },
        callback_urls: (0..10)
            .map(|number| format!("https://app.reportbot.com/{}/{number}", "path".repeat(40)))
            .collect(),
        ..draft(scene.team, "Second of many apps")
    };
    let second = app(world, long).await;
    let random = &*world.state.protocol.random;
    let more =
        (0..60).map(|number| App { id: AppId::generate(random), name: format!("Post {number:02}"), ..second.clone() });
    let now = world.clock.now();
    let workspaces = (0..30).map(|number| Workspace {
        id: WorkspaceId::generate(random),
        customer: world.acme,
        name: format!("{WORD}{number}"),
        created_at: now,
    });
    let changes = more.map(Change::AddApp).chain(workspaces.map(Change::AddWorkspace)).collect();
    world.state.protocol.units.commit(Unit { changes, ..Unit::default() }).await.unwrap();
    for number in 0..12 {
        let kind = KeyKind::Secret;
        let draft = KeyDraft { app: scene.app.id, label: WORD.into(), kind, environments: None, expires_at: None };
        let key = registry.create_key(&by, draft).await.unwrap().key.id;
        for _ in 0..number % 4 {
            registry.add_secret(&by, key, None).await.unwrap();
        }
        let member = person(world, &format!("{}{number}@{}.example", "m".repeat(40), "reportbot".repeat(4))).await;
        scene.lets_in(member, Permissions::VIEW).await;
        let draft = CertificateDraft { holder: Holder::App(scene.app.id), label: Some(WORD.into()) };
        let held = testkit::Issued::self_signed(&format!("{} {number}", "Report Bot of the night shift"));
        registry.add_certificate(&by, draft, held.pem().as_bytes()).await.unwrap();
    }
    let one = |number: u8| Connection {
        id: ConnectionId::generate(random),
        purpose: if number.is_multiple_of(3) { Purpose::Generated } else { Purpose::Attended },
        label: number.is_multiple_of(3).then(|| WORD.to_owned()),
        ended: number.is_multiple_of(5).then_some((now, EndedBy::Reuse)),
        ..connection(world, (scene.app.id, scene.id("key")), number)
    };
    add(world, (1..=120).map(one)).await;
}
