//! Developer teams: their members, of whom one always manages the others, and their apps.

use domain::{
    ApiKey, App, CallbackUrl, MANAGEMENT_TEAM, OPERATOR_TEAM, Permission, Permissions, Team, TeamId, TeamMember,
    TeamRole, Timestamp, User, UserId,
};

use super::fixtures::{self, FreshBits, World, commit, fresh_word};
use super::units::conflicts;
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{AppPlace, Change, StoreError, Unit};

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        the_operators_team_is_there_from_the_start,
        teams_are_found_by_a_part_of_their_name_without_case,
        a_team_gets_another_name,
        a_member_is_read_as_it_was_written_last,
        members_are_listed_by_address_and_teams_by_name,
        a_part_that_was_taken_away_is_gone,
        the_last_who_manages_members_goes_on_managing_them,
        somebody_who_is_shut_out_manages_nobody,
        of_fifty_who_stop_managing_at_once_one_goes_on,
        changing_teams_that_do_not_exist_is_a_conflict,
        apps_of_a_team_are_listed_by_name_page_by_page,
        apps_are_read_on_from_where_one_was,
        apps_of_a_team_are_found_by_name_key_and_callback_url,
        an_app_that_was_given_away_is_another_teams,
    );
}

/// Apps that are made for nobody else need an owner.
pub async fn the_operators_team_is_there_from_the_start(store: &Durable) {
    let team = store.directory.team(OPERATOR_TEAM).await.expect("the store answers").expect("it is there");
    assert_eq!((team.id, team.name.as_str()), (OPERATOR_TEAM, "Operator"));
    let (_, now) = store.head().await;
    assert!(team.created_at > Timestamp::from_seconds(0) && team.created_at <= now, "{team:?}");
}

/// By name, page by page; signs of a pattern are plain text.
pub async fn teams_are_found_by_a_part_of_their_name_without_case(store: &Durable) {
    let (_, now) = store.head().await;
    let word = fresh_word();
    let [gamma, alpha, beta] = ["Gamma", "älpha", "Beta"]
        .map(|first| Team { name: format!("{first} {} 5%", word.to_uppercase()), ..fixtures::team(now) });
    commit(store, [&gamma, &alpha, &beta].map(|team| Change::AddTeam(team.clone())).into()).await;
    let search =
        async |text: &str, offset, limit| store.directory.teams(text, offset, limit).await.expect("the store answers");
    assert_eq!(search(&word, 0, 10).await, [beta.clone(), gamma.clone(), alpha.clone()]);
    assert_eq!(search(&word, 1, 1).await, [gamma]);
    assert_eq!(search(&format!("ÄLPHA {word}"), 0, 10).await, [alpha]);
    assert_eq!(search(&format!("{word} _%"), 0, 10).await, []);
}

/// And is found by it.
pub async fn a_team_gets_another_name(store: &Durable) {
    let world = World::add(store).await;
    let name = format!("Renamed {}", fresh_word());
    commit(store, vec![Change::RenameTeam(world.team.id, name.clone())]).await;
    let renamed = Team { name: name.clone(), ..world.team };
    assert_eq!(store.directory.team(renamed.id).await.expect("the store answers").as_ref(), Some(&renamed));
    assert_eq!(store.directory.teams(&name.to_uppercase(), 0, 10).await.expect("the store answers"), [renamed]);
}

/// Every set of permissions; the later one in place of the earlier one.
pub async fn a_member_is_read_as_it_was_written_last(store: &Durable) {
    let world = World::add(store).await;
    let admin = member_of(store, &world, TeamRole::Admin.permissions()).await;
    let sets = Permission::ALL.into_iter().map(|one| [one].into_iter().collect());
    for permissions in sets.chain(TeamRole::ALL.map(TeamRole::permissions)) {
        let member = TeamMember { team: world.team.id, user: world.user.id, permissions };
        commit(store, vec![Change::SetTeamMember(member)]).await;
        let members = members(store, world.team.id).await;
        assert_eq!(members.len(), 2);
        assert!(members.contains(&(world.user.clone(), member)) && members.contains(&admin), "{members:?}");
    }
}

/// Only those that are asked for.
pub async fn members_are_listed_by_address_and_teams_by_name(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let first = User { email: format!("a.{}", world.user.email), ..fixtures::user(world.now) };
    let zebra = Team { name: "Zebra".into(), ..fixtures::team(world.now) };
    let aardvark = Team { name: "aardvark".into(), ..fixtures::team(world.now) };
    let part = |team: &Team, user: &User| TeamMember { team: team.id, user: user.id, permissions: Permissions::VIEW };
    let mut changes = vec![
        Change::AddUser(first.clone()),
        Change::AddTeam(zebra.clone()),
        Change::AddTeam(aardvark.clone()),
        Change::SetTeamMember(part(&other.team, &other.user)),
    ];
    for (team, user) in [(&zebra, &world.user), (&aardvark, &world.user), (&zebra, &first)] {
        changes.push(Change::SetTeamMember(part(team, user)));
    }
    commit(store, changes).await;
    let listed = members(store, zebra.id).await;
    let expected = [(first.clone(), part(&zebra, &first)), (world.user.clone(), part(&zebra, &world.user))];
    assert_eq!(listed, expected);
    let listed = store.directory.teams_of(world.user.id).await.expect("the store answers");
    assert_eq!(listed, [&aardvark, &zebra].map(|team| (team.clone(), part(team, &world.user))));
}

/// At once.
pub async fn a_part_that_was_taken_away_is_gone(store: &Durable) {
    let world = World::add(store).await;
    let (user, _) = member_of(store, &world, TeamRole::Developer.permissions()).await;
    let (staying, _) = member_of(store, &world, Permissions::VIEW).await;
    commit(store, vec![Change::RemoveTeamMember(user.id, world.team.id)]).await;
    assert_eq!(store.directory.teams_of(user.id).await.expect("the store answers"), []);
    assert_eq!(members(store, world.team.id).await.into_iter().map(|(user, _)| user).collect::<Vec<_>>(), [staying]);
    conflicts(store, Change::RemoveTeamMember(user.id, world.team.id)).await;
}

/// Until somebody else manages them too.
pub async fn the_last_who_manages_members_goes_on_managing_them(store: &Durable) {
    let world = World::add(store).await;
    let manages = [Permission::ManageMembers].into_iter().collect();
    let (user, member) = member_of(store, &world, manages).await;
    let viewer = TeamMember { permissions: Permissions::VIEW, ..member };
    member_of(store, &world, TeamRole::Developer.permissions()).await;
    conflicts(store, Change::SetTeamMember(viewer)).await;
    conflicts(store, Change::RemoveTeamMember(user.id, world.team.id)).await;
    let admin = TeamMember { permissions: Permissions::ALL, ..member };
    commit(store, vec![Change::SetTeamMember(admin)]).await;
    assert!(members(store, world.team.id).await.contains(&(user.clone(), admin)));
    member_of(store, &world, manages).await;
    commit(store, vec![Change::SetTeamMember(viewer)]).await;
    commit(store, vec![Change::RemoveTeamMember(user.id, world.team.id)]).await;
}

/// So it does not count as somebody else, and may be taken away itself.
pub async fn somebody_who_is_shut_out_manages_nobody(store: &Durable) {
    let world = World::add(store).await;
    let (gone, _) = member_of(store, &world, Permissions::ALL).await;
    let (user, member) = member_of(store, &world, Permissions::ALL).await;
    commit(store, vec![Change::SetUserEnabled(gone.id, false)]).await;
    conflicts(store, Change::RemoveTeamMember(user.id, world.team.id)).await;
    conflicts(store, Change::SetTeamMember(TeamMember { permissions: Permissions::VIEW, ..member })).await;
    commit(store, vec![Change::RemoveTeamMember(gone.id, world.team.id)]).await;
}

/// However close together.
pub async fn of_fifty_who_stop_managing_at_once_one_goes_on(store: &Durable) {
    let world = World::add(store).await;
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        crowd.push(member_of(store, &world, Permissions::ALL).await.0.id);
    }
    let team = world.team.id;
    let all = all_at_once(|number| {
        let user = *crowd.get(number).expect("one for each");
        let member = TeamMember { team, user, permissions: Permissions::VIEW };
        let stops = if number % 2 == 0 { Change::RemoveTeamMember(user, team) } else { Change::SetTeamMember(member) };
        let units = store.units.clone();
        async move { units.commit(Unit { changes: vec![stops], ..Unit::default() }).await }
    })
    .await;
    assert_eq!(count(&all, Result::is_ok), CROWD - 1, "{all:?}");
    assert_eq!(count(&all, |made| matches!(made, Err(StoreError::Conflict { .. }))), 1, "{all:?}");
    let members = members(store, team).await;
    assert_eq!(count(&members, |(_, member)| member.permissions.allow(Permission::ManageMembers)), 1);
}

/// Nobody is a member of nothing.
pub async fn changing_teams_that_do_not_exist_is_a_conflict(store: &Durable) {
    let world = World::add(store).await;
    let (team, user) = (TeamId::generate(&FreshBits), UserId::generate(&FreshBits));
    let part = |team, user| TeamMember { team, user, permissions: Permissions::VIEW };
    conflicts(store, Change::RenameTeam(team, "Nobody".into())).await;
    conflicts(store, Change::SetTeamMember(part(team, world.user.id))).await;
    conflicts(store, Change::SetTeamMember(part(world.team.id, user))).await;
    conflicts(store, Change::RemoveTeamMember(world.user.id, world.team.id)).await;
    assert_eq!(store.directory.team(team).await.expect("the store answers"), None);
    assert_eq!(store.directory.teams_of(user).await.expect("the store answers"), []);
    assert_eq!(members(store, team).await, []);
}

/// Also of several teams; with how many there are.
pub async fn apps_of_a_team_are_listed_by_name_page_by_page(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let team = fixtures::team(world.now);
    let named =
        |name: &str| App { team: team.id, name: name.into(), ..fixtures::app(&world.environment.name, world.now) };
    let [gamma, alpha, beta] = ["Gamma", "alpha", "Beta"].map(named);
    let deleted = App { deleted_at: Some(world.now), ..named("Deleted") };
    let mut changes = vec![Change::AddTeam(team.clone())];
    changes.extend([&gamma, &alpha, &beta, &deleted].map(|app| Change::AddApp(app.clone())));
    commit(store, changes).await;
    let listed = async |teams: &[TeamId], offset, limit| {
        let page = store.directory.apps_of(teams, "", offset, limit).await.expect("the store answers");
        (page.apps, page.total)
    };
    assert_eq!(listed(&[team.id], 0, 2).await, (vec![alpha.clone(), beta.clone()], 3));
    assert_eq!(listed(&[team.id], 2, 2).await, (vec![gamma.clone()], 3));
    assert_eq!(listed(&[team.id], 3, 2).await, (vec![], 3));
    assert_eq!(listed(&[team.id, other.team.id], 0, 10).await, (vec![alpha, beta, gamma, other.app], 4));
    assert_eq!(listed(&[], 0, 10).await, (vec![], 0));
}

/// Though apps are made and renamed meanwhile; of every team, those of management keys are left out.
pub async fn apps_are_read_on_from_where_one_was(store: &Durable) {
    let (world, word) = (World::add(store).await, fresh_word());
    let team = fixtures::team(world.now);
    let named = |name: &str, team| {
        let name = format!("{name} {word}");
        App { team, name, ..fixtures::app(&world.environment.name, world.now) }
    };
    let [beta, delta] = ["beta", "Delta"].map(|name| named(name, team.id));
    let (same, foreign) = (named("beta", world.team.id), named("Gamma", world.team.id));
    let mut changes = vec![Change::AddTeam(team.clone())];
    if store.directory.team(MANAGEMENT_TEAM).await.expect("the store answers").is_none() {
        changes.push(Change::AddTeam(domain::Team { id: MANAGEMENT_TEAM, ..fixtures::team(world.now) }));
    }
    let of_keys = named("Epsilon", MANAGEMENT_TEAM);
    changes.extend([&beta, &delta, &same, &foreign, &of_keys].map(|app| Change::AddApp(app.clone())));
    commit(store, changes).await;
    let after = async |teams: Option<&[TeamId]>, last: Option<&App>, limit| {
        let place = last.map(|app| AppPlace { name: app.name.clone(), id: app.id });
        let found = store.directory.apps_after(teams, &word, place.as_ref(), limit).await.expect("the store answers");
        found.into_iter().map(|app| app.id).collect::<Vec<_>>()
    };
    let own = [team.id];
    assert_eq!(after(Some(&own), None, 1).await, [beta.id]);
    commit(store, vec![Change::AddApp(named("alpha", team.id))]).await;
    assert_eq!(after(Some(&own), Some(&beta), 5).await, [delta.id]);
    let in_order = beta.id.to_string() < same.id.to_string();
    let (first, second) = if in_order { (&beta, &same) } else { (&same, &beta) };
    assert_eq!(after(None, Some(first), 5).await, [second.id, delta.id, foreign.id]);
    assert_eq!(after(None, Some(&foreign), 5).await, []);
    assert_eq!(after(Some(&[]), None, 5).await, []);
}

/// Whole or from the beginning of a label, whatever signs they have; and only those of the teams.
pub async fn apps_of_a_team_are_found_by_name_key_and_callback_url(store: &Durable) {
    let world = World::add(store).await;
    let (word, other_word) = (fresh_word(), fresh_word());
    let url = |url: String| vec![CallbackUrl::accepted(url)];
    let (environment, team) = (&world.environment.name, world.team.id);
    let of_team = |app: App| App { team, ..app };
    let web = of_team(App {
        name: format!("First {other_word} 5%"),
        callback_urls: url(format!("https://login.{word}.example/CallBack?a=b")),
        ..fixtures::app(environment, world.now)
    });
    let native = of_team(App {
        name: "Second".into(),
        callback_urls: url(format!("{word}.example.app:/callback")),
        ..fixtures::app(environment, world.now)
    });
    let strangers =
        App { callback_urls: url(format!("https://{word}.example")), ..fixtures::app(environment, world.now) };
    let key: ApiKey = fixtures::key(native.id, world.now);
    let mut changes: Vec<_> = [&web, &native, &strangers].map(|app| Change::AddApp(app.clone())).into();
    changes.push(Change::AddKey(key.clone()));
    commit(store, changes).await;
    let found = async |text: &str| {
        let page = store.directory.apps_of(&[team], text, 0, 10).await.expect("the store answers");
        assert_eq!(page.total, page.apps.len() as u64, "{text}");
        page.apps.into_iter().map(|app| app.id).collect::<Vec<_>>()
    };
    for text in [
        other_word.clone(),
        format!("FIRST {other_word} 5%"),
        format!("login.{word}"),
        format!("https://login.{word}.example/CallBack?a=b"),
    ] {
        assert_eq!(found(&text).await, [web.id], "{text}");
    }
    for text in [key.id.to_string(), format!(" {} ", key.id), format!("{word}.example.app:/callback")] {
        assert_eq!(found(&text).await, [native.id], "{text}");
    }
    assert_eq!(found(&format!("{}.EXAMPLE", word.to_uppercase())).await, [web.id, native.id]);
    let (_, tail) = word.split_at(4);
    for text in [tail, "%", "_irst", "\"", "back", &fixtures::key(native.id, world.now).id.to_string()] {
        let expected: &[_] = if text == "%" { &[web.id] } else { &[] };
        assert_eq!(found(text).await, expected, "{text}");
    }
}

/// With all that belongs to it.
pub async fn an_app_that_was_given_away_is_another_teams(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    commit(store, vec![Change::ReplaceApp(App { team: other.team.id, ..world.app.clone() })]).await;
    let of = async |team| store.directory.apps_of(&[team], &world.app.name, 0, 10).await.expect("the store answers");
    assert_eq!(of(world.team.id).await.total, 0);
    assert_eq!(of(other.team.id).await.apps.into_iter().map(|app| app.id).collect::<Vec<_>>(), [world.app.id]);
    let keys = store.directory.keys(world.app.id).await.expect("the store answers");
    assert_eq!(keys, [world.key]);
}

/// A new user who may do this in the world's team.
async fn member_of(store: &Durable, world: &World, permissions: Permissions) -> (User, TeamMember) {
    let user = fixtures::user(world.now);
    let member = TeamMember { team: world.team.id, user: user.id, permissions };
    commit(store, vec![Change::AddUser(user.clone()), Change::SetTeamMember(member)]).await;
    (user, member)
}

async fn members(store: &Durable, team: TeamId) -> Vec<(User, TeamMember)> {
    store.directory.team_members(team).await.expect("the store answers")
}
