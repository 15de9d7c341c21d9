//! What each endpoint does while a store is gone: the table of DESIGN §6, row by row, with real faults.

use std::time::{Duration, Instant};

use client_registry::AppEdit;
use protocol::key_of;
use testkit::{Postgres, Redis, TcpProxy};

use crate::world::{
    Answer, Client, Code, DEFAULT_BOUNDS, PROMISE, Stores, Tokens, World, environment, in_both_worlds, on_stores,
    operator, redis,
};

/// No wait for a store is longer than 500 ms; the rest is for the test's own machine.
const BOUND: Duration = Duration::from_millis(1500);
/// A lease that does not run out during a story.
const LONG_LEASE: &str = "freshness.lease=60s";

/// The ways to the stores.
struct Ways {
    database: TcpProxy,
    redis: TcpProxy,
}

fn with_ways_to_cut(settings: &[&str], story: impl AsyncFn(&World, &Ways)) {
    let ways = Ways { database: TcpProxy::to(&Postgres::shared().address()), redis: TcpProxy::to(&redis().address()) };
    let stores = Stores::through(&ways.database.address(), &ways.redis.address());
    let settings = [&DEFAULT_BOUNDS, settings].concat();
    on_stores(&stores, &settings, async |world| story(world, &ways).await);
}

/// A bot with everything it may hold before the fault, its records cached.
async fn before_the_fault(world: &World) -> (Client<'_>, Tokens, Code) {
    let bot = world.report_bot();
    bot.may_act_alone_for(&world.alice()).await;
    bot.acts_alone(&[]).await.tokens();
    let tokens = bot.is_let_in_by(&world.alice()).await;
    bot.introspects(&tokens.access).await.is_active();
    let code = world.alice().authorizes(&bot).await;
    (bot, tokens, code)
}

#[track_caller]
fn says_try_again(answer: &Answer) {
    answer.fails_with(503, "temporarily_unavailable");
    let seconds = answer.header("retry-after").parse::<u32>();
    assert!(seconds.is_ok_and(|seconds| (1..=60).contains(&seconds)), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

async fn lease_is_over(world: &World) {
    let began = Instant::now();
    while world.replica(0).state.protocol.log.fresh().is_ok() {
        assert!(began.elapsed() < 5 * PROMISE, "the lease never ends");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks again and again until the answer is no 503; returns how long that took.
async fn until_answered(ask: impl AsyncFn() -> Answer) -> (Answer, Duration) {
    let began = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status != 503 {
            return (answer, began.elapsed());
        }
        assert!(began.elapsed() < Duration::from_secs(20), "still {answer:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the store of codes answers again.
async fn codes_are_kept_again(world: &World) -> Duration {
    let protocol = &world.replica(0).state.protocol;
    let unused =
        domain::AuthorizationCode::generate(protocol.root_keys.newest(), protocol.clock.now(), &*protocol.random);
    let place = key_of(&environment("default"), world.seed.report_bot.id, &unused);
    let began = Instant::now();
    while protocol.codes.take(place).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "Redis is not found again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    began.elapsed()
}

// DESIGN §6, row 1
#[test]
fn redis_gone_a_code_exchange_is_503() {
    with_ways_to_cut(&[], async |world, ways| {
        let (bot, _, code) = before_the_fault(world).await;
        ways.redis.cut();
        says_try_again(&bot.redeems(&code).await);
    });
}

// DESIGN §6, row 1
#[test]
fn redis_gone_everything_but_codes_works() {
    with_ways_to_cut(&[], async |world, ways| {
        let (bot, tokens, _) = before_the_fault(world).await;
        ways.redis.cut();
        bot.refreshes(&tokens.refresh).await.tokens();
        bot.acts_alone(&[]).await.tokens();
        bot.introspects(&tokens.access).await.is_active();
        assert_eq!(bot.lists_connections(None).await.status, 200);
        assert_eq!(bot.revokes(&tokens.refresh).await.status, 200);
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
    });
}

// DESIGN §6, row 2
#[test]
fn database_gone_within_the_lease_client_credentials_and_introspection_work_on_cached_records() {
    with_ways_to_cut(&[LONG_LEASE], async |world, ways| {
        let (bot, tokens, _) = before_the_fault(world).await;
        ways.database.cut();
        bot.acts_alone(&[]).await.tokens();
        bot.introspects(&tokens.access).await.is_active();
    });
}

// DESIGN §6, row 2
#[test]
fn database_gone_within_the_lease_what_reads_or_writes_rows_is_503() {
    with_ways_to_cut(&[LONG_LEASE], async |world, ways| {
        let (bot, tokens, code) = before_the_fault(world).await;
        ways.database.cut();
        says_try_again(&bot.redeems(&code).await);
        says_try_again(&bot.refreshes(&tokens.refresh).await);
        says_try_again(&bot.revokes(&tokens.refresh).await);
        says_try_again(&bot.lists_connections(None).await);
    });
}

// DESIGN §6, row 3 and decision 1: a replica that may not know the latest revocations says nothing of tokens.
#[test]
fn database_gone_beyond_the_lease_everything_is_503() {
    with_ways_to_cut(&[], async |world, ways| {
        let (bot, tokens, code) = before_the_fault(world).await;
        ways.database.cut();
        lease_is_over(world).await;
        says_try_again(&bot.redeems(&code).await);
        says_try_again(&bot.refreshes(&tokens.refresh).await);
        says_try_again(&bot.acts_alone(&[]).await);
        says_try_again(&bot.introspects(&tokens.access).await);
        says_try_again(&bot.revokes(&tokens.refresh).await);
    });
}

// DESIGN §6, last line
#[test]
fn keys_and_metadata_answer_while_both_stores_are_gone() {
    with_ways_to_cut(&[], async |world, ways| {
        let paths = ["/oauth/jwks", "/.well-known/oauth-authorization-server"];
        let mut before = Vec::new();
        for path in paths {
            before.push(world.gets(path).await.text);
        }
        ways.database.cut();
        ways.redis.cut();
        lease_is_over(world).await;
        for (path, before) in paths.iter().zip(before) {
            let answer = world.gets(path).await;
            assert_eq!((answer.status, answer.text), (200, before), "{path}");
        }
    });
}

// DESIGN §6: waits are bounded at 500 ms, also when a store hangs (F7).
#[test]
fn a_store_that_hangs_is_waited_for_no_longer_than_the_bound() {
    with_ways_to_cut(&[LONG_LEASE], async |world, ways| {
        let (bot, tokens, code) = before_the_fault(world).await;
        ways.redis.pause();
        let began = Instant::now();
        says_try_again(&bot.redeems(&code).await);
        assert!(began.elapsed() < BOUND, "Redis was waited for {:?}", began.elapsed());
        ways.redis.restore();
        ways.database.pause();
        let began = Instant::now();
        says_try_again(&bot.refreshes(&tokens.refresh).await);
        assert!(began.elapsed() < BOUND, "PostgreSQL was waited for {:?}", began.elapsed());
    });
}

// DESIGN §6: a take whose outcome is unknown is never retried.
#[test]
fn a_take_whose_answer_was_lost_gives_no_token_ever() {
    with_ways_to_cut(&[], async |world, ways| {
        let (bot, _, code) = before_the_fault(world).await;
        ways.redis.hold_answers();
        says_try_again(&bot.redeems(&code).await);
        ways.redis.cut();
        ways.redis.restore();
        codes_are_kept_again(world).await;
        bot.redeems(&code).await.fails_with(400, "invalid_grant");
    });
}

// DESIGN §6: recovery within 1 s of the store's return. The bound leaves as much again to the test's machine.
#[test]
fn service_is_back_within_a_second_of_the_stores_return() {
    with_ways_to_cut(&[], async |world, ways| {
        let (bot, tokens, _) = before_the_fault(world).await;
        ways.database.cut();
        lease_is_over(world).await;
        says_try_again(&bot.refreshes(&tokens.refresh).await);
        ways.database.restore();
        let (answer, took) = until_answered(async || bot.refreshes(&tokens.refresh).await).await;
        answer.tokens();
        assert!(took < 2 * PROMISE, "PostgreSQL was back for {took:?}");
        ways.redis.cut();
        world.replica(0).state.protocol.log.read().await.expect("the database answers");
        ways.redis.restore();
        let took = codes_are_kept_again(world).await;
        assert!(took < 2 * PROMISE, "Redis was back for {took:?}");
    });
}

// F8: a failed refresh does not use up the token.
#[test]
fn a_rotation_that_failed_did_not_use_up_the_token() {
    with_ways_to_cut(&[], async |world, ways| {
        let bot = world.report_bot();
        let edits = vec![AppEdit::RotateRefreshTokens(true)];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        let first = bot.is_let_in_by(&world.alice()).await;
        // The statement arrives, its answer does not: whether the row moved is unknown to the client.
        ways.database.hold_answers();
        says_try_again(&bot.refreshes(&first.refresh).await);
        ways.database.reset();
        ways.database.restore();
        let (answer, _) = until_answered(async || bot.refreshes(&first.refresh).await).await;
        let next = answer.tokens();
        assert_ne!(next.refresh, first.refresh);
        bot.refreshes(&next.refresh).await.tokens();
    });
}

// F8, promise S10: nothing acknowledged is lost when PostgreSQL is killed.
#[test]
fn what_was_acknowledged_survives_the_kill_of_postgres() {
    let postgres: &'static Postgres = Box::leak(Box::new(Postgres::start()));
    on_stores(&Stores::on(postgres), &DEFAULT_BOUNDS, async |world| {
        let (bot, tokens, _) = before_the_fault(world).await;
        let revoked = bot.is_let_in_by(&world.alice()).await;
        assert_eq!(bot.revokes(&revoked.refresh).await.status, 200);
        postgres.kill9();
        lease_is_over(world).await;
        says_try_again(&bot.refreshes(&tokens.refresh).await);
        postgres.restart();
        let (answer, _) = until_answered(async || bot.refreshes(&tokens.refresh).await).await;
        bot.introspects(&answer.tokens().access).await.is_active();
        bot.introspects(&revoked.access).await.is_inactive();
        bot.refreshes(&revoked.refresh).await.fails_with(400, "invalid_grant").because("refresh_ended");
    });
    postgres.kill9();
}

// F3: nothing is redeemed twice when Redis is killed and comes back.
#[test]
fn a_code_that_was_redeemed_stays_redeemed_after_the_kill_of_redis() {
    let own = Redis::start();
    let stores = Stores::through(&Postgres::shared().address(), &own.address());
    on_stores(&stores, &DEFAULT_BOUNDS, async |world| {
        let (bot, tokens, code) = before_the_fault(world).await;
        let success = bot.redeems(&code).await.tokens();
        own.kill9();
        says_try_again(&bot.redeems(&code).await);
        bot.refreshes(&tokens.refresh).await.tokens();
        own.restart();
        codes_are_kept_again(world).await;
        bot.redeems(&code).await.fails_with(400, "invalid_grant");
        world.knows().await;
        bot.introspects(&success.access).await.is_inactive();
    });
}

// Issue part 6: readiness follows the lease, and a Redis that is gone does not make a replica unready.
#[test]
fn a_replica_is_ready_while_it_can_answer_for_tokens() {
    with_ways_to_cut(&[], async |world, ways| {
        let ready = async || Answer::to(world.http.get(world.management_url("/health/ready"))).await;
        assert_eq!(ready().await.status, 200);
        ways.redis.cut();
        assert_eq!(ready().await.status, 200);
        ways.database.cut();
        lease_is_over(world).await;
        assert_eq!(ready().await.status, 503);
    });
}

// Issue part 6
#[test]
fn a_replica_is_live_and_counts_its_requests() {
    in_both_worlds(async |world| {
        let live = Answer::to(world.http.get(world.management_url("/health/live"))).await;
        assert_eq!(live.status, 200);
        world.other_bot().acts_alone(&[]).await.fails_with(400, "unauthorized_client");
        let metrics = Answer::to(world.http.get(world.management_url("/metrics"))).await;
        let line = r#"countersign_token_errors_total{endpoint="token",grant_type="client_credentials",error="unauthorized_client",reason="client_credentials_off"} 1"#;
        assert!(metrics.text.contains(line), "{}", metrics.text);
    });
}
