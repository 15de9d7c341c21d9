//! `/oauth/mtls/echo`: what the server saw.

use domain::{KeyKind, MutualTls};
use serde_json::Value;
use testkit::{Authority, Issued};

use super::{key, register, set, thumbprint};
use crate::world::{Answer, Client, basic, over_mutual_tls};

async fn looks(client: &Client<'_>) -> Value {
    let answer = client.posts("mtls/echo", &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn looks_anonymously(client: &Client<'_>) -> Value {
    Answer::to(client.http().get(client.url("mtls/echo"))).await.json()
}

#[test]
fn anybody_is_told_which_certificate_was_seen() {
    over_mutual_tls(async |world| {
        let bot = world.report_bot();
        let own = Authority::new("Integrations CA").client("report bot");
        let seen = looks_anonymously(&bot.showing(&own)).await;
        assert_eq!(seen["certificate"]["x5t#S256"], thumbprint(&own));
        assert_eq!(seen["certificate"]["subject"], "CN=report bot");
        assert_eq!(seen["certificate"]["issuer"], "CN=Integrations CA");
        assert_eq!((&seen["problem"], &seen["client"]), (&Value::Null, &Value::Null));
        let over = Issued::self_signed_with("Bot", |params| params.not_after = rcgen::date_time_ymd(2025, 1, 1));
        assert_eq!(looks_anonymously(&bot.showing(&over)).await["problem"]["reason"], "certificate_expired");
        let none = looks_anonymously(&bot.showing_none()).await;
        assert_eq!((&none["asks_for_certificates"], &none["certificate"]), (&true.into(), &Value::Null));
        let plain = looks_anonymously(&bot).await;
        assert_eq!(plain["asks_for_certificates"], false);
        assert_eq!(plain["come_to"], "https://mtls.id.example.com/oauth/mtls/echo");
    });
}

#[test]
fn a_client_is_told_whether_its_certificate_counts_and_why_not() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        assert_eq!(looks(&bot.showing(&own)).await["client"]["problem"]["reason"], "mutual_tls_off");
        let registration = register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Required).await;
        let good = looks(&bot.showing(&own)).await;
        assert_eq!(good["client"]["match"]["registration"], registration.to_string());
        assert_eq!((&good["client"]["would_bind"], &good["client"]["problem"]), (&true.into(), &Value::Null));
        let other = looks(&bot.showing(&Issued::self_signed("Report Bot"))).await;
        assert_eq!(other["client"]["problem"]["reason"], "certificate_unregistered");
        assert_eq!(looks(&bot).await["client"]["problem"]["reason"], "certificate_missing");
    });
}

#[test]
fn a_key_of_a_certificate_learns_nothing_by_another_ones() {
    over_mutual_tls(async |world| {
        let (app, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        register(world, &app, &own).await;
        set(world, &app, MutualTls::Optional).await;
        let bot = key(world, &app, KeyKind::Certificate).await;
        assert_eq!(looks(&bot.showing(&own)).await["client"]["authenticated"], true);
        let stranger = looks(&bot.showing(&Issued::self_signed("Report Bot"))).await;
        assert_eq!(stranger["client"]["authenticated"], false);
        assert_eq!(stranger["client"]["problem"]["reason"], "authentication_failed");
        let bot = bot.showing(&own);
        let by_get = Answer::to(bot.http().get(format!("{}?client_id={}", bot.url("mtls/echo"), bot.id()))).await;
        assert_eq!(by_get.json()["client"]["authenticated"], true);
    });
}

#[test]
fn secrets_are_not_guessed_before_the_mirror() {
    over_mutual_tls(async |world| {
        let (bot, other) = (world.report_bot(), world.other_bot());
        let wrong = bot.showing_none().with_secret(other.secret()).posts("mtls/echo", &[]).await;
        wrong.fails_with(401, "invalid_client").because("authentication_failed");
        let exposed = format!("{}?client_id={}&client_secret={}", bot.url("mtls/echo"), bot.id(), bot.secret());
        Answer::to(world.http.get(exposed)).await.fails_with(400, "invalid_request").because("credentials_in_query");
        let header = basic(&bot.id(), bot.secret());
        let good = Answer::to(world.http.get(bot.url("mtls/echo")).header("authorization", header)).await;
        assert_eq!(good.json()["client"]["authenticated"], true);
    });
}
