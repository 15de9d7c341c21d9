//! The Rust crate `oauth2` against the running program: over TLS, with the pages answered as a browser without
//! JavaScript does and the code from a real mail.

mod browser;
mod platform;

use std::time::{Duration, Instant};

use oauth2::basic::{BasicClient, BasicTokenIntrospectionResponse, BasicTokenResponse};
use oauth2::{
    AccessToken, AuthType, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RequestTokenError, Scope, TokenIntrospectionResponse as _, TokenResponse as _,
};
use reqwest::Url;

use browser::parameter;
use platform::{CALLBACK, Platform};

/// A client with the endpoints that the tests use.
type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;

#[tokio::test]
async fn a_code_with_pkce_is_exchanged_and_refreshed_and_works_once() {
    let platform = Platform::start();
    let (client, http) = (client(&platform), |request| send(&platform.http, request));
    let (code, verifier) = authorize(&platform, &client).await;
    let exchange = || client.exchange_code(code.clone()).set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()));
    let first = exchange().request_async(&http).await.expect("the code is good");
    assert_eq!(first.scopes().map(Vec::len), Some(2));
    assert_eq!(first.expires_in(), Some(Duration::from_hours(1)));

    let refresh = first.refresh_token().expect("a code gives a refresh token");
    let second = client.exchange_refresh_token(refresh).request_async(&http).await.expect("the connection lives");
    assert_ne!(second.access_token().secret(), first.access_token().secret());
    // DESIGN §4.2: stable for a key that authenticates, and always repeated.
    assert_eq!(second.refresh_token().map(oauth2::RefreshToken::secret), Some(refresh.secret()));

    // RFC 6749 §4.1.2: the client must not use the code more than once.
    let again = exchange().request_async(&http).await.expect_err("the code was used");
    assert_eq!(error_of(&again), "invalid_grant");
}

#[tokio::test]
async fn a_code_without_its_verifier_gives_nothing() {
    let platform = Platform::start();
    let (client, http) = (client(&platform), |request| send(&platform.http, request));
    let (code, _) = authorize(&platform, &client).await;
    let refused = client.exchange_code(code).request_async(&http).await.expect_err("the verifier is missing");
    assert_eq!(error_of(&refused), "invalid_grant");
}

#[tokio::test]
async fn client_credentials_act_as_the_connection_that_the_customer_granted() {
    let platform = Platform::start();
    let request =
        platform.command(&["connection", "request", "--key", &platform.key, "--customer", &platform.customer]);
    let link = platform.url(&format!("/ui/oauth/unattended/{}", request["id"].as_str().expect("a request has an id")));
    assert_eq!(platform.ana().allows(link, &["Europe"]).await, None, "the way ends at a page of the server");
    for auth_type in [AuthType::BasicAuth, AuthType::RequestBody] {
        let client = client(&platform).set_auth_type(auth_type);
        let token = client.exchange_client_credentials().add_scope(Scope::new("cases.read".into()));
        let token =
            token.request_async(&|request| send(&platform.http, request)).await.expect("the customer granted it");
        assert_eq!(token.scopes(), Some(&vec![Scope::new("cases.read".into())]));
        // RFC 6749 §4.4.3: a refresh token should not be included.
        assert!(token.refresh_token().is_none());
    }
}

#[tokio::test]
async fn introspection_sees_what_revocation_ends() {
    let platform = Platform::start();
    let (client, http) = (client(&platform), |request| send(&platform.http, request));
    let token = connect(&platform, &client).await;
    let seen = introspect(&platform, &client, token.access_token()).await;
    assert!(seen.active());
    assert_eq!(seen.client_id().map(|id| id.as_str()), Some(platform.key.as_str()));

    let refresh = token.refresh_token().expect("a code gives a refresh token").clone();
    let revoke = client.revoke_token(refresh.clone().into()).expect("the endpoint is https");
    revoke.request_async(&http).await.expect("the key owns the token");
    // RELIABILITY S10: in force within a second.
    let end = Instant::now() + Duration::from_secs(1);
    while introspect(&platform, &client, token.access_token()).await.active() {
        assert!(Instant::now() < end, "the access token outlives its connection by more than a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let refused = client.exchange_refresh_token(&refresh).request_async(&http).await.expect_err("it was revoked");
    assert_eq!(error_of(&refused), "invalid_grant");
}

#[tokio::test]
async fn on_postgresql_and_redis_nothing_secret_is_in_the_log_at_its_finest_level() {
    let platform = Platform::logging_all_on_shared_stores();
    let (client, http) = (client(&platform), |request| send(&platform.http, request));
    let token = connect(&platform, &client).await;
    let refresh = token.refresh_token().expect("a code gives a refresh token");
    let second = client.exchange_refresh_token(refresh).request_async(&http).await.expect("the connection lives");
    assert!(introspect(&platform, &client, second.access_token()).await.active());
    let with_wrong_secret = client.clone().set_client_secret(oauth2::ClientSecret::new("sk_wrong_but_secret".into()));
    let refused = with_wrong_secret.exchange_refresh_token(refresh).request_async(&http).await;
    assert_eq!(error_of(&refused.expect_err("the secret is wrong")), "invalid_client");
    let revoke = client.revoke_token(refresh.clone().into()).expect("the endpoint is https");
    revoke.request_async(&http).await.expect("the key owns the token");
    platform.server.terminate();
    platform.server.wait_until_ended();

    let tokens = [token.access_token().secret(), second.access_token().secret(), refresh.secret()];
    let mut secrets = platform.secrets.lock().expect("no test panics while it notes");
    secrets.extend(tokens.into_iter().cloned().chain(["sk_wrong_but_secret".to_owned()]));
    // The search means something only where there is much to find, and where the stores' own libraries speak.
    assert!(secrets.len() > 15, "{}", secrets.len());
    drop(secrets);
    assert!(platform.server.log().iter().any(|line| line.contains("TRACE")), "nothing was logged");
    assert_eq!(platform.leaked(), Vec::<String>::new());
}

fn client(platform: &Platform) -> Client {
    let url = |path: &str| platform.url(path).to_string();
    BasicClient::new(oauth2::ClientId::new(platform.key.clone()))
        .set_client_secret(oauth2::ClientSecret::new(platform.secret.clone()))
        .set_auth_uri(oauth2::AuthUrl::new(url("/oauth/authorize")).expect("a URL"))
        .set_token_uri(oauth2::TokenUrl::new(url("/oauth/token")).expect("a URL"))
        .set_introspection_url(oauth2::IntrospectionUrl::new(url("/oauth/introspect")).expect("a URL"))
        .set_revocation_url(oauth2::RevocationUrl::new(url("/oauth/revoke")).expect("a URL"))
        .set_redirect_uri(oauth2::RedirectUrl::new(CALLBACK.to_owned()).expect("a URL"))
}

async fn connect(platform: &Platform, client: &Client) -> BasicTokenResponse {
    let (code, verifier) = authorize(platform, client).await;
    let exchange = client.exchange_code(code).set_pkce_verifier(PkceCodeVerifier::new(verifier));
    exchange.request_async(&|request| send(&platform.http, request)).await.expect("the code is good")
}

/// The code and its verifier, after the person said yes.
async fn authorize(platform: &Platform, client: &Client) -> (AuthorizationCode, String) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = ["cases.read", "cases.write"].map(|scope| Scope::new(scope.to_owned()));
    let link = client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge);
    let (link, state) = link.url();
    let callback =
        platform.ana().allows(link, &["Americas", "Europe"]).await.expect("the browser goes back to the app");
    assert!(callback.as_str().starts_with(CALLBACK), "{callback}");
    assert_eq!(parameter(&callback, "state").as_ref(), Some(state.secret()));
    // RFC 9207 §2: who answered.
    assert_eq!(parameter(&callback, "iss"), Some(platform.issuer()));
    let code = parameter(&callback, "code").expect("the person said yes");
    let mut secrets = platform.secrets.lock().expect("no test panics while it notes");
    secrets.extend([code.clone(), verifier.secret().clone(), state.into_secret()]);
    drop(secrets);
    (AuthorizationCode::new(code), verifier.into_secret())
}

async fn introspect(platform: &Platform, client: &Client, token: &AccessToken) -> BasicTokenIntrospectionResponse {
    let request = client.introspect(token);
    request.request_async(&|request| send(&platform.http, request)).await.expect("the key may ask about its tokens")
}

/// How the crate is given an HTTP client of another version than the one that it knows.
async fn send(http: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// The error code with which the server refused.
fn error_of<E: std::error::Error>(
    refused: &RequestTokenError<E, oauth2::StandardErrorResponse<oauth2::basic::BasicErrorResponseType>>,
) -> String {
    match refused {
        RequestTokenError::ServerResponse(response) => response.error().as_ref().to_owned(),
        other => panic!("the server did not answer with an error of OAuth: {other:?}"),
    }
}

/// Whether two URLs have the same scheme, host and port.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}
