//! A client at the JSON endpoints, and which replica it turns to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::browser::VERIFIER;
use crate::installation::{CALLBACK, Card, Installation};
use crate::ledger::{Answer, Event, Question};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) installation: Arc<Installation>,
    http: reqwest::Client,
}

/// Round robin over the replicas that say that they are ready.
pub(crate) struct Balancer {
    ready: Vec<AtomicBool>,
    next: AtomicUsize,
}

/// A success at the token endpoint.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) connection: String,
}

impl Balancer {
    /// All are taken to be ready until [`Balancer::look`] says otherwise.
    pub(crate) fn over(replicas: usize) -> Self {
        Self { ready: (0..replicas).map(|_| AtomicBool::new(true)).collect(), next: AtomicUsize::new(0) }
    }

    pub(crate) fn pick(&self) -> usize {
        let ready: Vec<usize> = self.ready().collect();
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        *ready.get(turn % ready.len().max(1)).unwrap_or(&0)
    }

    fn ready(&self) -> impl Iterator<Item = usize> {
        let numbered = self.ready.iter().enumerate();
        numbered.filter(|(_, ready)| ready.load(Ordering::Relaxed)).map(|(number, _)| number)
    }

    /// Asks every replica once whether it is ready.
    pub(crate) async fn look(&self, client: &Client) {
        for (replica, ready) in client.installation.replicas.iter().zip(&self.ready) {
            let answer = client.http.get(replica.management_url("/health/ready")).send().await;
            ready.store(answer.is_ok_and(|answer| answer.status() == 200), Ordering::Relaxed);
        }
    }

    /// Whether this many are ready.
    pub(crate) fn has(&self, count: usize) -> bool {
        self.ready().count() == count
    }
}

impl Client {
    pub(crate) fn of(installation: &Arc<Installation>) -> Self {
        let http = testkit::http_client(&[]).timeout(PATIENCE).build().expect("a client can be made");
        Self { installation: Arc::clone(installation), http }
    }

    pub(crate) async fn redeems(&self, replica: usize, card: &Card, code: &str) -> Option<Answer> {
        let question = Question::Redeem { key: card.key.clone(), code: code.to_owned() };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.asks((replica, "token"), question, (&card.key, &card.secret), &form).await
    }

    pub(crate) async fn refreshes(&self, replica: usize, card: &Card, token: &str) -> Option<Answer> {
        let question = Question::Refresh { key: card.key.clone(), token: token.to_owned(), rotating: card.rotating };
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.asks((replica, "token"), question, (&card.key, &card.secret), &form).await
    }

    pub(crate) async fn acts_alone(&self, replica: usize, card: &Card) -> Option<Answer> {
        let question = Question::ClientCredentials { key: card.key.clone() };
        let form = [("grant_type", "client_credentials")];
        self.asks((replica, "token"), question, (&card.key, &card.secret), &form).await
    }

    pub(crate) async fn introspects(&self, replica: usize, token: &str) -> Option<Answer> {
        let question = Question::Introspect { token: token.to_owned() };
        let (api, secret) = &self.installation.api;
        self.asks((replica, "introspect"), question, (api, secret), &[("token", token)]).await
    }

    /// At every replica that is ready.
    pub(crate) async fn introspects_everywhere(&self, balancer: &Balancer, token: &str) {
        for replica in balancer.ready() {
            self.introspects(replica, token).await;
        }
    }

    pub(crate) async fn revokes(&self, replica: usize, card: &Card, token: &str) -> Option<Answer> {
        let question = Question::Revoke { key: card.key.clone(), token: token.to_owned() };
        self.asks((replica, "revoke"), question, (&card.key, &card.secret), &[("token", token)]).await
    }

    async fn asks(
        &self,
        (replica, endpoint): (usize, &str),
        question: Question,
        (id, secret): (&str, &str),
        form: &[(&str, &str)],
    ) -> Option<Answer> {
        let url = self.installation.replicas.get(replica).expect("a replica's number").url("/oauth/");
        let request = self.http.post(url + endpoint).basic_auth(id, Some(secret)).form(form);
        let ledger = &self.installation.ledger;
        let number = ledger.asks(replica, question);
        match read(request).await {
            Ok(answer) => {
                ledger.write(Event::Answered { request: number, answer: answer.clone() });
                Some(answer)
            }
            Err(error) => {
                ledger.write(Event::Broke { request: number, why: format!("{error:?}") });
                None
            }
        }
    }
}

impl Answer {
    /// The tokens of a success.
    pub(crate) fn tokens(&self) -> Option<Tokens> {
        let body: Value = serde_json::from_str(&self.body).ok()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (self.status == 200).then(|| Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            connection: text("connection_id"),
        })
    }
}

async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, retry_after) = (response.status().as_u16(), header("retry-after"));
    let content_type = header("content-type").unwrap_or_default();
    Ok(Answer { status, retry_after, content_type, body: response.text().await? })
}
