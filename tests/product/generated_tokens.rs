//! Tokens made by hand: connections like any other, for exactly what their maker may connect.

use std::time::Duration;

use client_registry::{AppEdit, Authority, KeyDraft, Permitted};
use domain::{App, EndedBy, KeyKind, MutualTls, Permission, Role, TeamMember, TeamRole, UserId};
use protocol::{GeneratedToken, NotGenerated, Obstacle, TokenOrder, Trail};

use crate::world::{Card, CustomerCard, World, in_both_worlds, in_both_worlds_with, operator};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

// DESIGN §1: a connection like any other; §2: several alive side by side.
#[test]
fn what_is_made_by_hand_works_like_every_other_connection() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let consented = bot.is_let_in_by(&world.alice()).await;
        let made = makes(world, world.seed.alice, &order(world)).await.expect("alice may");
        let access = made.response.access_token();
        let refresh = made.response.refresh_token().expect("there is one");
        let told = bot.introspects(access).await.is_active();
        assert_eq!(told["sub"], serde_json::json!(world.seed.alice));
        assert_eq!(told["scope"], "reports.read");
        assert_eq!(told["client_id"], serde_json::json!(world.seed.report_bot.id));
        let refreshed = bot.refreshes(refresh).await.tokens();
        assert_eq!((refreshed.refresh.as_str(), refreshed.workspaces()), (refresh, vec!["Marketing".to_owned()]));
        assert_eq!(
            refreshed.claims()["secret"].as_str(),
            world.seed.report_bot.secret_id.map(|id| id.to_string()).as_deref()
        );
        world.writes_what_waits().await;
        let listed = bot.lists_connections(None).await.json();
        let of = |id: &str| {
            let all = listed["connections"].as_array().cloned().unwrap_or_default();
            all.into_iter().find(|one| one["connection_id"] == id).expect("it is listed")
        };
        let generated = of(&made.connection.id.to_string());
        assert_eq!((&generated["purpose"], &generated["label"]), (&"generated".into(), &"Zapier test".into()));
        assert!(of(&consented.connection()).get("last_used_at").is_none(), "it was not used yet: {listed}");
        bot.introspects(&consented.access).await.is_active();
    });
}

// Making one never touches another.
#[test]
fn beyond_the_limit_it_is_refused_and_nothing_ends() {
    in_both_worlds_with(&["limits.connections_per_user_and_key=1"], async |world| {
        let bot = world.report_bot();
        let consented = bot.is_let_in_by(&world.alice()).await;
        let first = makes(world, world.seed.alice, &order(world)).await.expect("there is room");
        let refused = makes(world, world.seed.alice, &order(world)).await.err();
        assert!(matches!(refused, Some(NotGenerated::TooMany(1))), "{refused:?}");
        bot.is_let_in_by(&world.bob()).await;
        makes(world, world.seed.bob, &order(world)).await.expect("bob has none");
        bot.introspects(first.response.access_token()).await.is_active();
        bot.introspects(&consented.access).await.is_active();
        world.later(2 * HOUR);
        makes(world, world.seed.alice, &order(world)).await.expect("the first has expired");
    });
}

// DESIGN §4.18 and issue part "Tokens": only workspaces that this person may connect as a user of that customer.
#[test]
fn it_is_made_for_exactly_what_its_maker_may_connect() {
    in_both_worlds(async |world| {
        let seed = &world.seed;
        let [_, _, support] = seed.acme.workspaces.as_slice() else { panic!("Acme has three workspaces") };
        let all = order_at(world, &seed.acme);
        for (maker, order) in [
            (seed.bob, TokenOrder { workspaces: vec![*support], ..all.clone() }),
            (seed.bob, all.clone()),
            (seed.dave, all.clone()),
            (seed.alice, TokenOrder { customer: seed.globex.id, ..all.clone() }),
            (seed.alice, TokenOrder { workspaces: vec![], ..all.clone() }),
            (seed.carol, TokenOrder { environment: all.environment.clone(), ..order_at(world, &seed.initech) }),
        ] {
            let refused = makes(world, maker, &order).await.err();
            assert!(matches!(refused, Some(NotGenerated::WorkspacesClosed)), "{order:?}: {refused:?}");
        }
        let refused = makes(world, seed.alice, &TokenOrder { key: seed.other_bot.id, ..all.clone() }).await.err();
        assert!(matches!(refused, Some(NotGenerated::NoSuchKey)), "{refused:?}");
        for scopes in ["", "reports.read reports.delete"] {
            let order = TokenOrder { scopes: scopes.parse().expect("scopes"), ..all.clone() };
            let refused = makes(world, seed.alice, &order).await.err();
            assert!(matches!(refused, Some(NotGenerated::ScopesTooWide)), "{refused:?}");
        }
        for lifetime in [Duration::ZERO, 91 * DAY] {
            let refused = makes(world, seed.alice, &TokenOrder { lifetime, ..all.clone() }).await.err();
            assert!(matches!(refused, Some(NotGenerated::LifetimeRefused)), "{refused:?}");
        }
        for label in ["", "two\nlines", &"long".repeat(16)] {
            let refused = makes(world, seed.alice, &TokenOrder { label: label.to_owned(), ..all.clone() }).await.err();
            assert!(matches!(refused, Some(NotGenerated::Label(_))), "{refused:?}");
        }
        let prod2 = order_at(world, &seed.initech);
        let made = makes(world, seed.carol, &prod2).await.expect("carol may, there");
        world.report_bot().at("/prod2").introspects(made.response.access_token()).await.is_active();
    });
}

// DESIGN §1: every end writes the log; older access tokens die within 1 s.
#[test]
fn whatever_ends_connections_ends_it() {
    in_both_worlds(async |world| {
        let (bot, registry) = (world.report_bot(), world.registry());
        let make = async || makes(world, world.seed.alice, &order(world)).await.expect("alice may");
        let dies = async |made: &GeneratedToken| {
            world.knows().await;
            bot.introspects(made.response.access_token()).await.is_inactive();
            let refresh = made.response.refresh_token().expect("there is one");
            assert_eq!(bot.refreshes(refresh).await.status, 400);
        };
        let ended = make().await;
        let app = permitted(world, world.seed.alice).await;
        registry.end_connection_of_app(&app, ended.connection.id, EndedBy::Developer).await.expect("it is its app's");
        dies(&ended).await;
        let revoked = make().await;
        bot.revokes(revoked.response.refresh_token().expect("there is one")).await;
        dies(&revoked).await;
        let lost = make().await;
        registry.remove_membership(&operator(), world.seed.alice, world.seed.acme.id).await.expect("she was a member");
        dies(&lost).await;
        let refused = makes(world, world.seed.alice, &order(world)).await.err();
        assert!(matches!(refused, Some(NotGenerated::WorkspacesClosed)), "{refused:?}");
    });
}

#[test]
fn it_ends_with_its_key() {
    in_both_worlds(async |world| {
        let made = makes(world, world.seed.alice, &order(world)).await.expect("alice may");
        world.registry().revoke_key(&operator(), world.seed.report_bot.id).await.expect("it was active");
        world.knows().await;
        let refused = makes(world, world.seed.alice, &order(world)).await.err();
        assert!(matches!(refused, Some(NotGenerated::Obstacle(Obstacle::Unusable))), "{refused:?}");
        let id = made.connection.id;
        let stored = world.replica(0).state.protocol.connections.find(id).await.expect("the store answers").value;
        assert!(matches!(stored.and_then(|row| row.ended), Some((_, EndedBy::KeyRevoked))));
    });
}

// DESIGN §1: what it reaches is what was chosen and may still be connected; scopes are the app's today.
#[test]
fn what_was_taken_away_since_is_not_in_the_next_token() {
    in_both_worlds(async |world| {
        let order = TokenOrder {
            workspaces: world.seed.acme.workspaces.iter().take(2).copied().collect(),
            scopes: "reports.read reports.write".parse().expect("scopes"),
            ..order(world)
        };
        let made = makes(world, world.seed.bob, &order).await.expect("bob may");
        let kept = world.seed.acme.workspaces.iter().skip(1).take(1).copied().collect::<Vec<_>>();
        crate::world::join(world.registry(), world.seed.bob, &world.seed.acme, Role::Connector, &kept).await;
        let app = permitted(world, world.seed.bob).await;
        let fewer = AppEdit::Scopes("reports.read".parse().expect("a scope"));
        world.registry().edit_app(&operator(), app.id, None, vec![fewer]).await.expect("the edit is good");
        world.knows().await;
        let refreshed =
            world.report_bot().refreshes(made.response.refresh_token().expect("there is one")).await.tokens();
        assert_eq!((refreshed.workspaces(), refreshed.scope()), (vec!["Sales".to_owned()], "reports.read"));
    });
}

// PROTOCOL, "mTLS": *Required* gives no token without a registered certificate.
#[test]
fn where_tokens_are_bound_to_certificates_none_is_made_by_hand() {
    in_both_worlds(async |world| {
        let app = permitted(world, world.seed.alice).await;
        let optional = AppEdit::MutualTls(MutualTls::Optional);
        let app = world.registry().edit_app(&operator(), app.id, None, vec![optional]).await.expect("the edit is good");
        world.knows().await;
        makes(world, world.seed.alice, &order(world)).await.expect("a secret is enough while it is optional");
        for kind in [KeyKind::Certificate, KeyKind::CertificateAndSecret] {
            let draft = KeyDraft { app: app.id, label: "Bound".into(), kind, environments: None, expires_at: None };
            let key = world.registry().create_key(&operator(), draft).await.expect("the draft is good").key.id;
            world.knows().await;
            let refused = makes(world, world.seed.alice, &TokenOrder { key, ..order(world) }).await.err();
            assert!(matches!(refused, Some(NotGenerated::Obstacle(Obstacle::CertificateNeeded))), "{refused:?}");
        }
    });
}

// DESIGN, decision 2: public clients' refresh tokens rotate, whoever made the first.
#[test]
fn the_refresh_token_of_a_public_key_rotates() {
    in_both_worlds(async |world| {
        let order = TokenOrder { key: world.seed.pocket.id, ..order(world) };
        let made = makes_for(world, &world.seed.pocket, world.seed.alice, &order).await.expect("alice may");
        let first = made.response.refresh_token().expect("there is one").to_owned();
        let second = world.pocket().refreshes(&first).await.tokens();
        assert_ne!(second.refresh, first);
        world.later(HOUR / 2);
        world.pocket().refreshes(&first).await.fails_with(400, "invalid_grant").because("refresh_used");
    });
}

// The lifetime that was asked for, and no token beyond it.
#[test]
fn it_ends_when_it_was_asked_to() {
    in_both_worlds(async |world| {
        let lifetime = HOUR + HOUR / 2;
        let made = makes(world, world.seed.alice, &TokenOrder { lifetime, ..order(world) }).await.expect("alice may");
        let refresh = made.response.refresh_token().expect("there is one");
        world.later(HOUR);
        let last = world.report_bot().refreshes(refresh).await.tokens();
        assert_eq!(last.body["expires_in"], 1800);
        world.later(HOUR / 2);
        world.report_bot().refreshes(refresh).await.fails_with(400, "invalid_grant");
    });
}

// Regenerate Token: the old one goes on for a day, and no longer.
#[test]
fn one_that_is_phased_out_lives_until_then() {
    in_both_worlds(async |world| {
        let lifetime = 30 * DAY;
        let made = makes(world, world.seed.alice, &TokenOrder { lifetime, ..order(world) }).await.expect("alice may");
        let app = permitted(world, world.seed.alice).await;
        let end = made.connection.created_at + DAY;
        world.registry().phase_out_connection(&app, made.connection.id, end).await.expect("it is its app's");
        world.knows().await;
        let refresh = made.response.refresh_token().expect("there is one");
        world.report_bot().introspects(made.response.access_token()).await.is_active();
        world.later(23 * HOUR + HOUR / 2);
        assert_eq!(world.report_bot().refreshes(refresh).await.tokens().body["expires_in"], 1800);
        world.later(HOUR / 2);
        world.report_bot().refreshes(refresh).await.fails_with(400, "invalid_grant");
    });
}

// DESIGN §4.18: an app whose publisher nobody verified has few users, whoever lets them in.
#[test]
fn an_unverified_publisher_gets_no_more_users_by_hand() {
    in_both_worlds_with(&["limits.users_of_unverified_app=1"], async |world| {
        let app = permitted(world, world.seed.alice).await;
        let unverified = vec![AppEdit::PublisherVerified(false)];
        world.registry().edit_app(&operator(), app.id, None, unverified).await.expect("the edit is good");
        world.knows().await;
        makes(world, world.seed.alice, &order(world)).await.expect("the first user");
        let refused = makes(world, world.seed.bob, &order(world)).await.err();
        assert!(matches!(refused, Some(NotGenerated::TooManyUsers)), "{refused:?}");
    });
}

/// One workspace of Acme, for an hour, with the report bot's key.
fn order(world: &World) -> TokenOrder {
    let order = order_at(world, &world.seed.acme);
    TokenOrder { workspaces: order.workspaces.iter().take(1).copied().collect(), ..order }
}

/// All workspaces of a customer.
fn order_at(world: &World, customer: &CustomerCard) -> TokenOrder {
    TokenOrder {
        environment: customer.environment.clone(),
        key: world.seed.report_bot.id,
        customer: customer.id,
        workspaces: customer.workspaces.clone(),
        scopes: "reports.read".parse().expect("a scope"),
        lifetime: HOUR,
        label: "Zapier test".to_owned(),
    }
}

async fn makes(world: &World, maker: UserId, order: &TokenOrder) -> Result<GeneratedToken, NotGenerated> {
    makes_for(world, &world.seed.report_bot, maker, order).await
}

async fn makes_for(
    world: &World,
    card: &Card,
    maker: UserId,
    order: &TokenOrder,
) -> Result<GeneratedToken, NotGenerated> {
    let app = permitted_of(world, card, maker).await;
    world.replica(0).state.protocol.generate_token(&app, order, &mut Trail::default()).await
}

async fn permitted(world: &World, maker: UserId) -> Permitted<App> {
    permitted_of(world, &world.seed.report_bot, maker).await
}

/// The app, for somebody who is made an admin of its team.
async fn permitted_of(world: &World, card: &Card, user: UserId) -> Permitted<App> {
    let registry = world.registry();
    let member = TeamMember { team: client_registry::OPERATOR_TEAM, user, permissions: TeamRole::Admin.permissions() };
    registry.set_team_member(&Authority::operator(), member).await.expect("the team is there");
    let authority = registry.authority(user, None).await.expect("the store answers");
    registry.permit_app(&authority, card.app, Permission::GenerateToken).await.expect("an admin may")
}
