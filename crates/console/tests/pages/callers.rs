//! Everybody who may come to the console, each with a browser.

use std::collections::BTreeMap;

use client_registry::{Authority, Initiator};
use domain::{Permission, Permissions, TeamRole, UserId};

use crate::browser::{Browser, Page};
use crate::routes::Route;
use crate::scene::{Scene, person};
use crate::team::{let_in, team, visits};
use crate::world::World;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Signed in with nothing.
    Nobody,
    /// Was a member, and is shut out now.
    ShutOut,
    /// May do everything, in another team.
    Outsider,
    /// Could do everything, and was removed.
    Removed,
    Member(Permissions),
}

/// Somebody with a browser.
pub(crate) struct Caller<'a> {
    pub(crate) who: Who,
    pub(crate) user: UserId,
    pub(crate) browser: Browser<'a>,
    /// What this session's forms carry.
    pub(crate) form_token: String,
}

impl<'a> Caller<'a> {
    pub(crate) async fn of(world: &'a World, who: Who, email: &str) -> Self {
        let user = person(world, email).await;
        let (mut browser, mut form_token) = (Browser::of(world), String::new());
        if who != Who::Nobody {
            let (signed_in, page) = visits(world, email, "/ui/apps").await;
            (browser, form_token) = (signed_in, page.hidden("/ui/logout").remove(0).1);
        }
        Self { who, user, browser, form_token }
    }

    pub(crate) fn me(&self) -> String {
        self.user.to_string()
    }

    /// What the form of the page has in it before anything is typed.
    pub(crate) async fn hidden(&mut self, scene: &Scene<'_>, route: &Route) -> Vec<(String, String)> {
        let action = scene.fill(route.path, &self.me());
        let page = self.browser.get(&scene.fill(route.form_at, &self.me())).await;
        if page.says(&format!("action=\"{action}\"")) { page.hidden(&action) } else { Vec::new() }
    }

    /// Posts the form of a page as somebody fills it in.
    pub(crate) async fn posts(&mut self, scene: &Scene<'_>, route: &Route, hidden: &[(String, String)]) -> Page {
        let (_, typed) = route.post.expect("it has a form");
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(hidden);
        body.extend_pairs(typed.iter().map(|(name, value)| (name, scene.fill(value, &self.me()))));
        self.browser.one(&scene.fill(route.path, &self.me()), Some(body.finish())).await
    }
}

/// Everybody there is, by name; members are so in the scene.
pub(crate) async fn everybody<'a>(world: &'a World, scene: &Scene<'_>) -> Vec<(String, Caller<'a>)> {
    let mut all = BTreeMap::from([
        ("nobody".to_owned(), Who::Nobody),
        ("shut-out".to_owned(), Who::ShutOut),
        ("outsider".to_owned(), Who::Outsider),
        ("removed".to_owned(), Who::Removed),
        ("developer".to_owned(), Who::Member(TeamRole::Developer.permissions())),
        ("admin".to_owned(), Who::Member(TeamRole::Admin.permissions())),
    ]);
    all.extend(Permission::ALL.map(|one| (one.to_string(), Who::Member([one].into_iter().collect()))));
    let mut callers = Vec::new();
    for (name, who) in all {
        let caller = Caller::of(world, who, &format!("{name}@acme.example")).await;
        let registry = &world.state.registry;
        match who {
            Who::Nobody => {}
            Who::Outsider => {
                let strangers = team(world, "Strangers", None).await;
                let_in(world, strangers, caller.user, TeamRole::Admin).await;
            }
            Who::ShutOut => {
                scene.lets_in(caller.user, Permissions::ALL).await;
                registry.set_user_enabled(&Initiator::operator(), caller.user, false).await.unwrap();
            }
            Who::Removed => {
                scene.lets_in(caller.user, Permissions::ALL).await;
                registry.remove_team_member(&Authority::operator(), scene.team, caller.user).await.unwrap();
            }
            Who::Member(permissions) => scene.lets_in(caller.user, permissions).await,
        }
        callers.push((name, caller));
    }
    callers
}

/// What the stores were asked to write.
pub(crate) fn written(world: &World) -> Vec<&'static str> {
    const WRITES: [&str; 9] = [
        "activity.",
        "connections.bind",
        "connections.burn",
        "connections.open",
        "connections.touch",
        "people.c",
        "rotate.",
        "sweep.",
        "units.",
    ];
    let asked = world.operations.0.lock().unwrap();
    asked.iter().filter(|name| WRITES.iter().any(|write| name.starts_with(write))).copied().collect()
}

pub(crate) fn forget(world: &World) {
    world.operations.0.lock().unwrap().clear();
}
