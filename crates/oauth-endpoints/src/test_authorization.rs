//! *Run test authorization*: what the console needs of the authorize flow to show a developer every step of it.
//!
//! 1. [`begin`] keeps a sealed note of this browser (the PKCE verifier, who began, for which key) and begins an ordinary
//!    transaction, whose answer goes to the console.
//! 2. The pages are those of every authorization.
//! 3. [`Test::receive`] takes the answer, for the browser and the person who began and for nobody else.
//! 4. [`Test::exchange`] redeems the code at the token endpoint's own code, with the secret that the developer typed: the
//!    server itself has only a fingerprint of it, and nothing here authenticates a client in another way.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::to_bytes;
use domain::{ActivityKind, AppId, ClientId, ConnectionId, EnvironmentName, Timestamp, UserId};
use protocol::authorize::{Pkce, TestRequest, claims_of};
use protocol::{Shown, TokenRequest, Trail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::StoreError;

use crate::authorize::{Asked, Transaction};
use crate::respond::Attempt;
use crate::sessions::{PageError, PageResult, Session, Visitor, is_id};

const KIND: &str = "test-authorization";
/// How long what a test brought to light can be looked at.
const LIFE: Duration = Duration::from_secs(60 * 60);
/// How much of a token is shown.
const SHOWN: usize = 10;

/// A test authorization, as this browser began it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Test {
    id: String,
    browser: String,
    user: UserId,
    app: AppId,
    /// The API key that is tested.
    pub key: ClientId,
    /// Where.
    pub environment: EnvironmentName,
    verifier: String,
    challenge: String,
    scopes: String,
    callback: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// What came back to the callback.
    pub received: Option<Received>,
    /// What the token endpoint answered.
    pub answer: Option<Answer>,
}

/// What came back to the callback: `code` or `error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The authorization code.
    pub code: Option<String>,
    /// Why there is none, with what it says.
    pub error: Option<(String, String)>,
    /// Who answered (RFC 9207).
    pub iss: String,
}

/// What the token endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as text; of tokens only the beginning.
    pub body: String,
    /// The claims of the access token, as text.
    pub claims: Option<String>,
    /// The connection that was made.
    pub connection: Option<ConnectionId>,
}

impl std::fmt::Debug for Test {
    /// Without the verifier, the code and the browser.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Test").field("app", &self.app).field("key", &self.key).finish_non_exhaustive()
    }
}

/// Begins a test of `key` in the environment at hand; the first page of the flow. The caller has seen that this person
/// may edit the app. The answer comes to `page`.
///
/// # Errors
/// The page that says why the key cannot be used; the store.
pub async fn begin(visitor: &Visitor, session: &Session, (app, key): (AppId, ClientId), page: &str) -> PageResult {
    let protocol = &visitor.state.protocol;
    let (id, pkce) = (visitor.notes.fresh_id(), Pkce::generate(&*protocol.random));
    let asked = TestRequest { client: key, page, state: &id, code_challenge: &pkce.challenge };
    let request = protocol.test_authorization(visitor.at.record(), asked, &mut Trail::default()).await?;
    let test = Test {
        id,
        browser: visitor.browser.clone(),
        user: session.user.id,
        app,
        key,
        environment: visitor.at.name.clone(),
        verifier: pkce.verifier,
        challenge: pkce.challenge,
        scopes: request.scopes.to_string(),
        callback: request.callback.as_str().to_owned(),
        begun_at: visitor.now(),
        received: None,
        answer: None,
    };
    test.keep(visitor).await?;
    let transaction = Transaction::begin(visitor, Asked::Attended(Box::new(request))).await?;
    Ok(visitor.go(&format!("/oauth/authorize?transaction={}", transaction.id())))
}

/// The test `id` of an app, if this browser and this person began it.
///
/// # Errors
/// The store.
pub async fn find(visitor: &Visitor, session: &Session, app: AppId, id: &str) -> Result<Option<Test>, StoreError> {
    if !is_id(id) {
        return Ok(None);
    }
    let found = visitor.notes.read::<Test>(KIND, id).await?;
    Ok(found.filter(|test| test.browser == visitor.browser && test.user == session.user.id && test.app == app))
}

impl Test {
    /// Its id, which is the `state` that it sent.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the app would send a browser for this.
    #[must_use]
    pub fn authorize_url(&self, visitor: &Visitor) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.key.to_string()),
            ("redirect_uri", &self.callback),
            ("scope", &self.scopes),
            ("state", &self.id),
            ("code_challenge", &self.challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{}/oauth/authorize?{}", visitor.state.protocol.settings.issuer(&self.environment), query.finish())
    }

    /// Where the code is exchanged.
    #[must_use]
    pub fn token_url(&self, visitor: &Visitor) -> String {
        format!("{}/oauth/token", visitor.state.protocol.settings.issuer(&self.environment))
    }

    /// What is posted there, a line for each parameter; neither the secret nor the verifier.
    #[must_use]
    pub fn exchange_request(&self, with_secret: bool) -> String {
        let code = self.received.as_ref().and_then(|received| received.code.as_deref()).unwrap_or_default();
        let secret = if with_secret { "&client_secret=sk_…\n" } else { "" };
        format!(
            "grant_type=authorization_code\n&code={code}\n&redirect_uri={}\n&client_id={}\n{secret}&code_verifier=…",
            self.callback, self.key
        )
    }

    /// Takes what came back. Only the first answer counts, and only one of this server's environment (RFC 9207 §2.4).
    ///
    /// # Errors
    /// The store.
    pub async fn receive(&mut self, visitor: &Visitor, received: Received) -> Result<(), StoreError> {
        let issuer = visitor.state.protocol.settings.issuer(&self.environment);
        if self.received.is_some() || received.iss != issuer {
            return Ok(());
        }
        self.received = Some(received);
        self.keep(visitor).await
    }

    /// Exchanges the code as the app would, and keeps the answer. A wrong secret does not spend the code.
    ///
    /// # Errors
    /// The store.
    pub async fn exchange(&mut self, visitor: &Visitor, secret: &str) -> Result<(), PageError> {
        let code = self.received.as_ref().and_then(|received| received.code.clone()).unwrap_or_default();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.callback),
            ("client_id", &self.key.to_string()),
            ("code_verifier", &self.verifier),
        ]);
        if !secret.is_empty() {
            body.append_pair("client_secret", secret);
        }
        let body = body.finish();
        let request = TokenRequest {
            environment: self.environment.clone(),
            authorization: None,
            query: &[],
            certificate: &Shown::NotAsked,
            body: body.as_bytes(),
        };
        let mut attempt = Attempt::new(&visitor.state, &visitor.request, ActivityKind::Token, self.environment.clone());
        let outcome = visitor.state.protocol.token(request, &mut attempt.trail).await;
        attempt.trail.key.get_or_insert(self.key);
        attempt.trail.app.get_or_insert(self.app);
        let connection = attempt.trail.connection;
        let response = attempt.finish_written(outcome.map(|answer| answer.into_json().into()));
        self.answer = Some(read(response, connection).await);
        Ok(self.keep(visitor).await?)
    }

    async fn keep(&self, visitor: &Visitor) -> Result<(), StoreError> {
        visitor.notes.write(KIND, &self.id, self, LIFE).await
    }
}

async fn read(response: HttpResponse, connection: Option<ConnectionId>) -> Answer {
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body()).await.unwrap_or_default();
    let mut body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let claims = body.get("access_token").and_then(Value::as_str).and_then(claims_of);
    let claims = claims.and_then(|claims| serde_json::from_str::<Value>(&claims).ok());
    for token in ["access_token", "refresh_token"] {
        if let Some(Value::String(text)) = body.get_mut(token) {
            *text = masked(text);
        }
    }
    Answer { status, body: pretty(&body), claims: claims.as_ref().map(pretty), connection }
}

fn masked(token: &str) -> String {
    format!("{}… (not shown)", token.chars().take(SHOWN).collect::<String>())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
