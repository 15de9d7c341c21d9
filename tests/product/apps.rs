//! Apps: deletion, and edits that make an app smaller.

use client_registry::AppEdit;

use crate::world::{environment, in_both_worlds, operator};

// Promise S10
#[test]
fn a_deleted_app_ends_everything_of_its_keys() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.is_let_in_by(&world.alice()).await;
        bot.acts_alone(&[]).await.tokens();
        world.registry().delete_app(&operator(), bot.card.app).await.expect("it is there");
        world.knows().await;
        bot.introspects(&tokens.access).await.fails_with(401, "invalid_client").because("app_deleted");
        bot.refreshes(&tokens.refresh).await.fails_with(401, "invalid_client").because("app_deleted");
        bot.acts_alone(&[]).await.fails_with(401, "invalid_client").because("app_deleted");
    });
}

// DESIGN §1: an app may ask for less than it once did; older tokens end.
#[test]
fn an_app_that_lost_a_scope_gets_it_no_longer() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let edits = vec![AppEdit::Scopes("reports.read".parse().expect("a scope"))];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_inactive();
        assert_eq!(bot.refreshes(&tokens.refresh).await.tokens().scope(), "reports.read");
    });
}

// DESIGN §1
#[test]
fn an_app_that_left_an_environment_gets_nothing_there() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let edits = vec![AppEdit::Environments(vec![environment("prod2")])];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        bot.refreshes(&tokens.refresh).await.fails_with(400, "invalid_request").because("wrong_environment");
    });
}

// DESIGN §1: an edit that takes nothing away leaves tokens alive.
#[test]
fn a_new_name_ends_nothing() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let edits = vec![AppEdit::Name("Report Robot".to_owned())];
        world.registry().edit_app(&operator(), bot.card.app, None, edits).await.expect("the edit is good");
        world.knows().await;
        bot.introspects(&tokens.access).await.is_active();
    });
}
