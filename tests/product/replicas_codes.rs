//! Two replicas, one code: however many redeem it, one gets tokens.

use futures_util::future::join_all;

use crate::world::{Answer, Client, Code, Stores, World, on_two_replicas};

const ROUNDS: usize = 20;
const AT_ONCE: usize = 200;

/// All at once, by turns at one replica and the other.
async fn redeem_at_once(clients: &[Client<'_>], code: &Code, times: usize) -> Vec<Answer> {
    let redeemers = clients.iter().cycle().take(times);
    join_all(redeemers.map(|client| client.redeems(code))).await
}

fn at_both<'w>(client: &Client<'w>) -> [Client<'w>; 2] {
    [client.on(0), client.on(1)]
}

async fn is_dead_everywhere(world: &World, client: &Client<'_>, success: &Answer) {
    let tokens = success.tokens();
    world.knows().await;
    for replica in at_both(client) {
        replica.introspects(&tokens.access).await.is_inactive();
        replica.introspects(&tokens.refresh).await.is_inactive();
        replica.refreshes(&tokens.refresh).await.fails_with(400, "invalid_grant");
    }
}

// Promise S2, RFC 9700 §4.5: exactly one 200, and when all are answered no token of that code is live.
#[test]
fn two_hundred_valid_redemptions_give_one_200_and_leave_no_token_alive() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        for round in 0..ROUNDS {
            let code = world.alice().authorizes(&bot).await;
            let answers = redeem_at_once(&at_both(&bot), &code, AT_ONCE).await;
            let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            let [success] = good.as_slice() else { panic!("round {round}: {} times 200", good.len()) };
            for refused in answers.iter().filter(|answer| answer.status != 200) {
                refused.fails_with(400, "invalid_grant").because("code_used");
            }
            is_dead_everywhere(world, &bot, success).await;
        }
    });
}

// Promise S2: 199 replays with a wrong verifier change nothing.
#[test]
fn replays_with_a_wrong_verifier_leave_the_tokens_alive() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let tokens = bot.redeems(&code).await.tokens();
        let thief = code.with_verifier(&"x".repeat(43));
        for answer in redeem_at_once(&at_both(&bot), &thief, AT_ONCE - 1).await {
            answer.fails_with(400, "invalid_grant");
        }
        world.knows().await;
        for replica in at_both(&bot) {
            replica.introspects(&tokens.access).await.is_active();
            replica.refreshes(&tokens.refresh).await.tokens();
        }
    });
}

// Promise S2: 199 replays by another key change nothing.
#[test]
fn replays_by_another_key_leave_the_tokens_alive() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let tokens = bot.redeems(&code).await.tokens();
        for answer in redeem_at_once(&at_both(&world.other_bot()), &code, AT_ONCE - 1).await {
            answer.fails_with(400, "invalid_grant").because("code_unknown");
        }
        world.knows().await;
        for replica in at_both(&bot) {
            replica.introspects(&tokens.access).await.is_active();
            replica.refreshes(&tokens.refresh).await.tokens();
        }
    });
}

// DESIGN, decision 3: another key's attempts before the first redemption burn nothing.
#[test]
fn another_keys_attempts_beforehand_do_not_burn_the_code() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        for answer in redeem_at_once(&at_both(&world.other_bot()), &code, 50).await {
            answer.fails_with(400, "invalid_grant");
        }
        bot.on(1).redeems(&code).await.tokens();
    });
}

// DESIGN, decision 3: the connection's INSERT is the second lock.
#[test]
fn a_store_that_forgot_that_a_code_was_taken_gives_no_second_200() {
    on_two_replicas(async |world| {
        let bot = world.report_bot();
        let code = world.alice().authorizes(&bot).await;
        let before = world.stores.redis_keeps();
        let success = bot.redeems(&code).await;
        Stores::redis_goes_back_to(&before);
        bot.on(1).redeems(&code).await.fails_with(400, "invalid_grant").because("code_used");
        is_dead_everywhere(world, &bot, &success).await;
    });
}
