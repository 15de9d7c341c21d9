//! Invitations into developer teams: found by their token alone, taken once.

use std::time::Duration;

use domain::{Invitation, TeamId, TeamMember};

use super::fixtures::{self, FreshBits, World, commit, fresh_bytes, fresh_word};
use super::units::conflicts;
use super::{CROWD, Durable, all_at_once, count, run_each};
use crate::{Change, StoreError, SweepPolicy, Unit};

const DAY: Duration = Duration::from_hours(24);

/// Every one of them.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        an_invitation_is_read_as_it_was_written,
        a_team_has_one_invitation_for_an_address,
        an_invitation_names_a_team_and_a_user_that_exist,
        of_fifty_who_take_an_invitation_one_does,
        an_invitation_that_is_gone_leaves_nothing_of_its_unit,
        old_invitations_go_after_their_time,
    );
}

/// In its team's list, by address, and by its token.
pub async fn an_invitation_is_read_as_it_was_written(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let first = Invitation { email: format!("a.{}@bots.test", fresh_word()), ..invitation(&world) };
    let second = Invitation { email: format!("b.{}@bots.test", fresh_word()), ..invitation(&world) };
    let foreign = invitation(&other);
    for added in [&second, &first, &foreign] {
        commit(store, vec![Change::AddInvitation(added.clone())]).await;
    }
    assert_eq!(listed(store, world.team.id).await, [first.clone(), second.clone()]);
    for added in [&first, &second, &foreign] {
        let found = store.directory.invitation_by_token(added.token_hash).await.expect("the store answers");
        assert_eq!(found.as_ref(), Some(added));
    }
    assert_eq!(store.directory.invitation_by_token(fresh_bytes()).await.expect("the store answers"), None);
}

/// Another team may have one too, and so may this one, once the first is removed.
pub async fn a_team_has_one_invitation_for_an_address(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let first = invitation(&world);
    let second = Invitation { email: first.email.clone(), ..invitation(&world) };
    let foreign = Invitation { email: first.email.clone(), ..invitation(&other) };
    commit(store, vec![Change::AddInvitation(first.clone())]).await;
    let again = add(store, &second).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
    commit(store, vec![Change::AddInvitation(foreign.clone())]).await;
    let replaces = vec![Change::RemoveInvitation(first.id, world.team.id), Change::AddInvitation(second.clone())];
    commit(store, replaces).await;
    assert_eq!(listed(store, world.team.id).await, [second]);
    assert_eq!(listed(store, other.team.id).await, [foreign]);
}

/// Nobody is invited into nothing, or by nobody.
pub async fn an_invitation_names_a_team_and_a_user_that_exist(store: &Durable) {
    let world = World::add(store).await;
    let nowhere = Invitation { team: TeamId::generate(&FreshBits), ..invitation(&world) };
    let by_nobody = Invitation { invited_by: domain::UserId::generate(&FreshBits), ..invitation(&world) };
    for wrong in [nowhere, by_nobody] {
        let added = add(store, &wrong).await;
        assert!(matches!(added, Err(StoreError::Conflict { .. })), "{added:?}");
    }
}

/// However close together.
pub async fn of_fifty_who_take_an_invitation_one_does(store: &Durable) {
    let world = World::add(store).await;
    let wanted = invitation(&world);
    commit(store, vec![Change::AddInvitation(wanted.clone())]).await;
    let (id, team) = (wanted.id, world.team.id);
    let all = all_at_once(|_| {
        let units = store.units.clone();
        let changes = vec![Change::RemoveInvitation(id, team)];
        async move { units.commit(Unit { changes, ..Unit::default() }).await }
    })
    .await;
    assert_eq!(count(&all, Result::is_ok), 1, "{all:?}");
    assert_eq!(count(&all, |taken| matches!(taken, Err(StoreError::Conflict { .. }))), CROWD - 1, "{all:?}");
    let found = store.directory.invitation_by_token(wanted.token_hash).await.expect("the store answers");
    assert_eq!(found, None);
}

/// Neither a user nor a member; nor is it removed in another team's name.
pub async fn an_invitation_that_is_gone_leaves_nothing_of_its_unit(store: &Durable) {
    let (world, other) = (World::add(store).await, World::add(store).await);
    let wanted = invitation(&world);
    commit(store, vec![Change::AddInvitation(wanted.clone())]).await;
    conflicts(store, Change::RemoveInvitation(wanted.id, other.team.id)).await;
    commit(store, vec![Change::RemoveInvitation(wanted.id, world.team.id)]).await;
    let user = fixtures::user(world.now);
    let member = TeamMember { team: world.team.id, user: user.id, permissions: wanted.permissions };
    let changes = vec![
        Change::RemoveInvitation(wanted.id, world.team.id),
        Change::AddUser(user.clone()),
        Change::SetTeamMember(member),
    ];
    let taken = store.units.commit(Unit { changes, ..Unit::default() }).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    assert_eq!(store.directory.user(user.id).await.expect("the store answers"), None);
    assert_eq!(store.directory.team_members(world.team.id).await.expect("the store answers"), []);
}

/// Those that could still be taken, or could not long ago, stay for people to see.
pub async fn old_invitations_go_after_their_time(store: &Durable) {
    let world = World::add(store).await;
    let ended = |days| Invitation { expires_at: world.now - DAY * days, ..invitation(&world) };
    let (gone, kept, open) = (ended(31), ended(29), invitation(&world));
    for added in [&gone, &kept, &open] {
        commit(store, vec![Change::AddInvitation(added.clone())]).await;
    }
    let policy = SweepPolicy {
        now: world.now,
        ended_for: DAY * 30,
        code_details_for: Duration::from_mins(15),
        activity_for: DAY * 30,
    };
    while store.connections.sweep(policy).await.expect("the store answers") > 0 {}
    let left: Vec<_> = listed(store, world.team.id).await.into_iter().map(|left| left.id).collect();
    assert!(left.len() == 2 && left.contains(&kept.id) && left.contains(&open.id), "{left:?}");
}

fn invitation(world: &World) -> Invitation {
    fixtures::invitation(world.team.id, world.user.id, world.now)
}

async fn add(store: &Durable, invitation: &Invitation) -> Result<crate::Committed, StoreError> {
    store.units.commit(Unit { changes: vec![Change::AddInvitation(invitation.clone())], ..Unit::default() }).await
}

async fn listed(store: &Durable, team: TeamId) -> Vec<Invitation> {
    store.directory.invitations(team).await.expect("the store answers")
}
