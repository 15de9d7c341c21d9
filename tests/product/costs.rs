//! What requests ask of the stores, counted: nothing that a cached record can answer, and no write that is not needed.

use crate::product::metrics::Scraped;
use crate::world::{World, on_shared_stores};

/// What goes on beside requests; `connections.touch` writes last uses in batches.
const BACKGROUND: [&str; 6] = ["log.", "activity.", "sweep.", "signing_keys.", "connections.touch", "certificates."];

/// What the stores were asked while `work` went on, each with how often, but for [`BACKGROUND`].
async fn asked(world: &World, work: impl Future<Output = ()>) -> Vec<(String, u64)> {
    let before = Scraped::from(world).await.operations();
    work.await;
    let after = Scraped::from(world).await.operations();
    let more = |(name, count): (String, u64)| {
        let more = count - before.get(&name).copied().unwrap_or_default();
        let operation = name.split(' ').next_back().unwrap_or_default();
        let counts = more > 0 && !BACKGROUND.iter().any(|background| operation.starts_with(background));
        counts.then_some((name, more))
    };
    after.into_iter().filter_map(more).collect()
}

fn told(asked: &[(String, u64)]) -> Vec<(&str, u64)> {
    asked.iter().map(|(name, count)| (name.as_str(), *count)).collect()
}

#[test]
fn client_credentials_and_introspection_ask_nothing_of_a_store() {
    on_shared_stores(async |world| {
        let (bot, api) = (world.report_bot(), world.api_of("default").await);
        bot.may_act_alone_for(&world.alice()).await;
        let token = bot.acts_alone(&[]).await.tokens().access;
        api.introspects(&token).await;
        let asked = asked(world, async {
            for _ in 0..3 {
                bot.acts_alone(&[]).await.tokens();
                api.introspects(&token).await.is_active();
            }
        })
        .await;
        assert_eq!(told(&asked), []);
    });
}

#[test]
fn a_stable_refresh_reads_its_connection_and_writes_nothing() {
    on_shared_stores(async |world| {
        let bot = world.report_bot();
        let refresh = bot.is_let_in_by(&world.alice()).await.refresh;
        bot.refreshes(&refresh).await.tokens();
        let asked = asked(world, async {
            bot.refreshes(&refresh).await.tokens();
        })
        .await;
        assert_eq!(told(&asked), [("database records.connection", 1)]);
    });
}

#[test]
fn a_code_is_one_take_and_one_commit() {
    on_shared_stores(async |world| {
        let (bot, alice) = (world.report_bot(), world.alice());
        bot.is_let_in_by(&alice).await;
        let code = alice.authorizes(&bot).await;
        let asked = asked(world, async {
            bot.redeems(&code).await.tokens();
        })
        .await;
        assert_eq!(told(&asked), [("database connections.open", 1), ("redis codes.take", 1)]);
    });
}
