//! Client credentials act as an unattended connection and write nothing.

use std::time::Duration;

use client_registry::{ApiDraft, AppEdit};
use domain::{EndedBy, Lifetimes, Role, ScopeWords};
use serde_json::json;

use crate::world::{World, environment, in_both_worlds, join, on_shared_stores, operator};

// PROTOCOL, "Token"
#[test]
fn without_an_unattended_connection_the_default_user_is_missing() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().acts_alone(&[]).await;
        answer.fails_with(400, "unauthorized_client").because("default_user_missing");
    });
}

// DESIGN §1: a connection like any other, acting as its user.
#[test]
fn a_token_acts_as_the_user_of_the_unattended_connection() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let connection = bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.acts_alone(&[]).await.tokens();
        assert_eq!(tokens.connection(), connection.id.to_string());
        assert_eq!(tokens.claims()["sub"], serde_json::json!(world.seed.alice));
        assert_eq!(tokens.workspaces(), ["Marketing", "Sales", "Support"]);
    });
}

// DESIGN §1: with several, the request says customer=<id>.
#[test]
fn with_several_customers_the_request_says_which() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        bot.may_act_alone_for(&alice).await;
        bot.may_act_alone_for(&alice.of(&world.seed.globex)).await;
        bot.acts_alone(&[]).await.fails_with(400, "invalid_request").because("customer_required");
        for customer in [&world.seed.acme, &world.seed.globex] {
            let id = customer.id.to_string();
            assert_eq!(bot.acts_alone(&[("customer", &id)]).await.tokens().body["customer"], id.as_str());
        }
    });
}

// PROTOCOL, "Token"
#[test]
fn a_customer_that_did_not_let_the_key_act_alone_is_unknown() {
    in_both_worlds(async |world| {
        let (bot, globex) = (world.report_bot(), world.seed.globex.id.to_string());
        bot.may_act_alone_for(&world.alice()).await;
        for customer in [globex.as_str(), "nonsense"] {
            bot.acts_alone(&[("customer", customer)])
                .await
                .fails_with(400, "invalid_request")
                .because("customer_unknown");
        }
    });
}

// DESIGN §1: one per key and customer.
#[test]
fn a_new_unattended_connection_takes_the_place_of_the_former() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        bot.may_act_alone_for(&alice).await;
        let older = bot.acts_alone(&[]).await.tokens();
        let newer = bot.may_act_alone_for(&alice).await;
        bot.introspects(&older.access).await.is_inactive();
        assert_eq!(bot.acts_alone(&[]).await.tokens().connection(), newer.id.to_string());
    });
}

// Promise S10: the toggle takes effect on tokens that are out.
#[test]
fn switching_client_credentials_off_ends_their_tokens_and_no_others() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let alone = bot.acts_alone(&[]).await.tokens();
        let attended = bot.is_let_in_by(&world.alice()).await;
        let edits = vec![AppEdit::ClientCredentials(false)];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        bot.introspects(&alone.access).await.is_inactive();
        bot.introspects(&attended.access).await.is_active();
        bot.acts_alone(&[]).await.fails_with(400, "unauthorized_client").because("client_credentials_off");
    });
}

// DESIGN §1
#[test]
fn ending_the_unattended_connection_ends_acting_alone() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let connection = bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.acts_alone(&[]).await.tokens();
        let by = operator();
        world.registry().end_connection(&by, connection.id, EndedBy::CustomerAdmin).await.expect("it is there");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        bot.acts_alone(&[]).await.fails_with(400, "unauthorized_client").because("default_user_missing");
    });
}

// DESIGN, decision 9: whatever a replica kept of the token before, the next one says what the records say now. Each step
// changes one record alone: the client's, the connection's, the user's access, the environment's.
#[test]
fn the_next_token_says_what_each_record_says_now() {
    in_both_worlds(async |world| {
        let (bot, by, registry, acme) = (world.report_bot(), operator(), world.registry(), &world.seed.acme);
        let connection = bot.may_act_alone_for(&world.alice()).await;
        let next = async || {
            world.knows().await;
            let tokens = bot.acts_alone(&[]).await.tokens();
            // What is told beside the token is what is in it.
            let detail = &tokens.body["authorization_details"][0];
            assert_eq!(
                (&tokens.claims()["workspaces"], &tokens.claims()["scope"]),
                (&detail["workspaces"], &tokens.body["scope"])
            );
            tokens
        };
        assert_eq!(next().await.workspaces(), ["Marketing", "Sales", "Support"]);
        let edits = vec![AppEdit::Scopes("reports.read".parse().expect("a scope"))];
        registry.edit_app(&by, bot.card.app, None, edits).await.expect("the edit is good");
        assert_eq!(next().await.scope(), "reports.read");
        let life = Lifetimes { access_token: Some(Duration::from_secs(900)), ..Lifetimes::default() };
        registry.edit_app(&by, bot.card.app, None, vec![AppEdit::Lifetimes(life)]).await.expect("the edit is good");
        assert_eq!(next().await.body["expires_in"], 900);
        let marketing = *acme.workspaces.first().expect("Acme has three");
        let removed = registry.remove_connection_workspace(&by, connection.id, marketing, EndedBy::CustomerAdmin);
        removed.await.expect("it is one of the connection's");
        assert_eq!(next().await.workspaces(), ["Sales", "Support"]);
        join(registry, world.seed.alice, acme, Role::Connector, acme.workspaces.get(..2).unwrap_or_default()).await;
        assert_eq!(next().await.workspaces(), ["Sales"]);
        let media = ApiDraft {
            environment: environment("default"),
            name: "Media".to_owned(),
            audience: "https://media.example.com".to_owned(),
            scopes: vec![ScopeWords { scope: "reports.read".parse().expect("a scope"), words: "See media".to_owned() }],
            token_lifetime: Some(Duration::from_secs(600)),
            is_default: true,
        };
        registry.create_api(&by, media).await.expect("the draft is good");
        let last = next().await;
        assert_eq!(
            (&last.claims()["aud"], &last.body["expires_in"]),
            (&json!("https://media.example.com"), &json!(600))
        );
    });
}

// DESIGN §1: no unattended connection of one environment works in another.
#[test]
fn an_unattended_connection_is_its_environments() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let there = bot.at("/prod2").acts_alone(&[]).await;
        there.fails_with(400, "unauthorized_client").because("default_user_missing");
    });
}

// DESIGN, decision 1: client credentials write nothing on the request path. Activity and last-used moments are written
// in batches; every other row keeps its very version.
#[test]
fn five_hundred_tokens_leave_every_row_but_batched_ones_as_it_was() {
    on_shared_stores(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        bot.acts_alone(&[]).await.tokens();
        let before = rows(world);
        for _ in 0..500 {
            bot.acts_alone(&[]).await.tokens();
        }
        world.writes_what_waits().await;
        assert_eq!(rows(world), before);
    });
}

/// A fingerprint of every table that is not written in batches, with the version of each row; of those that are, all
/// but the last-used moments.
fn rows(world: &World) -> Vec<String> {
    let database = world.stores.database();
    let tables = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    let tables = tables.lines().filter(|table| !table.starts_with("activity")).map(|table| {
        let row = match table {
            "connections" | "api_secrets" => "(to_jsonb(t) - 'last_used_at')::text",
            _ => "t.xmin::text || t::text",
        };
        let fingerprint =
            database.rows(&format!("SELECT md5(string_agg({row}, ',' ORDER BY {row})) FROM \"{table}\" t"));
        format!("{table}: {fingerprint}")
    });
    tables.collect()
}
