//! RFC 6749 §6. Stable tokens for keys that authenticate, rotation for public clients or by the app's switch
//! (DESIGN, decision 2).

use std::sync::Arc;

use domain::{Actor, Connection, ConnectionId, EndedBy, KeyKind, Liveness, Reason, RefreshToken, Thumbprint};
use storage::{AsOf, Binding, Bound, Rotated, Rotation};

use super::resources;
use crate::client_authentication::AuthenticatedClient;
use crate::conclusion::{Grounds, Row, check_resources};
use crate::confirmation::ProvenCertificate;
use crate::flow::RefreshRequest;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::token::TokenResponse;
use crate::trail::Trail;
use crate::{Protocol, revocation};

/// The rotation in a row that needed the grace and so shows that two hold the token.
const TWO_HOLDERS: u32 = 3;

pub(crate) async fn grant(
    protocol: &Arc<Protocol>,
    client: AuthenticatedClient,
    parameters: &Parameters,
    trail: &mut Trail,
) -> Result<TokenResponse, Refusal> {
    let text = parameters.require("refresh_token")?;
    let token = RefreshToken::parse(text).map_err(|malformed| {
        Refusal::new(Reason::RefreshMalformed).saying(format!("this is not a refresh token: {malformed}."))
    })?;
    // The tag is checked before any statement: a bad one is unknown, writes nothing and is never reuse.
    protocol
        .root_keys
        .check_refresh_token(client.environment(), client.id(), &token)
        .map_err(|broken| Refusal::new(Reason::RefreshUnknown).detail(broken.to_string()))?;
    trail.connection = Some(token.connection());
    let request = RefreshRequest::start(client.id(), text, parameters.find("scope"))?;
    // Everything that can be refused is, before a rotation spends the token.
    let asked = resources(parameters);
    check_resources(protocol, client.environment(), &asked).await?;
    let read = protocol.connections.find(token.connection()).await?;
    let connection = read.value.ok_or(Reason::RefreshUnknown)?;
    check_live(protocol, &client, &connection)?;
    protocol.check_bound(&client, &connection)?;
    trail.customer = Some(connection.customer);
    let scopes = request.finish(connection.key, connection.user, &connection.scopes)?;
    let read = AsOf { value: connection, position: read.position };
    let AsOf { value: connection, position } = continued(protocol, &client, &token, (read, trail)).await?;
    let refresh_token = protocol
        .root_keys
        .refresh_token(&connection.environment, client.id(), connection.id, connection.rotation.sequence)
        .reveal();
    let id = connection.id;
    let grounds = Grounds {
        client: client.into(),
        row: Row::new(connection, position),
        scopes,
        resources: asked,
        callback: None,
        unattended: false,
        refresh_token: Some(refresh_token),
    };
    let response = protocol.conclude(grounds).await?;
    protocol.last_used.connection(id, protocol.clock.now());
    Ok(response)
}

/// The connection, live, standing at the sequence whose token is the answer.
async fn continued(
    protocol: &Arc<Protocol>,
    client: &AuthenticatedClient,
    token: &RefreshToken,
    (read, trail): (AsOf<Connection>, &mut Trail),
) -> Result<AsOf<Connection>, Refusal> {
    let certificate = client.certificate().map(ProvenCertificate::thumbprint);
    let rebound = certificate.filter(|certificate| read.value.bound_to != Some(*certificate));
    if rebound.is_some() {
        trail.notice = Some(if read.value.bound_to.is_none() { "connection_bound" } else { "connection_rebound" });
    }
    // Another sequence: rotation was on before, or the row was rolled back. Both are rotation's to judge.
    if client.rotates() || read.value.rotation.sequence != token.sequence() {
        return rotate(protocol, client, token, trail).await;
    }
    match rebound {
        Some(certificate) => bind(protocol, client, read.value.id, certificate).await,
        None => Ok(read),
    }
}

/// What a registered certificate comes with is bound to it from now on; a renewed one takes the place of the last.
async fn bind(
    protocol: &Protocol,
    client: &AuthenticatedClient,
    connection: ConnectionId,
    certificate: Thumbprint,
) -> Result<AsOf<Connection>, Refusal> {
    let binding = Binding { connection, key: client.id(), certificate, now: protocol.clock.now() };
    let AsOf { value, position } = protocol.connections.bind(binding).await?;
    match value {
        Bound::Written(connection) => Ok(AsOf { value: connection, position }),
        Bound::Dead(connection) => {
            check_live(protocol, client, &connection)?;
            Err(Reason::RefreshUnknown.into())
        }
        Bound::Unknown => Err(Reason::RefreshUnknown.into()),
    }
}

async fn rotate(
    protocol: &Arc<Protocol>,
    client: &AuthenticatedClient,
    token: &RefreshToken,
    trail: &mut Trail,
) -> Result<AsOf<Connection>, Refusal> {
    let public = client.key().kind == KeyKind::Public;
    let settings = &protocol.settings;
    let rotation = Rotation {
        connection: token.connection(),
        key: client.id(),
        presented: token.sequence(),
        now: protocol.clock.now(),
        grace: if public { settings.refresh_grace_public } else { settings.refresh_grace },
        repeats: settings.refresh_repeats,
        certificate: client.certificate().map(ProvenCertificate::thumbprint),
    };
    let AsOf { value, position } = protocol.connections.rotate(rotation).await?;
    match value {
        Rotated::Advanced(connection) => Ok(AsOf { value: connection, position }),
        Rotated::Repeated(connection) if connection.rotation.grace_streak < TWO_HOLDERS => {
            trail.notice = Some("refresh_grace");
            Ok(AsOf { value: connection, position })
        }
        Rotated::Repeated(connection) if public => reused(protocol, client, &connection).await,
        Rotated::Repeated(connection) => {
            trail.notice = Some("refresh_two_holders");
            Ok(AsOf { value: connection, position })
        }
        Rotated::CertificateMissing(connection) => {
            protocol.check_bound(client, &connection)?;
            Err(Reason::RefreshCertificateMissing.into())
        }
        Rotated::Reused(connection) => reused(protocol, client, &connection).await,
        Rotated::Dead(connection) => {
            check_live(protocol, client, &connection)?;
            Err(Reason::RefreshUnknown.into())
        }
        Rotated::Unknown => Err(Reason::RefreshUnknown.into()),
    }
}

/// RFC 9700 §4.14.2: an old token that comes back ends the connection, whoever holds it.
async fn reused(
    protocol: &Protocol,
    client: &AuthenticatedClient,
    connection: &Connection,
) -> Result<AsOf<Connection>, Refusal> {
    revocation::end_one(protocol, connection, (EndedBy::Reuse, Actor::Server), client.request()).await?;
    Err(Reason::RefreshUsed.into())
}

fn check_live(protocol: &Protocol, client: &AuthenticatedClient, connection: &Connection) -> Result<(), Refusal> {
    // The tag binds key and environment already; the row is the second lock.
    if connection.key != client.id() || connection.environment != *client.environment() {
        return Err(Reason::RefreshUnknown.into());
    }
    match connection.liveness(protocol.clock.now()) {
        Liveness::Active => Ok(()),
        Liveness::IdleExpired | Liveness::TooOld => Err(Reason::RefreshExpired.into()),
        Liveness::Ended(EndedBy::Reuse) => Err(Reason::RefreshUsed.into()),
        Liveness::Ended(EndedBy::AccessLost) => Err(Reason::AccessLost.into()),
        Liveness::Ended(by) => Err(Refusal::new(Reason::RefreshEnded)
            .saying(format!("the connection was ended ({}); connect again.", revocation::words(by)))),
    }
}
