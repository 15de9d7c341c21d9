//! `/oauth/verify`: what gateways ask for every request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client_registry::ApiDraft;
use domain::MutualTls;
use reqwest::header::HeaderValue;
use testkit::Issued;

use super::{is_noted, register, remove, set, thumbprint};
use crate::world::{Answer, Client, Tokens, World, basic, environment, operator, over_mutual_tls};

/// A gateway of an API, as it asks on its listener about one request.
struct Gateway<'w> {
    origin: String,
    api: Client<'w>,
}

impl<'w> Gateway<'w> {
    async fn of(world: &'w World) -> Self {
        let address = world.addresses().verify.expect("the story has a listener for gateways");
        Self { origin: format!("http://{address}"), api: world.api_of("default").await }
    }

    async fn asks(&self, token: &str, certificate: Option<&Issued>) -> Answer {
        self.asks_with(token, certificate, "", &[]).await
    }

    async fn asks_with(
        &self,
        token: &str,
        certificate: Option<&Issued>,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let mut request = self.api.world.http.get(format!("{}/oauth/verify{query}", self.origin));
        request = request.header("countersign-authorization", basic(&self.api.id(), self.api.secret()));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(certificate) = certificate {
            request = request.header("client-cert", format!(":{}:", STANDARD.encode(certificate.der())));
        }
        Answer::to(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }
}

const IDENTITY: [&str; 11] = [
    "countersign-subject",
    "countersign-client",
    "countersign-app",
    "countersign-customer",
    "countersign-connection",
    "countersign-environment",
    "countersign-scope",
    "countersign-workspaces",
    "countersign-certificate",
    "countersign-token-id",
    "countersign-expires",
];

async fn bound(world: &World, bot: &Client<'_>, own: &Issued) -> Tokens {
    register(world, bot, own).await;
    set(world, bot, MutualTls::Optional).await;
    bot.showing(own).is_let_in_by(&world.alice()).await
}

// PROTOCOL, "gateway check": 200 with identity headers.
#[test]
fn a_good_token_is_answered_with_whose_it_is() {
    over_mutual_tls(async |world| {
        let (bot, gateway) = (world.report_bot(), Gateway::of(world).await);
        let tokens = bot.is_let_in_by(&world.alice()).await;
        let answer = gateway.asks(&tokens.access, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("countersign-client"), bot.id());
        assert_eq!(answer.header("countersign-customer"), world.seed.acme.id.to_string());
        assert_eq!(answer.header("countersign-connection"), tokens.connection());
        assert_eq!(answer.header("countersign-scope"), "reports.read reports.write");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(IDENTITY.iter().all(|name| answer.headers.contains_key(*name)), "empty where nothing is known");
        let header = format!("Bearer {}", tokens.access);
        let managed = world.http.get(world.management_url("/oauth/verify")).header("authorization", header);
        let managed = managed.header("countersign-authorization", basic(&gateway.api.id(), gateway.api.secret()));
        assert_eq!(Answer::to(managed).await.header("countersign-client"), bot.id(), "and on the management listener");
        assert_eq!(world.gets("/oauth/verify").await.status, 404, "and nowhere else");
    });
}

// RFC 8705 §3: the holder of the certificate, and nobody else.
#[test]
fn a_bound_token_is_good_with_its_certificate_alone() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let (tokens, gateway) = (bound(world, &bot, &own).await, Gateway::of(world).await);
        let good = gateway.asks(&tokens.access, Some(&own)).await;
        assert_eq!((good.status, good.header("countersign-certificate")), (200, thumbprint(&own).as_str()));
        let thief = Issued::self_signed("Report Bot");
        let stolen = gateway.asks(&tokens.access, Some(&thief)).await;
        stolen.fails_with(401, "invalid_token").because("token_certificate_wrong");
        assert!(stolen.header("www-authenticate").starts_with("Bearer realm=\"countersign\", error=\"invalid_token\""));
        assert!(IDENTITY.iter().all(|name| stolen.headers.get(*name).is_some_and(HeaderValue::is_empty)));
        let none = gateway.asks(&tokens.access, None).await;
        none.fails_with(401, "invalid_token").because("token_certificate_missing");
        for reason in ["token_certificate_wrong", "token_certificate_missing"] {
            assert!(is_noted(world, &bot, reason).await, "{reason}");
        }
    });
}

// Everything that ends a token ends it here too.
#[test]
fn what_has_ended_is_refused() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let registration = register(world, &bot, &own).await;
        set(world, &bot, MutualTls::Optional).await;
        bot.may_act_alone_for(&world.alice()).await;
        let gateway = Gateway::of(world).await;
        let (of_certificate, of_key) =
            (bot.showing(&own).acts_alone(&[]).await.tokens(), bot.acts_alone(&[]).await.tokens());
        assert_eq!(gateway.asks(&of_certificate.access, Some(&own)).await.status, 200);
        remove(world, registration).await;
        gateway.asks(&of_certificate.access, Some(&own)).await.fails_with(401, "invalid_token");
        assert_eq!(gateway.asks(&of_key.access, None).await.status, 200);
        world.registry().revoke_key(&operator(), bot.card.id).await.expect("the key is there");
        world.knows().await;
        gateway.asks(&of_key.access, None).await.fails_with(401, "invalid_token");
    });
}

// PROTOCOL, "mTLS": Required holds at the gateway check.
#[test]
fn a_token_from_before_certificates_were_required_is_refused() {
    over_mutual_tls(async |world| {
        let (bot, own) = (world.report_bot(), Issued::self_signed("Report Bot"));
        let before = bot.is_let_in_by(&world.alice()).await;
        register(world, &bot, &own).await;
        let gateway = Gateway::of(world).await;
        set(world, &bot, MutualTls::Optional).await;
        assert_eq!(gateway.asks(&before.access, Some(&own)).await.status, 200);
        set(world, &bot, MutualTls::Required).await;
        gateway.asks(&before.access, Some(&own)).await.fails_with(401, "invalid_token").because("token_unbound");
    });
}

// PROTOCOL, "gateway check": the audience is the API's, the key header the token's, the workspace one of its.
#[test]
fn a_good_token_for_something_else_is_forbidden() {
    over_mutual_tls(async |world| {
        let (bot, gateway) = (world.report_bot(), Gateway::of(world).await);
        let token = world.bob().authorizes(&bot).await;
        let token = bot.redeems(&token).await.tokens().access;
        let (reached, foreign) = (world.seed.acme.workspaces[0], world.seed.globex.workspaces[0]);
        let (own, other) = (bot.id(), world.other_bot().id());
        for (query, key, status, reason) in [
            (String::new(), own.as_str(), 200, ""),
            (String::new(), other.as_str(), 403, "key_differs"),
            (format!("?key={other}"), own.as_str(), 403, "key_differs"),
            (format!("?workspace={reached}"), own.as_str(), 200, ""),
            (format!("?workspace={foreign}"), own.as_str(), 403, "workspace_not_reached"),
        ] {
            let answer = gateway.asks_with(&token, None, &query, &[("key", key)]).await;
            assert_eq!(answer.status, status, "{query} {answer:?}");
            if status == 403 {
                answer.fails_with(403, "insufficient_scope").because(reason);
                assert!(answer.header("www-authenticate").contains("insufficient_scope"), "{answer:?}");
            }
        }
        let elsewhere = other_api(world).await;
        let answer = elsewhere.asks(&token, None).await;
        answer.fails_with(403, "insufficient_scope").because("token_for_another_api");
    });
}

/// The gateway of another API of the default environment.
async fn other_api(world: &World) -> Gateway<'_> {
    let draft = ApiDraft {
        environment: environment("default"),
        name: "Files".to_owned(),
        audience: "https://files.example.com".to_owned(),
        scopes: vec![],
        token_lifetime: None,
        is_default: false,
    };
    let api = world.registry().create_api(&operator(), draft).await.expect("the draft is good");
    let made = world.registry().add_api_credential(&operator(), api.id).await.expect("the API is there");
    world.knows().await;
    let Gateway { origin, api: first } = Gateway::of(world).await;
    Gateway { origin, api: first.named(api.id.to_string()).with_secret(made.text.reveal()) }
}

// RFC 6750 §2.3 and §3.1, PROTOCOL, "gateway check"
#[test]
fn what_is_no_question_of_a_gateway_is_refused() {
    over_mutual_tls(async |world| {
        let (bot, gateway) = (world.report_bot(), Gateway::of(world).await);
        let token = bot.is_let_in_by(&world.alice()).await.access;
        let none = gateway.asks("", None).await;
        none.fails_with(401, "invalid_token").because("token_missing");
        assert_eq!(none.header("www-authenticate"), "Bearer realm=\"countersign\"");
        gateway.asks("nonsense", None).await.fails_with(401, "invalid_token").because("token_invalid");
        let in_query = gateway.asks_with("", None, &format!("?access_token={token}"), &[]).await;
        in_query.fails_with(400, "invalid_request").because("token_in_query");
        let api = &gateway.api;
        for wrong in [api.clone().with_secret(bot.secret()), bot.clone()] {
            let stranger = Gateway { origin: gateway.origin.clone(), api: wrong };
            stranger.asks(&token, None).await.fails_with(403, "invalid_client");
        }
        let doubled = gateway.asks_with(&token, None, "", &[("client-cert", ":a:"), ("client-cert", ":b:")]).await;
        doubled.fails_with(400, "invalid_request").because("certificate_header_repeated");
        let appended = gateway.asks_with(&token, None, "/a%20b/../c?d=e", &[]).await;
        assert_eq!(appended.status, 200, "as Envoy asks: {appended:?}");
    });
}
