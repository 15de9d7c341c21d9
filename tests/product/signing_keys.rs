//! Signing keys rotate: publish, wait for caches, sign, retire after the longest token life.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use client_registry::AppEdit;

use crate::world::{Tokens, World, in_both_worlds_with, operator, part_of_jwt};

const DAY: Duration = Duration::from_secs(24 * 3600);
const CACHE: Duration = Duration::from_secs(300);
const SETTINGS: [&str; 3] =
    ["lifetimes.signing_key=1d", "lifetimes.connection_idle=300d", "lifetimes.connection_absolute=300d"];

async fn published(world: &World) -> BTreeSet<String> {
    let set = world.gets("/oauth/jwks").await.json();
    let keys = set["keys"].as_array().cloned().unwrap_or_default();
    keys.iter().map(|key| key["kid"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Moves time on. A replica looks at its keys soon after the log has moved, and else at longer intervals of real time.
async fn later(world: &World, by: Duration) {
    world.later(by);
    let (app, edits) = (world.report_bot().card.app, vec![AppEdit::SupportEmail(None)]);
    world.registry().edit_app(&operator(), app, None, edits).await.expect("the edit is good");
    world.knows().await;
}

/// Waits for the loop that looks after the keys.
async fn published_becomes(world: &World, count: usize) -> BTreeSet<String> {
    let began = Instant::now();
    loop {
        let keys = published(world).await;
        if keys.len() == count {
            return keys;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "not {count} but {keys:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn kid(tokens: &Tokens) -> String {
    part_of_jwt(&tokens.access, 0)["kid"].as_str().unwrap_or_default().to_owned()
}

// DESIGN, decision 15: the whole life of a key, and no token fails to verify on the way.
#[test]
fn a_key_is_published_before_it_signs_and_stays_until_its_last_token_has_expired() {
    in_both_worlds_with(&SETTINGS, async |world| {
        let bot = world.report_bot();
        let first = bot.is_let_in_by(&world.alice()).await;
        let old = kid(&first);

        later(world, DAY).await;
        let both = published_becomes(world, 2).await;
        let early = bot.refreshes(&first.refresh).await.tokens();
        assert_eq!(kid(&early), old, "a new key waits for caches before it signs");

        later(world, 2 * CACHE).await;
        let began = Instant::now();
        let later = loop {
            let tokens = bot.refreshes(&first.refresh).await.tokens();
            if kid(&tokens) != old {
                break tokens;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "the new key never signs");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(both.contains(&kid(&later)), "it signs with a key that was published");
        assert_eq!(published(world).await, both, "the old key stays published");
        bot.introspects(&early.access).await.is_active();
        bot.introspects(&later.access).await.is_active();
    });
}
