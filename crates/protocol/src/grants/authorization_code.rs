//! RFC 6749 §4.1.3 with PKCE (RFC 7636): a code is taken, not read, and its connection's INSERT is the second lock
//! (DESIGN, decision 3).

use std::sync::Arc;
use std::time::Duration;

use domain::{
    Actor, App, AuditRecord, AuthorizationCode, Connection, ConnectionId, EndedBy, Purpose, Reason, RequestId,
    RotationState, Timestamp,
};
use storage::{AsOf, AtLimit, CodeKey, Opened, Opening, Taken};

use super::resources;
use crate::authorize::TEST_LIFE;
use crate::client_authentication::AuthenticatedClient;
use crate::codes::{CodeGrant, key_of, open};
use crate::conclusion::{Grounds, Row};
use crate::confirmation::ProvenCertificate;
use crate::flow::CodeExchange;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::settings::ENTRY_LIFE;
use crate::token::TokenResponse;
use crate::trail::Trail;
use crate::{Protocol, revocation};

/// How long a replay waits for the row of the redemption it replays.
const REPLAY_PATIENCE: Duration = Duration::from_secs(1);
/// How long a replay can be judged: the row keeps challenge and `redirect_uri` as long as the mark of a taken code.
const JUDGEABLE: Duration = Duration::from_secs(590);
/// How often it looks.
const REPLAY_LOOK: Duration = Duration::from_millis(50);

/// What the redeemer shows.
struct Shown {
    client: AuthenticatedClient,
    code: AuthorizationCode,
    connection: ConnectionId,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    resources: Vec<String>,
}

pub(crate) async fn grant(
    protocol: &Arc<Protocol>,
    client: AuthenticatedClient,
    parameters: &Parameters,
    trail: &mut Trail,
) -> Result<TokenResponse, Refusal> {
    let code = AuthorizationCode::parse(parameters.require("code")?).map_err(|malformed| {
        Refusal::new(Reason::CodeMalformed).saying(format!("this is not an authorization code: {malformed}."))
    })?;
    let asked = resources(parameters);
    crate::conclusion::check_resources(protocol, client.environment(), &asked).await?;
    let connection = protocol
        .root_keys
        .connection_of(&code)
        .map_err(|broken| Refusal::new(Reason::CodeUnknown).detail(broken.to_string()))?;
    let shown = Shown {
        client,
        code,
        connection,
        redirect_uri: parameters.find("redirect_uri").map(str::to_owned),
        code_verifier: parameters.find("code_verifier").map(str::to_owned),
        resources: asked,
    };
    // From the take on, the work goes to its end even when the client hangs up and its request is dropped.
    let protocol = Arc::clone(protocol);
    let redeemed = tokio::spawn(async move { redeem(&protocol, shown).await }).await;
    let (connection, response) =
        redeemed.map_err(|join| Refusal::new(Reason::Internal).detail(format!("a redemption stopped: {join}")))??;
    trail.connection = Some(connection.0);
    trail.customer = Some(connection.1);
    Ok(response)
}

type Redeemed = ((ConnectionId, domain::CustomerId), TokenResponse);

async fn redeem(protocol: &Arc<Protocol>, shown: Shown) -> Result<Redeemed, Refusal> {
    let key = key_of(shown.client.environment(), shown.client.id(), &shown.code);
    match protocol.codes.take(key).await? {
        Taken::Fresh(sealed) => first(protocol, shown, key, &sealed).await,
        Taken::Replayed => Err(replayed(protocol, &shown).await?),
        Taken::Unknown => Err(unknown(protocol, &shown)),
    }
}

/// The one redemption that got the payload. Whatever fails from here on has burned the code.
async fn first(protocol: &Arc<Protocol>, shown: Shown, key: CodeKey, sealed: &[u8]) -> Result<Redeemed, Refusal> {
    let granted = open(&protocol.root_keys, key, sealed)
        .map_err(|broken| Refusal::new(Reason::CodeUnknown).detail(broken.to_string()))?;
    let now = protocol.clock.now();
    if now >= granted.expires_at {
        return Err(Reason::CodeExpired.into());
    }
    granted.terms.check(shown.redirect_uri.as_deref(), shown.code_verifier.as_deref())?;
    if !granted.test {
        check_callback(shown.client.app(), &granted.callback)?;
    }
    let callback = (!granted.test).then(|| granted.callback.clone());
    let exchange = CodeExchange::start(shown.client.id(), &shown.code.reveal(), &granted.callback)?;
    let scopes = exchange.finish(shown.client.id(), granted.user, &granted.scopes)?;
    let connection = connection(protocol, &shown, granted, now);
    let AsOf { value: opened, position } =
        protocol.connections.open(opening(protocol, &connection, shown.client.request())).await?;
    if opened == Opened::Taken {
        // The store forgot that the code was taken; its connection did not.
        return Err(replayed(protocol, &shown).await?);
    }
    let refresh_token = protocol
        .root_keys
        .refresh_token(&connection.environment, connection.key, connection.id, connection.rotation.sequence)
        .reveal();
    let made = (connection.id, connection.customer);
    let grounds = Grounds {
        client: shown.client.into(),
        row: Row::opened(connection, position),
        scopes,
        resources: shown.resources,
        callback,
        unattended: false,
        refresh_token: Some(refresh_token),
    };
    let (made_row, request) = (grounds.row.connection.clone(), grounds.client.request());
    match protocol.conclude(grounds).await {
        Ok(response) => Ok((made, response)),
        Err(refusal) => {
            // Nobody got its refresh token: it must not stand in anybody's list.
            revocation::end_one(protocol, &made_row, (EndedBy::Developer, Actor::Server), request).await.ok();
            Err(refusal)
        }
    }
}

/// The callback URL may have been removed from the app since the code was sent to it.
pub(crate) fn check_callback(app: &App, callback: &str) -> Result<(), Refusal> {
    if app.callback_urls.iter().any(|url| client_registry::callback_url::matches(url, app.kind, callback)) {
        Ok(())
    } else {
        Err(Reason::RedirectUriRemoved.into())
    }
}

fn connection(protocol: &Protocol, shown: &Shown, granted: CodeGrant, now: Timestamp) -> Connection {
    let lifetimes = shown.client.app().lifetimes;
    let idle = lifetimes.connection_idle.unwrap_or(protocol.settings.connection_idle);
    let absolute = lifetimes.connection_absolute.unwrap_or(protocol.settings.connection_absolute);
    let longest = if granted.test { TEST_LIFE } else { absolute };
    Connection {
        id: shown.connection,
        environment: shown.client.environment().clone(),
        app: granted.app,
        key: shown.client.id(),
        obtained_with: shown.client.secret(),
        customer: granted.customer,
        user: granted.user,
        granted_by: granted.user,
        purpose: if granted.test { Purpose::Test } else { Purpose::Attended },
        label: None,
        workspaces: granted.workspaces,
        scopes: granted.scopes,
        rotation: RotationState::first(now),
        code_challenge: granted.terms.code_challenge,
        redirect_uri: granted.terms.redirect_uri,
        bound_to: shown.client.certificate().map(ProvenCertificate::thumbprint),
        created_at: now,
        last_used_at: now,
        idle: idle.min(longest),
        expires_at: now + absolute.min(longest),
        ended: None,
    }
}

/// `request` is the one that redeems the code.
fn opening(protocol: &Protocol, connection: &Connection, request: Option<RequestId>) -> Opening {
    let now = connection.created_at;
    Opening {
        connection: connection.clone(),
        audit: AuditRecord {
            at: now,
            actor: Actor::User(connection.user),
            action: "connection.made",
            target: connection.id.to_string(),
            app: Some(connection.app),
            customer: Some(connection.customer),
            detail: detail(connection),
            request,
        },
        live_limit: protocol.settings.connections_per_user_and_key,
        at_limit: AtLimit::EndLongestIdle,
        entry_until: now + ENTRY_LIFE,
    }
}

fn detail(connection: &Connection) -> String {
    let test = if connection.purpose == Purpose::Test { "test; " } else { "" };
    format!("{test}{} workspaces, scopes: {}", connection.workspaces.len(), connection.scopes)
}

/// A code that was taken before. It ends what it gave only if this request would have been a good first one
/// (RFC 6749 §4.1.2, RFC 9700 §4.5); a thief with a wrong verifier ends nothing.
async fn replayed(protocol: &Protocol, shown: &Shown) -> Result<Refusal, Refusal> {
    if let Some(connection) = row_of(protocol, shown.connection).await? {
        let terms = crate::codes::CodeTerms {
            redirect_uri: connection.redirect_uri.clone(),
            code_challenge: connection.code_challenge.clone(),
        };
        // What it must show is kept for ten minutes; later there is nothing to judge it by.
        let judgeable = protocol.clock.now().since(connection.created_at) < JUDGEABLE;
        let good = judgeable
            && connection.key == shown.client.id()
            && terms.check(shown.redirect_uri.as_deref(), shown.code_verifier.as_deref()).is_ok();
        if good && connection.ended.is_none() {
            let by = (EndedBy::CodeReplayed, Actor::Key(shown.client.id()));
            revocation::end_one(protocol, &connection, by, shown.client.request()).await?;
        }
    }
    Ok(Reason::CodeUsed.into())
}

/// The row that the first redemption writes, or nothing once it is certain that it never will.
async fn row_of(protocol: &Protocol, id: ConnectionId) -> Result<Option<Connection>, Refusal> {
    let looks = REPLAY_PATIENCE.as_millis() / REPLAY_LOOK.as_millis();
    for _ in 0..looks {
        if let Some(connection) = protocol.connections.find(id).await?.value {
            return Ok(Some(connection));
        }
        tokio::time::sleep(REPLAY_LOOK).await;
    }
    // The first one failed, or is slow: from here on it cannot succeed any more.
    match protocol.connections.burn(id, protocol.clock.now()).await? {
        Opened::Created => Ok(None),
        Opened::Taken | Opened::Full => Ok(protocol.connections.find(id).await?.value),
    }
}

fn unknown(protocol: &Protocol, shown: &Shown) -> Refusal {
    let age = shown.code.claimed_age(protocol.clock.now());
    if age >= protocol.settings.code {
        return Refusal::new(Reason::CodeExpired).saying(format!(
            "authorization codes live {} s; this one was issued {} s ago. Start again at the authorize endpoint.",
            protocol.settings.code.as_secs(),
            age.as_secs(),
        ));
    }
    Reason::CodeUnknown.into()
}
