//! The answers that go to a callback URL.

use std::time::Duration;

use domain::{AppId, CallbackUrl, ClientId, EnvironmentName, Reason};

use super::{AuthorizationRequest, Prompt, ResponseMode};
use crate::Settings;

fn settings() -> Settings {
    let some = Duration::from_secs(60);
    Settings {
        mtls_public_url: None,
        public_url: "https://login.example".into(),
        code: some,
        access_token: some,
        connection_idle: some,
        connection_absolute: some,
        connections_per_user_and_key: 20,
        refresh_grace: some,
        refresh_grace_public: some,
        refresh_repeats: 3,
        jwks_cache: some,
        state_length: 4096,
        workspaces_in_token: 20,
        workspaces_in_answer: 100,
        generated_token: Duration::from_secs(86_400),
        longest_generated_token: Duration::from_secs(90 * 86_400),
        users_of_unverified_app: 25,
    }
}

fn request(callback: &str, state: Option<&str>) -> AuthorizationRequest {
    AuthorizationRequest {
        environment: "prod2".parse::<EnvironmentName>().unwrap(),
        client: ClientId::from_bytes([1; 16]),
        app: AppId::from_bytes([1; 16]),
        callback: CallbackUrl::accepted(callback),
        redirect_uri: Some(callback.into()),
        scopes: "read".parse().unwrap(),
        state: state.map(Into::into),
        response_mode: ResponseMode::Query,
        code_challenge: None,
        prompt: Prompt::default(),
        login_hint: None,
        domain_name: None,
        test: false,
    }
}

#[test]
fn a_denial_has_state_and_issuer_after_the_callbacks_own_query() {
    let answer =
        request("https://app.example/cb?tenant=7", Some("a b&c")).refuse(&settings(), Reason::DeniedByUser.into());
    let url = answer.url();
    assert!(url.starts_with("https://app.example/cb?tenant=7&error=access_denied&error_description=denied_by_user%3A"));
    assert!(url.ends_with("&state=a+b%26c&iss=https%3A%2F%2Flogin.example%2Fprod2"), "{url}");
}

#[test]
fn no_state_sent_none_returned() {
    let url = request("https://app.example/cb", None).refuse(&settings(), Reason::DeniedByUser.into()).url();
    assert!(!url.contains("state="));
}

#[test]
fn an_answer_is_not_printed_by_debug() {
    let answer = request("https://app.example/cb", Some("the-state")).refuse(&settings(), Reason::DeniedByUser.into());
    assert!(!format!("{answer:?}").contains("the-state"));
}
