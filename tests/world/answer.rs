//! What came back, and what a story says of it.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// What a successful token answer holds.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    /// Empty where there is none.
    pub(crate) refresh: String,
    pub(crate) body: Value,
}

impl Answer {
    /// The answer to a request.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap_or_else(|error| panic!("the answer broke off: {error}"));
        Self { status, headers, text }
    }

    /// The body, which must be JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The tokens of a success.
    #[track_caller]
    pub(crate) fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{self:?}");
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Tokens { access: text("access_token"), refresh: text("refresh_token"), body: body.clone() }
    }

    /// Whether it is this error.
    #[track_caller]
    pub(crate) fn fails_with(&self, status: u16, error: &str) -> &Self {
        let told = (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned());
        assert_eq!(told, (status, error.to_owned()), "{self:?}");
        self
    }

    /// Whether the error's description starts with this stable reason.
    #[track_caller]
    pub(crate) fn because(&self, reason: &str) -> &Self {
        assert_eq!(self.reason(), reason, "{self:?}");
        self
    }

    /// The stable reason of an error.
    #[track_caller]
    pub(crate) fn reason(&self) -> String {
        let body = self.json();
        let description = body["error_description"].as_str().unwrap_or_default();
        description.split(':').next().unwrap_or_default().to_owned()
    }

    /// An introspection that says no, and nothing else (RFC 7662 §2.2).
    #[track_caller]
    pub(crate) fn is_inactive(&self) {
        assert_eq!((self.status, self.text.as_str()), (200, r#"{"active":false}"#));
    }

    /// An introspection that says yes.
    #[track_caller]
    pub(crate) fn is_active(&self) -> Value {
        let body = self.json();
        assert_eq!((self.status, &body["active"]), (200, &Value::Bool(true)), "{self:?}");
        body
    }
}

impl Tokens {
    /// The names of the workspaces it reaches.
    pub(crate) fn workspaces(&self) -> Vec<String> {
        let listed = self.body["workspaces"].as_array().cloned().unwrap_or_default();
        listed.iter().map(|workspace| workspace["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) fn connection(&self) -> String {
        self.body["connection_id"].as_str().expect("every success names its connection").to_owned()
    }

    pub(crate) fn scope(&self) -> &str {
        self.body["scope"].as_str().unwrap_or_default()
    }

    /// The access token's claims, unverified.
    pub(crate) fn claims(&self) -> Value {
        part_of_jwt(&self.access, 1)
    }
}

/// The header (0) or claims (1) of a JWT.
pub(crate) fn part_of_jwt(token: &str, part: usize) -> Value {
    use base64::Engine as _;
    let encoded = token.split('.').nth(part).unwrap_or_default();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(encoded).expect("a JWT is base64url");
    serde_json::from_slice(&bytes).expect("a JWT holds JSON")
}
