//! An app that requires certificates is answered nowhere without one.

use domain::MutualTls;
use testkit::Issued;

use super::{register, remove, set, thumbprint};
use crate::world::over_mutual_tls;

// PROTOCOL, "mTLS": refused at token, refresh, introspection by the client.
#[test]
fn without_a_registered_certificate_every_endpoint_refuses() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        bot.may_act_alone_for(&world.alice()).await;
        let before = bot.is_let_in_by(&world.alice()).await;
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Required).await;
        let stranger = Issued::self_signed("Report Bot");
        for (client, reason) in [
            (bot.clone(), "certificate_missing"),
            (bot.showing_none(), "certificate_missing"),
            (bot.showing(&stranger), "certificate_unregistered"),
        ] {
            let code = world.alice().authorizes(&bot).await;
            for answer in [
                client.acts_alone(&[]).await,
                client.redeems(&code).await,
                client.refreshes(&before.refresh).await,
                client.introspects(&before.access).await,
                client.revokes(&before.refresh).await,
                client.lists_connections(None).await,
            ] {
                answer.fails_with(401, "invalid_client").because(reason);
            }
        }
        let bot = bot.showing(&own);
        let upgraded = bot.refreshes(&before.refresh).await.tokens();
        assert_eq!(upgraded.claims()["cnf"]["x5t#S256"], thumbprint(&own), "what was refused was not spent or ended");
        bot.acts_alone(&[]).await.tokens();
        bot.introspects(&upgraded.access).await.is_active();
        assert_eq!(bot.lists_connections(None).await.status, 200);
        assert_eq!(bot.revokes(&before.refresh).await.status, 200);
    });
}

// Two certificates at once: an integrator renews without a failed call.
#[test]
fn certificates_are_renewed_one_beside_the_other() {
    over_mutual_tls(async |world| {
        let (bot, old, new) = (world.report_bot(), Issued::self_signed("Old"), Issued::self_signed("New"));
        let first = register(world, &bot, &old).await;
        set(world, &bot, MutualTls::Required).await;
        bot.may_act_alone_for(&world.alice()).await;
        // Kept connections: what was decided for one of them is looked at again when the registrations change.
        let (by_old, by_new) = (bot.showing(&old), bot.showing(&new));
        by_old.acts_alone(&[]).await.tokens();
        by_new.acts_alone(&[]).await.fails_with(401, "invalid_client").because("certificate_unregistered");
        register(world, &bot, &new).await;
        by_old.acts_alone(&[]).await.tokens();
        by_new.acts_alone(&[]).await.tokens();
        remove(world, first).await;
        by_old.acts_alone(&[]).await.fails_with(401, "invalid_client").because("certificate_unregistered");
        by_new.acts_alone(&[]).await.tokens();
    });
}
