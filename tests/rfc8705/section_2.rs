//! Client authentication by certificate.

use certificates::NameKind;
use domain::{KeyKind, MutualTls};
use rcgen::{CertificateParams, SanType, date_time_ymd};
use testkit::{Authority, Issued};

use super::{is_noted, key, register, register_name, set, take_back, trust};
use crate::world::over_mutual_tls;

// RFC 8705 §2.2: by a certificate that was registered itself, whoever signed it.
#[test]
fn a_key_authenticates_by_its_registered_certificate_alone() {
    over_mutual_tls(async |world| {
        let (app, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &app, &own).await;
        set(world, &app, MutualTls::Optional).await;
        let bot = key(world, &app, KeyKind::Certificate).await;
        bot.may_act_alone_for(&world.alice()).await;
        bot.showing(&own).acts_alone(&[]).await.tokens();
        let other = bot.showing(&Issued::self_signed("Report Bot"));
        other.acts_alone(&[]).await.fails_with(401, "invalid_client").because("authentication_failed");
        assert!(is_noted(world, &bot, "certificate_unregistered").await);
        bot.showing_none().acts_alone(&[]).await.fails_with(401, "invalid_client").because("certificate_missing");
        let plain = bot.acts_alone(&[]).await;
        plain.fails_with(401, "invalid_client").because("certificate_missing");
        assert!(plain.text.contains("https://mtls.id.example.com , at the same path"), "{plain:?}");
    });
}

// RFC 8705 §2: the request has the client_id, and RFC 6749 §2.3: no second method.
#[test]
fn a_key_with_a_certificate_shows_no_secret_beside_it() {
    over_mutual_tls(async |world| {
        let (app, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &app, &own).await;
        set(world, &app, MutualTls::Optional).await;
        let bot = key(world, &app, KeyKind::Certificate).await.showing(&own);
        bot.with_secret(app.secret()).acts_alone(&[]).await.fails_with(401, "invalid_client");
        assert!(is_noted(world, &bot, "authentication_kind_wrong").await);
    });
}

// RFC 8705 §3: the key authenticates by its secret, and what it gets is bound.
#[test]
fn a_key_with_a_certificate_and_a_secret_needs_both() {
    over_mutual_tls(async |world| {
        let (app, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &app, &own).await;
        set(world, &app, MutualTls::Optional).await;
        let bot = key(world, &app, KeyKind::CertificateAndSecret).await;
        bot.may_act_alone_for(&world.alice()).await;
        let tokens = bot.showing(&own).acts_alone(&[]).await.tokens();
        assert_eq!(tokens.claims()["cnf"]["x5t#S256"], super::thumbprint(&own));
        bot.acts_alone(&[]).await.fails_with(401, "invalid_client").because("certificate_missing");
        let other = bot.showing(&Issued::self_signed("Report Bot"));
        other.acts_alone(&[]).await.fails_with(401, "invalid_client").because("certificate_unregistered");
        let wrong = bot.with_secret(app.secret()).showing(&own);
        wrong.acts_alone(&[]).await.fails_with(401, "invalid_client").because("authentication_failed");
    });
}

// RFC 8705 §2.1.2: one registered value of one kind, under a trusted authority.
#[test]
fn each_kind_of_name_is_recognised_under_the_apps_own_anchor() {
    over_mutual_tls(async |world| {
        let (app, authority) = (world.report_bot(), Authority::new("Integrations CA"));
        trust(world, &app, &authority).await;
        let names = [
            (NameKind::Subject, "CN=report bot"),
            (NameKind::Dns, "bot.example.com"),
            (NameKind::Ip, "192.0.2.7"),
            (NameKind::Uri, "spiffe://example.com/bot"),
            (NameKind::Email, "bot@example.com"),
        ];
        for (kind, name) in names {
            register_name(world, &app, kind, name).await;
        }
        set(world, &app, MutualTls::Required).await;
        app.may_act_alone_for(&world.alice()).await;
        let alternatives = |name: &str| match name {
            "spiffe://example.com/bot" => vec![SanType::URI(name.try_into().expect("ASCII"))],
            "bot@example.com" => vec![SanType::Rfc822Name(name.try_into().expect("ASCII"))],
            "CN=report bot" => vec![],
            name => CertificateParams::new(vec![name.to_owned()]).expect("a name").subject_alt_names,
        };
        for (kind, name) in names {
            let subject = if kind == NameKind::Subject { "report bot" } else { "somebody" };
            let shown = authority.client_with(subject, |params| params.subject_alt_names = alternatives(name));
            let tokens = app.showing(&shown).acts_alone(&[]).await.tokens();
            assert_eq!(tokens.claims()["cnf"]["x5t#S256"], super::thumbprint(&shown), "{name}");
        }
        let stranger = app.showing(&authority.client("somebody")).acts_alone(&[]).await;
        stranger.fails_with(401, "invalid_client").because("certificate_unregistered");
    });
}

// RFC 8705 §2.1: a chain to a trust anchor; intermediate certificates come with it.
#[test]
fn an_intermediate_authority_counts_when_it_is_sent_along() {
    over_mutual_tls(async |world| {
        let (app, root) = (world.report_bot(), Authority::new("Integrations CA"));
        let between = root.intermediate("Bots");
        trust(world, &app, &root).await;
        register_name(world, &app, NameKind::Subject, "CN=report bot").await;
        set(world, &app, MutualTls::Required).await;
        app.may_act_alone_for(&world.alice()).await;
        let own = between.client("report bot");
        let short = app.showing(&own).acts_alone(&[]).await;
        short.fails_with(401, "invalid_client").because("certificate_issuer_unknown");
        app.showing_with(&own, &[&between]).acts_alone(&[]).await.tokens();
    });
}

// PROTOCOL, "mTLS": refused, with the reason in the app's activity.
#[test]
fn a_certificate_that_does_not_count_is_refused_for_its_own_reason() {
    over_mutual_tls(async |world| {
        let (app, authority) = (world.report_bot(), Authority::new("Integrations CA"));
        trust(world, &app, &authority).await;
        register_name(world, &app, NameKind::Subject, "CN=report bot").await;
        set(world, &app, MutualTls::Required).await;
        app.may_act_alone_for(&world.alice()).await;
        let revoked = authority.client("report bot");
        take_back(world, &authority, &[&revoked]);
        let with = |change: fn(&mut CertificateParams)| authority.client_with("report bot", change);
        let cases = [
            ("certificate_expired", with(|params| params.not_after = date_time_ymd(2025, 1, 1))),
            ("certificate_not_yet_valid", with(|params| params.not_before = date_time_ymd(2098, 1, 1))),
            (
                "certificate_usage_wrong",
                with(|params| params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth]),
            ),
            ("certificate_revoked", revoked),
            ("certificate_issuer_unknown", Authority::new("Integrations CA").client("report bot")),
            ("certificate_issuer_unknown", Issued::self_signed("report bot")),
            ("certificate_unregistered", authority.client("other bot")),
        ];
        for (reason, shown) in cases {
            let answer = app.showing(&shown).acts_alone(&[]).await;
            answer.fails_with(401, "invalid_client").because(reason);
            assert!(is_noted(world, &app, reason).await, "{reason}");
        }
        app.showing(&authority.client("report bot")).acts_alone(&[]).await.tokens();
    });
}

// DESIGN, decision 12: one app's authority never vouches for another's clients.
#[test]
fn another_apps_anchor_vouches_for_nothing() {
    over_mutual_tls(async |world| {
        let (ours, theirs) = (world.report_bot(), world.other_bot());
        let (authority, other) = (Authority::new("Integrations CA"), Authority::new("Other CA"));
        trust(world, &ours, &authority).await;
        trust(world, &theirs, &other).await;
        for app in [&ours, &theirs] {
            register_name(world, app, NameKind::Subject, "CN=report bot").await;
        }
        set(world, &ours, MutualTls::Required).await;
        ours.may_act_alone_for(&world.alice()).await;
        ours.showing(&authority.client("report bot")).acts_alone(&[]).await.tokens();
        let answer = ours.showing(&other.client("report bot")).acts_alone(&[]).await;
        answer.fails_with(401, "invalid_client").because("certificate_issuer_unknown");
    });
}
