//! A person of a customer: lets apps in.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client_registry::{Answer, ConnectionRequestDraft};
use domain::{AuthorizationCode, Connection, ScopeSet, TokenId, UserId, WorkspaceId};
use protocol::{CodeGrant, CodeTerms, key_of, seal};

use super::{Client, CustomerCard, World, operator};

/// A code on its way back to the client, with what the client kept meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) text: String,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) verifier: Option<String>,
}

impl Code {
    /// What a client sends to redeem it (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub(crate) fn parameters(&self) -> Vec<(&str, &str)> {
        let mut parameters = vec![("grant_type", "authorization_code"), ("code", self.text.as_str())];
        parameters.extend(self.redirect_uri.as_deref().map(|uri| ("redirect_uri", uri)));
        parameters.extend(self.verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        parameters
    }

    pub(crate) fn with_verifier(&self, verifier: &str) -> Self {
        Self { verifier: Some(verifier.to_owned()), ..self.clone() }
    }

    pub(crate) fn without_verifier(&self) -> Self {
        Self { verifier: None, ..self.clone() }
    }

    pub(crate) fn with_redirect_uri(&self, uri: Option<&str>) -> Self {
        Self { redirect_uri: uri.map(str::to_owned), ..self.clone() }
    }
}

/// What a person ticks, and what the app asked with.
#[derive(Clone)]
pub(crate) struct Choice {
    pub(crate) customer: CustomerCard,
    pub(crate) workspaces: Vec<WorkspaceId>,
    pub(crate) scopes: String,
    /// Whether the app sent a challenge.
    pub(crate) pkce: bool,
    /// Whether the app sent its `redirect_uri`.
    pub(crate) sends_redirect_uri: bool,
}

/// A user with the customer it speaks for.
pub(crate) struct Person<'w> {
    world: &'w World,
    pub(crate) id: UserId,
    customer: CustomerCard,
}

impl<'w> Person<'w> {
    pub(super) fn new(world: &'w World, id: UserId, customer: CustomerCard) -> Self {
        Self { world, id, customer }
    }

    /// The same person at another customer.
    pub(crate) fn of(&self, customer: &CustomerCard) -> Self {
        Self { customer: customer.clone(), world: self.world, id: self.id }
    }

    /// Everything of its customer, for all scopes.
    pub(crate) fn everything(&self) -> Choice {
        Choice {
            customer: self.customer.clone(),
            workspaces: self.customer.workspaces.clone(),
            scopes: "reports.read reports.write".to_owned(),
            pkce: true,
            sends_redirect_uri: true,
        }
    }

    /// Lets the app into every workspace.
    pub(crate) async fn authorizes(&self, client: &Client<'_>) -> Code {
        self.authorizes_for(client, self.everything()).await
    }

    /// Lets the app in as chosen.
    pub(crate) async fn authorizes_for(&self, client: &Client<'_>, choice: Choice) -> Code {
        let random = &*self.world.replica(0).state.protocol.random;
        let verifier = choice.pkce.then(|| format!("{0}{0}", TokenId::generate(random)));
        self.makes_code(client, choice, verifier).await
    }

    /// Lets the app into everything; the app's challenge is made of this verifier.
    pub(crate) async fn authorizes_with_verifier(&self, client: &Client<'_>, verifier: &str) -> Code {
        self.makes_code(client, self.everything(), Some(verifier.to_owned())).await
    }

    /// Puts a code where the pages of the authorize flow put theirs.
    async fn makes_code(&self, client: &Client<'_>, choice: Choice, verifier: Option<String>) -> Code {
        let protocol = &self.world.replica(0).state.protocol;
        let (now, random) = (protocol.clock.now(), &*protocol.random);
        let redirect_uri = choice.sends_redirect_uri.then(|| client.card.callback.clone());
        let grant = CodeGrant {
            test: false,
            expires_at: now + protocol.settings.code,
            app: client.card.app,
            customer: choice.customer.id,
            user: self.id,
            workspaces: choice.workspaces,
            scopes: choice.scopes.parse().expect("scopes"),
            callback: client.card.callback.clone(),
            terms: CodeTerms { redirect_uri: redirect_uri.clone(), code_challenge: verifier.as_deref().map(challenge) },
        };
        let code = AuthorizationCode::generate(protocol.root_keys.newest(), now, random);
        let key = key_of(&choice.customer.environment, client.card.id, &code);
        let sealed = seal(&protocol.root_keys, key, &grant, random);
        protocol.codes.put(key, &sealed, protocol.settings.code).await.expect("the store of codes answers");
        Code { text: code.reveal(), redirect_uri, verifier }
    }

    /// Lets the app act on its own in every workspace, as this person.
    pub(crate) async fn connects_unattended(&self, client: &Client<'_>) -> Connection {
        let registry = self.world.registry();
        let draft = ConnectionRequestDraft {
            key: client.card.id,
            customer: self.customer.id,
            scopes: "reports.read reports.write".parse::<ScopeSet>().expect("two scopes"),
        };
        let request = registry.request_connection(&operator(), draft).await.expect("the key may ask");
        let answer = Answer { user: self.id, granted_by: self.id, workspaces: self.customer.workspaces.clone() };
        let made = registry.answer_connection_request(&operator(), request.id, answer).await;
        self.world.knows().await;
        made.expect("the person may answer")
    }
}

/// RFC 7636 §4.2, S256.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
