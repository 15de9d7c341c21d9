//! Refresh tokens of connections that are bound.

use domain::MutualTls;
use serde_json::Value;
use testkit::Issued;

use super::{activity_of, register, set, thumbprint};
use crate::world::over_mutual_tls;

// PROTOCOL, "mTLS": a connection stays usable with the very certificate, or another registered one.
#[test]
fn a_bound_connection_is_refreshed_with_a_registered_certificate_alone() {
    over_mutual_tls(async |world| {
        let (bot, own, next) = (world.report_bot(), Issued::self_signed("This year"), Issued::self_signed("Next year"));
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        let refresh = bot.showing(&own).is_let_in_by(&world.alice()).await.refresh;
        bot.showing(&own).refreshes(&refresh).await.tokens();
        let without = bot.refreshes(&refresh).await;
        without.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
        let none = bot.showing_none().refreshes(&refresh).await;
        none.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
        let stranger = bot.showing(&next).refreshes(&refresh).await;
        stranger.fails_with(400, "invalid_grant").because("refresh_certificate_refused");
        register(world, &bot, &next).await;
        let renewed = bot.showing(&next).refreshes(&refresh).await.tokens();
        assert_eq!(renewed.claims()["cnf"]["x5t#S256"], thumbprint(&next));
        assert_eq!(bot.introspects(&refresh).await.is_active()["cnf"]["x5t#S256"], thumbprint(&next), "rebound");
        assert_eq!(renewed.refresh, refresh, "stable");
        let rows = activity_of(world, &bot).await;
        assert_eq!(rows.iter().filter(|row| row.detail == "connection_rebound").count(), 1, "{rows:?}");
    });
}

// PROTOCOL, "mTLS": a refresh over a registered certificate binds an unbound connection for ever; the reverse never.
#[test]
fn a_refresh_over_a_registered_certificate_binds_for_ever() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let refresh = bot.is_let_in_by(&world.alice()).await.refresh;
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        assert_eq!(bot.refreshes(&refresh).await.tokens().claims()["cnf"], Value::Null, "not yet");
        let bound = bot.showing(&own).refreshes(&refresh).await.tokens();
        assert_eq!(bound.claims()["cnf"]["x5t#S256"], thumbprint(&own));
        bot.refreshes(&refresh).await.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
        set(world, &bot, MutualTls::Off).await;
        let off = bot.showing(&own).refreshes(&refresh).await;
        off.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
    });
}

// RFC 8705 §4 and DESIGN, decision 2: what is bound need not rotate.
#[test]
fn a_public_client_is_held_by_its_certificate_instead_of_rotation() {
    over_mutual_tls(async |world| {
        let (pocket, own) = (world.pocket(), Issued::self_signed("Pocket"));
        register(world, &pocket, &own).await;
        set(world, &pocket, MutualTls::Optional).await;
        let first = pocket.showing(&own).is_let_in_by(&world.alice()).await;
        let again = pocket.showing(&own).refreshes(&first.refresh).await.tokens();
        assert_eq!(again.refresh, first.refresh);
        let stolen = pocket.refreshes(&first.refresh).await;
        stolen.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
        pocket.showing(&own).refreshes(&first.refresh).await.tokens();
    });
}

// DESIGN, decision 2: an app may switch rotation on; binding comes in the same statement.
#[test]
fn a_rotation_binds_and_a_bound_connection_does_not_rotate_without() {
    over_mutual_tls(async |world| {
        let (pocket, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let edits = vec![client_registry::AppEdit::RotateRefreshTokens(true)];
        let edited = world.registry().edit_app(&crate::world::operator(), pocket.card.app, None, edits).await;
        edited.expect("the edit is good");
        register(world, &pocket, &own).await;
        set(world, &pocket, MutualTls::Optional).await;
        let first = pocket.is_let_in_by(&world.alice()).await;
        let second = pocket.showing(&own).refreshes(&first.refresh).await.tokens();
        assert_ne!(second.refresh, first.refresh);
        let refused = pocket.refreshes(&second.refresh).await;
        refused.fails_with(400, "invalid_grant").because("refresh_certificate_missing");
        pocket.showing(&own).refreshes(&second.refresh).await.tokens();
    });
}
