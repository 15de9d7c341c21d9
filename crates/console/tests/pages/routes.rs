//! Every page of the console: who may see it, who may post its form, and what the form is filled in with.
//!
//! The names in braces are those of a [`Scene`](crate::scene::Scene). What the router has is read from the router, so that
//! a page without a row here fails a test.

use std::collections::BTreeSet;

use actix_web::web::to;
use actix_web::{App, HttpRequest, test};
use domain::Permission;
use domain::Permission::{Create, Delete, Edit, GenerateToken, ManageMembers, View};

use crate::browser::Browser;
use crate::world::World;

/// What it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: documents, and what a secret in the path opens.
    Nothing,
    /// Somebody who is signed in.
    Person,
    /// Create in any team.
    SomeTeam,
    /// One of these permissions in the team that the path is about.
    One(&'static [Permission]),
    /// The permission, and to have begun in this session what the path names.
    Begun(Permission),
}

/// Where people come from to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// A link or form of another page, to everybody who may.
    ToAll,
    /// To those who have this permission, although others may look.
    To(Permission),
    /// The page to everybody who may, its form to those who have this permission too.
    FormTo(Permission),
    /// An answer leads here, a mail, or a link that is on every page.
    Nowhere,
}

/// What a form is posted with.
pub(crate) type Typed = &'static [(&'static str, &'static str)];

/// A page, with the form that is posted to the same path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) get: Option<Needs>,
    pub(crate) post: Option<(Needs, Typed)>,
    pub(crate) offered: Offered,
    /// The page with the form, where it is another one.
    pub(crate) form_at: &'static str,
}

const EDIT: Needs = Needs::One(&[Edit]);
const DELETE: Needs = Needs::One(&[Delete]);
const MANAGE: Needs = Needs::One(&[ManageMembers]);
const GENERATE: Needs = Needs::One(&[GenerateToken]);
const VIEW: Needs = Needs::One(&[View]);

const fn page(path: &'static str, needs: Needs) -> Route {
    Route { path, get: Some(needs), post: None, offered: Offered::ToAll, form_at: path }
}

const fn form(path: &'static str, needs: Needs, typed: Typed) -> Route {
    Route { post: Some((needs, typed)), ..page(path, needs) }
}

const TOKENS: Typed = &[
    ("key", "{key}"),
    ("workspace", "{workspace}"),
    ("scope", "read"),
    ("label", "Zapier"),
    ("lifetime", "3600"),
    ("password", "correct horse battery"),
];

const APP: Typed = &[
    ("name", "Taken over"),
    ("description", "Sends a report every morning"),
    ("publisher", "Bots Inc"),
    ("support_email", "help@bots.example"),
    ("callback_url", "https://app.bots.example.com/cb"),
    ("kind", "web"),
    ("environment", "default"),
    ("scope", "read"),
    ("legacy", "off"),
    ("team", "{team}"),
    ("decision", "save"),
];

pub(crate) const ROUTES: &[Route] = &[
    page("/ui/apps", Needs::Person),
    form("/ui/apps/new", Needs::SomeTeam, APP),
    Route { offered: Offered::To(Delete), ..page("/ui/apps/deleted", Needs::Person) },
    Route { get: None, form_at: "/ui/apps/deleted", ..form("/ui/apps/{deleted}/restore", DELETE, &[]) },
    page("/ui/apps/{app}", VIEW),
    page("/ui/apps/{app}/activity", VIEW),
    // Without Edit it leads on to what Delete allows.
    Route { get: Some(Needs::One(&[Edit, Delete])), ..form("/ui/apps/{app}/settings", EDIT, APP) },
    form("/ui/apps/{app}/settings/client-credentials", EDIT, &[]),
    Route {
        offered: Offered::FormTo(Create),
        ..form("/ui/apps/{app}/settings/transfer", DELETE, &[("team", "{elsewhere}")])
    },
    form("/ui/apps/{app}/settings/delete", DELETE, &[("name", "Morning Post")]),
    form("/ui/apps/{app}/test", EDIT, &[("key", "{key}")]),
    Route { offered: Offered::Nowhere, ..page("/ui/apps/{app}/test/callback", Needs::Begun(Edit)) },
    Route {
        offered: Offered::Nowhere,
        ..form("/ui/apps/{app}/test/{test}", Needs::Begun(Edit), &[("decision", "exchange"), ("secret", "x")])
    },
    page("/ui/apps/{app}/tokens", VIEW),
    form("/ui/apps/{app}/tokens/new", GENERATE, TOKENS),
    Route {
        offered: Offered::Nowhere,
        ..form("/ui/apps/{app}/tokens/approve/{approval}", Needs::Begun(GenerateToken), &[("code", "123456")])
    },
    Route {
        offered: Offered::Nowhere,
        get: None,
        ..form("/ui/apps/{app}/tokens/approve/{approval}/resend", Needs::Begun(GenerateToken), &[])
    },
    form("/ui/apps/{app}/tokens/{generated}/regenerate", GENERATE, TOKENS),
    form("/ui/apps/{app}/tokens/{generated}/end", GENERATE, &[]),
    page("/ui/apps/{app}/customers", VIEW),
    form(
        "/ui/apps/{app}/customers/requests/new",
        EDIT,
        &[("key", "{key}"), ("customer_id", "{customer}"), ("scope", "read")],
    ),
    form("/ui/apps/{app}/customers/requests/{request}/withdraw", EDIT, &[]),
    form("/ui/apps/{app}/customers/{connection}/end", EDIT, &[]),
    page("/ui/apps/{app}/keys", VIEW),
    form("/ui/apps/{app}/keys/new", EDIT, &[("label", "Second"), ("kind", "secret"), ("expiry", "0")]),
    form("/ui/apps/{app}/keys/{key}/rotate", EDIT, &[("overlap", "24")]),
    form("/ui/apps/{app}/keys/{key}/new-secret", EDIT, &[("expiry", "0")]),
    form("/ui/apps/{app}/keys/{key}/deactivate", EDIT, &[]),
    form("/ui/apps/{app}/keys/{idle}/activate", EDIT, &[]),
    form("/ui/apps/{app}/keys/{key}/revoke", EDIT, &[]),
    form("/ui/apps/{app}/keys/{key}/secrets/{secret}/deactivate", EDIT, &[]),
    form("/ui/apps/{app}/keys/{key}/secrets/{idle_secret}/activate", EDIT, &[]),
    form("/ui/apps/{app}/keys/{key}/secrets/{secret}/revoke", EDIT, &[]),
    page("/ui/apps/{app}/certificates", VIEW),
    form("/ui/apps/{app}/certificates/mutual-tls", EDIT, &[("mutual_tls", "optional")]),
    form("/ui/apps/{app}/certificates/new", EDIT, &[("certificate", "{new_certificate}"), ("step", "save")]),
    form("/ui/apps/{app}/certificates/new-name", EDIT, &[("kind", "dns"), ("name", "{host}")]),
    form("/ui/apps/{app}/certificates/new-anchor", EDIT, &[("certificate", "{new_anchor}"), ("step", "save")]),
    form("/ui/apps/{app}/certificates/{certificate}/remove", EDIT, &[]),
    form("/ui/apps/{app}/certificates/anchors/{anchor}/remove", EDIT, &[]),
    page("/ui/teams", Needs::Person),
    page("/ui/teams/{team}", VIEW),
    form("/ui/teams/{team}/rename", MANAGE, &[("name", "Taken over")]),
    form("/ui/teams/{team}/members/{user}", MANAGE, &[("role", "single"), ("permission", "manage_members")]),
    form("/ui/teams/{team}/members/{user}/remove", MANAGE, &[]),
    // Everybody may leave.
    form("/ui/teams/{team}/members/{me}/remove", VIEW, &[]),
    form("/ui/teams/{team}/invite", MANAGE, &[("email", "{address}"), ("role", "viewer")]),
    form("/ui/teams/{team}/invitations/{invitation}/again", MANAGE, &[]),
    form("/ui/teams/{team}/invitations/{invitation}/withdraw", MANAGE, &[]),
    Route { offered: Offered::Nowhere, ..form("/ui/invitations/{token}", Needs::Nothing, &[]) },
    Route { offered: Offered::Nowhere, ..page("/docs", Needs::Nothing) },
    Route { offered: Offered::Nowhere, ..page("/docs/many-customers", Needs::Nothing) },
    Route { offered: Offered::Nowhere, ..page("/docs/mutual-tls", Needs::Nothing) },
    Route { offered: Offered::Nowhere, ..page("/docs/moving", Needs::Nothing) },
];

/// A path in which only its shape is left. To leave a team oneself is another thing than to remove somebody.
pub(crate) fn shape(path: &str) -> String {
    if path.ends_with("/{me}/remove") {
        return "/ui/teams/{}/members/{me}/remove".to_owned();
    }
    let parts = path.split(['{', '}']).enumerate();
    parts.map(|(place, part)| if place % 2 == 0 { part } else { "{}" }).collect()
}

/// What the router has, with the alternatives of a segment written out: each path, and whether it is posted to.
async fn entered(world: &World) -> BTreeSet<(String, &'static str)> {
    let listed = to(|request: HttpRequest| async move { format!("{:?}", request.resource_map()) });
    let app = test::init_service(App::new().configure(console::routes).default_service(listed)).await;
    let answer = test::call_and_read_body(&app, test::TestRequest::get().uri("/nowhere").to_request()).await;
    let answer = String::from_utf8(answer.to_vec()).unwrap();
    let patterns = answer.split("patterns: Single(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut entered = BTreeSet::new();
    for path in patterns.filter(|pattern| pattern.len() > 1).flat_map(written_out) {
        for (method, body) in [("GET", None), ("POST", Some(String::new()))] {
            let sample = path.replace("/{environment}", "").replace(['{', '}'], "");
            if Browser::of(world).one(&sample, body).await.status != 405 {
                entered.insert((path.clone(), method));
            }
        }
    }
    entered
}

/// `/{key}/{way:rotate|new-secret}` as two paths.
fn written_out(pattern: &str) -> Vec<String> {
    let Some((before, words, after)) = pattern.split_once(':').and_then(|(before, rest)| {
        let (words, after) = rest.split_once('}')?;
        Some((before.rsplit_once('{')?.0, words, after))
    }) else {
        return vec![pattern.to_owned()];
    };
    words.split('|').map(|word| format!("{before}{word}{after}")).collect()
}

#[actix_web::test]
async fn every_page_has_a_row_in_every_environment() {
    let world = World::start().await;
    let entered = entered(&world).await;
    let under = |prefix: &str| -> BTreeSet<(String, &str)> {
        let ours = |path: &str| path.starts_with(&format!("{prefix}/ui/"));
        let paths = entered.iter().filter(|(path, _)| ours(path));
        paths.map(|(path, method)| (shape(path.strip_prefix(prefix).unwrap()), *method)).collect()
    };
    let documents = entered.iter().filter(|(path, _)| path.starts_with("/docs")).cloned();
    let all: BTreeSet<_> = under("").into_iter().chain(documents).collect();
    let rows: BTreeSet<_> = ROUTES
        .iter()
        .filter(|route| !route.path.contains("{me}"))
        .flat_map(|route| {
            let (get, post) = (route.get.map(|_| "GET"), route.post.map(|_| "POST"));
            get.into_iter().chain(post).map(|method| (shape(route.path), method))
        })
        .collect();
    assert_eq!(all.difference(&rows).collect::<Vec<_>>(), Vec::<&(String, &str)>::new(), "pages without a row");
    assert_eq!(rows.difference(&all).collect::<Vec<_>>(), Vec::<&(String, &str)>::new(), "rows without a page");
    assert_eq!(under(""), under("/{environment}"));
    let other =
        |path: &str| ["/ui/", "/{environment}/ui/", "/docs", "/assets/"].iter().all(|begin| !path.starts_with(begin));
    assert!(!entered.iter().any(|(path, _)| other(path)), "a page elsewhere: {entered:?}");
}
