//! A connection never gives more than its user has now.

use domain::{EndedBy, Role};
use serde_json::json;

use crate::world::{Tokens, World, create_workspaces, in_both_worlds, join, operator};

async fn bot_of_alice(world: &World) -> Tokens {
    world.report_bot().is_let_in_by(&world.alice()).await
}

// DESIGN §1: the workspaces are the intersection of what was ticked and what the user may connect today.
#[test]
fn a_reduced_role_gives_fewer_workspaces_at_the_next_refresh() {
    in_both_worlds(async |world| {
        let tokens = bot_of_alice(world).await;
        let (acme, bot) = (&world.seed.acme, world.report_bot());
        join(world.registry(), world.seed.alice, acme, Role::Connector, acme.workspaces.get(..1).unwrap_or_default())
            .await;
        world.knows().await;
        let smaller = bot.refreshes(&tokens.refresh).await.tokens();
        assert_eq!(smaller.workspaces(), ["Marketing"]);
        assert_eq!(smaller.claims()["workspaces"], json!(acme.workspaces.get(..1)));
    });
}

// DESIGN §1, promise S10: older access tokens end, within 1 s.
#[test]
fn a_reduced_role_ends_older_access_tokens() {
    in_both_worlds(async |world| {
        let tokens = bot_of_alice(world).await;
        let acme = &world.seed.acme;
        join(world.registry(), world.seed.alice, acme, Role::Connector, acme.workspaces.get(..1).unwrap_or_default())
            .await;
        world.knows().await;
        world.report_bot().introspects(&tokens.access).await.is_inactive();
    });
}

// DESIGN §1: empty → invalid_grant, access_lost.
#[test]
fn a_user_who_may_connect_nothing_any_more_ends_the_connection() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        join(world.registry(), world.seed.alice, &world.seed.acme, Role::Member, &[]).await;
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("access_lost");
    });
}

// DESIGN §1: an end is an end; a role that comes back opens a new connection, not the old one.
#[test]
fn a_connection_that_lost_its_access_does_not_come_back() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        join(world.registry(), world.seed.alice, &world.seed.acme, Role::Member, &[]).await;
        join(world.registry(), world.seed.alice, &world.seed.acme, Role::Admin, &[]).await;
        world.knows().await;
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("access_lost");
        bot.is_let_in_by(&world.alice()).await;
    });
}

// DESIGN §1: removing one workspace ends older access tokens and leaves the refresh token alive.
#[test]
fn a_removed_workspace_leaves_the_refresh_token_alive() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        let connection = tokens.connection().parse().expect("a connection's id");
        let marketing = *world.seed.acme.workspaces.first().expect("Acme has three");
        let (by, registry) = (operator(), world.registry());
        let removed = registry.remove_connection_workspace(&by, connection, marketing, EndedBy::User);
        removed.await.expect("it is one of the connection's");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        assert_eq!(bot.refreshes(&tokens.refresh).await.tokens().workspaces(), ["Sales", "Support"]);
    });
}

// DESIGN §1
#[test]
fn removing_the_last_workspace_ends_the_connection() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let tokens = bot.is_let_in_by(&alice.of(&world.seed.globex)).await;
        let connection = tokens.connection().parse().expect("a connection's id");
        let research = *world.seed.globex.workspaces.first().expect("Globex has one");
        let (by, registry) = (operator(), world.registry());
        let removed = registry.remove_connection_workspace(&by, connection, research, EndedBy::User);
        removed.await.expect("it is the connection's");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
    });
}

// DESIGN §1
#[test]
fn a_workspace_that_the_customer_removed_is_reached_no_longer() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        let sales = *world.seed.acme.workspaces.get(1).expect("Acme has three");
        world.registry().remove_workspace(&operator(), world.seed.acme.id, sales).await.expect("it is there");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        assert_eq!(bot.refreshes(&tokens.refresh).await.tokens().workspaces(), ["Marketing", "Support"]);
    });
}

// DESIGN §1: what was not ticked is not given, however much the user may.
#[test]
fn a_workspace_made_later_is_not_given_to_an_earlier_connection() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        create_workspaces(world.registry(), world.seed.acme.id, &["Later"]).await;
        world.knows().await;
        assert_eq!(bot.refreshes(&tokens.refresh).await.tokens().workspaces(), ["Marketing", "Sales", "Support"]);
    });
}

// DESIGN §1
#[test]
fn a_connectors_code_gives_only_what_the_connector_may() {
    in_both_worlds(async |world| {
        // The pages offer no more; a code that says more gives no more either.
        let tokens = world.report_bot().is_let_in_by(&world.bob()).await;
        assert_eq!(tokens.workspaces(), ["Marketing", "Sales"]);
    });
}

// DESIGN §1: a user who was shut out.
#[test]
fn a_disabled_users_access_tokens_end() {
    in_both_worlds(async |world| {
        let (tokens, bot) = (bot_of_alice(world).await, world.report_bot());
        world.registry().set_user_enabled(&operator(), world.seed.alice, false).await.expect("she is there");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
    });
}

// DESIGN, decision 17: at most 20 in a token, then their number; introspection answers membership.
#[test]
fn beyond_twenty_workspaces_a_token_says_how_many() {
    in_both_worlds(async |world| {
        let names: Vec<String> = (0..21).map(|n| format!("Team {n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let customer = crate::world::create_customer(world.registry(), "default", "Hooli", &names).await;
        join(world.registry(), world.seed.alice, &customer, Role::Admin, &[]).await;
        world.knows().await;
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice().of(&customer)).await;
        let claims = tokens.claims();
        assert_eq!((claims.get("workspaces"), &claims["workspaces_count"]), (None, &json!(21)));
        assert_eq!(tokens.workspaces().len(), 21);
        let last = customer.workspaces.last().expect("there are 21").to_string();
        let asked = bot.posts("introspect", &[("token", &tokens.access), ("workspace", &last)]).await;
        assert_eq!(asked.is_active()["workspace_member"], json!(true));
    });
}

// DESIGN, decision 17: answers list at most 100 names, and say where all are.
#[test]
fn beyond_a_hundred_workspaces_an_answer_says_where_they_are_listed() {
    in_both_worlds(async |world| {
        let names: Vec<String> = (0..205).map(|n| format!("Team {n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let customer = crate::world::create_customer(world.registry(), "default", "Hooli", &names).await;
        join(world.registry(), world.seed.alice, &customer, Role::Admin, &[]).await;
        world.knows().await;
        let bot = world.report_bot();
        let code = world.alice().of(&customer).authorizes(&bot).await;
        let answer = bot.redeems(&code).await;
        let body = answer.json();
        assert_eq!((body["workspaces"].as_array().map(Vec::len), &body["workspaces_count"]), (Some(100), &json!(205)));
        let connection = answer.tokens().connection();
        let place = format!("{}/oauth/connections/{connection}/workspaces", world.issuer(""));
        assert_eq!(body["workspaces_uri"], json!(place));
        let mut seen = std::collections::BTreeSet::new();
        let mut cursor: Option<String> = None;
        for length in [100, 100, 5] {
            let page = bot.lists_workspaces(&connection, cursor.as_deref()).await.json();
            let listed = page["workspaces"].as_array().expect("a list");
            assert_eq!(listed.len(), length);
            seen.extend(listed.iter().map(|workspace| workspace["id"].to_string()));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!((seen.len(), cursor), (205, None));
        let listed = bot.lists_connections(None).await.json();
        assert_eq!(listed["connections"][0]["workspaces_uri"], json!(place));
        for (asker, connection) in [(&bot, "con_0"), (&world.other_bot(), connection.as_str())] {
            let refused = asker.lists_workspaces(connection, None).await;
            refused.fails_with(400, "invalid_request").because("connection_unknown");
        }
    });
}
