//! Tokens that are bound to the certificate they were asked for with.

use std::time::Duration;

use certificates::NameKind;
use domain::{Clock as _, MutualTls};
use rcgen::date_time_ymd;
use serde_json::Value;
use testkit::{Authority, Issued};

use super::{activity_of, register, register_name, remove, set, take_back, thumbprint, trust};
use crate::world::{PROMISE, operator, over_mutual_tls, over_mutual_tls_on_two_replicas};

// RFC 8705 §3.1 and §3.2
#[test]
fn a_token_names_the_certificate_it_is_bound_to_and_so_does_introspection() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        let tokens = bot.showing(&own).is_let_in_by(&world.alice()).await;
        assert_eq!(tokens.claims()["cnf"]["x5t#S256"], thumbprint(&own));
        let api = world.api_of("default").await;
        for answer in [bot.introspects(&tokens.access).await, api.introspects(&tokens.access).await] {
            assert_eq!(answer.is_active()["cnf"]["x5t#S256"], thumbprint(&own));
        }
        let refresh = bot.introspects(&tokens.refresh).await.is_active();
        assert_eq!(refresh["cnf"]["x5t#S256"], thumbprint(&own));
    });
}

// PROTOCOL, "mTLS": an unregistered certificate on Optional binds nothing and warns in Activity.
#[test]
fn an_unregistered_certificate_binds_nothing_and_warns() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        bot.may_act_alone_for(&world.alice()).await;
        let other = bot.showing(&Issued::self_signed("Report Bot"));
        for _ in 0..3 {
            assert_eq!(other.acts_alone(&[]).await.tokens().claims()["cnf"], Value::Null);
        }
        let rows = activity_of(world, &bot).await;
        assert_eq!(rows.iter().map(|row| row.unregistered).sum::<u64>(), 3, "{rows:?}");
        let warned = rows.iter().filter(|row| row.detail == "certificate_unregistered").count();
        assert_eq!(warned, 1, "told once, and counted: {rows:?}");
    });
}

// PROTOCOL, "mTLS": Off, Optional, Required.
#[test]
fn while_it_is_off_certificates_are_not_looked_at() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &bot, &own).await;
        bot.may_act_alone_for(&world.alice()).await;
        assert_eq!(bot.showing(&own).acts_alone(&[]).await.tokens().claims()["cnf"], Value::Null);
        let rows = activity_of(world, &bot).await;
        assert_eq!(rows.iter().map(|row| row.registered + row.unregistered).sum::<u64>(), 0, "{rows:?}");
    });
}

// Expiry needs no entry in the log, because no token outlives its certificate.
#[test]
fn a_token_does_not_outlive_its_certificate() {
    over_mutual_tls(async |world| {
        let day_after_tomorrow = (world.clock.now() + Duration::from_hours(48)).to_string();
        let part = |range: std::ops::Range<usize>| day_after_tomorrow.get(range).expect("RFC 3339").to_owned();
        let number = |text: String| text.parse::<u8>().expect("two digits");
        let year = part(0..4).parse().expect("four digits");
        let (month, day) = (number(part(5..7)), number(part(8..10)));
        let own = Issued::self_signed_with("Report Bot", |params| params.not_after = date_time_ymd(year, month, day));
        let ends = certificates::Certificate::read(own.der()).expect("it is a certificate").not_after;
        let bot = world.report_bot();
        register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Required).await;
        bot.may_act_alone_for(&world.alice()).await;
        world.later(ends.since(world.clock.now()).saturating_sub(Duration::from_secs(600)));
        let tokens = bot.showing(&own).acts_alone(&[]).await.tokens();
        assert_eq!((&tokens.claims()["exp"], &tokens.body["expires_in"]), (&ends.seconds().into(), &600.into()));
        world.later(Duration::from_secs(600));
        let answer = bot.showing(&own).acts_alone(&[]).await;
        answer.fails_with(401, "invalid_client").because("certificate_expired");
    });
}

// PROTOCOL, "mTLS": removing a registered certificate ends exactly its tokens.
#[test]
fn removing_a_certificate_ends_its_tokens_and_no_others() {
    over_mutual_tls(async |world| {
        let (bot, old, new) = (world.report_bot(), Issued::self_signed("Old"), Issued::self_signed("New"));
        let registration = register(world, &bot, &old).await;
        register(world, &bot, &new).await;
        set(world, &bot, MutualTls::Optional).await;
        bot.may_act_alone_for(&world.alice()).await;
        let unbound = bot.acts_alone(&[]).await.tokens();
        let (by_old, by_new) =
            (bot.showing(&old).acts_alone(&[]).await.tokens(), bot.showing(&new).acts_alone(&[]).await.tokens());
        let connected = bot.showing(&old).is_let_in_by(&world.alice()).await;
        remove(world, registration).await;
        bot.introspects(&by_old.access).await.is_inactive();
        bot.introspects(&connected.access).await.is_inactive();
        bot.introspects(&by_new.access).await.is_active();
        bot.introspects(&unbound.access).await.is_active();
        let refused = bot.showing(&old).refreshes(&connected.refresh).await;
        refused.fails_with(400, "invalid_grant").because("refresh_certificate_refused");
        let renewed = bot.showing(&new).refreshes(&connected.refresh).await.tokens();
        assert_eq!(renewed.claims()["cnf"]["x5t#S256"], thumbprint(&new), "the connection lives on");
    });
}

// Promise S10: every replica acts on it within a second.
#[test]
fn a_removed_certificate_ends_its_tokens_at_every_replica_within_a_second() {
    over_mutual_tls_on_two_replicas(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let registration = register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        bot.may_act_alone_for(&world.alice()).await;
        let access = bot.showing(&own).acts_alone(&[]).await.tokens().access;
        bot.on(1).introspects(&access).await.is_active();
        world.registry().remove_certificate(&operator(), registration, true).await.expect("it is registered");
        let took = world.knows().await;
        assert!(took < PROMISE, "{took:?}");
        bot.on(1).introspects(&access).await.is_inactive();
    });
}

// A certificate that its issuer took back ends what is bound to it when it is seen again.
#[test]
fn a_revoked_certificate_that_is_shown_ends_its_tokens() {
    over_mutual_tls(async |world| {
        let (bot, authority) = (world.report_bot(), Authority::new("Integrations CA"));
        trust(world, &bot, &authority).await;
        register_name(world, &bot, NameKind::Subject, "CN=report bot").await;
        set(world, &bot, MutualTls::Optional).await;
        bot.may_act_alone_for(&world.alice()).await;
        let (lost, kept) = (authority.client("report bot"), authority.client("report bot"));
        let (by_lost, by_kept) =
            (bot.showing(&lost).acts_alone(&[]).await.tokens(), bot.showing(&kept).acts_alone(&[]).await.tokens());
        take_back(world, &authority, &[&lost]);
        // The connection is the old one: what was decided for it does not outlive the list.
        assert_eq!(bot.showing(&lost).acts_alone(&[]).await.tokens().claims()["cnf"], Value::Null);
        world.knows().await;
        bot.introspects(&by_lost.access).await.is_inactive();
        bot.introspects(&by_kept.access).await.is_active();
    });
}
