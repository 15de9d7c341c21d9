//! The token endpoint.

use reqwest::Method;

use crate::world::{Answer, in_both_worlds};

// RFC 6749 §3.2: the client must use POST.
#[test]
fn other_methods_than_post_are_refused() {
    in_both_worlds(async |world| {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = world.sends(method, "/oauth/token").await;
            answer.fails_with(405, "invalid_request").because("method_wrong");
            assert_eq!(answer.header("allow"), "POST");
        }
    });
}

// RFC 6749 §3.2: parameters must not be included more than once.
#[test]
fn a_repeated_parameter_is_refused_and_named() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let body = format!("{}&grant_type=client_credentials", bot.body(&[("grant_type", "client_credentials")]));
        let answer = bot.posts_raw("token", body).await;
        answer.fails_with(400, "invalid_request").because("parameter_repeated");
        assert!(answer.text.contains("'grant_type'"), "{answer:?}");
    });
}

// RFC 6749 §3.2
#[test]
fn a_repeated_unknown_parameter_is_refused_too() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let body = bot.body(&[("grant_type", "client_credentials"), ("x", "1"), ("x", "2")]);
        bot.posts_raw("token", body).await.fails_with(400, "invalid_request").because("parameter_repeated");
    });
}

// RFC 6749 §3.1, §3.2: parameters sent without a value are treated as if they were omitted.
#[test]
fn an_empty_parameter_counts_as_absent() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        bot.acts_alone(&[("scope", ""), ("resource", ""), ("customer", "")]).await.tokens();
        let answer = bot.posts("token", &[("grant_type", "")]).await;
        answer.fails_with(400, "invalid_request").because("parameter_missing");
    });
}

// RFC 6749 §3.2: unrecognized parameters are ignored.
#[test]
fn an_unknown_parameter_is_ignored() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        bot.acts_alone(&[("colour", "green")]).await.tokens();
    });
}

// RFC 6749 §3.2, appendix B
#[test]
fn the_content_type_is_a_form_in_any_case_and_with_a_charset() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        bot.may_act_alone_for(&world.alice()).await;
        for content_type in ["APPLICATION/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"] {
            let body = bot.body(&[("grant_type", "client_credentials")]);
            let request = bot.post("token").header("content-type", content_type).body(body);
            Answer::to(request).await.tokens();
        }
    });
}

// RFC 6749 §3.2
#[test]
fn a_json_body_is_told_so() {
    in_both_worlds(async |world| {
        let request = world.report_bot().post("token").json(&["grant_type", "client_credentials"]);
        Answer::to(request).await.fails_with(400, "invalid_request").because("json_body");
    });
}

// RFC 6749 §3.2
#[test]
fn another_content_type_is_refused() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let body = bot.body(&[("grant_type", "client_credentials")]);
        let request = bot.post("token").header("content-type", "text/plain").body(body);
        Answer::to(request).await.fails_with(400, "invalid_request").because("content_type_wrong");
    });
}

// DESIGN §5: bodies of 64 KiB, and no more.
#[test]
fn a_body_over_64_kib_is_refused() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let start = bot.body(&[("grant_type", "client_credentials"), ("x", "")]);
        let body = |length: usize| format!("{start}{}", "a".repeat(length - start.len()));
        bot.posts_raw("token", body(64 * 1024 + 1)).await.fails_with(413, "invalid_request").because("body_too_large");
        let largest = bot.posts_raw("token", body(64 * 1024)).await;
        assert_ne!(largest.status, 413, "{largest:?}");
    });
}

// RFC 6749 §5.2
#[test]
fn an_unknown_grant_type_is_unsupported() {
    in_both_worlds(async |world| {
        for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "Client_Credentials"] {
            let answer = world.report_bot().posts("token", &[("grant_type", grant)]).await;
            answer.fails_with(400, "unsupported_grant_type");
        }
    });
}

// DESIGN §1: a path that is not already in normal form is 404 before routing.
#[test]
fn a_path_that_is_not_in_normal_form_is_nothing() {
    in_both_worlds(async |world| {
        for path in ["/oauth//token", "/oauth/token/", "/%6Fauth/token", "//oauth/token", "/prod2//oauth/token"] {
            let answer = world.sends(Method::POST, path).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    });
}

// PROTOCOL, "Legacy parameters": with the switch off, nothing of the endpoint's belongs in the URL.
#[test]
fn parameters_in_the_query_are_refused() {
    in_both_worlds(async |world| {
        let bot = world.report_bot();
        let answer = bot.posts(&format!("token?client_secret={}", bot.secret()), &[]).await;
        answer.fails_with(400, "invalid_request").because("credentials_in_query");
    });
}
