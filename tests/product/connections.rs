//! Connections: one key, many customers, all alive side by side; the list a key has of them.

use std::collections::HashSet;

use domain::EndedBy;

use crate::world::{Answer, basic, in_both_worlds, in_both_worlds_with, operator};

// DESIGN §2: any number of connections per key, each revocable alone.
#[test]
fn a_second_connection_does_not_end_the_first() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let acme = bot.is_let_in_by(&alice).await;
        let globex = bot.is_let_in_by(&alice.of(&world.seed.globex)).await;
        let again = bot.is_let_in_by(&alice).await;
        for tokens in [&acme, &globex, &again] {
            bot.introspects(&tokens.access).await.is_active();
            bot.refreshes(&tokens.refresh).await.tokens();
        }
        assert_ne!(acme.body["customer"], globex.body["customer"]);
    });
}

// DESIGN §1
#[test]
fn ending_one_connection_leaves_the_others_alive() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let acme = bot.is_let_in_by(&alice).await;
        let globex = bot.is_let_in_by(&alice.of(&world.seed.globex)).await;
        let id = acme.connection().parse().expect("a connection's id");
        world.registry().end_connection(&operator(), id, EndedBy::User).await.expect("it is there");
        world.knows().await;
        bot.introspects(&acme.access).await.is_inactive();
        bot.introspects(&globex.access).await.is_active();
        bot.refreshes(&globex.refresh).await.tokens();
    });
}

// DESIGN §5: at most 20 live per user and key, the longest idle ends first.
#[test]
fn beyond_the_limit_the_longest_idle_connection_ends() {
    in_both_worlds_with(&["limits.connections_per_user_and_key=2"], async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(bot.is_let_in_by(&alice).await);
            world.later(std::time::Duration::from_secs(1));
        }
        world.knows().await;
        let [first, second, third] = made.as_slice() else { panic!("three were made") };
        bot.introspects(&first.access).await.is_inactive();
        bot.refreshes(&first.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
        bot.introspects(&second.access).await.is_active();
        bot.introspects(&third.access).await.is_active();
    });
}

// Issue part 4: GET /oauth/connections, client authentication, cursor, 100 a page.
#[test]
fn the_list_holds_every_connection_once_over_its_pages() {
    in_both_worlds_with(&["limits.connections_per_user_and_key=1000"], async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let mut made = HashSet::new();
        for _ in 0..103 {
            made.insert(bot.is_let_in_by(&alice).await.connection());
        }
        let first = bot.lists_connections(None).await.json();
        let cursor = first["next_cursor"].as_str().expect("there are more than a page").to_owned();
        let second = bot.lists_connections(Some(&cursor)).await.json();
        assert!(second.get("next_cursor").is_none(), "{second}");
        let ids = |page: &serde_json::Value| {
            let listed = page["connections"].as_array().cloned().unwrap_or_default();
            listed.iter().map(|one| one["connection_id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((ids(&first).len(), ids(&second).len()), (100, 3));
        assert_eq!(ids(&first).into_iter().chain(ids(&second)).collect::<HashSet<_>>(), made);
    });
}

// Issue part 4
#[test]
fn a_listed_connection_says_whose_it_is_and_how_it_stands() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let tokens = bot.is_let_in_by(&alice).await;
        let listed = &bot.lists_connections(None).await.json()["connections"][0];
        assert_eq!(listed["connection_id"].as_str(), Some(tokens.connection().as_str()));
        assert_eq!((&listed["customer_name"], &listed["state"]), (&"Acme".into(), &"active".into()));
        assert_eq!(listed["workspaces"], tokens.body["workspaces"]);
        bot.revokes(&tokens.refresh).await;
        world.knows().await;
        let ended = &bot.lists_connections(None).await.json()["connections"][0];
        assert_eq!((&ended["state"], &ended["ended_because"]), (&"ended".into(), &"by the developer".into()));
    });
}

// DESIGN §1: one key never sees another's, nor those of another environment.
#[test]
fn a_key_lists_its_own_connections_of_this_environment_alone() {
    in_both_worlds(async |world| {
        world.report_bot().is_let_in_by(&world.alice()).await;
        for client in [world.other_bot(), world.report_bot().at("/prod2")] {
            let page = client.lists_connections(None).await.json();
            assert_eq!(page["connections"].as_array().map(Vec::len), Some(0), "{page}");
        }
    });
}

// PROTOCOL, "Everywhere"
#[test]
fn a_cursor_that_is_not_ours_is_refused() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().lists_connections(Some("nonsense")).await;
        answer.fails_with(400, "invalid_request").because("parameter_malformed");
    });
}

// Issue part 4
#[test]
fn the_list_needs_client_authentication_and_never_in_the_url() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        world.gets("/oauth/connections").await.fails_with(401, "invalid_client");
        let wrong = bot.with_secret(world.other_bot().secret()).lists_connections(None).await;
        wrong.fails_with(401, "invalid_client");
        let in_url = format!("/oauth/connections?client_id={}&client_secret={}", bot.id(), bot.secret());
        world.gets(&in_url).await.fails_with(400, "invalid_request").because("credentials_in_query");
        let public = world.http.get(world.pocket().url("connections"));
        let header = basic(&world.pocket().id(), "");
        Answer::to(public.header("authorization", header)).await.fails_with(401, "invalid_client");
    });
}
