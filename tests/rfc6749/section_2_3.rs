//! Client authentication.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::AUTHORIZATION;

use crate::world::{Answer, Client, World, basic, in_both_worlds};

const ALONE: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn bot(world: &World) -> Client<'_> {
    let bot = world.report_bot();
    bot.may_act_alone_for(&world.alice()).await;
    bot
}

async fn with_header(bot: &Client<'_>, header: String) -> Answer {
    Answer::to(bot.post("token").header(AUTHORIZATION, header).form(&ALONE)).await
}

// RFC 6749 §2.3.1
#[test]
fn a_client_authenticates_by_http_basic() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        with_header(&bot, basic(&bot.id(), bot.secret())).await.tokens();
    });
}

// RFC 6749 §2.3.1
#[test]
fn a_client_authenticates_in_the_body() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        bot.posts_raw("token", bot.body(&ALONE)).await.tokens();
    });
}

// RFC 6749 §2.3.1
#[test]
fn id_and_secret_are_form_decoded_in_basic() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        let escaped = |text: &str| text.replace('_', "%5F");
        let plain = format!("{}:{}", escaped(&bot.id()), escaped(bot.secret()));
        with_header(&bot, format!("Basic {}", STANDARD.encode(plain))).await.tokens();
    });
}

// RFC 6749 §2.3.1 · RFC 7235 §2.1
#[test]
fn the_scheme_of_the_authorization_header_has_no_case() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        let header = basic(&bot.id(), bot.secret());
        with_header(&bot, header.replacen("Basic", "bAsIC", 1)).await.tokens();
    });
}

// RFC 6749 §2.3
#[test]
fn two_methods_in_one_request_are_refused() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        let both = bot.posts("token", &[ALONE[0], ("client_secret", bot.secret())]).await;
        both.fails_with(400, "invalid_request").because("two_authentication_methods");
    });
}

// RFC 6749 §2.3.1
#[test]
fn a_matching_client_id_beside_basic_is_fine() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        bot.posts("token", &[ALONE[0], ("client_id", &bot.id())]).await.tokens();
    });
}

// RFC 6749 §2.3.1
#[test]
fn a_different_client_id_beside_basic_is_refused() {
    in_both_worlds(async |world| {
        let bot = bot(world).await;
        let other = bot.posts("token", &[ALONE[0], ("client_id", &world.other_bot().id())]).await;
        other.fails_with(400, "invalid_request").because("client_ids_differ");
    });
}

// RFC 6749 §5.2: 401, and the scheme the client used.
#[test]
fn failed_basic_is_answered_with_the_scheme() {
    in_both_worlds(async |world| {
        let wrong = world.report_bot().with_secret(world.other_bot().secret());
        let answer = wrong.acts_alone(&[]).await;
        answer.fails_with(401, "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{answer:?}");
    });
}

// RFC 6749 §5.2
#[test]
fn failed_authentication_in_the_body_names_no_scheme() {
    in_both_worlds(async |world| {
        let wrong = world.report_bot().with_secret(world.other_bot().secret());
        let answer = wrong.posts_raw("token", wrong.body(&ALONE)).await;
        answer.fails_with(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "");
    });
}

// RFC 6749 §5.2
#[test]
fn no_authentication_at_all_is_invalid_client() {
    in_both_worlds(async |world| {
        let answer = world.report_bot().posts_raw("token", "grant_type=client_credentials").await;
        answer.fails_with(401, "invalid_client").because("authentication_missing");
    });
}

// PROTOCOL, "Everywhere": what tells an attacker which half was wrong is said only after authentication.
#[test]
fn an_unknown_client_and_a_wrong_secret_look_alike() {
    in_both_worlds(async |world| {
        let secret = world.other_bot().secret().to_owned();
        let wrong_secret = world.report_bot().with_secret(&secret).acts_alone(&[]).await;
        let unknown = domain::ClientId::from_bytes([7; 16]).to_string();
        let header = basic(&unknown, &secret);
        let unknown = with_header(&world.report_bot(), header).await;
        let told = |answer: &Answer| (answer.status, answer.json()["error_description"].clone());
        assert_eq!(told(&wrong_secret), told(&unknown));
    });
}

// DESIGN, decision 4: a typing error is named before anything is looked up.
#[test]
fn a_secret_that_lost_characters_is_told_so() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let cut = bot.secret().get(..20).expect("secrets are longer").to_owned();
        bot.with_secret(cut).acts_alone(&[]).await.fails_with(401, "invalid_client").because("secret_malformed");
    });
}

// DESIGN, decision 8: the kind of authentication comes from registration.
#[test]
fn a_confidential_client_that_only_names_itself_is_refused() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let body = format!("grant_type=client_credentials&client_id={}", bot.id());
        bot.posts_raw("token", body).await.fails_with(401, "invalid_client");
    });
}

// DESIGN, decision 8
#[test]
fn a_public_client_that_sends_a_secret_is_refused() {
    in_both_worlds(async |world| {
        let pocket = world.pocket().with_secret(world.report_bot().secret());
        pocket.acts_alone(&[]).await.fails_with(401, "invalid_client");
    });
}

// RFC 7617 §2
#[test]
fn an_authorization_header_that_is_not_basic_is_refused() {
    in_both_worlds(async |world| {
        for header in ["Bearer abc", "Basic", "Basic !!!", "Basic bm9jb2xvbg=="] {
            with_header(&world.report_bot(), header.to_owned()).await.fails_with(401, "invalid_client");
        }
    });
}
