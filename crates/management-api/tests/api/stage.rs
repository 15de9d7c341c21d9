//! An app with everything that can belong to one, and its team.

use std::time::Duration;

use client_registry::{
    Authority, CertificateDraft, ConnectionRequestDraft, Holder, Initiator, InvitationDraft, UserDraft,
};
use domain::{
    Actor, App, AuditRecord, ClientId, Clock as _, Connection, ConnectionId, KeyKind, Permission, Permissions, Purpose,
    Random, TeamId, TeamMember, UserId, UserKind,
};
use storage::{AtLimit, Connections as _, Opening};
use testkit::Issued;

use crate::connection::connection;
use crate::team::{app, draft, key, team};
use crate::world::{PASSWORD, World};

/// What paths name.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) team: TeamId,
    pub(crate) app: App,
    /// What stands for each name in braces.
    names: Vec<(&'static str, String)>,
}

impl Own {
    /// An app of `team` with one of everything, a member who looks, and somebody whom `by` has invited.
    pub(crate) async fn of(world: &World, team: TeamId, by: UserId) -> Self {
        let (registry, operator) = (&world.state.registry, Initiator::operator());
        let random = &*world.state.protocol.random;
        let own = app(world, draft(team, "Morning Post")).await;
        let key = key(world, &own, KeyKind::Secret).await;
        let id = key.key.id;
        let certificate = CertificateDraft { holder: Holder::App(own.id), label: None };
        let pem = Issued::self_signed("Morning Post").pem();
        let certificate = registry.add_certificate(&operator, certificate, pem.as_bytes()).await.unwrap();
        let anchor = testkit::Authority::new("Bots CA").pem();
        let anchor = registry.add_anchor(&operator, own.id, None, anchor.as_bytes()).await.unwrap();
        let request = ConnectionRequestDraft { key: id, customer: world.acme, scopes: "read".parse().unwrap() };
        let request = registry.request_connection(&operator, request).await.unwrap();
        let member = person(world, &format!("{}@acme.example", short(random))).await;
        give(world, team, member, &[Permission::View]).await;
        let authority = registry.authority(by, None).await.unwrap();
        let email = format!("{}@acme.example", short(random));
        let invitation = InvitationDraft { team, email, permissions: Permissions::VIEW };
        let invitation = registry.invite(&authority, invitation).await.unwrap().invitation;
        let connection = connected(world, (&own, id), Purpose::Attended).await;
        let token = connected(world, (&own, id), Purpose::Generated).await;
        let names = vec![
            ("{team}", team.to_string()),
            ("{app}", own.id.to_string()),
            ("{key}", id.to_string()),
            ("{secret}", key.secret.unwrap().secret.id.to_string()),
            ("{certificate}", certificate.id.to_string()),
            ("{anchor}", anchor.id.to_string()),
            ("{request}", request.id.to_string()),
            ("{user}", member.to_string()),
            ("{invitation}", invitation.id.to_string()),
            ("{connection}", connection.to_string()),
            ("{token}", token.to_string()),
            // Of nobody: who has asked for something has a session of its own.
            ("{session}", "nobodys".to_owned()),
            ("{approval}", "nobodys".to_owned()),
        ];
        Self { team, app: own, names }
    }

    /// Takes away what a team has only so many of, if it is still there.
    pub(crate) async fn leave(&self, world: &World) {
        let (registry, operator) = (&world.state.registry, Authority::operator());
        let (invitation, member) = (self.id("{invitation}").parse().unwrap(), self.id("{user}").parse().unwrap());
        let _ = registry.withdraw_invitation(&operator, self.team, invitation).await;
        let _ = registry.remove_team_member(&operator, self.team, member).await;
    }

    /// The path or body that `template` is for it.
    pub(crate) fn fill(&self, template: &str) -> String {
        self.names.iter().fold(template.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    /// The same, but for what is called `name` itself.
    pub(crate) fn fill_but(&self, template: &str, name: &str) -> String {
        let others = self.names.iter().filter(|(other, _)| *other != name);
        others.fold(template.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    pub(crate) fn id(&self, name: &str) -> &str {
        &self.names.iter().find(|(own, _)| *own == name).unwrap().1
    }
}

/// Two teams that know nothing of each other, and somebody who may do everything in the first.
pub(crate) struct Stage {
    pub(crate) own: Own,
    pub(crate) foreign: Own,
}

impl Stage {
    pub(crate) async fn of(world: &World) -> Self {
        let (builders, others) = (team(world, "Builders", None).await, team(world, "Others", None).await);
        let stranger = person(world, "stranger@globex.example").await;
        give(world, builders, world.ana, &Permission::ALL).await;
        give(world, others, stranger, &Permission::ALL).await;
        let own = Own::of(world, builders, world.ana).await;
        Self { own, foreign: Own::of(world, others, stranger).await }
    }
}

fn short(random: &dyn Random) -> String {
    UserId::generate(random).to_string()
}

/// A user with the password of all of them.
pub(crate) async fn person(world: &World, email: &str) -> UserId {
    let password_hash = Some(format!("plain:{PASSWORD}"));
    let draft = UserDraft { email: email.into(), name: email.into(), kind: UserKind::Person, password_hash };
    world.state.registry.create_user(&Initiator::operator(), draft).await.unwrap().id
}

/// Says what somebody may do in a team.
pub(crate) async fn give(world: &World, team: TeamId, user: UserId, permissions: &[Permission]) {
    let member = TeamMember { team, user, permissions: permissions.iter().copied().collect() };
    world.state.registry.set_team_member(&Authority::operator(), member).await.unwrap();
}

/// A connection as Ana's, which lives for an hour.
async fn connected(world: &World, (app, key): (&App, ClientId), purpose: Purpose) -> ConnectionId {
    let now = world.clock.now();
    let hour = Duration::from_secs(3600);
    let connection = Connection {
        id: ConnectionId::generate(&*world.state.protocol.random),
        purpose,
        label: (purpose == Purpose::Generated).then(|| "Zapier test".into()),
        idle: hour,
        expires_at: now + hour,
        ..connection(world, (app.id, key), 0)
    };
    let id = connection.id;
    let audit = AuditRecord {
        at: now,
        actor: Actor::User(world.ana),
        action: "connection.created",
        target: id.to_string(),
        app: Some(app.id),
        customer: Some(world.acme),
        detail: String::new(),
        request: None,
    };
    let opening = Opening { connection, audit, live_limit: 20, at_limit: AtLimit::Refuse, entry_until: now + hour };
    world.store.open(opening).await.unwrap();
    id
}
