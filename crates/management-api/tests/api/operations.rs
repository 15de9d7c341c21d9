//! Every operation of the API: what may do it, what it is asked with, and where the console does the same. The table is
//! compared with the document, so that an operation that is added has its row, or the suite fails.

use std::collections::BTreeSet;

use domain::{ManagementScope, Permission};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, Server};
use crate::stage::Own;
use crate::world::{PASSWORD, World};

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Whoever has authenticated.
    Nothing,
    /// A person, for itself.
    Person,
    /// Whoever has all of these in the team; an outsider finds nothing there.
    All(&'static [Permission]),
    /// A person who has this in the team.
    PersonWith(Permission),
}

/// Where the console does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Console {
    /// Nowhere by a form of its own that could ask.
    No,
    /// By the form on this page.
    Form(&'static str),
    /// By the form that follows the paste of a certificate, or of an authority.
    Paste(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) console: Console,
}

const fn row(method: &'static str, path: &'static str, needs: Needs) -> Row {
    Row { method, path, needs, console: Console::No }
}

const fn form(method: &'static str, path: &'static str, needs: Needs, page: &'static str) -> Row {
    Row { method, path, needs, console: Console::Form(page) }
}

const VIEW: Needs = Needs::All(&[Permission::View]);
const EDIT: Needs = Needs::All(&[Permission::Edit]);
const DELETE: Needs = Needs::All(&[Permission::Delete]);
const MEMBERS: Needs = Needs::All(&[Permission::ManageMembers]);
const TOKENS: Needs = Needs::PersonWith(Permission::GenerateToken);
const GUESTS: Needs = Needs::PersonWith(Permission::ManageMembers);

pub(crate) const ROWS: &[Row] = &[
    row("GET", "/me", Needs::Nothing),
    row("POST", "/me/confirmation", Needs::Person),
    row("GET", "/me/sessions", Needs::Person),
    row("DELETE", "/me/sessions", Needs::Person),
    row("DELETE", "/me/sessions/{session}", Needs::Person),
    row("GET", "/me/workspaces", Needs::Person),
    row("GET", "/teams", Needs::Nothing),
    row("GET", "/teams/{team}", VIEW),
    form("PATCH", "/teams/{team}", MEMBERS, "/ui/teams/{team}/rename"),
    row("GET", "/teams/{team}/members", VIEW),
    form("PUT", "/teams/{team}/members/{user}", MEMBERS, "/ui/teams/{team}/members/{user}"),
    form("DELETE", "/teams/{team}/members/{user}", MEMBERS, "/ui/teams/{team}/members/{user}/remove"),
    row("GET", "/teams/{team}/invitations", MEMBERS),
    form("POST", "/teams/{team}/invitations", GUESTS, "/ui/teams/{team}/invite"),
    row("GET", "/teams/{team}/invitations/{invitation}", MEMBERS),
    form(
        "DELETE",
        "/teams/{team}/invitations/{invitation}",
        MEMBERS,
        "/ui/teams/{team}/invitations/{invitation}/withdraw",
    ),
    form(
        "POST",
        "/teams/{team}/invitations/{invitation}/resend",
        GUESTS,
        "/ui/teams/{team}/invitations/{invitation}/again",
    ),
    row("GET", "/apps", Needs::Nothing),
    form("POST", "/apps", Needs::All(&[Permission::Create]), "/ui/apps/new"),
    row("GET", "/apps/{app}", VIEW),
    form("PATCH", "/apps/{app}", EDIT, "/ui/apps/{app}/settings"),
    form("DELETE", "/apps/{app}", DELETE, "/ui/apps/{app}/settings/delete"),
    row("GET", "/deleted-apps", Needs::Nothing),
    form("POST", "/apps/{app}/restore", DELETE, "/ui/apps/deleted"),
    form(
        "POST",
        "/apps/{app}/transfer",
        Needs::All(&[Permission::Delete, Permission::Create]),
        "/ui/apps/{app}/settings/transfer",
    ),
    row("GET", "/apps/{app}/keys", VIEW),
    form("POST", "/apps/{app}/keys", EDIT, "/ui/apps/{app}/keys/new"),
    row("GET", "/apps/{app}/keys/{key}", VIEW),
    form("PATCH", "/apps/{app}/keys/{key}", EDIT, "/ui/apps/{app}/keys/{key}/deactivate"),
    form("DELETE", "/apps/{app}/keys/{key}", EDIT, "/ui/apps/{app}/keys/{key}/revoke"),
    form("POST", "/apps/{app}/keys/{key}/secrets", EDIT, "/ui/apps/{app}/keys/{key}/new-secret"),
    form("POST", "/apps/{app}/keys/{key}/secrets/rotate", EDIT, "/ui/apps/{app}/keys/{key}/rotate"),
    form(
        "PATCH",
        "/apps/{app}/keys/{key}/secrets/{secret}",
        EDIT,
        "/ui/apps/{app}/keys/{key}/secrets/{secret}/deactivate",
    ),
    form(
        "DELETE",
        "/apps/{app}/keys/{key}/secrets/{secret}",
        EDIT,
        "/ui/apps/{app}/keys/{key}/secrets/{secret}/revoke",
    ),
    row("GET", "/apps/{app}/keys/{key}/connections", VIEW),
    row("GET", "/apps/{app}/keys/{key}/connection-requests", VIEW),
    form("POST", "/apps/{app}/keys/{key}/connection-requests", EDIT, "/ui/apps/{app}/customers/requests/new"),
    row("GET", "/apps/{app}/connections", VIEW),
    row("GET", "/apps/{app}/connections/{connection}", VIEW),
    form("DELETE", "/apps/{app}/connections/{connection}", EDIT, "/ui/apps/{app}/customers/{connection}/end"),
    row("GET", "/apps/{app}/connection-requests", VIEW),
    form(
        "DELETE",
        "/apps/{app}/connection-requests/{request}",
        EDIT,
        "/ui/apps/{app}/customers/requests/{request}/withdraw",
    ),
    row("GET", "/apps/{app}/tokens", VIEW),
    // The password is part of what it is asked with, however lately it was given.
    row("POST", "/apps/{app}/tokens", TOKENS),
    row("GET", "/apps/{app}/tokens/{token}", VIEW),
    form("DELETE", "/apps/{app}/tokens/{token}", TOKENS, "/ui/apps/{app}/tokens/{token}/end"),
    row("POST", "/apps/{app}/tokens/{token}/regenerate", TOKENS),
    row("POST", "/apps/{app}/token-approvals/{approval}", TOKENS),
    row("POST", "/apps/{app}/token-approvals/{approval}/resend", TOKENS),
    row("GET", "/apps/{app}/certificates", VIEW),
    Row {
        method: "POST",
        path: "/apps/{app}/certificates",
        needs: EDIT,
        console: Console::Paste("/ui/apps/{app}/certificates/new"),
    },
    form("DELETE", "/apps/{app}/certificates/{certificate}", EDIT, "/ui/apps/{app}/certificates/{certificate}/remove"),
    row("GET", "/apps/{app}/trust-anchors", VIEW),
    Row {
        method: "POST",
        path: "/apps/{app}/trust-anchors",
        needs: EDIT,
        console: Console::Paste("/ui/apps/{app}/certificates/new-anchor"),
    },
    form("DELETE", "/apps/{app}/trust-anchors/{anchor}", EDIT, "/ui/apps/{app}/certificates/anchors/{anchor}/remove"),
    row("GET", "/apps/{app}/mutual-tls", VIEW),
    form("PUT", "/apps/{app}/mutual-tls", EDIT, "/ui/apps/{app}/certificates/mutual-tls"),
    row("GET", "/apps/{app}/activity", VIEW),
    row("POST", "/callback-checks", Needs::Nothing),
    row("POST", "/certificate-inspections", Needs::Nothing),
];

impl Row {
    /// What it is asked with so that it can be done; `null` is nothing.
    pub(crate) fn body(&self, world: &World, own: &Own) -> Value {
        let tokens = json!({
            "key": own.id("{key}"), "label": "By hand", "customer": world.acme, "workspaces": [world.emea],
            "scopes": ["read"], "lifetime_seconds": 3600, "password": PASSWORD,
        });
        match (self.method, self.path) {
            ("POST", "/me/confirmation") => json!({"password": PASSWORD}),
            ("PATCH", "/teams/{team}") => json!({"name": "Builders"}),
            ("PUT", "/teams/{team}/members/{user}") => json!({"permissions": ["view"]}),
            ("POST", "/teams/{team}/invitations") => {
                json!({"email": format!("guest-of-{}@acme.example", own.app.id), "permissions": ["view"]})
            }
            ("POST", "/apps") => json!({
                "team": own.team, "name": "Evening Post", "description": "Reports", "publisher_name": "Bots Inc",
                "kind": "web", "environments": ["default"],
            }),
            ("PATCH", "/apps/{app}") => json!({"name": "Evening Post"}),
            ("POST", "/apps/{app}/transfer") => json!({"team": own.team}),
            ("POST", "/apps/{app}/keys") => json!({"label": "Second", "kind": "secret"}),
            ("PATCH", "/apps/{app}/keys/{key}" | "/apps/{app}/keys/{key}/secrets/{secret}") => json!({"active": false}),
            ("POST", "/apps/{app}/keys/{key}/secrets" | "/apps/{app}/keys/{key}/secrets/rotate") => json!({}),
            ("POST", "/apps/{app}/keys/{key}/connection-requests") => json!({"customer": world.acme}),
            ("POST", "/apps/{app}/tokens") => tokens,
            ("POST", "/apps/{app}/tokens/{token}/regenerate") => json!({"tokens": tokens}),
            ("POST", "/apps/{app}/token-approvals/{approval}") => json!({"code": "123456"}),
            ("POST", "/apps/{app}/certificates" | "/certificate-inspections") => {
                json!({"pem": testkit::Issued::self_signed("Another").pem()})
            }
            ("POST", "/apps/{app}/trust-anchors") => json!({"pem": testkit::Authority::new("Another CA").pem()}),
            ("PUT", "/apps/{app}/mutual-tls") => json!({"mode": "optional"}),
            ("POST", "/callback-checks") => json!({"url": "https://bots.example.com/cb", "kind": "web"}),
            _ => Value::Null,
        }
    }

    /// Its path, for what `own` is.
    pub(crate) fn at(&self, own: &Own) -> String {
        format!("/api/v1{}", own.fill(self.path))
    }

    /// Asks for it, in a way in which it can be done.
    pub(crate) async fn asked_by(&self, caller: &Caller, server: &Server, (world, own): (&World, &Own)) -> Answer {
        caller.asks(server, (self.method, &self.at(own)), &self.body(world, own)).await
    }
}

/// The operations of the document.
pub(crate) async fn documented(server: &Server) -> Value {
    Caller::Nobody.gets(server, "/api/v1/openapi.json").await.json()
}

#[actix_web::test]
async fn the_table_has_every_operation_of_the_document() {
    let world = World::start().await;
    let document = documented(&Server::of(&world).await).await;
    let of_document: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let path = path.strip_prefix("/api/v1").unwrap().to_owned();
            item.as_object()
                .unwrap()
                .keys()
                .map(move |method| (method.to_uppercase(), path.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    let of_table: BTreeSet<_> = ROWS.iter().map(|row| (row.method.to_owned(), row.path.to_owned())).collect();
    assert_eq!(of_document, of_table);
    assert_eq!(of_table.len(), ROWS.len(), "a row is there twice");
    for row in ROWS {
        let operation = &document["paths"][format!("/api/v1{}", row.path)][row.method.to_lowercase()];
        let scope = match row.needs {
            Needs::All([needed, ..]) => ManagementScope::that_allows(*needed).map(ManagementScope::as_str),
            Needs::All([]) | Needs::Nothing => Some("countersign.read"),
            Needs::Person | Needs::PersonWith(_) => None,
        };
        assert_eq!(operation["security"][0]["token"][0].as_str(), scope, "{} {}", row.method, row.path);
    }
}
