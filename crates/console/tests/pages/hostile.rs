//! Text that wants to be more than text, in every field that is shown and in every field that is sent: what the registry
//! would take, and what it would refuse too, as if a store had it all the same.

use std::collections::BTreeSet;

use client_registry::{AppDraft, Initiator};
use domain::{
    Activity, ActivityKind, AnchorId, ApiKey, App, CertificateShown, Clock as _, Connection, ConnectionId, Customer,
    CustomerId, EnvironmentName, Invitation, InvitationId, KeyState, Membership, Origin, Permissions, Publisher,
    Purpose, Reason, RegisteredCertificate, RequestId, Role, TeamMember, TrustAnchor, User, UserId, UserKind,
    Workspace, WorkspaceId,
};
use storage::{ActivityLog as _, Change, Directory as _, Unit};

use crate::browser::Page;
use crate::callers::{Caller, Who};
use crate::connection::connection;
use crate::routes::ROUTES;
use crate::scene::Scene;
use crate::team::{app, draft};
use crate::world::World;

/// Ends an attribute and a tag, begins a script, and turns the direction of what follows.
const BAD: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}&amp;\u{202e}txt";

/// Gives everything in the scene a bad name, past the registry.
async fn spoil(scene: &Scene<'_>) {
    let (world, now) = (scene.world, scene.world.clock.now());
    let stored = world.store.app(scene.app.id).await.unwrap().unwrap();
    let app = App {
        name: BAD.into(),
        description: BAD.into(),
        publisher: Publisher { name: BAD.into(), verified: false },
        support_email: Some(BAD.into()),
        ..stored
    };
    let (of_key, known) = (scene.id::<domain::ClientId>("key"), app.id);
    let key =
        ApiKey { label: BAD.into(), id: domain::ClientId::from_bytes([61; 16]), ..stored_key(world, of_key).await };
    let customer = Customer {
        id: CustomerId::from_bytes([62; 16]),
        environment: EnvironmentName::default_environment(),
        name: BAD.into(),
        created_at: now,
    };
    let workspace =
        Workspace { id: WorkspaceId::from_bytes([63; 16]), customer: customer.id, name: BAD.into(), created_at: now };
    let user = User {
        id: UserId::from_bytes([64; 16]),
        email: BAD.into(),
        name: BAD.into(),
        kind: UserKind::Person,
        password_hash: None,
        enabled: true,
        failed_logins: 0,
        created_at: now,
    };
    let member = TeamMember { team: scene.team, user: user.id, permissions: Permissions::ALL };
    let invitation = Invitation {
        id: InvitationId::from_bytes([65; 16]),
        team: scene.team,
        email: BAD.into(),
        permissions: Permissions::VIEW,
        invited_by: user.id,
        token_hash: [65; 32],
        created_at: now,
        expires_at: now + std::time::Duration::from_secs(3600),
    };
    let generated = |number, purpose| Connection {
        id: ConnectionId::from_bytes([number; 16]),
        purpose,
        label: (purpose == Purpose::Generated).then(|| BAD.to_owned()),
        customer: customer.id,
        granted_by: user.id,
        workspaces: vec![workspace.id],
        ..connection(world, (known, key.id), number)
    };
    let certificate = held(scene).await.0;
    let certificate = RegisteredCertificate { label: BAD.into(), ..certificate };
    let anchor = TrustAnchor { id: AnchorId::from_bytes([67; 16]), label: BAD.into(), ..held(scene).await.1 };
    let changes = vec![
        Change::RenameTeam(scene.team, BAD.into()),
        Change::ReplaceApp(app),
        Change::AddKey(ApiKey { state: KeyState::Active, ..key.clone() }),
        Change::AddCustomer(customer.clone()),
        Change::AddWorkspace(workspace.clone()),
        Change::AddUser(user.clone()),
        Change::SetTeamMember(member),
        Change::AddInvitation(invitation),
        Change::AddConnection(generated(71, Purpose::Attended)),
        Change::AddConnection(generated(72, Purpose::Generated)),
        Change::RemoveCertificate(certificate.id, known),
        Change::AddCertificate(certificate),
        Change::RemoveAnchor(scene.id("anchor"), known),
        Change::AddAnchor(anchor),
    ];
    world.state.protocol.units.commit(Unit { changes, ..Unit::default() }).await.unwrap();
    let attempt = Activity {
        at: now,
        request: RequestId::from_bytes([68; 16]),
        kind: ActivityKind::Token,
        grant: Some("authorization_code"),
        environment: EnvironmentName::default_environment(),
        key: Some(key.id),
        app: Some(known),
        authenticated: true,
        certificate: CertificateShown::Unregistered,
        refusal: Some(Reason::CertificateMissing),
        detail: BAD.into(),
        connection: None,
        customer: Some(customer.id),
        origin: Origin { address: "203.0.113.9".into(), user_agent: BAD.into() },
    };
    world.store.append(&[attempt], &[], &[]).await.unwrap();
}

async fn stored_key(world: &World, id: domain::ClientId) -> ApiKey {
    world.store.key(id).await.unwrap().unwrap()
}

async fn held(scene: &Scene<'_>) -> (RegisteredCertificate, TrustAnchor) {
    let store = &scene.world.store;
    let (mut certificates, mut anchors) =
        (store.certificates(scene.app.id).await.unwrap(), store.anchors(scene.app.id).await.unwrap());
    (certificates.remove(0), anchors.remove(0))
}

/// Nothing of what was put in became a tag, an attribute or an address, and what turns the direction turns nothing else.
fn assert_inert(page: &Page) {
    for tag in ["<script>", "<img", "onerror=alert(1)>", "javascript:", "href=\"data:"] {
        let at = page.body.find(tag).map(|at| &page.body[at.saturating_sub(80)..]);
        assert!(at.is_none(), "{tag} reached {}: {}", page.path, at.unwrap_or_default());
    }
    for (at, _) in page.body.match_indices('\u{202e}') {
        let before = &page.body[..at];
        let tag = before.rfind('<').unwrap();
        let is_attribute = !before[tag..].contains('>');
        // Each of these is a paragraph, or an isolate, of its own, or is not seen at all.
        let apart = ["<bdi", "<title", "<option", "<textarea", "<pre", "<h1", "<h2", "<span class=\"unseen\""];
        let is_apart = is_attribute || apart.iter().any(|element| before[tag..].starts_with(element));
        assert!(is_apart, "{} turns what is around it: {}", page.path, &before[before.len().saturating_sub(200)..]);
    }
}

/// Looks at every page that links lead to from these.
async fn looks_at_everything(caller: &mut Caller<'_>, from: &[String]) -> Vec<Page> {
    let mut waiting = from.to_vec();
    let (mut seen, mut pages): (BTreeSet<String>, _) = (waiting.iter().cloned().collect(), Vec::new());
    while let Some(path) = waiting.pop() {
        let page = caller.browser.one(&path, None).await;
        assert_inert(&page);
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links.filter(|link| link.starts_with("/ui/") && !link.starts_with("/ui/logout")) {
            let link = link.split('#').next().unwrap().replace("&#38;", "&");
            if seen.insert(link.clone()) {
                waiting.push(link);
            }
        }
        pages.push(page);
    }
    pages
}

#[actix_web::test]
async fn what_the_stores_have_is_text_on_every_page() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    spoil(&scene).await;
    let mut admin = Caller::of(&world, Who::Member(Permissions::ALL), "admin@acme.example").await;
    scene.lets_in(admin.user, Permissions::ALL).await;
    let membership = Membership {
        user: admin.user,
        customer: CustomerId::from_bytes([62; 16]),
        role: Role::Admin,
        workspaces: vec![],
    };
    world.state.registry.set_membership(&Initiator::operator(), membership).await.unwrap();
    let documents = ["/ui/apps", "/ui/teams", "/ui/connected-apps", "/ui/sessions", "/docs", "/docs/moving"];
    let invitation = scene.fill("/ui/invitations/{token}", "");
    let from: Vec<_> = documents.map(str::to_owned).into_iter().chain([invitation]).collect();
    let pages = looks_at_everything(&mut admin, &from).await;
    let shows = |page: &&Page| page.says("&#60;script&#62;alert(1)");
    let shown: Vec<_> = pages.iter().filter(shows).map(|page| page.path.as_str()).collect();
    assert!(pages.len() > 60 && shown.len() > 55, "{} of {}: {shown:?}", shown.len(), pages.len());
    // A refusal names the team and whoever can grant it.
    scene.lets_in(admin.user, Permissions::VIEW).await;
    let refused = admin.browser.one(&scene.fill("/ui/apps/{app}/keys/new", ""), None).await;
    assert!(refused.status == 403 && shows(&&refused), "{}", refused.body);
    assert_inert(&refused);
}

#[actix_web::test]
async fn what_is_sent_comes_back_as_text() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let mut admin = Caller::of(&world, Who::Member(Permissions::ALL), "admin@acme.example").await;
    scene.lets_in(admin.user, Permissions::ALL).await;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            [
                "search",
                "customer",
                "state",
                "after",
                "request",
                "key",
                "environment",
                "refused",
                "done",
                "saved",
                "again",
            ]
            .map(|name| (name, BAD)),
        )
        .finish();
    let callback = ["code", "error", "error_description", "iss", "state"].map(|name| (name, BAD));
    let callback = form_urlencoded::Serializer::new(String::new()).extend_pairs(callback).finish();
    let mut came_back = 0;
    for route in ROUTES {
        let path = scene.fill(route.path, &admin.me());
        for query in [&query, &callback] {
            assert_inert(&admin.browser.one(&format!("{path}?{query}"), None).await);
        }
        let Some((_, typed)) = route.post else { continue };
        let mut fields = admin.hidden(&scene, route).await;
        fields.extend(typed.iter().map(|(name, _)| ((*name).to_owned(), BAD.to_owned())));
        fields
            .extend(["homepage", "privacy", "label"].map(|name| (name.to_owned(), "javascript:alert(1)//".to_owned())));
        let mut seen = BTreeSet::new();
        fields.retain(|(name, _)| seen.insert(name.clone()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let page = admin.browser.one(&path, Some(body)).await;
        assert!(!page.says("href=\"javascript:"), "{path}");
        assert_inert(&Page { body: page.body.replace("value=\"javascript:alert(1)//\"", ""), ..page });
        came_back += 1;
    }
    assert!(came_back > 30);
}

#[actix_web::test]
async fn an_address_that_is_a_script_is_not_kept() {
    let world = World::start().await;
    let scene = Scene::of(&world).await;
    let by = Initiator::operator();
    for address in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example", "https:evil"] {
        let base = draft(scene.team, "Evening Post");
        for draft in [
            AppDraft { homepage_url: Some(address.into()), ..base.clone() },
            AppDraft { privacy_url: Some(address.into()), ..base.clone() },
            AppDraft { callback_urls: vec![address.into()], ..base.clone() },
        ] {
            assert!(world.state.registry.create_app(&by, draft).await.is_err(), "{address}");
        }
    }
    app(&world, draft(scene.team, "Evening Post")).await;
}
