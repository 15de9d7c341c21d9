//! What belongs to people, and to teams by way of them: sessions, invitations; apps that are changed and brought back.

use client_registry::Initiator;
use domain::{ManagedTeams, ManagementScope, Permission};
use serde_json::{Value, json};
use storage::ActivityLog as _;

use crate::caller::{Caller, Server, management_key};
use crate::stage::{Stage, give};
use crate::team::{ANA, BEN, signs, visits};
use crate::world::World;

#[actix_web::test]
async fn a_person_sees_and_ends_its_own_sessions() {
    let world = World::start().await;
    let server = Server::of(&world).await;
    let session = async |email: &str| {
        let (browser, _) = visits(&world, email, "/ui/sessions").await;
        Caller::of(&server, &browser).await
    };
    let (there, third, here, ben) = (session(ANA).await, session(ANA).await, session(ANA).await, session(BEN).await);
    let listed = here.gets(&server, "/api/v1/me/sessions").await.json();
    let listed = listed["items"].as_array().unwrap();
    assert_eq!(listed.len(), 3, "{listed:?}");
    let place = |one: &Value| format!("/api/v1/me/sessions/{}", one["id"].as_str().unwrap());
    let (own, others): (Vec<_>, Vec<_>) = listed.iter().partition(|one| one["is_this"] == true);
    here.asks(&server, ("DELETE", &place(own[0])), &Value::Null).await.is(409, "not_possible_now");
    ben.asks(&server, ("DELETE", &place(others[0])), &Value::Null).await.is(404, "not_found");
    let ended = here.asks(&server, ("DELETE", &place(others[0])), &Value::Null).await;
    assert_eq!((ended.status.as_u16(), ended.json()), (200, json!({"sessions": 1})));
    let mut living = 0;
    for other in [&there, &third] {
        living += u32::from(other.gets(&server, "/api/v1/me").await.status.is_success());
    }
    assert_eq!(living, 1);
    let ended = here.asks(&server, ("DELETE", "/api/v1/me/sessions"), &Value::Null).await;
    assert_eq!(ended.json(), json!({"sessions": 1}));
    for other in [&there, &third] {
        other.gets(&server, "/api/v1/me").await.is(401, "token_missing");
    }
    assert!(here.gets(&server, "/api/v1/me").await.status.is_success());
    assert!(ben.gets(&server, "/api/v1/me").await.status.is_success());
    let audited = world.audited(world.ana).await;
    assert_eq!(audited.iter().filter(|action| *action == "user.sessions_ended").count(), 2);
}

#[actix_web::test]
async fn somebody_is_invited_by_mail_again_and_not_at_all() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/teams").await;
    let ana = Caller::of(&server, &browser).await;
    let place = format!("/api/v1/teams/{}/invitations", stage.own.team);
    let guest = json!({"email": "Guest@acme.example", "permissions": ["view", "edit"]});
    let made = ana.asks(&server, ("POST", &place), &guest).await;
    assert_eq!((made.status.as_u16(), &made.json()["mailed"]), (201, &json!(true)), "{made:?}");
    let one = made.header("location").to_owned();
    let shown = ana.gets(&server, &one).await.json();
    assert_eq!((&shown["email"], &shown["is_open"]), (&json!("guest@acme.example"), &json!(true)));
    let link = || {
        let sent = world.outbox.invitations.lock().unwrap();
        let (to, mail) = sent.last().unwrap();
        assert_eq!(
            (to.as_str(), &*mail.permissions),
            ("guest@acme.example", &["View".to_owned(), "Edit".to_owned()][..])
        );
        mail.url.strip_prefix("https://login.example").unwrap().to_owned()
    };
    let first = link();
    assert!(!made.text.contains(first.rsplit('/').next().unwrap()), "only the mail has the token");
    let again = ana.asks(&server, ("POST", &format!("{one}/resend")), &Value::Null).await;
    assert_eq!((again.status.as_u16(), &again.json()["mailed"]), (200, &json!(true)), "{again:?}");
    let second = link();
    let mut stranger = crate::browser::Browser::of(&world);
    assert_eq!(stranger.get(&first).await.status, 410, "the earlier link opens nothing any more");
    assert_eq!(stranger.get(&second).await.status, 200);
    let one = format!("{place}/{}", again.json()["invitation"]["id"].as_str().unwrap());
    assert_eq!(ana.asks(&server, ("DELETE", &one), &Value::Null).await.status, 204);
    assert_eq!(stranger.get(&second).await.status, 410);
    ana.gets(&server, &one).await.is(404, "not_found");
    for bad in [json!({"email": "x", "permissions": []}), json!({"email": ANA, "permissions": []})] {
        let refused = ana.asks(&server, ("POST", &place), &bad).await;
        refused.is(422, "field_refused");
        assert_eq!(refused.json()["errors"][0]["field"], "email");
    }
    // Nobody gives what it does not have itself.
    give(&world, stage.own.team, crate::team::ben(&world).await, &[Permission::View, Permission::ManageMembers]).await;
    let (browser, _) = visits(&world, BEN, "/ui/teams").await;
    let ben = Caller::of(&server, &browser).await;
    ben.asks(&server, ("POST", &place), &guest).await.is(403, "permission_missing");
}

#[actix_web::test]
async fn invitations_are_mailed_so_often_and_no_more() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/teams").await;
    let ana = Caller::of(&server, &browser).await;
    let place = format!("/api/v1/teams/{}/invitations", stage.own.team);
    let guest = json!({"email": "guest@acme.example", "permissions": ["view"]});
    for _ in 0..5 {
        assert_eq!(ana.asks(&server, ("POST", &place), &guest).await.status, 201);
    }
    let over = ana.asks(&server, ("POST", &place), &guest).await;
    over.is(429, "rate_limited");
    assert_eq!(over.header("retry-after"), "3600");
}

#[actix_web::test]
async fn every_fault_of_a_change_is_told_at_its_field_and_nothing_is_changed() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let place = format!("/api/v1/apps/{}", stage.own.app.id);
    let change = json!({
        "name": "x", "description": "", "publisher_name": "y", "support_email": "nobody", "homepage_url": "nowhere",
        "privacy_url": "ftp://x", "callback_urls": ["http://evil.example.com/cb", "https://good.example.com/cb", "nowhere"],
        "legacy_parameters_until": "tomorrow", "environments": ["No Such"], "scopes": ["write"],
        "lifetimes": {"access_token_seconds": 1, "connection_idle_seconds": 1, "connection_absolute_seconds": 1},
    });
    let refused = ana.asks(&server, ("PATCH", &place), &change).await;
    refused.is(422, "field_refused");
    let told = refused.json();
    let mut fields: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields.iter().filter(|field| **field == "callback_urls").count(), 2, "{told}");
    fields.sort_unstable();
    fields.dedup();
    let expected = [
        "callback_urls",
        "description",
        "environments",
        "homepage_url",
        "legacy_parameters_until",
        "lifetimes.access_token_seconds",
        "lifetimes.connection_absolute_seconds",
        "lifetimes.connection_idle_seconds",
        "name",
        "privacy_url",
        "publisher_name",
        "scopes",
        "support_email",
    ];
    assert_eq!(fields, expected, "{told}");
    assert_eq!(ana.gets(&server, &place).await.header("etag"), format!("\"v{}\"", stage.own.app.version));
    let good = json!({"name": "Evening Post", "lifetimes": {"access_token_seconds": 900}});
    let changed = ana.asks(&server, ("PATCH", &place), &good).await;
    assert_eq!(changed.json()["lifetimes"]["access_token_seconds"], 900, "{changed:?}");
}

#[actix_web::test]
async fn what_was_deleted_is_listed_for_who_can_bring_it_back() {
    let world = World::start().await;
    signs(&world).await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let every = ManagedTeams::Every;
    let writes = management_key(&world, &server, (every, &[ManagementScope::WriteApps])).await;
    let reads = management_key(&world, &server, (every, &[ManagementScope::Read])).await;
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    for own in [&stage.own, &stage.foreign] {
        world.state.registry.delete_app(&Initiator::operator(), own.app.id).await.unwrap();
    }
    let count = async |caller: &Caller| {
        let listed = caller.gets(&server, "/api/v1/deleted-apps").await.json();
        listed["items"].as_array().unwrap().len()
    };
    assert_eq!((count(&ana).await, count(&writes).await, count(&reads).await), (1, 2, 0));
    let path = format!("/api/v1/apps/{}/restore", stage.own.app.id);
    assert_eq!(ana.asks(&server, ("POST", &path), &Value::Null).await.status, 200);
    assert_eq!((count(&ana).await, count(&writes).await), (0, 1));
}

/// Who did what by the API is in the audit, with the request.
#[actix_web::test]
async fn changes_are_audited_with_who_asked_for_them() {
    let world = World::start().await;
    signs(&world).await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let scopes = &[ManagementScope::WriteApps];
    let key = management_key(&world, &server, (ManagedTeams::One(stage.own.team), scopes)).await;
    let key_id = key.gets(&server, "/api/v1/me").await.json()["id"].as_str().unwrap().to_owned();
    let place = format!("/api/v1/apps/{}", stage.own.app.id);
    for (caller, actor, name) in [(&ana, world.ana.to_string(), "By Ana"), (&key, key_id, "By a key")] {
        let answer = caller.asks(&server, ("PATCH", &place), &json!({"name": name})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let newest = world.store.audit(Some(&stage.own.app.id.to_string()), 1).await.unwrap().remove(0);
        let request = newest.request.map(|request| request.to_string()).unwrap_or_default();
        assert_eq!((newest.action.as_str(), request.as_str()), ("app.edited", answer.header("x-request-id")));
        assert!(newest.actor.contains(&actor), "{newest:?}");
    }
}

/// A certificate and an authority are shown with what they say, as on the page.
#[actix_web::test]
async fn certificates_and_authorities_are_shown_with_what_they_say() {
    let world = World::start().await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/apps").await;
    let ana = Caller::of(&server, &browser).await;
    let at = |rest: &str| format!("/api/v1/apps/{}/{rest}", stage.own.app.id);
    let certificates = ana.gets(&server, &at("certificates")).await.json();
    assert!(
        certificates["items"][0]["certificate"]["subject"].as_str().is_some_and(|name| name.contains("Morning Post"))
    );
    let anchors = ana.gets(&server, &at("trust-anchors")).await.json();
    assert!(anchors["items"][0]["certificate"]["subject"].as_str().is_some_and(|name| name.contains("Bots CA")));
    let leaf = json!({"pem": testkit::Issued::self_signed("No authority").pem()});
    let refused = ana.asks(&server, ("POST", &at("trust-anchors")), &leaf).await;
    refused.is(422, "field_refused");
    assert_eq!(refused.json()["errors"][0]["field"], "pem");
}

#[actix_web::test]
async fn the_documents_lead_to_the_page_of_the_api_and_back() {
    let world = World::start().await;
    let mut stranger = crate::browser::Browser::of(&world);
    let docs = stranger.get("/docs").await;
    assert!(docs.says("href=\"/docs/api\""), "{}", docs.body);
    let page = stranger.get("/docs/api").await;
    assert!(page.status.is_success() && page.says("href=\"/docs/api\" aria-current=\"page\""), "{}", page.body);
    for other in ["/docs", "/docs/many-customers", "/docs/moving", "/docs/errors"] {
        assert!(page.says(&format!("href=\"{other}\"")), "{other}");
    }
    assert!(!page.says("<script>") && !page.says(" style="), "nothing is inline");
    let sheet = page.body.split("<link rel=\"stylesheet\" href=\"").nth(2).unwrap().split('"').next().unwrap();
    assert!(stranger.get(sheet).await.says(".rows"), "{sheet}");
}
