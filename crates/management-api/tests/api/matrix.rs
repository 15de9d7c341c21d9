//! Every operation × everybody who may call it; and what one team can do to another's: nothing, not even learn of it.

use client_registry::Initiator;
use domain::{AppId, ManagedTeams, ManagementScope, Permission, Permissions, Random, TeamId};
use serde_json::json;

use crate::caller::{Answer, Caller, Server, management_key};
use crate::confirmation::told;
use crate::operations::{Needs, ROWS, Row};
use crate::stage::{Own, Stage, give, person};
use crate::team::{ANA, signs, visits};
use crate::world::World;

use ManagementScope::{Read, WriteApps, WriteTeams};

/// Somebody who calls, with what it may do in the team that is asked about; `None` is nothing, not even look.
struct Known {
    name: String,
    caller: Caller,
    can: Option<Permissions>,
    is_key: bool,
}

/// Everybody: nobody, an outsider, a member with each single permission, the owner, and management keys.
async fn everybody(world: &World, server: &Server, stage: &Stage) -> Vec<Known> {
    let mut all = Vec::new();
    let mut people = vec![("outsider".to_owned(), None)];
    for permission in Permission::ALL {
        let can: Permissions = [Permission::View, permission].into_iter().collect();
        people.push((permission.as_str().replace('_', "-"), Some(can)));
    }
    for (name, can) in people {
        let email = format!("{name}@builders.example");
        let user = person(world, &email).await;
        if let Some(can) = can {
            give(world, stage.own.team, user, &can.iter().collect::<Vec<_>>()).await;
        }
        let (browser, _) = visits(world, &email, "/ui/sessions").await;
        all.push(Known { name, caller: Caller::of(server, &browser).await, can, is_key: false });
    }
    let (browser, _) = visits(world, ANA, "/ui/sessions").await;
    let caller = Caller::of(server, &browser).await;
    all.push(Known { name: "owner".into(), caller, can: Some(Permissions::ALL), is_key: false });
    let keys: [(&str, TeamId, &[ManagementScope]); 4] = [
        ("key that reads", stage.own.team, &[Read]),
        ("key that writes apps", stage.own.team, &[Read, WriteApps]),
        ("key that writes teams", stage.own.team, &[WriteTeams]),
        ("key of another team", stage.foreign.team, &[Read, WriteApps, WriteTeams]),
    ];
    for (name, team, scopes) in keys {
        let caller = management_key(world, server, (ManagedTeams::One(team), scopes)).await;
        let words: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let can = ManagementScope::permissions(&words.join(" ").parse().unwrap());
        let can = can.filter(|_| team == stage.own.team);
        all.push(Known { name: name.into(), caller, can, is_key: true });
    }
    all
}

/// What must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Done,
    /// As if there were no such team or app.
    NotFound,
    Lacks(Permission),
    PersonRequired,
}

fn expected(row: &Row, known: &Known) -> Expected {
    let needed: &[Permission] = match &row.needs {
        Needs::Person | Needs::PersonWith(_) if known.is_key => return Expected::PersonRequired,
        Needs::Nothing | Needs::Person => return Expected::Done,
        Needs::All(needed) => needed,
        Needs::PersonWith(needed) => std::slice::from_ref(needed),
    };
    let Some(can) = known.can else { return Expected::NotFound };
    match needed.iter().find(|permission| !can.allow(**permission)) {
        Some(lacking) => Expected::Lacks(*lacking),
        None => Expected::Done,
    }
}

/// An allowed call is done, or refused for another reason than who calls.
fn is_done(row: &Row, answer: &Answer) -> bool {
    match row.path {
        // Nobody's: see `stage`.
        path if path.contains("{session}") || path.contains("{approval}") => answer.problem() == "not_found",
        // To the team that it is in already.
        "/apps/{app}/transfer" => answer.problem() == "field_refused",
        // Only Ana may let apps into the workspace.
        "/apps/{app}/tokens" | "/apps/{app}/tokens/{token}/regenerate" if row.method == "POST" => {
            answer.status == 202 || answer.problem() == "field_refused"
        }
        _ => answer.status.is_success(),
    }
}

#[actix_web::test]
async fn everybody_does_exactly_what_it_may() {
    let world = World::start().await;
    signs(&world).await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let everybody = everybody(&world, &server, &stage).await;
    for row in ROWS {
        let nobody = row.asked_by(&Caller::Nobody, &server, (&world, &stage.own)).await;
        nobody.is(401, "token_missing");
        for known in &everybody {
            let what = format!("{} {} by {}", row.method, row.path, known.name);
            let expected = expected(row, known);
            // What is done may be gone then.
            let fresh = match expected {
                Expected::Done if row.method != "GET" => Some(Own::of(&world, stage.own.team, world.ana).await),
                _ => None,
            };
            let own = fresh.as_ref().unwrap_or(&stage.own);
            if row.path.ends_with("/restore") && expected == Expected::Done {
                world.state.registry.delete_app(&Initiator::operator(), own.app.id).await.unwrap();
            }
            let answer = row.asked_by(&known.caller, &server, (&world, own)).await;
            if let Some(fresh) = &fresh {
                fresh.leave(&world).await;
            }
            let got = (answer.status.as_u16(), answer.problem());
            let got = (got.0, got.1.as_str());
            match expected {
                Expected::Done => assert!(is_done(row, &answer), "{what}: {answer:?}"),
                Expected::PersonRequired => assert_eq!(got, (403, "person_required"), "{what}: {answer:?}"),
                Expected::NotFound => {
                    assert_eq!(got, (404, "not_found"), "{what}: {answer:?}");
                    looks_like_unknown(&world, (&server, known), (row, &stage.own), &answer).await;
                }
                Expected::Lacks(lacking) if known.is_key => {
                    assert_eq!(got, (403, "scope_missing"), "{what}: {answer:?}");
                    let scope = ManagementScope::that_allows(lacking).unwrap().as_str();
                    assert!(answer.detail().contains(scope), "{what}: {answer:?}");
                }
                Expected::Lacks(lacking) => {
                    assert_eq!(got, (403, "permission_missing"), "{what}: {answer:?}");
                    let detail = answer.detail();
                    assert!(detail.contains(ANA), "{what} is not told that {lacking:?} can be had of her: {detail}");
                }
            }
        }
    }
}

/// What is another team's is answered, word for word, like what is not there.
async fn looks_like_unknown(
    world: &World,
    (server, known): (&Server, &Known),
    (row, own): (&Row, &Own),
    answer: &Answer,
) {
    let random: &dyn Random = &*world.state.protocol.random;
    let (name, unknown) = if row.path.contains("{app}") {
        ("{app}", AppId::generate(random).to_string())
    } else if row.path.contains("{team}") {
        ("{team}", TeamId::generate(random).to_string())
    } else {
        return;
    };
    let path = format!("/api/v1{}", own.fill_but(row.path, name).replace(name, &unknown));
    let other = known.caller.asks(server, (row.method, &path), &row.body(world, own)).await;
    let plain = |answer: &Answer, id: &str| (answer.status, answer.problem(), answer.detail().replace(id, "?"));
    assert_eq!(plain(answer, own.id(name)), plain(&other, &unknown), "{} {}", row.method, row.path);
}

/// What is another team's cannot be had by way of one's own app or team, whatever one may do there.
#[actix_web::test]
async fn ids_of_another_team_name_nothing_under_ones_own_paths() {
    let world = World::start().await;
    signs(&world).await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/sessions").await;
    let all = &[Read, WriteApps, WriteTeams];
    let witness = management_key(&world, &server, (ManagedTeams::One(stage.foreign.team), all)).await;
    let before = told(&witness, &server, &stage.foreign).await;
    let key = management_key(&world, &server, (ManagedTeams::One(stage.own.team), all)).await;
    let callers = [(Caller::of(&server, &browser).await, false), (key, true)];
    let mut asked = 0;
    for row in ROWS {
        let owner = ["{app}", "{team}"].into_iter().find(|owner| row.path.contains(owner));
        let Some(owner) = owner.filter(|owner| row.path.replace(owner, "").contains('{')) else { continue };
        // Naming somebody of another team makes a member of it, as it is meant to.
        if (row.method, row.path) == ("PUT", "/teams/{team}/members/{user}") {
            continue;
        }
        let mut paths = vec![stage.foreign.fill(&row.path.replace(owner, stage.own.id(owner)))];
        if row.path.contains("{secret}") {
            let own_key = row.path.replace(owner, stage.own.id(owner)).replace("{key}", stage.own.id("{key}"));
            paths.push(stage.foreign.fill(&own_key));
        }
        for path in paths {
            for (caller, is_key) in &callers {
                let body = row.body(&world, &stage.own);
                let answer = caller.asks(&server, (row.method, &format!("/api/v1{path}")), &body).await;
                let people_only = matches!(row.needs, Needs::Person | Needs::PersonWith(_));
                let expected = if *is_key && people_only { (403, "person_required") } else { (404, "not_found") };
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), expected, "{row:?}: {answer:?}");
                asked += 1;
            }
        }
    }
    assert!(asked > 40, "{asked}");
    assert!(told(&witness, &server, &stage.foreign).await == before, "something of the other team was changed");
}

#[actix_web::test]
async fn ids_of_another_team_name_nothing_in_bodies() {
    let world = World::start().await;
    signs(&world).await;
    let (server, stage) = (Server::of(&world).await, Stage::of(&world).await);
    let (browser, _) = visits(&world, ANA, "/ui/sessions").await;
    let ana = Caller::of(&server, &browser).await;
    let at = |rest: &str| format!("/api/v1/apps/{}{rest}", stage.own.app.id);
    let foreign_key = stage.foreign.id("{key}");
    let pem = testkit::Issued::self_signed("Another").pem();
    let certificate = json!({"pem": pem, "key": foreign_key});
    let refused = ana.asks(&server, ("POST", &at("/certificates")), &certificate).await;
    refused.is(422, "field_refused");
    let mut tokens = json!({
        "key": foreign_key, "label": "By hand", "customer": world.acme, "workspaces": [world.emea],
        "scopes": ["read"], "lifetime_seconds": 3600, "password": crate::world::PASSWORD,
    });
    ana.asks(&server, ("POST", &at("/tokens")), &tokens).await.is(422, "field_refused");
    // A workspace of another customer is none of this one's, though she may let apps into both.
    tokens["key"] = json!(stage.own.id("{key}"));
    tokens["workspaces"] = json!([world.globex_main]);
    ana.asks(&server, ("POST", &at("/tokens")), &tokens).await.is(422, "field_refused");
    ana.asks(&server, ("POST", &at("/transfer")), &json!({"team": stage.foreign.team})).await.is(404, "not_found");
    let app = json!({
        "team": stage.foreign.team, "name": "Evening Post", "description": "Reports", "publisher_name": "Bots Inc",
        "kind": "web", "environments": ["default"],
    });
    ana.asks(&server, ("POST", "/api/v1/apps"), &app).await.is(404, "not_found");
}
