//! What programs change by the management API: each with its permission, its version, and once.

use client_registry::AppDraft;
use domain::{App, ManagedTeams, ManagementScope, TeamId};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::management_api::{is_problem, key_of, sends, team, token};
use crate::world::{Answer, World, create_app, draft, in_both_worlds};

use ManagementScope::{Read, WriteApps, WriteTeams};

fn new_app(team: TeamId, name: &str) -> Value {
    json!({
        "team": team,
        "name": name,
        "description": "Reports every morning",
        "publisher_name": "Bots Ltd",
        "kind": "web",
        "callback_urls": ["https://reportbot.example.com/callback"],
        "environments": ["default"],
        "scopes": ["reports.read"],
    })
}

async fn app_of(world: &World, team: TeamId, name: &str) -> App {
    create_app(world.registry(), &AppDraft { team, ..draft(name, &["default"]) }).await
}

async fn posts(world: &World, token: &str, path: &str, body: &Value) -> Answer {
    sends(world, token, Method::POST, path, Some(body)).await
}

/// A request with a header more.
async fn with(world: &World, token: &str, asked: (Method, &str), header: (&str, &str), body: Option<&Value>) -> Answer {
    let (method, path) = asked;
    let request = world.http.request(method, world.url(0, path)).bearer_auth(token).header(header.0, header.1);
    Answer::to(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

#[test]
fn an_app_is_made_changed_given_away_deleted_and_restored() {
    in_both_worlds(async |world| {
        let (own, other) = (team(world, "Builders").await, team(world, "Others").await);
        let token = token(world, ManagedTeams::Every, &[WriteApps]).await;
        let made = posts(world, &token, "/api/v1/apps", &new_app(own, "Morning Post")).await;
        assert_eq!(made.status, 201, "{made:?}");
        let place = made.header("location").to_owned();
        assert_eq!(made.json()["publisher"], json!({"name": "Bots Ltd", "verified": false}));
        let change = json!({"name": "Evening Post", "support_email": "help@bots.example.com", "callback_urls": []});
        let changed = with(world, &token, (Method::PATCH, &place), ("If-Match", "\"v1\""), Some(&change)).await;
        let body = changed.json();
        assert_eq!((changed.status, changed.header("etag")), (200, "\"v2\""), "{changed:?}");
        assert_eq!((&body["name"], &body["callback_urls"]), (&json!("Evening Post"), &json!([])));
        let native = json!({"kind": "native", "callback_urls": ["com.example.bots:/callback"]});
        let changed = with(world, &token, (Method::PATCH, &place), ("If-Match", "\"v2\""), Some(&native)).await;
        assert_eq!((&changed.json()["kind"], changed.status), (&json!("native"), 200), "{changed:?}");
        let web = json!({"kind": "web"});
        let stays = with(world, &token, (Method::PATCH, &place), ("If-Match", "\"v3\""), Some(&web)).await;
        is_problem(&stays, 422, "field_refused");
        let clear = json!({"support_email": null});
        let cleared = with(world, &token, (Method::PATCH, &place), ("If-Match", "\"v3\""), Some(&clear)).await;
        assert_eq!(cleared.json()["support_email"], Value::Null);
        let transfer = (Method::POST, &*format!("{place}/transfer"));
        let given = with(world, &token, transfer, ("If-Match", "\"v4\""), Some(&json!({"team": other}))).await;
        assert_eq!(given.json()["team"], json!(other), "{given:?}");
        let gone = with(world, &token, (Method::DELETE, &place), ("If-Match", "\"v5\""), None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"connections": 0})), "{gone:?}");
        is_problem(&sends(world, &token, Method::GET, &place, None).await, 404, "not_found");
        let back = sends(world, &token, Method::POST, &format!("{place}/restore"), None).await;
        assert_eq!((back.status, &back.json()["name"]), (200, &json!("Evening Post")), "{back:?}");
        is_problem(&sends(world, &token, Method::POST, &format!("{place}/restore"), None).await, 404, "not_found");
    });
}

// RFC 9110 §13.1.1, RFC 6585 §3
#[test]
fn a_change_of_what_somebody_else_has_changed_is_refused() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let app = app_of(world, own, "Morning Post").await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let place = format!("/api/v1/apps/{}", app.id);
        let name = |name: &str| json!({"name": name});
        is_problem(&sends(world, &token, Method::PATCH, &place, Some(&name("First"))).await, 428, "version_missing");
        let edit = async |tag: &str, to: &str| {
            with(world, &token, (Method::PATCH, &place), ("If-Match", tag), Some(&name(to))).await
        };
        // Of many at once, one is done.
        let all =
            join_all((0..8).map(|number| async move { edit("\"v1\"", &format!("Post {number}")).await.status })).await;
        assert_eq!(all.iter().filter(|status| **status == 200).count(), 1, "{all:?}");
        assert!(all.iter().all(|status| matches!(status, 200 | 412)), "{all:?}");
        for tag in ["\"v1\"", "W/\"v2\"", "v2", "\"v3\""] {
            is_problem(&edit(tag, "Lost").await, 412, "version_stale");
        }
        assert_eq!(edit("\"v1\", \"v2\"", "Kept").await.status, 200);
        assert_eq!(edit("*", "Forced").await.status, 200);
        is_problem(&sends(world, &token, Method::DELETE, &place, None).await, 428, "version_missing");
        is_problem(
            &with(world, &token, (Method::DELETE, &place), ("If-Match", "\"v1\""), None).await,
            412,
            "version_stale",
        );
    });
}

#[test]
fn fifty_requests_with_one_idempotency_key_make_one_app() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let body = new_app(own, "Morning Post");
        let once = ("Idempotency-Key", "4d0c");
        let create = async || with(world, &token, (Method::POST, "/api/v1/apps"), once, Some(&body)).await;
        let answers = join_all((0..50).map(|_| create())).await;
        for answer in &answers {
            assert!(matches!(answer.status, 201 | 409), "{answer:?}");
        }
        let page = sends(world, &token, Method::GET, "/api/v1/apps", None).await.json();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
        let first = answers.iter().find(|answer| answer.status == 201).expect("one made it");
        let again = create().await;
        assert_eq!((again.status, again.json()), (201, first.json()));
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.header("location"), first.header("location"));
        let other = new_app(own, "Another Post");
        let reused = with(world, &token, (Method::POST, "/api/v1/apps"), once, Some(&other)).await;
        is_problem(&reused, 422, "idempotency_key_reused");
        for bad in ["", "a b", &"x".repeat(256)] {
            let malformed = with(world, &token, (Method::POST, "/api/v1/apps"), (once.0, bad), Some(&body)).await;
            is_problem(&malformed, 400, "parameter_malformed");
        }
        // A request that was refused made nothing, and its key is free.
        let key = ("Idempotency-Key", "5e1d");
        let bad = new_app(own, "x");
        is_problem(&with(world, &token, (Method::POST, "/api/v1/apps"), key, Some(&bad)).await, 422, "field_refused");
        assert_eq!(with(world, &token, (Method::POST, "/api/v1/apps"), key, Some(&other)).await.status, 201);
    });
}

#[test]
fn a_secret_is_shown_once_though_the_request_is_repeated() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let app = app_of(world, own, "Morning Post").await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let keys = format!("/api/v1/apps/{}/keys", app.id);
        let body = json!({"label": "Main", "kind": "secret"});
        let once = ("Idempotency-Key", "once");
        let made = with(world, &token, (Method::POST, &keys), once, Some(&body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(made.json()["secret"].as_str().is_some_and(|text| text.starts_with("sk_")));
        let again = with(world, &token, (Method::POST, &keys), once, Some(&body)).await;
        let told = is_problem(&again, 409, "already_made");
        assert!(told["detail"].as_str().is_some_and(|text| text.contains(made.header("location"))), "{told}");
        assert!(!again.text.contains("sk_"));
        let listed = sends(world, &token, Method::GET, &keys, None).await;
        assert_eq!(listed.json()["items"].as_array().map(Vec::len), Some(1));
        assert!(!listed.text.contains(made.json()["secret"].as_str().expect("a secret")));
    });
}

#[test]
fn a_key_and_its_secrets_are_rotated_taken_out_of_use_and_revoked() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let app = app_of(world, own, "Morning Post").await;
        let key = key_of(world, &app).await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let place = format!("/api/v1/apps/{}/keys/{}", app.id, key.id);
        let rotated = posts(world, &token, &format!("{place}/secrets/rotate"), &json!({"overlap_seconds": 0})).await;
        assert_eq!(rotated.status, 201, "{rotated:?}");
        let newest = rotated.json()["secret"]["id"].as_str().expect("an id").to_owned();
        let shown = sends(world, &token, Method::GET, &place, None).await.json();
        // Both were made within the same moment, so that either can be the first of the list.
        let secrets = shown["secrets"].as_array().expect("a list");
        let of =
            |is_newest: bool| secrets.iter().find(|one| (one["id"] == newest) == is_newest).map(|one| &one["state"]);
        assert_eq!(
            (secrets.len(), of(true), of(false)),
            (2, Some(&json!("active")), Some(&json!("expired"))),
            "{shown}"
        );
        let added = posts(world, &token, &format!("{place}/secrets"), &json!({})).await;
        assert_eq!(added.status, 201, "{added:?}");
        let secret = format!("{place}/secrets/{newest}");
        let off = sends(world, &token, Method::PATCH, &secret, Some(&json!({"active": false}))).await.json();
        assert!(off["secrets"].as_array().is_some_and(|all| all.iter().any(|one| one["state"] == "inactive")), "{off}");
        let revoked = sends(world, &token, Method::DELETE, &format!("{secret}?end_what_it_obtained=false"), None).await;
        assert_eq!(revoked.status, 200, "{revoked:?}");
        let off = sends(world, &token, Method::PATCH, &place, Some(&json!({"active": false}))).await;
        assert_eq!(off.json()["state"], "inactive");
        assert_eq!(sends(world, &token, Method::DELETE, &place, None).await.status, 200);
        is_problem(&sends(world, &token, Method::DELETE, &place, None).await, 409, "not_possible_now");
        let wrong = json!({"label": "Main", "kind": "public"});
        is_problem(
            &posts(world, &token, &format!("/api/v1/apps/{}/keys", app.id), &wrong).await,
            409,
            "not_possible_now",
        );
        let past = json!({"label": "Main", "kind": "secret", "expires_at": "2001-01-01T00:00:00Z"});
        let told = is_problem(
            &posts(world, &token, &format!("/api/v1/apps/{}/keys", app.id), &past).await,
            422,
            "field_refused",
        );
        assert_eq!(told["errors"][0]["field"], "expires_at");
    });
}

#[test]
fn every_fault_of_an_app_is_told_at_its_field() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let mut draft = new_app(own, "x");
        draft["callback_urls"] = json!(["http://evil.example.com/cb"]);
        draft["scopes"] = json!(["countersign.read"]);
        let told = is_problem(&posts(world, &token, "/api/v1/apps", &draft).await, 422, "field_refused");
        let fields: Vec<_> = told["errors"].as_array().expect("errors").iter().map(|error| &error["field"]).collect();
        for field in ["name", "callback_urls", "scopes"] {
            assert!(fields.contains(&&json!(field)), "{told}");
        }
    });
}

#[test]
fn certificates_are_registered_and_mutual_tls_is_tried_before_it_is_required() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let app = app_of(world, own, "Morning Post").await;
        key_of(world, &app).await;
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let (place, pem) = (format!("/api/v1/apps/{}", app.id), testkit::Issued::self_signed("Morning Post").pem());
        let inspected = posts(world, &token, "/api/v1/certificate-inspections", &json!({"pem": pem})).await;
        assert_eq!(inspected.status, 200, "{inspected:?}");
        let mode = async |tag: &str, body: Value| {
            with(world, &token, (Method::PUT, &format!("{place}/mutual-tls")), ("If-Match", tag), Some(&body)).await
        };
        is_problem(&mode("*", json!({"mode": "required"})).await, 409, "not_possible_now");
        let added = posts(world, &token, &format!("{place}/certificates"), &json!({"pem": pem})).await;
        assert_eq!((added.status, &added.json()["thumbprint"]), (201, &inspected.json()["thumbprint"]), "{added:?}");
        let twice = posts(world, &token, &format!("{place}/certificates"), &json!({"pem": pem})).await;
        is_problem(&twice, 409, "exists_already");
        for bad in [
            json!({}),
            json!({"pem": testkit::Issued::self_signed("Morning Post").key_pem()}),
            json!({"pem": pem, "name": {"kind": "dns", "value": "a.b"}}),
        ] {
            is_problem(&posts(world, &token, &format!("{place}/certificates"), &bad).await, 422, "field_refused");
        }
        let tried = mode("*", json!({"mode": "required", "dry_run": true})).await;
        assert_eq!((tried.status, &tried.json()["mode"]), (200, &json!("off")), "{tried:?}");
        assert_eq!(mode("*", json!({"mode": "required"})).await.json()["mode"], "required");
        let certificate = added.header("location");
        is_problem(&sends(world, &token, Method::DELETE, certificate, None).await, 409, "not_possible_now");
        let forced = sends(world, &token, Method::DELETE, &format!("{certificate}?force=true"), None).await;
        assert_eq!(forced.status, 200, "{forced:?}");
    });
}

#[test]
fn connections_are_asked_for_and_ended() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let app = app_of(world, own, "Morning Post").await;
        let card = key_of(world, &app).await;
        let bot = world.client(card.clone());
        let token = token(world, ManagedTeams::One(own), &[WriteApps]).await;
        let key = format!("/api/v1/apps/{}/keys/{}", app.id, card.id);
        let asked =
            posts(world, &token, &format!("{key}/connection-requests"), &json!({"customer": world.seed.acme.id})).await;
        assert_eq!((asked.status, &asked.json()["state"]), (201, &json!("open")), "{asked:?}");
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let listed = sends(world, &token, Method::GET, &format!("{key}/connections"), None).await.json();
        assert_eq!(listed["items"][0]["id"], json!(tokens.connection()));
        let place = format!("/api/v1/apps/{}/connections/{}", app.id, tokens.connection());
        for ended in [1, 0] {
            let answer = sends(world, &token, Method::DELETE, &place, None).await;
            assert_eq!((answer.status, answer.json()), (200, json!({"connections": ended})));
        }
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        // Another team's connection is not to be had by way of one's own app.
        let foreign = world.report_bot().is_let_in_by(&world.alice()).await;
        let place = format!("/api/v1/apps/{}/connections/{}", app.id, foreign.connection());
        is_problem(&sends(world, &token, Method::DELETE, &place, None).await, 404, "not_found");
    });
}

/// Every change, with the scope that it needs, and what it is asked with.
fn changes(app: &App, key: &str, user: &str) -> Vec<(ManagementScope, Method, String, Value)> {
    let (place, team) = (format!("/api/v1/apps/{}", app.id), format!("/api/v1/teams/{}", app.team));
    let of_key = |more: &str| format!("{place}/keys/{key}{more}");
    vec![
        (WriteApps, Method::POST, "/api/v1/apps".to_owned(), new_app(app.team, "Another Post")),
        (WriteApps, Method::PATCH, place.clone(), json!({"name": "Renamed"})),
        (WriteApps, Method::POST, format!("{place}/keys"), json!({"label": "Main", "kind": "secret"})),
        (WriteApps, Method::PATCH, of_key(""), json!({"active": false})),
        (WriteApps, Method::POST, of_key("/secrets"), json!({})),
        (WriteApps, Method::POST, of_key("/secrets/rotate"), json!({})),
        (WriteApps, Method::POST, of_key("/connection-requests"), json!({"customer": "x"})),
        (WriteApps, Method::POST, format!("{place}/certificates"), json!({"pem": "x"})),
        (WriteApps, Method::PUT, format!("{place}/mutual-tls"), json!({"mode": "optional"})),
        (WriteApps, Method::DELETE, of_key(""), Value::Null),
        (WriteApps, Method::POST, format!("{place}/transfer"), json!({"team": app.team})),
        (WriteApps, Method::DELETE, place.clone(), Value::Null),
        (WriteTeams, Method::PATCH, team.clone(), json!({"name": "Renamed"})),
        (WriteTeams, Method::PUT, format!("{team}/members/{user}"), json!({"permissions": ["view"]})),
        (WriteTeams, Method::DELETE, format!("{team}/members/{user}"), Value::Null),
    ]
}

#[test]
fn every_change_needs_its_scope_and_its_team() {
    in_both_worlds(async |world| {
        let (own, other) = (team(world, "Builders").await, team(world, "Others").await);
        let (app, foreign) = (app_of(world, own, "Morning Post").await, app_of(world, other, "Evening Post").await);
        let (key, foreign_key) = (key_of(world, &app).await, key_of(world, &foreign).await);
        let user = world.seed.alice.to_string();
        let ask = async |token: &str, method: &Method, path: &str, body: &Value| {
            let body = (!body.is_null()).then_some(body);
            with(world, token, (method.clone(), path), ("If-Match", "*"), body).await
        };
        for scope in [Read, WriteApps, WriteTeams] {
            let token = token(world, ManagedTeams::One(own), &[scope]).await;
            for (_, method, path, body) in changes(&foreign, &foreign_key.id.to_string(), &user) {
                let answer = ask(&token, &method, &path, &body).await;
                assert!(answer.status == 404, "{scope} of another team: {method} {path}: {answer:?}");
            }
            for (needed, method, path, body) in changes(&app, &key.id.to_string(), &user) {
                if needed != scope {
                    let told = is_problem(&ask(&token, &method, &path, &body).await, 403, "scope_missing");
                    assert!(told["detail"].as_str().is_some_and(|text| text.contains(needed.as_str())), "{told}");
                }
            }
        }
        let page = sends(
            world,
            &token(world, ManagedTeams::Every, &[Read]).await,
            Method::GET,
            &format!("/api/v1/apps/{}", app.id),
            None,
        )
        .await;
        assert_eq!(page.header("etag"), "\"v1\"", "nothing was changed: {page:?}");
        // With the scope each is done, or refused for another reason than the permission.
        for scope in [WriteApps, WriteTeams] {
            let token = token(world, ManagedTeams::One(own), &[scope]).await;
            for (_, method, path, body) in
                changes(&app, &key.id.to_string(), &user).into_iter().filter(|row| row.0 == scope)
            {
                let answer = ask(&token, &method, &path, &body).await;
                assert!(!matches!(answer.status, 401 | 403 | 404 | 405 | 500..), "{method} {path}: {answer:?}");
            }
        }
    });
}

#[test]
fn a_program_lets_nobody_do_what_it_may_not_do_itself() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let token = token(world, ManagedTeams::One(own), &[WriteTeams]).await;
        let member = format!("/api/v1/teams/{own}/members/{}", world.seed.alice);
        let set = async |permissions: Value| {
            sends(world, &token, Method::PUT, &member, Some(&json!({"permissions": permissions}))).await
        };
        assert_eq!(set(json!(["manage_members"])).await.status, 200);
        is_problem(&set(json!(["delete", "manage_members"])).await, 403, "scope_missing");
        is_problem(&set(json!(["generate_token", "manage_members"])).await, 403, "scope_missing");
        is_problem(&sends(world, &token, Method::DELETE, &member, None).await, 409, "not_possible_now");
    });
}
