//! Teams, their apps, and people who are in them or not.

use std::time::Duration;

use client_registry::{AppDraft, Authority, Initiator, KeyDraft, NewKey};
use domain::{
    App, ApplicationKind, Clock as _, EnvironmentName, KeyKind, Publisher, TeamId, TeamMember, TeamRole, UserId,
};
use protocol::new_key;
use storage::{Change, Directory as _, SigningKeyState, SigningKeys as _, Unit};

use crate::browser::{Browser, Page};
use crate::world::World;

pub(crate) const ANA: &str = "ana@acme.example";
pub(crate) const BEN: &str = "ben@acme.example";
pub(crate) const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{7*7}}&amp;";

/// Gives somebody the permissions of a role in a team.
pub(crate) async fn let_in(world: &World, team: TeamId, user: UserId, role: TeamRole) {
    let member = TeamMember { team, user, permissions: role.permissions() };
    world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
}

/// A connector of Acme's workspace APAC.
pub(crate) async fn ben(world: &World) -> UserId {
    world.store.user_by_email(BEN).await.unwrap().unwrap().id
}

/// A team, perhaps with a member who only looks.
pub(crate) async fn team(world: &World, name: &str, member: Option<UserId>) -> TeamId {
    let team = world.state.registry.create_team(&Initiator::operator(), name).await.unwrap().id;
    if let Some(user) = member {
        let_in(world, team, user, TeamRole::Viewer).await;
    }
    team
}

/// An app as tests change it.
pub(crate) fn draft(team: TeamId, name: &str) -> AppDraft {
    AppDraft {
        team,
        name: name.into(),
        description: format!("{name} does what it says"),
        publisher: Publisher { name: "Bots Inc".into(), verified: true },
        support_email: Some("help@reportbot.example".into()),
        homepage_url: None,
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec!["https://app.reportbot.com/cb".into()],
        client_credentials: true,
        environments: vec![EnvironmentName::default_environment()],
        scopes: "read".parse().unwrap(),
    }
}

pub(crate) async fn app(world: &World, draft: AppDraft) -> App {
    world.state.registry.create_app(&Initiator::operator(), draft).await.unwrap()
}

pub(crate) async fn key(world: &World, app: &App, kind: KeyKind) -> NewKey {
    let draft = KeyDraft { app: app.id, label: "Nightly".into(), kind, environments: None, expires_at: None };
    world.state.registry.create_key(&Initiator::operator(), draft).await.unwrap()
}

/// Has the default environment sign tokens.
pub(crate) async fn signs(world: &World) {
    let (protocol, now) = (&world.state.protocol, world.clock.now());
    let (here, hour) = (EnvironmentName::default_environment(), Duration::from_secs(3600));
    let key = new_key(&here, SigningKeyState::Active, &protocol.root_keys, &*protocol.random, now - hour);
    let unit = Unit { changes: vec![Change::AddSigningKey(key)], ..Unit::default() };
    protocol.units.commit(unit).await.unwrap();
    protocol.key_ring.load(&world.store.published().await.unwrap(), &protocol.root_keys, now).unwrap();
}

/// Asks for a page, signs in where that is asked for, and is at the page.
pub(crate) async fn visits<'a>(world: &'a World, email: &str, path: &str) -> (Browser<'a>, Page) {
    let mut browser = Browser::of(world);
    let sign_in = browser.get(path).await;
    let page = browser.signs_in(&sign_in, email).await;
    (browser, page)
}

/// What every page of the console has.
pub(crate) fn assert_protected(page: &Page) {
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("content-security-policy", "form-action 'self'"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age="),
    ] {
        let value = page.headers.get(name).unwrap_or_else(|| panic!("{} lacks {name}", page.path));
        assert!(value.to_str().unwrap().contains(part), "{name} of {}: {value:?}", page.path);
    }
    assert!(!page.body.contains("<script>") && !page.body.contains(" style="), "nothing is inline");
}

/// What was put into a page came out as text.
pub(crate) fn assert_escaped(page: &Page) {
    for tag in ["<script>alert", "<img src=x", "\"><img"] {
        assert!(!page.says(tag), "{tag} reached {}", page.path);
    }
    assert!(page.says("&#60;script&#62;alert"), "the text itself is shown at {}", page.path);
}
