//! Long lists.

use domain::{
    Activity, ActivityKind, App, AppId, CertificateShown, ClientId, Clock as _, Connection, ConnectionId, Customer,
    CustomerId, EndedBy, EnvironmentName, KeyKind, Origin, Purpose, Reason, RequestId, TeamRole, Workspace,
    WorkspaceId,
};
use storage::{ActivityLog as _, Change, Unit};

use crate::browser::{Browser, Page};
use crate::connection::connection;
use crate::statements::{Statement, taken};
use crate::stores::{Stand, on_both};
use crate::team::{ANA, BEN, app, ben, draft, key, let_in, team, visits};
use crate::world::World;

/// What a page was asked for and gave.
#[derive(Debug)]
struct Cost {
    path: String,
    asked: Vec<Statement>,
    bytes: usize,
}

impl Cost {
    fn statements(&self) -> Vec<&str> {
        self.asked.iter().map(|statement| statement.sql.as_str()).collect()
    }
}

/// Loads a page a second time, so that what is read once for all is read, and counts that.
async fn costs(browser: &mut Browser<'_>, path: &str) -> (Cost, Page) {
    browser.get(path).await;
    taken();
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    (Cost { path: path.to_owned(), asked: taken(), bytes: page.body.len() }, page)
}

async fn costs_of(browser: &mut Browser<'_>, paths: &[String]) -> Vec<Cost> {
    let mut all = Vec::new();
    for path in paths {
        all.push(costs(browser, path).await.0);
    }
    all
}

/// The same statements as where there is little, and no more than so many bytes. Places for lists of values have any
/// length.
fn assert_flat(few: &[Cost], many: &[Cost], most_bytes: usize) {
    for (few, many) in few.iter().zip(many) {
        let shapes = |cost: &Cost| cost.statements().into_iter().map(without_lists).collect::<Vec<_>>();
        assert_eq!(shapes(few), shapes(many), "{}", many.path);
        assert!(many.asked.len() <= 20, "{} asks {} times", many.path, many.asked.len());
        assert!(many.bytes < most_bytes, "{} has {} bytes", many.path, many.bytes);
    }
}

/// `IN (?, ?, ?)` as `IN (?)`.
fn without_lists(sql: &str) -> String {
    let mut short = sql.to_owned();
    while short.contains("?, ?") {
        short = short.replace("?, ?", "?");
    }
    short
}

/// An app, with a key, of a team in which Ana may do everything.
async fn anas(world: &World) -> (App, ClientId) {
    let own = team(world, "Builders", None).await;
    let_in(world, own, world.ana, TeamRole::Admin).await;
    let own = app(world, draft(own, "Morning Post")).await;
    let key = key(world, &own, KeyKind::Secret).await.key.id;
    (own, key)
}

async fn commits(world: &World, changes: Vec<Change>) {
    for changes in changes.chunks(1000) {
        let unit = Unit { changes: changes.to_vec(), ..Unit::default() };
        world.state.protocol.units.commit(unit).await.unwrap();
    }
}

#[actix_web::test]
async fn fifty_thousand_apps() {
    const APPS: usize = 50_000;
    on_both(async |stand| {
        let world = &stand.world;
        let (own, small) = (team(world, "Builders", None).await, team(world, "Painters", None).await);
        let_in(world, own, world.ana, TeamRole::Admin).await;
        let_in(world, small, ben(world).await, TeamRole::Admin).await;
        let first = app(world, draft(own, "Post 00000")).await;
        let bens = app(world, draft(small, "Post of Ben")).await;
        let id = key(world, &first, KeyKind::Secret).await.key.id;
        let of = |app: AppId, key: &str| -> Vec<String> {
            let searches = ["", "?search=post", "?search=nothing", "?search=app.reportbot.com", "?search=%25"];
            let lists = searches.iter().map(|search| format!("/ui/apps{search}"));
            let others = [format!("/ui/apps?search={key}"), format!("/ui/apps/{app}"), format!("/ui/apps/{app}/keys")];
            let more = ["/ui/apps/deleted", "/ui/apps/new", "/ui/teams", "/docs"].map(str::to_owned);
            lists.chain(others).chain(more).collect()
        };
        let paths = of(first.id, &id.to_string());
        let (mut ana, _) = visits(world, ANA, "/ui/apps").await;
        let few = costs_of(&mut ana, &paths).await;
        let random = &*world.state.protocol.random;
        let more = (1..APPS).map(|number| App {
            id: AppId::generate(random),
            name: format!("Post {number:05}"),
            description: "x".repeat(500),
            ..first.clone()
        });
        commits(world, more.map(Change::AddApp).collect()).await;
        stand.counts();
        let many = costs_of(&mut ana, &paths).await;
        assert_flat(&few, &many, 50 * 3500);
        let (last, page) = costs(&mut ana, "/ui/apps?page=999").await;
        assert!(page.says("49951–50000 of 50000 apps") && last.bytes < 50 * 3500, "{}", page.body);
        let every = Statement::of("SELECT id FROM apps WHERE description = 'x'");
        assert_eq!(stand.scanned(&every), ["apps"], "what scans is known");
        // Among so many of others, Ben's few are found without reading them all.
        let key = key(world, &bens, KeyKind::Secret).await.key.id.to_string();
        let (mut his, _) = visits(world, BEN, "/ui/apps").await;
        for cost in costs_of(&mut his, &of(bens.id, &key)).await {
            assert_no_scan(stand, &cost, &["apps"]);
        }
    })
    .await;
}

/// No statement of the page reads one of these tables from end to end.
fn assert_no_scan(stand: &Stand, cost: &Cost, tables: &[&str]) {
    for statement in &cost.asked {
        let scanned = stand.scanned(statement);
        let is_large = |table: &&String| tables.contains(&table.as_str());
        assert_eq!(
            scanned.iter().find(is_large),
            None,
            "{}: {}\n{:#?}",
            cost.path,
            statement.sql,
            stand.plan(statement)
        );
    }
}

#[actix_web::test]
async fn ten_thousand_workspaces_to_choose_from() {
    const WORKSPACES: usize = 10_000;
    /// What a row takes beside its name: the id, a box and their tags.
    const ROW: usize = 200;
    on_both(async |stand| {
        let world = &stand.world;
        let (first, _) = anas(world).await;
        let (mut ana, _) = visits(world, ANA, "/ui/apps").await;
        let generate = [format!("/ui/apps/{}/tokens/new", first.id)];
        let few = costs_of(&mut ana, &generate).await;
        let (few_to_pick, _) = picker(world, &mut ana).await;
        let random = &*world.state.protocol.random;
        let now = world.clock.now();
        let more = (0..WORKSPACES).map(|number| Workspace {
            id: WorkspaceId::generate(random),
            customer: world.acme,
            name: format!("Workspace {number:05}"),
            created_at: now,
        });
        commits(world, more.map(Change::AddWorkspace).collect()).await;
        stand.counts();
        let many = costs_of(&mut ana, &generate).await;
        let (many_to_pick, page) = picker(world, &mut ana).await;
        assert!(page.says("Workspace 00000") && page.says("Workspace 09999"));
        assert_flat(&few, &many, WORKSPACES * ROW);
        assert_flat(&[few_to_pick], &[many_to_pick], WORKSPACES * ROW);
    })
    .await;
}

/// The workspace page of an ordinary request, for somebody who is signed in.
async fn picker(world: &World, browser: &mut Browser<'_>) -> (Cost, Page) {
    let review = browser.get(&world.authorize_path()).await;
    let choose = browser.submit(&review, "/ui/oauth/authorize/answer", &[("decision", "allow")]).await;
    costs(browser, &choose.path).await
}

#[actix_web::test]
async fn ten_thousand_connections() {
    const CONNECTIONS: usize = 10_000;
    const CUSTOMERS: usize = 500;
    on_both(async |stand| {
        let world = &stand.world;
        let (first, key) = anas(world).await;
        let attended = connection(world, (first.id, key), 1);
        let generated = Connection { purpose: Purpose::Generated, ..connection(world, (first.id, key), 2) };
        let now = world.clock.now();
        let ended = Connection { ended: Some((now, EndedBy::User)), ..connection(world, (first.id, key), 3) };
        let expired = Connection { expires_at: now, ..connection(world, (first.id, key), 4) };
        crate::connection::add(world, [attended.clone(), generated.clone(), ended, expired]).await;
        let (mut ana, _) = visits(world, ANA, "/ui/apps").await;
        let base = format!("/ui/apps/{}", first.id);
        let rest = [
            "",
            "/customers",
            "/customers?customer=acme",
            "/customers?customer=nobody",
            "/customers?state=active",
            "/customers?state=expired",
            "/customers?state=ended",
            "/customers/requests/new",
            "/tokens",
            "/tokens?state=active",
            "/settings/delete",
            "/settings/client-credentials",
            "/certificates/mutual-tls",
        ];
        let paths: Vec<_> = rest.iter().map(|rest| format!("{base}{rest}")).collect();
        let few = costs_of(&mut ana, &paths).await;
        let random = &*world.state.protocol.random;
        let customers: Vec<_> = (0..CUSTOMERS)
            .map(|number| Customer {
                id: CustomerId::generate(random),
                environment: EnvironmentName::default_environment(),
                name: format!("Acme {number:03}"),
                created_at: now,
            })
            .collect();
        let of = |number: usize| Connection {
            id: ConnectionId::generate(random),
            customer: customers.get(number % CUSTOMERS).unwrap().id,
            ended: (number.is_multiple_of(3)).then_some((now, EndedBy::User)),
            ..if number.is_multiple_of(5) { generated.clone() } else { attended.clone() }
        };
        commits(world, customers.iter().cloned().map(Change::AddCustomer).collect()).await;
        commits(world, (0..CONNECTIONS).map(|number| Change::AddConnection(of(number))).collect()).await;
        stand.counts();
        let many = costs_of(&mut ana, &paths).await;
        assert_flat(&few, &many, 50 * 3000);
        let (first_page, page) = costs(&mut ana, &format!("{base}/customers")).await;
        let next = page.body.split("href=\"").find(|link| link.contains("after=")).unwrap().split('"').next().unwrap();
        let (second_page, _) = costs(&mut ana, &next.replace("&#38;", "&")).await;
        assert_eq!(first_page.asked.len(), second_page.asked.len());
        assert!(second_page.bytes < 50 * 3000);
        // Another app among those connections has none, and is not looked for in all of them.
        let other = app(world, draft(first.team, "Evening Post")).await;
        let paths: Vec<_> = rest.iter().map(|rest| format!("/ui/apps/{}{rest}", other.id)).collect();
        for cost in costs_of(&mut ana, &paths).await {
            assert_no_scan(stand, &cost, &["connections"]);
        }
    })
    .await;
}

#[actix_web::test]
async fn ten_thousand_attempts() {
    const ATTEMPTS: usize = 10_000;
    on_both(async |stand| {
        let world = &stand.world;
        let (first, key) = anas(world).await;
        let (random, now) = (&*world.state.protocol.random, world.clock.now());
        let attempt = |number: usize| Activity {
            at: now,
            request: RequestId::generate(random),
            kind: ActivityKind::Token,
            grant: Some("authorization_code"),
            environment: EnvironmentName::default_environment(),
            key: Some(key),
            app: Some(first.id),
            authenticated: true,
            certificate: CertificateShown::Unregistered,
            refusal: Some(if number.is_multiple_of(2) { Reason::CodeExpired } else { Reason::CertificateUnregistered }),
            detail: "x".repeat(200),
            connection: None,
            customer: Some(world.acme),
            origin: Origin { address: "203.0.113.9".into(), user_agent: "curl/8".into() },
        };
        let of = |app: AppId| {
            let rest = ["", "/activity", "/activity?refused=yes", "/certificates", "/certificates/mutual-tls"];
            rest.map(|rest| format!("/ui/apps/{app}{rest}"))
        };
        world.store.append(&[attempt(0), attempt(1)], &[], &[]).await.unwrap();
        let (mut ana, _) = visits(world, ANA, "/ui/apps").await;
        let paths: Vec<_> = of(first.id).into_iter().chain(["/ui/apps".to_owned()]).collect();
        let few = costs_of(&mut ana, &paths).await;
        let more: Vec<_> = (0..ATTEMPTS).map(attempt).collect();
        for some in more.chunks(1000) {
            world.store.append(some, &[], &[]).await.unwrap();
        }
        stand.counts();
        assert_flat(&few, &costs_of(&mut ana, &paths).await, 150_000);
        let other = app(world, draft(first.team, "Evening Post")).await;
        for cost in costs_of(&mut ana, &of(other.id)).await {
            assert_no_scan(stand, &cost, &["activity"]);
        }
    })
    .await;
}
