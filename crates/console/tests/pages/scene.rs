//! A team with an app that has one of everything, so that every page of the console has something to be about.

use std::cell::Cell;

use client_registry::{
    Authority, CertificateDraft, ConnectionRequestDraft, Holder, Initiator, InvitationDraft, UserDraft,
};
use domain::{
    App, Connection, ConnectionId, KeyKind, Membership, Permissions, Purpose, Role, TeamId, TeamMember, UserId,
    UserKind,
};

use crate::connection::{add, connection};
use crate::team::{app, draft, key, team};
use crate::world::{PASSWORD, World};

/// The app's name.
pub(crate) const NAME: &str = "Morning Post";

thread_local! {
    /// How many scenes there are, so that nothing in two of them is the same.
    static SCENES: Cell<u8> = const { Cell::new(0) };
}

/// A team, what it has, and how each is called in a path.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) team: TeamId,
    pub(crate) app: App,
    /// Whoever can grant everything.
    pub(crate) boss: String,
    names: Vec<(&'static str, String)>,
}

impl<'a> Scene<'a> {
    pub(crate) async fn of(world: &'a World) -> Self {
        Self::called(world, "Builders", NAME).await
    }

    /// The same with other names.
    pub(crate) async fn called(world: &'a World, team_name: &str, name: &str) -> Self {
        let number = SCENES.get() + 1;
        SCENES.set(number);
        let builders = team(world, team_name, None).await;
        let elsewhere = team(world, "Painters", None).await;
        let own = app(world, draft(builders, name)).await;
        let gone = app(world, draft(builders, "Evening Post")).await;
        let by = Initiator::operator();
        world.state.registry.delete_app(&by, gone.id).await.unwrap();
        let mut scene =
            Self { world, team: builders, app: own, boss: format!("boss-{number}@acme.example"), names: vec![] };
        for (name, value) in [
            ("team", builders.to_string()),
            ("elsewhere", elsewhere.to_string()),
            ("app", scene.app.id.to_string()),
            ("deleted", gone.id.to_string()),
            ("customer", world.acme.to_string()),
            ("workspace", world.emea.to_string()),
            ("host", format!("second-{number}.bots.example")),
            ("address", format!("new-{number}@acme.example")),
            // Of nobody: what is begun in a session has tests of its own.
            ("approval", "A".repeat(43)),
            ("test", "B".repeat(43)),
        ] {
            scene.name(name, value);
        }
        scene.has_keys().await;
        scene.has_connections(number).await;
        scene.has_certificates(number).await;
        scene.has_people(number).await;
        scene
    }

    fn name(&mut self, name: &'static str, value: impl Into<String>) {
        self.names.push((name, value.into()));
    }

    /// What is called `name`.
    pub(crate) fn id<T: std::str::FromStr>(&self, name: &str) -> T
    where
        T::Err: std::fmt::Debug,
    {
        self.names.iter().find(|(known, _)| *known == name).expect("the scene has it").1.parse().unwrap()
    }

    /// A path or field of the table, about this scene and a person of it.
    pub(crate) fn fill(&self, text: &str, me: &str) -> String {
        let own =
            self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        let filled = own.replace("{me}", me);
        assert!(!filled.contains('{'), "{text}: the scene has no such thing");
        filled
    }

    /// A path as the table writes it.
    pub(crate) fn unfill(&self, path: &str, me: &str) -> String {
        let path = path.replace(me, "{me}");
        self.names.iter().fold(path, |path, (name, value)| path.replace(value.as_str(), &format!("{{{name}}}")))
    }

    /// Makes somebody a member.
    pub(crate) async fn lets_in(&self, user: UserId, permissions: Permissions) {
        let member = TeamMember { team: self.team, user, permissions };
        self.world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
    }

    async fn has_keys(&mut self) {
        let (registry, by) = (&self.world.state.registry, Initiator::operator());
        let (first, idle) =
            (key(self.world, &self.app, KeyKind::Secret).await, key(self.world, &self.app, KeyKind::Secret).await);
        let resting = registry.add_secret(&by, first.key.id, None).await.unwrap().secret.id;
        registry.set_secret_active(&by, first.key.id, resting, false).await.unwrap();
        registry.set_key_active(&by, idle.key.id, false).await.unwrap();
        self.name("key", first.key.id.to_string());
        self.name("secret", first.secret.unwrap().secret.id.to_string());
        self.name("idle_secret", resting.to_string());
        self.name("idle", idle.key.id.to_string());
        // Another `{secret}`, for links on a page.
        self.name("secret_of_idle", idle.secret.unwrap().secret.id.to_string());
    }

    async fn has_connections(&mut self, number: u8) {
        let (world, owner) = (self.world, (self.app.id, self.id("key")));
        let attended = Connection { id: id(number, 1), ..connection(world, owner, 1) };
        let generated = Connection {
            id: id(number, 2),
            purpose: Purpose::Generated,
            label: Some("Nightly".into()),
            ..connection(world, owner, 2)
        };
        self.name("connection", attended.id.to_string());
        self.name("generated", generated.id.to_string());
        add(world, [attended, generated]).await;
        let draft = ConnectionRequestDraft { key: owner.1, customer: world.acme, scopes: "read".parse().unwrap() };
        let request = world.state.registry.request_connection(&Initiator::operator(), draft).await.unwrap();
        self.name("request", request.id.to_string());
    }

    async fn has_certificates(&mut self, number: u8) {
        let (registry, by) = (&self.world.state.registry, Initiator::operator());
        let authority = testkit::Authority::new(&format!("Bots CA {number}"));
        let draft = CertificateDraft { holder: Holder::App(self.app.id), label: None };
        let held = authority.client("Report Bot");
        let certificate = registry.add_certificate(&by, draft, held.pem().as_bytes()).await.unwrap();
        let anchor = registry.add_anchor(&by, self.app.id, None, authority.pem().as_bytes()).await.unwrap();
        self.name("certificate", certificate.id.to_string());
        self.name("anchor", anchor.id.to_string());
        self.name("new_certificate", authority.client("Second Bot").pem());
        self.name("new_anchor", testkit::Authority::new(&format!("Second CA {number}")).pem());
    }

    async fn has_people(&mut self, number: u8) {
        let boss = person(self.world, &self.boss).await;
        self.lets_in(boss, Permissions::ALL).await;
        let mate = person(self.world, &format!("mate-{number}@acme.example")).await;
        self.lets_in(mate, Permissions::VIEW).await;
        let email = format!("guest-{number}@acme.example");
        let draft = InvitationDraft { team: self.team, email, permissions: Permissions::VIEW };
        let registry = &self.world.state.registry;
        let inviter = registry.authority(boss, None).await.unwrap();
        let new = registry.invite(&inviter, draft).await.unwrap();
        self.name("user", mate.to_string());
        // Another `{user}`, for links on a page.
        self.name("boss", boss.to_string());
        self.name("invitation", new.invitation.id.to_string());
        self.name("token", new.token.reveal());
    }
}

fn id(scene: u8, number: u8) -> ConnectionId {
    let mut bytes = [scene; 16];
    bytes[0] = number;
    ConnectionId::from_bytes(bytes)
}

/// Somebody who may connect apps to Acme.
pub(crate) async fn person(world: &World, email: &str) -> UserId {
    let (registry, by) = (&world.state.registry, Initiator::operator());
    let password_hash = Some(format!("plain:{PASSWORD}"));
    let draft = UserDraft { email: email.into(), name: email.into(), kind: UserKind::Person, password_hash };
    let user = registry.create_user(&by, draft).await.unwrap().id;
    let membership = Membership { user, customer: world.acme, role: Role::Admin, workspaces: vec![] };
    registry.set_membership(&by, membership).await.unwrap();
    user
}
