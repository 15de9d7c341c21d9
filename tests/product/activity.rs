//! What is written down: attempts as activity, changes as audit.

use client_registry::AppEdit;
use storage::{ActivityFilter, ActivityLog as _, ActivityRow, AuditRow};

use crate::world::{Answer, Client, World, basic, in_both_worlds, operator};

async fn activity_of(world: &World, client: &Client<'_>) -> Vec<ActivityRow> {
    world.writes_what_waits().await;
    let filter = ActivityFilter { key: Some(client.card.id), ..ActivityFilter::default() };
    world.replica(0).store.activity(&filter, 1000).await.expect("the database answers")
}

async fn audit_of(world: &World, target: &str) -> Vec<AuditRow> {
    world.replica(0).store.audit(Some(target), 100).await.expect("the database answers")
}

// DESIGN, decision 14: refusals after authentication are kept one by one.
#[test]
fn every_refusal_after_authentication_is_a_row_with_its_reason_and_request() {
    in_both_worlds(async |world| {
        let bot = world.other_bot();
        let mut requests = Vec::new();
        for _ in 0..5 {
            let answer = bot.acts_alone(&[]).await;
            requests.push(answer.json()["request_id"].as_str().unwrap_or_default().to_owned());
        }
        let rows = activity_of(world, &bot).await;
        let mut told: Vec<String> = rows
            .iter()
            .filter(|row| row.refusal.as_deref() == Some("client_credentials_off"))
            .filter_map(|row| row.request.map(|id| id.to_string()))
            .collect();
        told.sort();
        requests.sort();
        assert_eq!(told, requests);
    });
}

// DESIGN, decision 14: what a request changed is found by the id that its client was told.
#[test]
fn what_a_client_made_and_ended_is_on_record_with_its_request() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let made = bot.redeems(&code).await;
        let connection = made.tokens().body["connection_id"].as_str().unwrap_or_default().to_owned();
        let ended = bot.revokes(&made.tokens().refresh).await;
        let records = audit_of(world, &connection).await;
        for (action, answer) in [("connection.made", &made), ("connection.ended", &ended)] {
            let record = records.iter().find(|record| record.action == action).expect("it is on record");
            let request = record.request.map(|id| id.to_string());
            assert_eq!(request.as_deref(), Some(answer.header("x-request-id")), "{action}");
        }
    });
}

// DESIGN, decision 14: failures before authentication are counted, the first 3 kept whole.
#[test]
fn strangers_cannot_fill_a_keys_activity() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        for _ in 0..20 {
            bot.with_secret(world.other_bot().secret()).acts_alone(&[]).await.fails_with(401, "invalid_client");
        }
        let rows = activity_of(world, &bot).await;
        let wrong: Vec<_> = rows.iter().filter(|row| row.refusal.as_deref() == Some("secret_wrong")).collect();
        assert_eq!((wrong.len(), wrong.iter().map(|row| row.count).sum::<u64>()), (4, 20), "{rows:?}");
    });
}

// EXPERIENCE, "Developer console": an attempt is attributed to the key it names, however early it was refused.
#[test]
fn the_commonest_mistakes_are_found_by_the_id_that_the_client_was_told() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let header = || basic(&bot.id(), bot.secret());
        let form = || bot.post("token").header("content-type", "application/x-www-form-urlencoded");
        let mistyped = basic(&bot.id(), bot.secret().get(..20).expect("longer"));
        let (id, secret) = (bot.id(), bot.secret().to_owned());
        let mistakes = [
            ("secret_malformed", form().header("authorization", mistyped).body("grant_type=client_credentials")),
            ("json_body", bot.post("token").header("authorization", header()).body("{\"grant_type\":\"x\"}")),
            ("parameter_repeated", form().header("authorization", header()).body("grant_type=a&grant_type=b")),
            ("parameter_repeated", form().body(format!("client_id={id}&scope=a&scope=b"))),
            (
                "two_authentication_methods",
                form().header("authorization", header()).body(format!("client_secret={secret}")),
            ),
            (
                "credentials_in_query",
                bot.post(&format!("token?client_secret={secret}"))
                    .header("authorization", header())
                    .body("grant_type=x")
                    .header("content-type", "application/x-www-form-urlencoded"),
            ),
        ];
        for (reason, request) in mistakes {
            let answer = Answer::to(request).await;
            let told = answer.json()["request_id"].as_str().unwrap_or_default().to_owned();
            let rows = activity_of(world, &bot).await;
            let row = rows.iter().find(|row| row.request.is_some_and(|id| id.to_string() == told));
            assert_eq!(row.and_then(|row| row.refusal.as_deref()), Some(reason), "{answer:?}");
        }
    });
}

// DESIGN, decision 14: successes are merged.
#[test]
fn successes_are_one_row_with_their_number() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        for _ in 0..30 {
            bot.acts_alone(&[]).await.tokens();
        }
        let rows = activity_of(world, &bot).await;
        let good: Vec<_> = rows.iter().filter(|row| row.refusal.is_none()).collect();
        assert_eq!(
            good.iter().map(|row| (row.grant.as_str(), row.count)).collect::<Vec<_>>(),
            [("client_credentials", 30)]
        );
    });
}

// DESIGN, decision 2: three repeats of one rotation, an event for the owner.
#[test]
fn a_refresh_in_the_grace_is_an_event_for_the_owner() {
    in_both_worlds(async |world| {
        let pocket = world.pocket();
        let first = pocket.is_let_in_by(&world.alice()).await;
        pocket.refreshes(&first.refresh).await.tokens();
        pocket.refreshes(&first.refresh).await.tokens();
        let rows = activity_of(world, &pocket).await;
        assert!(rows.iter().any(|row| row.detail == "refresh_grace" && row.refusal.is_none()), "{rows:?}");
    });
}

// DESIGN, decision 14: consents and removals are written in the transaction that makes them.
#[test]
fn a_connections_life_is_in_the_audit_trail() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        bot.revokes(&tokens.refresh).await;
        let rows = audit_of(world, &tokens.connection()).await;
        let mut actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
        actions.sort_unstable();
        assert_eq!(actions, ["connection.ended", "connection.made"]);
    });
}

// DESIGN, decision 14: no record, no change.
#[test]
fn every_change_of_an_app_and_its_keys_has_its_record() {
    in_both_worlds(async |world| {
        let (bot, by, registry) = (world.report_bot(), operator(), world.registry());
        let edits = vec![AppEdit::Name("Report Robot".to_owned())];
        registry.edit_app(&by, bot.card.app, None, edits).await.expect("the edit is good");
        let secret = registry.add_secret(&by, bot.card.id, None).await.expect("there is room").secret.id;
        registry.revoke_secret(&by, bot.card.id, secret, true).await.expect("it is there");
        registry.revoke_key(&by, bot.card.id).await.expect("it is there");
        registry.delete_app(&by, bot.card.app).await.expect("it is there");
        let targets = [
            (bot.card.app.to_string(), vec!["app.created", "app.deleted", "app.edited"]),
            (bot.card.id.to_string(), vec!["key.created", "key.revoked"]),
            (secret.to_string(), vec!["secret.created", "secret.revoked"]),
        ];
        for (target, expected) in targets {
            let rows = audit_of(world, &target).await;
            let mut actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
            actions.sort_unstable();
            assert_eq!(actions, expected, "{rows:?}");
        }
    });
}

// Promise S13, also at rest.
#[test]
fn neither_activity_nor_audit_holds_a_secret_or_token() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let tokens = bot.redeems(&code).await.tokens();
        bot.redeems(&code).await.fails_with(400, "invalid_grant");
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant");
        let activity = format!("{:?}", activity_of(world, &bot).await);
        let audit = world.replica(0).store.audit(None, 1000).await.expect("the database answers");
        let written = format!("{activity}{audit:?}");
        for hidden in [bot.secret(), &code.text, &tokens.access, &tokens.refresh] {
            assert!(!written.contains(hidden), "found what must be hidden");
        }
    });
}
