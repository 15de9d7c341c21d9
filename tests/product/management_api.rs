//! The management API: who may call it, and what of it each caller reaches.

use client_registry::{AppDraft, AppEdit, Authority, CertificateDraft, Holder, KeyDraft, ManagementKeyDraft};
use domain::{App, KeyKind, ManagedTeams, ManagementScope, MutualTls, Permissions, TeamId, TeamMember};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::Value;
use testkit::Issued;
use url::form_urlencoded;

use crate::world::{
    Answer, Card, Client, PROMISE, World, card, create_app, draft, in_both_worlds, operator, over_mutual_tls,
};

use ManagementScope::{Read, WriteApps, WriteTeams};

/// A management key with its app.
pub(super) async fn management_key(world: &World, teams: ManagedTeams, scopes: &[ManagementScope]) -> Card {
    let draft = ManagementKeyDraft {
        label: "Terraform".to_owned(),
        kind: KeyKind::Secret,
        teams,
        scopes: scopes.to_vec(),
        expires_at: None,
        audience: format!("{}/api/v1", world.issuer("")),
    };
    let made = world.registry().create_management_key(&operator(), draft).await.expect("the draft is good");
    world.knows().await;
    let secret = made.key.secret.expect("a key of kind secret");
    Card {
        app: made.key.key.app,
        id: made.key.key.id,
        secret_id: Some(secret.secret.id),
        secret: Some(secret.text.reveal()),
        callback: String::new(),
    }
}

/// An access token of a new management key.
pub(super) async fn token(world: &World, teams: ManagedTeams, scopes: &[ManagementScope]) -> String {
    let card = management_key(world, teams, scopes).await;
    world.client(card).acts_alone(&[]).await.tokens().access
}

pub(super) async fn team(world: &World, name: &str) -> TeamId {
    world.registry().create_team(&operator(), name).await.expect("a good name").id
}

/// A new API key of an app.
pub(super) async fn key_of(world: &World, app: &App) -> Card {
    let (kind, label) = (KeyKind::Secret, "First".to_owned());
    let draft = KeyDraft { app: app.id, label, kind, environments: None, expires_at: None };
    card(app, world.registry().create_key(&operator(), draft).await.expect("the draft is good"))
}

/// A request with this token.
pub(super) async fn sends(world: &World, token: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = world.http.request(method, world.url(0, path)).header(AUTHORIZATION, format!("Bearer {token}"));
    Answer::to(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

async fn gets(world: &World, token: &str, path: &str) -> Answer {
    sends(world, token, Method::GET, path, None).await
}

/// RFC 9457: an answer that is this problem, whose type is in the error catalogue.
#[track_caller]
pub(super) fn is_problem(answer: &Answer, status: u16, code: &str) -> Value {
    let body = answer.json();
    let kind = body["type"].as_str().unwrap_or_default();
    assert_eq!((answer.status, kind.rsplit('#').next()), (status, Some(code)), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(body["request_id"], answer.header("x-request-id"));
    assert_eq!(body["status"], status);
    assert!(body["title"].is_string());
    body
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("a page").iter().filter_map(|item| item["name"].as_str()).collect()
}

#[test]
fn a_key_for_one_team_sees_that_team_and_nothing_else() {
    in_both_worlds(async |world| {
        let (own, other) = (team(world, "Builders").await, team(world, "Others").await);
        let app = create_app(world.registry(), &AppDraft { team: own, ..draft("Morning Post", &["default"]) }).await;
        let foreign =
            create_app(world.registry(), &AppDraft { team: other, ..draft("Evening Post", &["default"]) }).await;
        let (key, foreign_key) = (key_of(world, &app).await, key_of(world, &foreign).await);
        let token = token(world, ManagedTeams::One(own), &[Read]).await;
        assert_eq!(names(&gets(world, &token, "/api/v1/teams").await.json()), ["Builders"]);
        assert_eq!(names(&gets(world, &token, "/api/v1/apps").await.json()), ["Morning Post"]);
        let shown = gets(world, &token, &format!("/api/v1/apps/{}", app.id)).await;
        assert_eq!((shown.status, shown.header("etag")), (200, "\"v1\""));
        let inside = ["", "/keys", "/certificates", "/mutual-tls", "/activity"].map(str::to_owned);
        let of_key = ["", "/connections", "/connection-requests"].map(|more| format!("/keys/{}{more}", key.id));
        for path in inside.iter().chain(&of_key) {
            let path = format!("/api/v1/apps/{}{path}", app.id);
            assert_eq!(gets(world, &token, &path).await.status, 200, "{path}");
            let path = path.replace(&app.id.to_string(), &foreign.id.to_string());
            is_problem(&gets(world, &token, &path).await, 404, "not_found");
        }
        // Another team's key is not to be had by way of one's own app.
        for more in ["", "/connections", "/connection-requests"] {
            let path = format!("/api/v1/apps/{}/keys/{}{more}", app.id, foreign_key.id);
            is_problem(&gets(world, &token, &path).await, 404, "not_found");
        }
        for path in [format!("/api/v1/teams/{other}"), format!("/api/v1/teams/{other}/members")] {
            is_problem(&gets(world, &token, &path).await, 404, "not_found");
        }
    });
}

#[test]
fn a_key_for_every_team_sees_them_all_and_no_management_key() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let card = management_key(world, ManagedTeams::Every, &[Read, WriteApps]).await;
        let token = world.client(card.clone()).acts_alone(&[]).await.tokens().access;
        let made_later = team(world, "Later").await;
        for id in [own, made_later, domain::OPERATOR_TEAM] {
            assert_eq!(gets(world, &token, &format!("/api/v1/teams/{id}")).await.status, 200);
        }
        let teams = gets(world, &token, "/api/v1/teams").await.json();
        assert_eq!(names(&teams), ["Builders", "Later", "Operator"]);
        let apps = gets(world, &token, "/api/v1/apps").await.json();
        assert_eq!(names(&apps), ["Other Bot", "Pocket", "Report Bot"]);
        is_problem(&gets(world, &token, &format!("/api/v1/apps/{}", card.app)).await, 404, "not_found");
        let management = format!("/api/v1/teams/{}", domain::MANAGEMENT_TEAM);
        is_problem(&gets(world, &token, &management).await, 404, "not_found");
        let me = gets(world, &token, "/api/v1/me").await.json();
        assert_eq!((me["kind"].as_str(), me["id"].as_str()), (Some("key"), Some(card.id.to_string().as_str())));
        assert_eq!(me["every_team"], serde_json::json!(["view", "create", "edit", "delete"]));
    });
}

#[test]
fn pages_of_apps_follow_each_other_though_apps_are_made_meanwhile() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let make =
            async |name: &str| create_app(world.registry(), &AppDraft { team: own, ..draft(name, &["default"]) }).await;
        for name in ["Alpha", "Beta", "Gamma", "Delta"] {
            make(name).await;
        }
        let token = token(world, ManagedTeams::One(own), &[Read]).await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for _ in 0..3 {
            let page = gets(world, &token, &format!("/api/v1/apps?limit=2{cursor}")).await.json();
            seen.extend(names(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            make("Aardvark").await;
        }
        assert_eq!(seen, ["Alpha", "Beta", "Delta", "Gamma"]);
        for bad in ["limit=0", "limit=101", "limit=x", "cursor=x", "search=%00", "planet=1"] {
            is_problem(&gets(world, &token, &format!("/api/v1/apps?{bad}")).await, 400, "parameter_malformed");
        }
    });
}

#[test]
fn without_a_token_of_a_management_key_there_is_nothing() {
    in_both_worlds(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        let anybody = is_problem(&world.gets("/api/v1/apps").await, 401, "token_missing");
        assert_eq!(anybody["detail"], Value::Null);
        is_problem(&gets(world, "nonsense", "/api/v1/apps").await, 401, "token_invalid");
        // The token of an ordinary key, attended or not, is for another API.
        let attended = bot.is_let_in_by(&alice).await;
        is_problem(&gets(world, &attended.access, "/api/v1/apps").await, 403, "token_for_another_api");
        bot.may_act_alone_for(&alice).await;
        let alone = bot.acts_alone(&[]).await.tokens();
        is_problem(&gets(world, &alone.access, "/api/v1/apps").await, 403, "token_for_another_api");
        // Nor can it be had for this one.
        management_key(world, ManagedTeams::Every, &[Read]).await;
        let audience = format!("{}/api/v1", world.issuer(""));
        bot.acts_alone(&[("resource", &audience)]).await.fails_with(400, "invalid_target");
        bot.acts_alone(&[("scope", "countersign.read")]).await.fails_with(400, "invalid_scope");
    });
}

#[test]
fn no_page_ever_grants_the_scopes_of_management() {
    in_both_worlds(async |world| {
        let card = management_key(world, ManagedTeams::Every, &[Read]).await;
        for id in [card.id, world.seed.report_bot.id] {
            let callback: String = form_urlencoded::byte_serialize(world.seed.report_bot.callback.as_bytes()).collect();
            let path = format!(
                "/oauth/authorize?response_type=code&client_id={id}&redirect_uri={callback}&scope=countersign.read\
                 &code_challenge={}&code_challenge_method=S256",
                "a".repeat(43)
            );
            let answer = world.gets(&path).await;
            let told = format!("{} {}", answer.header("location"), answer.text);
            assert!(
                told.contains("invalid_scope") || told.contains("scope_too_wide") || answer.status == 400,
                "{answer:?}"
            );
            assert!(!answer.text.contains("Look at teams"), "no page asks for it: {answer:?}");
        }
    });
}

// DESIGN, decision 1: as everywhere, within a second.
#[test]
fn a_management_key_that_was_revoked_is_refused_within_a_second() {
    in_both_worlds(async |world| {
        let card = management_key(world, ManagedTeams::Every, &[Read]).await;
        let token = world.client(card.clone()).acts_alone(&[]).await.tokens().access;
        assert_eq!(gets(world, &token, "/api/v1/me").await.status, 200);
        world.registry().revoke_key(&operator(), card.id).await.expect("it is there");
        assert!(world.knows().await < PROMISE);
        is_problem(&gets(world, &token, "/api/v1/me").await, 401, "token_invalid");
    });
}

#[test]
fn one_who_shuts_the_service_user_out_shuts_all_management_keys_out() {
    in_both_worlds(async |world| {
        let token = token(world, ManagedTeams::Every, &[Read]).await;
        world.registry().set_user_enabled(&operator(), domain::MANAGEMENT_USER, false).await.expect("it is there");
        world.knows().await;
        is_problem(&gets(world, &token, "/api/v1/me").await, 401, "token_invalid");
    });
}

#[test]
fn failures_under_the_path_of_the_api_are_problems_whatever_they_are() {
    in_both_worlds(async |world| {
        let token = token(world, ManagedTeams::Every, &[Read]).await;
        is_problem(&gets(world, &token, "/api/v1/planets").await, 404, "not_found");
        is_problem(&gets(world, &token, "/api/v1/apps/%20").await, 404, "not_found");
        is_problem(&gets(world, &token, "/api/v1/apps/app_x").await, 404, "not_found");
        let wrong = sends(world, &token, Method::TRACE, "/api/v1/apps", None).await;
        is_problem(&wrong, 405, "method_wrong");
        assert!(wrong.header("allow").contains("GET"), "{wrong:?}");
        let check = |body: &str| {
            let request = world.http.post(world.url(0, "/api/v1/callback-checks")).bearer_auth(&token);
            request.header("content-type", "application/json").body(body.to_owned())
        };
        for body in ["", "[]", "{", "{\"url\":\"x\"}", "{\"url\":\"x\",\"kind\":\"moon\"}"] {
            is_problem(&Answer::to(check(body)).await, 400, "body_malformed");
        }
        let hint = Answer::to(check("{\"url\":\"x\",\"kind\":\"web\",\"uri\":1}")).await;
        let told = is_problem(&hint, 400, "body_malformed");
        assert!(told["detail"].as_str().is_some_and(|text| text.contains("`uri`") && text.contains("`url`")), "{told}");
        let large = format!("{{\"url\":\"{}\",\"kind\":\"web\"}}", "x".repeat(200_000));
        is_problem(&Answer::to(check(&large)).await, 413, "body_too_large");
        let form = world.http.post(world.url(0, "/api/v1/callback-checks")).bearer_auth(&token);
        is_problem(&Answer::to(form.form(&[("url", "x")])).await, 415, "json_required");
    });
}

#[test]
fn the_document_and_its_page_are_for_everybody() {
    in_both_worlds(async |world| {
        let document = world.gets("/api/v1/openapi.json").await;
        assert_eq!((document.status, document.json()["openapi"].as_str()), (200, Some("3.1.0")));
        let page = world.gets("/docs/api").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("/api/v1/apps/{app}") && page.header("content-security-policy").contains("'none'"));
    });
}

#[test]
fn what_a_scope_does_not_allow_is_refused_with_its_name() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let scopes = [
            (Read, "countersign.read"),
            (WriteApps, "countersign.apps.write"),
            (WriteTeams, "countersign.teams.write"),
        ];
        for (scope, text) in scopes {
            let token = token(world, ManagedTeams::One(own), &[scope]).await;
            let me = gets(world, &token, "/api/v1/me").await.json();
            let expected =
                ManagementScope::permissions(&text.parse().expect("a scope")).map(|part| serde_json::json!(part));
            assert_eq!(Some(&me["teams"][0]["permissions"]), expected.as_ref());
        }
    });
}

/// What a person may do is read anew for each request, as on pages.
#[test]
fn members_are_listed_with_what_they_may_do() {
    in_both_worlds(async |world| {
        let own = team(world, "Builders").await;
        let member = TeamMember { team: own, user: world.seed.alice, permissions: Permissions::ALL };
        world.registry().set_team_member(&Authority::operator(), member).await.expect("a person");
        let token = token(world, ManagedTeams::One(own), &[Read]).await;
        let members = gets(world, &token, &format!("/api/v1/teams/{own}/members")).await.json();
        assert_eq!(members["items"][0]["email"], "alice@acme.example.com");
        assert_eq!(members["items"][0]["permissions"], serde_json::json!(Permissions::ALL));
    });
}

// RFC 8705 §3
#[test]
fn a_bound_token_is_good_only_with_its_certificate() {
    over_mutual_tls(async |world| {
        let card = management_key(world, ManagedTeams::Every, &[Read]).await;
        let (own, other) = (Issued::self_signed("Terraform"), Issued::self_signed("Terraform"));
        let edits = vec![AppEdit::MutualTls(MutualTls::Optional)];
        world.registry().edit_app(&operator(), card.app, None, edits).await.expect("a good edit");
        let draft = CertificateDraft { holder: Holder::App(card.app), label: None };
        world.registry().add_certificate(&operator(), draft, own.pem().as_bytes()).await.expect("a good certificate");
        world.knows().await;
        let client = world.client(card);
        let token = client.showing(&own).acts_alone(&[]).await.tokens().access;
        let me = async |client: &Client<'_>| {
            let url = client.url("token").replace("/oauth/token", "/api/v1/me");
            Answer::to(client.http().get(url).bearer_auth(&token)).await
        };
        assert_eq!(me(&client.showing(&own)).await.status, 200);
        is_problem(&me(&client.showing(&other)).await, 401, "token_certificate_wrong");
        is_problem(&me(&client.showing_none()).await, 401, "token_certificate_missing");
        is_problem(&me(&client).await, 401, "token_certificate_missing");
    });
}
