//! An integration: it holds an API key and speaks HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use url::form_urlencoded;

use super::{Answer, Card, Code, Person, Tokens, World};

/// A client, as an API key is used by somebody.
#[derive(Clone)]
pub(crate) struct Client<'w> {
    pub(crate) world: &'w World,
    pub(crate) card: Card,
    name: String,
    prefix: String,
    replica: usize,
    /// Where it goes instead of a replica's own address, and by which connections.
    elsewhere: Option<(reqwest::Client, String)>,
}

impl<'w> Client<'w> {
    pub(super) fn new(world: &'w World, card: Card) -> Self {
        Self { world, name: card.id.to_string(), card, prefix: String::new(), replica: 0, elsewhere: None }
    }

    /// The same, under another name: an API's, say.
    pub(crate) fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The same client at another environment's prefix, such as `/prod2`.
    pub(crate) fn at(&self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self.clone() }
    }

    /// The same client at another replica.
    pub(crate) fn on(&self, replica: usize) -> Self {
        Self { replica, ..self.clone() }
    }

    /// The same client by these connections, at the origin of another listener.
    pub(super) fn through(&self, http: reqwest::Client, origin: String) -> Self {
        Self { elsewhere: Some((http, origin)), ..self.clone() }
    }

    /// What it makes its connections with.
    pub(crate) fn http(&self) -> &reqwest::Client {
        self.elsewhere.as_ref().map_or(&self.world.http, |(http, _)| http)
    }

    /// The same client with another secret.
    pub(crate) fn with_secret(&self, secret: impl Into<String>) -> Self {
        let card = Card { secret: Some(secret.into()), ..self.card.clone() };
        Self { card, ..self.clone() }
    }

    pub(crate) fn id(&self) -> String {
        self.name.clone()
    }

    pub(crate) fn secret(&self) -> &str {
        self.card.secret.as_deref().expect("a confidential client was asked")
    }

    /// A POST to an endpoint, without credentials.
    pub(crate) fn post(&self, endpoint: &str) -> RequestBuilder {
        self.http().post(self.url(endpoint))
    }

    pub(crate) fn url(&self, endpoint: &str) -> String {
        let path = format!("{}/oauth/{endpoint}", self.prefix);
        match &self.elsewhere {
            Some((_, origin)) => format!("{origin}{path}"),
            None => self.world.url(self.replica, &path),
        }
    }

    /// Posts these parameters with its credentials: HTTP Basic, or a public client's id in the body.
    pub(crate) async fn posts(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Answer {
        let id = self.id();
        if let Some(secret) = &self.card.secret {
            return Answer::to(self.post(endpoint).header(AUTHORIZATION, basic(&id, secret)).form(parameters)).await;
        }
        let parameters = [&[("client_id", id.as_str())], parameters].concat();
        Answer::to(self.post(endpoint).form(&parameters)).await
    }

    /// Posts a body as it is, credentials and all, as a form.
    pub(crate) async fn posts_raw(&self, endpoint: &str, body: impl Into<String>) -> Answer {
        let request = self.post(endpoint).header("content-type", "application/x-www-form-urlencoded");
        Answer::to(request.body(body.into())).await
    }

    /// The body that [`Self::posts`] would send, with the secret in it (`client_secret_post`).
    pub(crate) fn body(&self, parameters: &[(&str, &str)]) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("client_id", &self.id());
        if let Some(secret) = &self.card.secret {
            body.append_pair("client_secret", secret);
        }
        body.extend_pairs(parameters);
        body.finish()
    }

    /// Redeems a code.
    pub(crate) async fn redeems(&self, code: &Code) -> Answer {
        self.posts("token", &code.parameters()).await
    }

    /// Uses a refresh token.
    pub(crate) async fn refreshes(&self, token: &str) -> Answer {
        self.posts("token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Uses a refresh token for fewer scopes.
    pub(crate) async fn refreshes_for(&self, token: &str, scope: &str) -> Answer {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        self.posts("token", &parameters).await
    }

    /// Asks for a token by client credentials, with these further parameters.
    pub(crate) async fn acts_alone(&self, further: &[(&str, &str)]) -> Answer {
        self.posts("token", &[&[("grant_type", "client_credentials")], further].concat()).await
    }

    pub(crate) async fn introspects(&self, token: &str) -> Answer {
        self.posts("introspect", &[("token", token)]).await
    }

    pub(crate) async fn revokes(&self, token: &str) -> Answer {
        self.posts("revoke", &[("token", token)]).await
    }

    /// A page of its connections.
    pub(crate) async fn lists_connections(&self, cursor: Option<&str>) -> Answer {
        self.lists("connections", cursor).await
    }

    /// What one of its connections reaches.
    pub(crate) async fn lists_workspaces(&self, connection: &str, cursor: Option<&str>) -> Answer {
        self.lists(&format!("connections/{connection}/workspaces"), cursor).await
    }

    async fn lists(&self, endpoint: &str, cursor: Option<&str>) -> Answer {
        let request = self.http().get(self.url(endpoint));
        let request = request.header(AUTHORIZATION, basic(&self.id(), self.secret()));
        Answer::to(request.query(&cursor.map(|cursor| ("cursor", cursor)).as_slice())).await
    }

    /// The tokens after this person let it in.
    pub(crate) async fn is_let_in_by(&self, person: &Person<'_>) -> Tokens {
        let code = person.authorizes(self).await;
        self.redeems(&code).await.tokens()
    }

    /// The tokens after this person let it act on its own.
    pub(crate) async fn may_act_alone_for(&self, person: &Person<'_>) -> domain::Connection {
        person.connects_unattended(self).await
    }
}

/// The header of HTTP Basic, form-encoded as RFC 6749 §2.3.1 says.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}
