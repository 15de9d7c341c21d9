//! Two replicas, one refresh token: no second branch.

use std::collections::HashSet;

use client_registry::AppEdit;
use futures_util::future::join_all;

use crate::world::{Answer, Client, on_two_replicas, operator};

const AT_ONCE: usize = 50;

async fn refresh_at_once(client: &Client<'_>, token: &str) -> Vec<Answer> {
    let replicas = [client.on(0), client.on(1)];
    join_all(replicas.iter().cycle().take(AT_ONCE).map(|client| client.refreshes(token))).await
}

// Promise S6: two workers that share a stable token do no harm.
#[test]
fn parallel_refreshes_of_a_stable_token_all_succeed_and_repeat_it() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        let answers = refresh_at_once(&bot, &first.refresh).await;
        let all: Vec<_> = answers.iter().map(Answer::tokens).collect();
        assert!(all.iter().all(|tokens| tokens.refresh == first.refresh));
        let access: HashSet<_> = all.iter().map(|tokens| tokens.access.clone()).collect();
        assert_eq!(access.len(), AT_ONCE);
    });
}

// Promise S6: never a second branch, and beyond the repeats it is reuse.
#[test]
fn parallel_refreshes_of_a_rotating_token_have_one_successor() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let edits = vec![AppEdit::RotateRefreshTokens(true)];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        let first = bot.is_let_in_by(&world.alice()).await;
        let answers = refresh_at_once(&bot, &first.refresh).await;
        let successors: HashSet<_> =
            answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.tokens().refresh).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.fails_with(400, "invalid_grant").because("refresh_used");
        }
        // 50 holders are more than a lost answer explains.
        world.knows().await;
        for successor in successors {
            bot.on(1).refreshes(&successor).await.fails_with(400, "invalid_grant").because("refresh_used");
        }
    });
}

// Promise S6: the grace holds whatever replica is asked.
#[test]
fn a_retry_at_the_other_replica_gets_the_same_successor() {
    on_two_replicas(async |world| {
        let pocket = world.pocket();
        let first = pocket.is_let_in_by(&world.alice()).await;
        let lost = pocket.on(0).refreshes(&first.refresh).await.tokens();
        let again = pocket.on(1).refreshes(&first.refresh).await.tokens();
        assert_eq!(again.refresh, lost.refresh);
    });
}
