//! Developer teams: their members and apps, and what each member may do.

use client_registry::{Authority, RegistryError};
use domain::{Actor, AppId, Permission, TeamId, TeamMember, TeamRole, UserId};
use serde_json::{Value, json};

use super::{Installation, text};
use crate::commands::opened::Opened;
use crate::config::{Config, Mode, Sources};

impl Installation {
    async fn team(&self, name: &str) -> String {
        text(&self.does(&["team", "create", name]).await, "id")
    }

    async fn person(&self, name: &str) -> String {
        let email = format!("{}@bots.test", name.to_lowercase());
        text(&self.does(&["user", "create", "--email", &email, "--name", name]).await, "id")
    }

    /// A new person with this part in a team, and its id.
    async fn member(&self, team: &str, name: &str, permissions: &str) -> UserId {
        let user = self.person(name).await;
        self.does(&["team", "member", "set", team, "--user", &user, "--permissions", permissions]).await;
        user.parse().expect("an id")
    }

    async fn app_of(&self, team: &str, name: &str) -> Value {
        let words = ["--description", "Copies reports", "--publisher", "Bots Inc", "--verified", "--team", team];
        let callback = format!("https://{}.bots.example.com/callback", name.to_lowercase());
        self.does(&[&["app", "create", name, "--callback-url", &callback][..], &words].concat()).await
    }

    async fn members(&self, team: &str) -> Vec<Value> {
        self.does(&["team", "member", "list", team]).await["members"].as_array().expect("a list").clone()
    }

    /// The registry over the same database, as the server has it.
    pub(super) async fn opened(&self) -> Opened {
        let flags = vec![format!("data_directory={}", self.folder.path().display())];
        let sources = Sources { mode: Mode::Development, files: Vec::new(), environment: Vec::new(), flags };
        Opened::open(Config::load(&sources).expect("a configuration")).await.expect("the database opens")
    }
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id as it was printed")
}

#[tokio::test]
async fn a_team_is_made_listed_shown_and_renamed() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    assert_eq!(text(&here.does(&["team", "rename", &team, " Better Bots "]).await, "name"), "Better Bots");
    let listed = here.does(&["team", "list", "better"]).await;
    assert_eq!(text(&listed["teams"][0], "id"), team);
    let all = here.does(&["team", "list"]).await;
    let names: Vec<String> = all["teams"].as_array().expect("a list").iter().map(|team| text(team, "name")).collect();
    assert_eq!(names, ["Better Bots", "Operator"]);
    here.member(&team, "Ana", "edit,manage-members").await;
    here.app_of(&team, "Copier").await;
    let shown = here.does(&["team", "show", &team]).await;
    assert_eq!(shown["apps"], 1);
    let member = shown["members"][0].as_str().expect("a member");
    assert!(member.ends_with("ana@bots.test (view,edit,manage_members)"), "{member}");
    for name in ["x", "a\u{202e}b"] {
        assert!(here.refuses(&["team", "rename", &team, name]).await.starts_with("name has"));
    }
    let nowhere = TeamId::from_bytes([7; 16]).to_string();
    for words in [&["team", "show", &nowhere][..], &["team", "rename", &nowhere, "Other"]] {
        assert!(here.refuses(words).await.starts_with("there is no team"));
    }
}

#[tokio::test]
async fn a_member_gets_a_role_or_single_permissions() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    here.person("Ana").await;
    let set = ["team", "member", "set", &team, "--user", "Ana@Bots.test"];
    let given = async |how: [&str; 2]| here.does(&[&set[..], &how].concat()).await;
    let developer = given(["--role", "developer"]).await;
    assert_eq!(developer["permissions"], json!(["view", "create", "edit"]));
    assert_eq!((text(&developer, "role"), text(&developer, "email")), ("developer".into(), "ana@bots.test".into()));
    let single = given(["--permissions", "generate-token,delete"]).await;
    assert_eq!((&single["permissions"], &single["role"]), (&json!(["view", "delete", "generate_token"]), &json!(null)));
    assert_eq!(here.members(&team).await, [single]);
    here.does(&["team", "member", "remove", &team, "--user", "ana@bots.test"]).await;
    assert_eq!(here.members(&team).await, Vec::<Value>::new());
    assert!(here.refuses(&["team", "member", "remove", &team, "--user", "ana@bots.test"]).await.contains("no member"));
}

#[tokio::test]
async fn only_people_who_exist_become_members() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    let robot = ["user", "create", "--email", "robot@bots.test", "--name", "Robot", "--service"];
    let robot = text(&here.does(&robot).await, "id");
    let ghost = UserId::from_bytes([7; 16]).to_string();
    for (user, why) in [(robot.as_str(), "service user"), ("nobody@bots.test", "no user"), (&ghost, "no user")] {
        let told = here.refuses(&["team", "member", "set", &team, "--user", user, "--role", "viewer"]).await;
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(here.members(&team).await, Vec::<Value>::new());
}

#[tokio::test]
async fn somebody_goes_on_managing_the_members() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    let ana = here.member(&team, "Ana", "manage_members").await.to_string();
    let viewer = ["team", "member", "set", &team, "--user", &ana, "--role", "viewer"];
    let remove = ["team", "member", "remove", &team, "--user", &ana];
    for words in [&viewer[..], &remove] {
        assert!(here.refuses(words).await.contains("nobody else could manage the members"));
    }
    let ben = here.member(&team, "Ben", "manage_members").await.to_string();
    here.does(&["user", "disable", &ben]).await;
    assert!(here.refuses(&remove).await.contains("nobody else"), "who is shut out manages nobody");
    here.does(&["user", "enable", &ben]).await;
    here.does(&viewer).await;
    here.does(&remove).await;
}

#[tokio::test]
async fn an_app_belongs_to_a_team_that_exists() {
    let here = Installation::new().await;
    let nowhere = TeamId::from_bytes([7; 16]).to_string();
    let words = ["--description", "Copies reports", "--publisher", "Bots Inc", "--team", &nowhere];
    let told = here.refuses(&[&["app", "create", "Copier"][..], &words].concat()).await;
    assert!(told.starts_with(&format!("there is no team {nowhere}")), "{told}");
    assert_eq!(here.does(&["app", "list"]).await["apps"], json!([]));
    let told = here.refuses(&["app", "list", "--team", &nowhere]).await;
    assert!(told.starts_with("there is no team"), "{told}");
}

#[tokio::test]
async fn apps_of_a_team_are_found_by_name_key_and_host() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    let (copier, sender) = (here.app_of(&team, "Copier").await, here.app_of(&team, "Sender").await);
    here.app().await;
    let (key, _) = here.key(&text(&sender, "id")).await;
    let found = async |search: &str| {
        let apps = here.does(&["app", "list", search, "--team", &team]).await;
        apps["apps"].as_array().expect("a list").iter().map(|app| text(app, "name")).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["Copier", "Sender"]);
    assert_eq!(found("copi").await, [text(&copier, "name")]);
    assert_eq!(found(&key).await, ["Sender"]);
    assert_eq!(found("bots.exa").await, ["Copier", "Sender"]);
    assert_eq!(found("callback").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_app_is_given_to_another_team_once() {
    let here = Installation::new().await;
    let (from, to) = (here.team("From").await, here.team("To").await);
    let app = text(&here.app_of(&from, "Copier").await, "id");
    let given = here.does(&["app", "transfer", &app, "--team", &to]).await;
    assert_eq!((text(&given, "team"), &given["verified"]), (to.clone(), &json!(true)));
    assert_eq!(given, here.does(&["app", "show", &app]).await, "the answer is what is stored");
    assert!(here.refuses(&["app", "transfer", &app, "--team", &to]).await.contains("owns this app already"));
    let nowhere = TeamId::from_bytes([7; 16]).to_string();
    assert!(here.refuses(&["app", "transfer", &app, "--team", &nowhere]).await.starts_with("there is no team"));
    here.does(&["app", "delete", &app]).await;
    assert!(here.refuses(&["app", "transfer", &app, "--team", &from]).await.contains("deleted"));
}

#[tokio::test]
async fn what_was_done_to_a_team_is_in_its_trail() {
    let here = Installation::new().await;
    let (team, other) = (here.team("Integrations").await, here.team("Other").await);
    let ana = here.member(&team, "Ana", "edit").await.to_string();
    here.does(&["team", "member", "remove", &team, "--user", &ana]).await;
    here.does(&["team", "rename", &team, "Better Bots"]).await;
    let app = text(&here.app_of(&team, "Copier").await, "id");
    here.does(&["app", "transfer", &app, "--team", &other]).await;
    let trail = async |target: &str| {
        let found = here.does(&["audit", "list", "--target", target]).await;
        let records = found["audit"].as_array().expect("a list").clone();
        records.iter().map(|record| (text(record, "action"), text(record, "detail"))).collect::<Vec<_>>()
    };
    let pairs = [
        ("team.renamed", "name: Better Bots, before: Integrations".to_owned()),
        ("team.member_removed", format!("user: {ana}; permissions before: view,edit")),
        ("team.member_set", format!("user: {ana}; permissions: view,edit")),
        ("team.created", "name: Integrations".to_owned()),
    ];
    assert_eq!(trail(&team).await, pairs.map(|(action, detail)| (action.to_owned(), detail)));
    assert_eq!(trail(&app).await[0], ("app.transferred".to_owned(), format!("from: {team}; to: {other}")));
}

/// The matrix of permissions: whoever is asked, for whatever, only the stored set decides.
#[tokio::test]
async fn each_member_may_do_what_its_permissions_say_and_outsiders_see_nothing() {
    let here = Installation::new().await;
    let (team, other) = (here.team("Integrations").await, here.team("Other").await);
    let app = text(&here.app_of(&team, "Copier").await, "id");
    let mut members = Vec::new();
    for (name, role) in [("Vera", TeamRole::Viewer), ("Dan", TeamRole::Developer), ("Ada", TeamRole::Admin)] {
        let permissions = role.permissions();
        members.push((here.member(&team, name, &permissions.to_string()).await, permissions));
    }
    let outsider = here.member(&other, "Otto", "view,create,edit,delete,generate_token,manage_members").await;
    let opened = here.opened().await;
    let registry = &opened.registry;
    let (app, team): (AppId, TeamId) = (id(&app), id(&team));
    for (user, permissions) in members {
        let authority = registry.authority(user, None).await.expect("the store answers");
        for permission in Permission::ALL {
            let of_app = registry.permit_app(&authority, app, permission).await.map(|app| app.id);
            let of_team = registry.permit_team(&authority, team, permission).await.map(|team| team.id);
            if permissions.allow(permission) {
                assert_eq!((of_app.expect("it may"), of_team.expect("it may")), (app, team));
            } else {
                for refused in [of_app.map(drop), of_team.map(drop)] {
                    let told = refused.expect_err("it may not").to_string();
                    let ada = format!("this needs the permission {permission} in the team Integrations; ");
                    assert_eq!(told, ada + "it can be granted by Ada (ada@bots.test)");
                }
            }
        }
    }
    let authority = registry.authority(outsider, None).await.expect("the store answers");
    let nothing = (AppId::from_bytes([7; 16]), TeamId::from_bytes([7; 16]));
    for permission in Permission::ALL {
        let told = async |app: AppId, team: TeamId| {
            let of_app = registry.permit_app(&authority, app, permission).await.map(drop);
            let of_team = registry.permit_team(&authority, team, permission).await.map(drop);
            let told = [of_app, of_team].map(|refused| refused.expect_err("it sees nothing").to_string());
            told.map(|told| told.replace(&app.to_string(), "…").replace(&team.to_string(), "…"))
        };
        assert_eq!(told(app, team).await, told(nothing.0, nothing.1).await);
        let operator = registry.permit_app(&Authority::operator(), app, permission).await.expect("it may");
        assert_eq!(operator.by().actor, Actor::Operator);
    }
}

#[tokio::test]
async fn a_part_that_was_taken_away_is_gone_with_the_next_request() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    let app: AppId = id(&text(&here.app_of(&team, "Copier").await, "id"));
    let ana = here.member(&team, "Ana", "edit").await;
    let opened = here.opened().await;
    let may = async || {
        let authority = opened.registry.authority(ana, None).await.expect("the store answers");
        opened.registry.permit_app(&authority, app, Permission::Edit).await
    };
    assert_eq!(may().await.expect("it may").by().actor, Actor::User(ana));
    let ana = ana.to_string();
    let set = ["team", "member", "set", &team, "--user", &ana, "--permissions"];
    here.does(&[&set[..], &["delete"]].concat()).await;
    assert!(matches!(may().await, Err(RegistryError::NotPermitted { grantors, .. }) if grantors.is_empty()));
    here.does(&[&set[..], &["edit"]].concat()).await;
    here.does(&["user", "disable", &ana]).await;
    assert!(matches!(may().await, Err(RegistryError::NotFound { .. })), "who is shut out may do nothing");
    here.does(&["user", "enable", &ana]).await;
    may().await.expect("it may again");
    here.does(&["team", "member", "remove", &team, "--user", &ana]).await;
    assert!(matches!(may().await, Err(RegistryError::NotFound { .. })));
}

#[tokio::test]
async fn nobody_gives_or_takes_what_it_does_not_have() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    let ada = here.member(&team, "Ada", "view,create,edit,delete,generate_token,manage_members").await;
    let max = here.member(&team, "Max", "edit,manage_members").await;
    let vera = here.member(&team, "Vera", "view").await;
    let opened = here.opened().await;
    let registry = &opened.registry;
    let team: TeamId = id(&team);
    let authority = registry.authority(max, None).await.expect("the store answers");
    let gives = async |user, permissions: &str| {
        let member = TeamMember { team, user, permissions: permissions.parse().expect("permissions") };
        registry.set_team_member(&authority, member).await
    };
    gives(vera, "edit,manage_members").await.expect("it has these");
    for (user, permissions) in [(max, "edit,delete,manage_members"), (vera, "edit,generate_token"), (ada, "edit")] {
        let told = gives(user, permissions).await.expect_err("it does not have them").to_string();
        assert!(told.ends_with("it can be granted by Ada (ada@bots.test)"), "{told}");
    }
    let removed = registry.remove_team_member(&authority, team, ada).await;
    assert!(matches!(removed, Err(RegistryError::NotPermitted { .. })), "{removed:?}");
    registry.remove_team_member(&authority, team, vera).await.expect("it has all that she has");
    let left = registry.authority(ada, None).await.expect("the store answers");
    assert_eq!(
        left.teams().map(|(team, permissions)| (team.name.as_str(), permissions.role())).collect::<Vec<_>>(),
        [("Integrations", Some(TeamRole::Admin))]
    );
}

#[tokio::test]
async fn everybody_may_leave_and_nobody_else_may_be_sent_away_without_leave() {
    let here = Installation::new().await;
    let team = here.team("Integrations").await;
    here.member(&team, "Ada", "manage_members").await;
    let (dan, vera) = (here.member(&team, "Dan", "edit").await, here.member(&team, "Vera", "view").await);
    let opened = here.opened().await;
    let registry = &opened.registry;
    let team: TeamId = id(&team);
    let authority = registry.authority(dan, None).await.expect("the store answers");
    let sent = registry.remove_team_member(&authority, team, vera).await;
    assert!(matches!(sent, Err(RegistryError::NotPermitted { permission: Permission::ManageMembers, .. })), "{sent:?}");
    let renamed = registry.rename_team(&authority, team, "Dan's").await;
    assert!(matches!(renamed, Err(RegistryError::NotPermitted { .. })), "{renamed:?}");
    registry.remove_team_member(&authority, team, dan).await.expect("it leaves");
    let authority = registry.authority(dan, None).await.expect("the store answers");
    assert_eq!(authority.teams().count(), 0);
}

#[tokio::test]
async fn a_team_that_gives_an_app_away_takes_no_verification_with_it() {
    let here = Installation::new().await;
    let (from, to) = (here.team("From").await, here.team("To").await);
    let app: AppId = id(&text(&here.app_of(&from, "Copier").await, "id"));
    let ana = here.member(&from, "Ana", "edit,delete").await.to_string();
    let opened = here.opened().await;
    let (ana_id, to_id): (UserId, TeamId) = (id(&ana), id(&to));
    let gives = async || {
        let authority = opened.registry.authority(ana_id, None).await.expect("the store answers");
        opened.registry.transfer_app(&authority, app, to_id).await
    };
    assert!(matches!(gives().await, Err(RegistryError::NotFound { what: "team", .. })), "it does not see that team");
    let part = |permissions| ["team", "member", "set", to.as_str(), "--user", &ana, "--permissions", permissions];
    here.does(&part("view")).await;
    let lacking = gives().await;
    assert!(matches!(lacking, Err(RegistryError::NotPermitted { permission: Permission::Create, .. })), "{lacking:?}");
    here.does(&part("create")).await;
    let given = gives().await.expect("it may");
    assert_eq!((given.team, given.publisher.verified), (to_id, false));
    let lacking = gives().await;
    assert!(matches!(lacking, Err(RegistryError::NotPermitted { permission: Permission::Delete, .. })), "{lacking:?}");
}
