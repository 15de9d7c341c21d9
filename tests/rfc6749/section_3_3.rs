//! Access token scope.

use crate::world::{Person, World, in_both_worlds};

async fn granted(world: &World, scopes: &str) -> (crate::world::Tokens, String) {
    let (alice, bot): (Person<'_>, _) = (world.alice(), world.report_bot());
    let mut choice = alice.everything();
    choice.scopes = scopes.to_owned();
    let code = alice.authorizes_for(&bot, choice).await;
    let tokens = bot.redeems(&code).await.tokens();
    let refresh = tokens.refresh.clone();
    (tokens, refresh)
}

// RFC 6749 §3.3, §5.1
#[test]
fn the_answer_always_says_the_scope_sorted() {
    in_both_worlds(async |world| {
        let (tokens, _) = granted(world, "reports.write reports.read").await;
        assert_eq!(tokens.scope(), "reports.read reports.write");
    });
}

// RFC 6749 §6
#[test]
fn a_refresh_may_narrow_the_scope_of_one_access_token() {
    in_both_worlds(async |world| {
        let (_, refresh) = granted(world, "reports.read reports.write").await;
        let bot = world.report_bot();
        let narrowed = bot.refreshes_for(&refresh, "reports.read").await.tokens();
        assert_eq!(narrowed.scope(), "reports.read");
        let whole = bot.refreshes(&narrowed.refresh).await.tokens();
        assert_eq!(whole.scope(), "reports.read reports.write");
    });
}

// RFC 6749 §6
#[test]
fn a_refresh_may_not_widen_the_scope() {
    in_both_worlds(async |world| {
        let (_, refresh) = granted(world, "reports.read").await;
        let answer = world.report_bot().refreshes_for(&refresh, "reports.read reports.write").await;
        answer.fails_with(400, "invalid_scope").because("scope_too_wide");
    });
}

// RFC 6749 §3.3: scope is case-sensitive.
#[test]
fn scope_compares_with_case() {
    in_both_worlds(async |world| {
        let (_, refresh) = granted(world, "reports.read").await;
        world.report_bot().refreshes_for(&refresh, "Reports.Read").await.fails_with(400, "invalid_scope");
    });
}

// RFC 6749 §4.4.2
#[test]
fn client_credentials_may_ask_for_less() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        assert_eq!(bot.acts_alone(&[("scope", "reports.read")]).await.tokens().scope(), "reports.read");
    });
}

// RFC 6749 §5.2
#[test]
fn client_credentials_may_not_ask_for_more_than_was_granted() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        bot.acts_alone(&[("scope", "reports.read admin")]).await.fails_with(400, "invalid_scope");
    });
}

// RFC 6749 §3.3
#[test]
fn characters_that_no_scope_has_are_refused() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        for scope in ["reports\"read", "reports\\read", "reports\u{e9}"] {
            bot.acts_alone(&[("scope", scope)]).await.fails_with(400, "invalid_scope");
        }
    });
}
