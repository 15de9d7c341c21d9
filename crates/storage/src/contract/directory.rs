//! Lists and single things for people.

use std::time::Duration;

use domain::{App, Environment, EnvironmentName, KeyState, Role, SecretState, User, UserId, UserKind};

use super::fixtures::{self, FreshBits, World, commit, fresh_word};
use super::units::connector;
use super::{CROWD, Durable, all_at_once, run_each};
use crate::{Change, StoreError, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        environments_are_listed_the_default_one_first_then_by_name,
        apis_of_an_environment_are_listed_the_default_one_first,
        apps_are_found_by_a_part_of_their_name_without_case,
        signs_of_a_pattern_in_a_search_are_plain_text,
        deleted_apps_are_not_listed_and_still_found_by_id,
        keys_of_an_app_are_listed_oldest_first,
        secrets_of_a_key_are_listed_newest_first_with_the_revoked,
        customers_and_workspaces_are_listed_by_name,
        users_are_listed_by_address_page_by_page,
        a_user_is_found_by_its_address_whatever_the_case,
        a_password_can_be_set,
        a_user_sees_every_customer_it_is_part_of,
        members_of_a_customer_are_listed_by_address,
        requests_of_a_key_are_listed_newest_first,
        what_does_not_exist_is_not_found,
        failed_sign_ins_are_counted_one_by_one,
        forgetting_failed_sign_ins_starts_the_count_again,
    );
}

/// Whether or not a test before this one made the default one.
pub async fn environments_are_listed_the_default_one_first_then_by_name(store: &Durable) {
    let (_, now) = store.head().await;
    let added = [(); 3].map(|()| fixtures::environment(now));
    commit(store, added.iter().cloned().map(Change::AddEnvironment).collect()).await;
    let default = Environment { name: EnvironmentName::default_environment(), ..fixtures::environment(now) };
    let made = store.units.commit(Unit { changes: vec![Change::AddEnvironment(default)], ..Unit::default() }).await;
    assert!(matches!(made, Ok(_) | Err(StoreError::Exists { .. })), "{made:?}");
    let listed = store.directory.environments().await.expect("the store answers");
    assert!(listed.first().is_some_and(|environment| environment.name.is_default()));
    assert!(listed.iter().skip(1).is_sorted_by_key(|environment| environment.name.as_str()));
    assert!(added.iter().all(|environment| listed.contains(environment)));
}

/// And only its own.
pub async fn apis_of_an_environment_are_listed_the_default_one_first(store: &Durable) {
    let world = World::add(store).await;
    let second = domain::Api { name: "A second API".into(), ..fixtures::api(&world.environment.name, world.now) };
    commit(store, vec![Change::AddApi(second.clone())]).await;
    let listed = store.directory.apis(&world.environment.name).await.expect("the store answers");
    assert_eq!(listed, [world.api.clone(), second]);
    let one = store.directory.api_by_id(world.api.id).await.expect("the store answers");
    assert_eq!(one, Some(world.api));
}

/// By name, page by page.
pub async fn apps_are_found_by_a_part_of_their_name_without_case(store: &Durable) {
    let world = World::add(store).await;
    let word = fresh_word();
    let apps = ["Gamma", "alpha", "Beta"].map(|first| App {
        name: format!("{first} {} bot", word.to_uppercase()),
        ..fixtures::app(&world.environment.name, world.now)
    });
    commit(store, apps.iter().cloned().map(Change::AddApp).collect()).await;
    let [gamma, alpha, beta] = apps;
    assert_eq!(search(store, &word, 0, 10).await, [alpha.clone(), beta.clone(), gamma.clone()]);
    assert_eq!(search(store, &format!("ALPHA {word} B"), 0, 10).await, [alpha]);
    assert_eq!(search(store, &word, 1, 1).await, [beta]);
    assert_eq!(search(store, &word, 2, 10).await, [gamma]);
    assert!(!search(store, "", 0, 1).await.is_empty());
}

/// A name may have a percent sign in it.
pub async fn signs_of_a_pattern_in_a_search_are_plain_text(store: &Durable) {
    let world = World::add(store).await;
    let word = fresh_word();
    let named = |name: String| App { name, ..fixtures::app(&world.environment.name, world.now) };
    let plain = named(format!("{word} abcd"));
    let percent = named(format!("{word} 100%_\\d"));
    commit(store, vec![Change::AddApp(plain.clone()), Change::AddApp(percent.clone())]).await;
    for pattern in [format!("{word} %d"), format!("{word} abc_"), format!("{word}*")] {
        assert!(search(store, &pattern, 0, 10).await.is_empty(), "{pattern}");
    }
    assert_eq!(search(store, &format!("{word} 100%_\\"), 0, 10).await, [percent]);
}

/// Their activity is still to be read.
pub async fn deleted_apps_are_not_listed_and_still_found_by_id(store: &Durable) {
    let world = World::add(store).await;
    let deleted = App { deleted_at: Some(world.now), ..world.app.clone() };
    commit(store, vec![Change::ReplaceApp(deleted.clone())]).await;
    assert!(search(store, &world.app.name, 0, 10).await.is_empty());
    let found = store.directory.app(world.app.id).await.expect("the store answers");
    assert_eq!(found.map(|app| app.deleted_at), Some(deleted.deleted_at));
}

/// Whatever their state.
pub async fn keys_of_an_app_are_listed_oldest_first(store: &Durable) {
    let world = World::add(store).await;
    let newer = domain::ApiKey {
        environments: Some(vec![world.environment.name.clone()]),
        expires_at: None,
        kind: domain::KeyKind::Public,
        ..fixtures::key(world.app.id, world.now + Duration::from_secs(1))
    };
    commit(store, vec![Change::AddKey(newer.clone()), Change::SetKeyState(newer.id, KeyState::Revoked)]).await;
    let listed = store.directory.keys(world.app.id).await.expect("the store answers");
    assert_eq!(listed, [world.key, domain::ApiKey { state: KeyState::Revoked, ..newer }]);
}

/// The list shows what was revoked.
pub async fn secrets_of_a_key_are_listed_newest_first_with_the_revoked(store: &Durable) {
    let world = World::add(store).await;
    let newer = fixtures::secret(world.key.id, world.now + Duration::from_secs(1));
    let revoke = Change::SetSecretState(world.secret.id, world.key.id, SecretState::Revoked);
    commit(store, vec![Change::AddSecret(newer.clone()), revoke]).await;
    let listed = store.directory.secrets(world.key.id).await.expect("the store answers");
    assert_eq!(listed, [newer, domain::ApiSecret { state: SecretState::Revoked, ..world.secret }]);
}

/// Of one environment, of one customer.
pub async fn customers_and_workspaces_are_listed_by_name(store: &Durable) {
    let world = World::add(store).await;
    let named =
        |name: &str| domain::Customer { name: name.into(), ..fixtures::customer(&world.environment.name, world.now) };
    let (before, after) = (named("Aardvark"), named("Zebra"));
    commit(store, vec![Change::AddCustomer(after.clone()), Change::AddCustomer(before.clone())]).await;
    let listed = store.directory.customers(&world.environment.name).await.expect("the store answers");
    assert_eq!(listed, [before, world.customer.clone(), after]);
    let one = store.directory.customer(world.customer.id).await.expect("the store answers");
    assert_eq!(one.as_ref(), Some(&world.customer));
    let workspaces = store.directory.workspaces(world.customer.id).await.expect("the store answers");
    assert_eq!(workspaces, world.workspaces);
}

/// None twice and none left out.
pub async fn users_are_listed_by_address_page_by_page(store: &Durable) {
    let (_, now) = store.head().await;
    let word = fresh_word();
    let named = |number: u32| User { email: format!("{word}.{number}@acme.test"), ..fixtures::user(now) };
    let users: Vec<_> = (0..5).map(named).collect();
    commit(store, users.iter().rev().cloned().map(Change::AddUser).collect()).await;
    let mut listed = Vec::new();
    let mut offset = 0;
    loop {
        let page = store.directory.users(offset, 3).await.expect("the store answers");
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        offset += u32::try_from(page.len()).expect("a small number");
        listed.extend(page.into_iter().filter(|user| user.email.starts_with(&word)));
    }
    assert_eq!(listed, users);
}

/// Compared in lower case.
pub async fn a_user_is_found_by_its_address_whatever_the_case(store: &Durable) {
    let world = World::add(store).await;
    let directory = &store.directory;
    for address in [world.user.email.clone(), world.user.email.to_uppercase()] {
        let found = directory.user_by_email(&address).await.expect("the store answers");
        assert_eq!(found.as_ref(), Some(&world.user), "{address}");
    }
    assert_eq!(directory.user(world.user.id).await.expect("the store answers"), Some(world.user));
}

/// Also where none was.
pub async fn a_password_can_be_set(store: &Durable) {
    let (_, now) = store.head().await;
    let user = User { password_hash: None, kind: UserKind::Service, enabled: false, ..fixtures::user(now) };
    commit(store, vec![Change::AddUser(user.clone())]).await;
    let found = store.directory.user(user.id).await.expect("the store answers");
    assert_eq!(found, Some(user.clone()));
    commit(store, vec![Change::SetPassword(user.id, "$argon2id$other".into())]).await;
    let found = store.directory.user(user.id).await.expect("the store answers");
    assert_eq!(found.and_then(|user| user.password_hash).as_deref(), Some("$argon2id$other"));
}

/// In one environment, by the customer's name, each with its own workspaces.
pub async fn a_user_sees_every_customer_it_is_part_of(store: &Durable) {
    let world = World::add(store).await;
    let other = World::add(store).await;
    let second = domain::Customer { name: "Aardvark".into(), ..fixtures::customer(&world.environment.name, world.now) };
    let workspace = fixtures::workspace(second.id, "Only one", world.now);
    let stranger = fixtures::customer(&world.environment.name, world.now);
    let part = |customer| domain::Membership {
        user: world.user.id,
        customer,
        role: Role::Connector,
        workspaces: vec![workspace.id],
    };
    commit(
        store,
        vec![
            Change::AddCustomer(second.clone()),
            Change::AddCustomer(stranger),
            Change::AddWorkspace(workspace.clone()),
            Change::SetMembership(part(second.id)),
            Change::SetMembership(part(other.customer.id)),
        ],
    )
    .await;
    let name = &world.environment.name;
    let seen = store.directory.access_of(world.user.id, name).await.expect("the store answers");
    let [first, last] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((&first.customer, &first.workspaces), (&second, &vec![workspace.clone()]));
    assert_eq!(first.membership, Some(part(second.id)));
    assert_eq!((&last.customer, &last.user), (&world.customer, &world.user));
    assert_eq!((&last.workspaces, &last.membership), (&world.workspaces, &Some(world.membership.clone())));
}

/// With who they are and what they may do.
pub async fn members_of_a_customer_are_listed_by_address(store: &Durable) {
    let world = World::add(store).await;
    let first = User { email: format!("a.{}", world.user.email), ..fixtures::user(world.now) };
    let workspaces = world.workspaces.iter().map(|workspace| workspace.id).collect();
    let membership = connector(&world, first.id, workspaces);
    commit(store, vec![Change::AddUser(first.clone()), Change::SetMembership(membership.clone())]).await;
    let listed = store.directory.members(world.customer.id).await.expect("the store answers");
    assert_eq!(listed, [(first, membership), (world.user, world.membership)]);
}

/// Every field of them.
pub async fn requests_of_a_key_are_listed_newest_first(store: &Durable) {
    let world = World::add(store).await;
    let older = world.connection_request();
    let newer =
        domain::ConnectionRequest { created_at: world.now + Duration::from_secs(1), ..world.connection_request() };
    commit(store, vec![Change::AddConnectionRequest(older.clone()), Change::AddConnectionRequest(newer.clone())]).await;
    let listed = store.directory.connection_requests(world.key.id).await.expect("the store answers");
    assert_eq!(listed, [newer, older.clone()]);
    let one = store.directory.connection_request(older.id).await.expect("the store answers");
    assert_eq!(one, Some(older));
}

/// And is no error.
pub async fn what_does_not_exist_is_not_found(store: &Durable) {
    let (_, now) = store.head().await;
    let world = fixtures::environment(now);
    let app = fixtures::app(&world.name, now);
    let directory = &store.directory;
    assert_eq!(directory.app(app.id).await.expect("the store answers"), None);
    assert_eq!(directory.keys(app.id).await.expect("the store answers"), []);
    assert_eq!(directory.key(fixtures::key(app.id, now).id).await.expect("the store answers"), None);
    assert_eq!(directory.customers(&world.name).await.expect("the store answers"), []);
    assert_eq!(directory.user(UserId::generate(&FreshBits)).await.expect("the store answers"), None);
    let nobody = format!("{}@nowhere.test", fresh_word());
    assert_eq!(directory.user_by_email(&nobody).await.expect("the store answers"), None);
    let access = directory.access_of(UserId::generate(&FreshBits), &world.name).await;
    assert_eq!(access.expect("the store answers"), []);
}

/// No two attempts are told the same count, so that the bound is a bound.
pub async fn failed_sign_ins_are_counted_one_by_one(store: &Durable) {
    let world = World::add(store).await;
    let mut counts = all_at_once(|_| {
        let (directory, user) = (store.directory.clone(), world.user.id);
        async move { directory.count_failed_login(user).await.expect("the store answers") }
    })
    .await;
    counts.sort_unstable();
    let all = u32::try_from(CROWD).expect("a small number");
    assert!(counts.into_iter().eq(1..=all));
    let user = store.directory.user(world.user.id).await.expect("the store answers");
    assert_eq!(user, Some(User { failed_logins: all, ..world.user }));
}

/// One success, or the operator.
pub async fn forgetting_failed_sign_ins_starts_the_count_again(store: &Durable) {
    let world = World::add(store).await;
    let directory = &store.directory;
    for expected in [1, 2] {
        assert_eq!(directory.count_failed_login(world.user.id).await.expect("the store answers"), expected);
    }
    directory.clear_failed_logins(world.user.id).await.expect("the store answers");
    assert_eq!(directory.count_failed_login(world.user.id).await.expect("the store answers"), 1);
}

async fn search(store: &Durable, text: &str, offset: u32, limit: u32) -> Vec<App> {
    store.directory.apps(text, offset, limit).await.expect("the store answers")
}
